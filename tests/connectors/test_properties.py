"""Random conditions over random rows: memory and each database say the same."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.mapping import read
from connectors.memory import Memory
from connectors.sql.connector import Sql
from exchange.condition import All, Any, Compare, Condition, Given, KeyIn, Missing, Not, OneOf
from exchange.records import Bad, Column, Delivered, Value, Wanted
from exchange.retention import days_given
from tests.connectors.small import CATALOGUE, LOAN, NEW, make_sqlite, write_mapping
from tests.connectors.sql.test_mariadb import make_mariadb
from tests.connectors.sql.test_postgres import make_postgres

TODAY = date(2026, 11, 24)
GIVEN = {**days_given(TODAY), "institution": "A", "none": None, "codes": ["1", "9", "A"], "disputed:PBC03": ["5", "1"]}
EDGE = TODAY.replace(year=2021)
DAYS = st.sampled_from([EDGE + timedelta(days=shift) for shift in (-400, -1, 0, 1, 30)] + [TODAY])
STATUS = {"0": "1", "1": "3", "5": "1", "8": Bad.VALUE}
GUARANTEE = {"P": "1", "M": "2", "?": "9"}

Pair = tuple[object, Value]


def _pairs(good: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return st.one_of(good, good, st.sampled_from([(None, None), ("", None), ("  ", None)]))


_CELLS: dict[str, st.SearchStrategy[Pair]] = {
    "institution_code": _pairs(st.sampled_from([("A", "A"), ("B", "B"), (" A ", "A"), ("a", "a")])),
    "opened_on": _pairs(
        st.one_of(
            DAYS.map(lambda day: (day.strftime("%Y%m%d"), day.isoformat())),
            DAYS.map(lambda day: (day.isoformat(), day.isoformat())),
            st.sampled_from([("20261340", Bad.VALUE), ("soon", Bad.VALUE), ("202601011", Bad.VALUE)]),
        )
    ),
    "account_status": _pairs(st.sampled_from(list(STATUS.items()))),
    "guarantee_type": _pairs(st.sampled_from(list(GUARANTEE.items()))),
    "month": _pairs(DAYS.map(lambda day: (day.strftime("%Y%m"), day.isoformat()[:7]))),
    "joint": _pairs(st.sampled_from([("Y", True), ("N", False), ("J", Bad.VALUE)])),
    "ended_on": _pairs(
        st.one_of(DAYS.map(lambda day: (day.strftime("%Y%m%d"), day.isoformat())), st.just(("00000000", None)))
    ),
    "settled_on": st.one_of(st.just((None, None)), DAYS.map(lambda day: (day.isoformat(), day.isoformat()))),
}
ROWS = st.lists(st.fixed_dictionaries(_CELLS), min_size=1, max_size=8)

_DATED = st.sampled_from(["opened_on", "ended_on", "settled_on", "month"])
_CODED = st.sampled_from(["institution_code", "account_status", "guarantee_type", "currency", "note"])
_DAY_GIVENS = st.sampled_from(["today", "today-1d", "today-5y", "none"]).map(Given)
_CODES = st.sampled_from(["1", "2", "3", "9", "A", "B", "CNY"])
_LEAVES = st.one_of(
    st.builds(Compare, _DATED, st.sampled_from(["=", "<=", ">="]), _DAY_GIVENS),
    st.builds(Compare, _CODED, st.just("="), st.one_of(_CODES, st.sampled_from(["institution", "none"]).map(Given))),
    st.builds(Compare, st.just("joint"), st.just("="), st.sampled_from(["true", "false"])),
    st.builds(OneOf, _CODED, st.one_of(st.lists(_CODES, max_size=3).map(tuple), st.just(Given("codes")))),
    st.builds(Missing, st.one_of(_DATED, _CODED, st.just("joint"))),
    st.just(KeyIn(Given("disputed:PBC03"))),
)
CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Any, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=5,
)


_CASES = (
    ROWS,
    st.lists(CONDITIONS, min_size=4, max_size=8),
    st.sampled_from([None, "opened_on", "ended_on"]),
)
Rows = list[dict[str, Pair]]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(*_CASES)
async def test_memory_and_sqlite_agree(rows: Rows, conditions: list[Condition], order: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = make_sqlite(Path(folder) / "small.db", {'"LN_ACCT"': _native(rows)})
        await _agree(url, rows, conditions, order)


@pytest.mark.postgres
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*_CASES)
async def test_memory_and_postgres_agree(
    postgres_url: str, rows: Rows, conditions: list[Condition], order: str | None
) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("DROP DATABASE IF EXISTS properties")
    await connection.close()
    await _agree(await make_postgres(postgres_url, "properties", {'"LN_ACCT"': _native(rows)}), rows, conditions, order)


@pytest.mark.mariadb
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*_CASES)
async def test_memory_and_mariadb_agree(
    mariadb_url: str, rows: Rows, conditions: list[Condition], order: str | None
) -> None:
    await _agree(await make_mariadb(mariadb_url, "properties", {'"LN_ACCT"': _native(rows)}), rows, conditions, order)


def _native(rows: Rows) -> list[tuple[object, ...]]:
    native: list[tuple[object, ...]] = []
    for number, cells in enumerate(rows):
        own = {name: pair[0] for name, pair in cells.items()}
        loan = (str(number), NEW.number, own["institution_code"], own["opened_on"], None, own["account_status"])
        more = (own["guarantee_type"], None, own["month"], own["joint"], own["ended_on"], own["settled_on"], None, "0")
        native.append((*loan, *more))
    return native


async def _agree(url: str, rows: Rows, conditions: list[Condition], order: str | None) -> None:
    standard = []
    for number, cells in enumerate(rows):
        said = {name: pair[1] for name, pair in cells.items()}
        standard.append({"person": NEW.number, "key": str(number), "currency": "CNY", **said})
    questions = []
    for condition in conditions:
        columns = tuple(Column(item, conditions[0]) for item in LOAN.items)
        questions += [
            Wanted("PBC03", columns, condition, order=order, marks=True),
            Wanted("PBC03", (), condition, True),
        ]
    with tempfile.TemporaryDirectory() as folder:
        mapping = read(write_mapping(Path(folder) / "mappings"), CATALOGUE, {"SMALL_URL": url}, TODAY)["PBC"].sources[0]
        sql, memory = Sql(mapping, CATALOGUE), Memory("PBC", CATALOGUE, {"PBC03": standard})
        ends = asyncio.get_running_loop().time() + 30
        found = await sql.fetch(tuple(questions), (NEW,), GIVEN, ends)
        await sql.close()
        assert isinstance(found, Delivered)
        assert found == await memory.fetch(tuple(questions), (NEW,), GIVEN, ends)
