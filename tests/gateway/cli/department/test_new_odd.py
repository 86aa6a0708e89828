"""Drafts from databases as they are found: keys of several columns, tables that cannot be read, odd names."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import yaml

from connectors.directory import Directory
from connectors.faults import MappingFaulty
from exchange.catalogue import Catalogue
from exchange.records import Delivered
from exchange.standard.load import read as read_standard
from tests.connectors.hostile import LN, TEXT, TODAY, Hostile
from tests.connectors.small import CATALOGUE, make_sqlite, write_mapping
from tests.connectors.sql.test_mariadb import told
from tests.connectors.sql.test_postgres import make_postgres
from tests.gateway.cli.department.test_new import drafted

SECRET = "Geheim77"
LOANS = (
    "CREATE TABLE loan_account (acct_no VARCHAR(20), id_no VARCHAR(18), org_cd VARCHAR(14), opened_on DATE,"
    " balance NUMERIC(15,2), account_status VARCHAR(2), PRIMARY KEY (org_cd, acct_no))"
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_standard()


@pytest.mark.parametrize(
    "kind",
    [
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ],
)
async def test_a_key_of_several_columns_is_drafted_whole_and_in_its_order(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, catalogue: Catalogue
) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/loans.db"
        with closing(sqlite3.connect(tmp_path / "loans.db")) as connection, connection:
            connection.execute(LOANS)
    elif kind == "mariadb":
        server = request.getfixturevalue("mariadb_url")
        await told(server, "CREATE OR REPLACE DATABASE odd_key", "USE odd_key", LOANS)
        url = f"{server}/odd_key"
    else:
        url = await _database(request.getfixturevalue("postgres_url"), "odd_key", LOANS)
    found = await drafted(url, catalogue, "PBC")
    assert yaml.safe_load(found.text)["records"]["PBC03"]["record_key"] == ["org_cd", "acct_no"]


@pytest.mark.postgres
async def test_a_user_who_may_read_one_table_is_shown_that_one(postgres_url: str, catalogue: Catalogue) -> None:
    """As the page asks for; the catalogue of PostgreSQL names the others to everybody."""
    url = await _database(
        postgres_url,
        "odd_rights",
        LOANS,
        "CREATE TABLE secret_loans (x TEXT, loan_account TEXT)",
        "CREATE SCHEMA hidden",
        "CREATE TABLE hidden.loan_account (id_no TEXT, balance NUMERIC)",
        "CREATE ROLE odd_reader LOGIN",
        "GRANT SELECT (org_cd, acct_no, id_no, balance) ON loan_account TO odd_reader",
    )
    parts = urlsplit(url)
    found = await drafted(f"postgresql://odd_reader@{parts.hostname}:{parts.port}/odd_rights", catalogue, "PBC")
    record = yaml.safe_load(found.text)["records"]["PBC03"]
    assert (record["from"], record["items"]["balance"]) == ("loan_account", {"column": "balance"})
    assert "secret" not in found.text
    assert "account_status: {column" not in found.text


@pytest.mark.postgres
async def test_a_mapping_of_what_may_not_be_read_stops_the_start(postgres_url: str, tmp_path: Path) -> None:
    url = await make_postgres(postgres_url, "odd_unread", {})
    parts = urlsplit(url)
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE ROLE odd_other LOGIN")
    await connection.execute("GRANT SELECT ON contact, job, pay TO odd_other")
    await connection.close()
    url = f"postgresql://odd_other@{parts.hostname}:{parts.port}/odd_unread"
    text = TEXT.replace("      note: {column: NOTE}\n", "")
    with pytest.raises(MappingFaulty, match="no table or view LN_ACCT"):
        await Directory.open(write_mapping(tmp_path / "m", text), CATALOGUE, {"SMALL_URL": url}, TODAY)


@pytest.mark.postgres
async def test_odd_names_and_comments_stay_out_of_the_draft(postgres_url: str, catalogue: Catalogue) -> None:
    """Comments may hold anything, also what would be another line of the file."""
    url = await _database(
        postgres_url,
        "odd_names",
        LOANS,
        f"COMMENT ON TABLE loan_account IS E'{SECRET}\\nrecords: x'",
        f"COMMENT ON COLUMN loan_account.balance IS E'余额 {SECRET}\\nrecords: x'",
        f"COMMENT ON COLUMN loan_account.id_no IS E'身份证号 {SECRET}\\nrecords: x'",
        'CREATE DOMAIN "date\nrecords: x" AS DATE',
        'CREATE TABLE "贷款 账户" ("身份证号" TEXT, "余\n额" "date\nrecords: x")',
        'CREATE TABLE "tab\'le" (id_no TEXT, "😀" TEXT, "co""l" TEXT)',
        "CREATE MATERIALIZED VIEW never AS SELECT acct_no AS x FROM loan_account WITH NO DATA",
        'ALTER TABLE loan_account ADD COLUMN closed_on "date\nrecords: x"',
    )
    found = await drafted(url, catalogue, "PBC")
    assert SECRET not in found.text
    assert sorted(yaml.safe_load(found.text)["records"]) == ["PBC03", "PBC04"]
    assert found.left_out == 3


async def test_a_view_over_nothing_hides_no_other_table(tmp_path: Path, catalogue: Catalogue) -> None:
    """Neither from the draft, nor from the asks."""
    url = make_sqlite(tmp_path / "small.db", {LN: []})
    with closing(sqlite3.connect(tmp_path / "small.db")) as connection, connection:
        connection.execute("CREATE VIEW old AS SELECT * FROM gone")
        connection.execute(LOANS)
    found = await drafted(url, catalogue, "PBC")
    assert yaml.safe_load(found.text)["records"]["PBC03"]["from"] == "loan_account"
    text = TEXT.replace("      note: {column: NOTE}\n", "")
    directory = await Directory.open(write_mapping(tmp_path / "m", text), CATALOGUE, {"SMALL_URL": url}, TODAY)
    assert isinstance(await Hostile("sqlite", url, directory).ask("terms"), Delivered)
    await directory.close()


async def _database(server: str, name: str, *statements: str) -> str:
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    url = f"{server.rpartition('/')[0]}/{name}"
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
    return url
