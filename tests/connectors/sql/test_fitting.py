"""A mapping is held against its database: at the start, and when the database changes later."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from connectors.mapping import read
from connectors.sql.connector import Sql
from connectors.sql.shape import cannot_hold
from exchange.catalogue import Kind
from exchange.records import Delivered, Unavailable
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.small import CATALOGUE, MAPPING, NEW, make_sqlite, write_mapping


def connector(folder: Path, text: str = MAPPING) -> Sql:
    environ = {"SMALL_URL": f"sqlite:///{folder}/small.db"}
    return Sql(
        read(write_mapping(folder / "m", text), CATALOGUE, environ, date(2026, 11, 24))["PBC"].sources[0], CATALOGUE
    )


async def test_every_misfit_at_once(tmp_path: Path) -> None:
    make_sqlite(tmp_path / "small.db")
    text = MAPPING.replace("{column: TERMS}", "{column: TERM}").replace("from: pay", "from: payments")
    text = text.replace("DEL_FLAG = '0'", "DELETED = '0'").replace("month: {column: REP_M", "month: {column: REP")
    text = text.replace("order_by: upd desc", "order_by: updated desc").replace(
        "{column: mobile}", "{expression: mobil}"
    )
    sql = connector(tmp_path, text)
    findings = await sql.check()
    said = "\n".join(findings.faults)
    for part in (
        "no column TERM ",
        "no table or view payments",
        "SQL of 'where'",
        "no column REP ",
        "no column updated",
    ):
        assert part in said
    assert "SQL of 'mobile'" in said
    assert len(findings.faults) == 6
    assert all(fault.startswith("pbc.yaml:") for fault in findings.faults)
    await sql.close()


@pytest.mark.parametrize(
    ("declared", "kind", "formats", "misfit"),
    [
        ("integer", Kind.DATE, (), True),
        ("integer", Kind.DATE, ("%Y%m%d",), False),
        ("date", Kind.DATE, (), False),
        ("timestamp with time zone", Kind.DATE, (), False),
        ("boolean", Kind.DATE, ("%Y%m%d",), True),
        ("date", Kind.DECIMAL, (), True),
        ("numeric", Kind.DECIMAL, (), False),
        ("text", Kind.DECIMAL, (), False),
        ("bytea", Kind.STRING, (), True),
        ("", Kind.STRING, (), False),
        ("boolean", Kind.BOOLEAN, (), False),
        ("date", Kind.BOOLEAN, (), True),
    ],
)
def test_types_that_cannot_hold(declared: str, kind: Kind, formats: tuple[str, ...], misfit: bool) -> None:
    assert cannot_hold(declared, kind, formats) is misfit


async def test_a_source_that_changes_degrades_and_comes_back(tmp_path: Path) -> None:
    make_sqlite(tmp_path / "small.db")
    sql = connector(tmp_path)

    async def ask() -> object:
        return await sql.fetch((wanted("terms"),), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20)

    assert isinstance(await ask(), Delivered)
    with sqlite3.connect(tmp_path / "small.db") as other:
        other.execute('ALTER TABLE "LN_ACCT" RENAME COLUMN "TERMS" TO "N_TERMS"')
    first, second = await ask(), await ask()
    assert isinstance(first, Unavailable)
    assert isinstance(second, Unavailable)
    assert (first.why, second.why, second.since) == ("SHAPE_CHANGED", "SHAPE_CHANGED", first.since)
    with sqlite3.connect(tmp_path / "small.db") as other:
        other.execute('ALTER TABLE "LN_ACCT" RENAME COLUMN "N_TERMS" TO "TERMS"')
    assert isinstance(await ask(), Delivered)
    await sql.close()
