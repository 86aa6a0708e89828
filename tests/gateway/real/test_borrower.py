"""A real bank's tables, loaded as they are, through a mapping file alone."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from gateway.real.borrower import counted, profile
from gateway.real.tables import TablesMissing, load

TABLES = Path(__file__).parents[3].parent / "shared" / "data" / "berka"
STATUSES = {"A": "3", "B": "4", "C": "1", "D": "2"}


@pytest.fixture(scope="module")
async def url(postgres_url: str) -> str:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE DATABASE berka")
    await connection.close()
    url = postgres_url.rsplit("/", 1)[0] + "/berka"
    await load(TABLES, url)
    return url


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.postgres
@pytest.mark.bank_tables
async def test_every_loan_and_card_is_found_with_its_status(url: str) -> None:
    loans = _rows("loan")
    seen = await counted(url)
    assert (seen.loans, seen.cards) == (682, 892) == (len(loans), len(_rows("card")))
    assert seen.statuses == Counter(STATUSES[loan["status"]] for loan in loans)


@pytest.mark.postgres
@pytest.mark.bank_tables
async def test_a_borrower_as_a_bank_sees_him_or_her(url: str, tmp_path: Path) -> None:
    loan = next(row for row in _rows("loan") if row["status"] == "D")
    owner = next(row for row in _rows("disp") if row["account_id"] == loan["account_id"] and row["disp_type"] == "O")
    number = next(row["id_number"] for row in _rows("client") if row["client_id"] == owner["client_id"])
    (shown,) = (await profile(url, tmp_path, number))["data"]["person"]["financial"]["loanAccounts"]
    assert shown["openedOn"] == loan["granted_date"]
    assert float(shown["loanAmount"]) == float(loan["amount"])
    assert shown["accountStatus"] == "2"
    assert shown["closedOn"] is None


async def test_missing_tables_are_said(tmp_path: Path) -> None:
    with pytest.raises(TablesMissing, match="--tables"):
        await load(tmp_path, "postgresql://127.0.0.1:1/none")
