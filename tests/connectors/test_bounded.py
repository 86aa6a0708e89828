"""What is too long to be a value never leaves the database, in whatever place of the mapping it stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from connectors.mapping import read
from connectors.sql.connector import Sql, runner_for
from exchange.condition import Compare, Condition, Given, KeyIn, Missing
from exchange.records import Bad, Column, Conflict, Delivered, Wanted
from tests.connectors.contract import GIVEN
from tests.connectors.hostile import GOOD, KINDS, LN, TEXT, TODAY, made, ran
from tests.connectors.small import CATALOGUE, NEW, write_mapping
from tests.connectors.sql.test_mariadb import told
from tests.connectors.weighed import Weighed

HUGE = {
    "sqlite": "replace(hex(zeroblob(5000000)), '00', '{0}')",
    "postgresql": "repeat('{0}', 10000000)",
    "mariadb": "repeat('{0}', 10000000)",
}
"""SQL for 10 MB of one sign, twice over where the kind says so."""
MOST = 16 * 1024
"""Octets that one answer of the tests may have, whatever was put into the rows."""
FOLDED = TEXT.replace("    record_key: LN_NO\n", "    record_key: LN_NO\n    distinct: [LN_NO]\n", 1)
EXPRESSED = TEXT.replace("note: {column: NOTE}", "note: {expression: \"NOTE || ''\"}")
CLEANED = TEXT.replace("note: {column: NOTE}", "note: {column: NOTE, clean: [halfwidth, upper]}")
GIVEN_HERE = {**GIVEN, "disputed:PBC03": ["L1"], "institution": "A"}


@dataclass
class Bounded:
    kind: str
    url: str
    folder: Path

    def sql(self, text: str = TEXT) -> tuple[Sql, Weighed]:
        mapping = read(write_mapping(self.folder / "m", text), CATALOGUE, {"SMALL_URL": self.url}, TODAY)
        place = mapping["PBC"].sources[0]
        weighed = Weighed(runner_for(place))
        return Sql(place, CATALOGUE, runner=weighed), weighed

    async def put(self, key: str = "L1", **cells: str) -> None:
        """A usual row, but for cells whose value is SQL."""
        row = {name: f"'{value}'" for name, value in {**GOOD, "LN_NO": key}.items()} | cells
        names = ", ".join(f'"{name}"' for name in row)
        await ran(self.kind, self.url, f"INSERT INTO {LN} ({names}) VALUES ({', '.join(row.values())})")

    def huge(self, sign: str = "A") -> str:
        return HUGE[self.kind].format(sign)

    async def ask(self, *items: str, text: str = TEXT, rows: Condition | None = None, marks: bool = False) -> Delivered:
        """What was delivered; that it was little is checked."""
        sql, weighed = self.sql(text)
        question = Wanted("PBC03", tuple(map(Column, items)), marks=marks)
        if rows is not None:
            question = Wanted("PBC03", tuple(map(Column, items)), rows, marks=marks)
        outcome = await sql.fetch((question,), (NEW,), GIVEN_HERE, asyncio.get_running_loop().time() + 20)
        await sql.close()
        assert isinstance(outcome, Delivered), outcome
        assert weighed.statements == 1
        assert weighed.octets < MOST
        return outcome

    async def values(self, *items: str, text: str = TEXT, rows: Condition | None = None) -> list[tuple[object, ...]]:
        outcome = await self.ask(*items, text=text, rows=rows)
        (found,) = outcome.answers[NEW]
        assert isinstance(found, Sequence)
        return [row.values for row in found]


@pytest_asyncio.fixture(params=KINDS)
async def bounded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bounded]:
    yield Bounded(request.param, await made(request.param, request, tmp_path), tmp_path)


PLACES = [
    ("NOTE", "note"),
    ("ORG_CD", "institution_code"),
    ("LN_BAL", "balance"),
    ("TERMS", "terms"),
    ("OPEN_DT", "opened_on"),
    ("REP_M", "month"),
    ("STAT", "account_status"),
]


@pytest.mark.parametrize(("column", "item"), PLACES)
async def test_ten_megabytes_stay_where_they_are(bounded: Bounded, column: str, item: str) -> None:
    await bounded.put(**{column: bounded.huge("9")})
    await bounded.put("L2")
    outcome = await bounded.ask(item, "currency")
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    assert [row.values[1] for row in rows] == ["CNY", "CNY"]
    assert [row.values[0] is Bad.VALUE for row in rows] == [True, False]
    assert outcome.invalid == 1


async def test_a_value_hidden_behind_ten_megabytes_of_blanks_is_none(bounded: Bounded) -> None:
    await bounded.put(NOTE=f"{bounded.huge(' ')} || 'ok'")
    assert await bounded.values("note") == [(Bad.VALUE,)]


@pytest.mark.parametrize("text", [EXPRESSED, CLEANED], ids=["expression", "cleaned"])
async def test_an_expression_and_a_cleaned_column_are_measured_too(bounded: Bounded, text: str) -> None:
    await bounded.put(NOTE=bounded.huge())
    await bounded.put("L2", NOTE="'fine'")
    assert await bounded.values("note", text=text) == [(Bad.VALUE,), ("fine" if text == EXPRESSED else "FINE",)]


async def test_folded_rows_with_one_value_too_long_do_not_conflict(bounded: Bounded) -> None:
    """It is withheld for what it is; the other row's value is not taken for it."""
    await bounded.put(NOTE=bounded.huge())
    await bounded.put()
    await bounded.put("L2", NOTE="'a'")
    await bounded.put("L2", NOTE="'b'")
    (bad, conflict) = (values[0] for values in await bounded.values("note", text=FOLDED))
    assert bad is Bad.VALUE
    assert isinstance(conflict, Conflict)
    assert [each.value for each in conflict.held] == ["a", "b"]


async def test_the_longest_values_of_folded_rows_conflict_whole(bounded: Bounded) -> None:
    """A cut would make one of them another, or both the same."""
    sign = "replace(hex(zeroblob(2000)), '0', '{0}')" if bounded.kind == "sqlite" else "repeat('{0}', 4000)"
    await bounded.put(NOTE=sign.format("甲"))
    await bounded.put(NOTE=sign.format("乙"))
    sql, _ = bounded.sql(FOLDED)
    question = Wanted("PBC03", (Column("note"),))
    outcome = await sql.fetch((question,), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20)
    await sql.close()
    assert isinstance(outcome, Delivered)
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    (conflict,) = rows[0].values
    assert isinstance(conflict, Conflict)
    assert {each.value for each in conflict.held} == {"甲" * 4000, "乙" * 4000}


async def test_a_key_and_a_day_too_long_lose_no_row(bounded: Bounded) -> None:
    """No dispute names such a key, and nobody vouches for the row."""
    await bounded.put(LN_NO=bounded.huge())
    await bounded.put("L2", RPT_DT=bounded.huge("2"))
    await bounded.put("L1")
    outcome = await bounded.ask("note", marks=True)
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    assert [row.as_of for row in rows] == [None] * 3
    assert sorted(row.mark is None for row in rows) == [False, True, True]


CONDITIONS = [
    (Compare("institution_code", "=", Given("institution")), 1),
    (Compare("guarantee_type", "=", "9"), 1),
    (Compare("opened_on", ">=", "2024-01-01"), 1),
    (Missing("opened_on"), 0),
    (KeyIn(Given("disputed:PBC03")), 1),
]


@pytest.mark.parametrize(("condition", "count"), CONDITIONS, ids=lambda each: str(each)[:40])
async def test_conditions_take_it_for_no_value(bounded: Bounded, condition: Condition, count: int) -> None:
    """Neither for the rest of codes, nor for nothing."""
    long = {name: bounded.huge("2") for name in ("ORG_CD", "OPEN_DT", "GUAR")}
    await bounded.put("L2", **long)
    await bounded.put("L1", GUAR="'?'")
    assert len(await bounded.values("terms", rows=condition)) == count


async def test_the_longest_value_of_the_standard_is_one(bounded: Bounded) -> None:
    """4,000 signs of four bytes, with blanks around them; one sign more is withheld."""
    signs = "replace(hex(zeroblob(2000)), '0', '𠀀')" if bounded.kind == "sqlite" else "repeat('𠀀', 4000)"
    sql, weighed = bounded.sql()
    await bounded.put("L1", NOTE=f"'   ' || {signs} || '   '")
    await bounded.put("L2", NOTE=f"'𠀀' || {signs}", TERMS="'12'")
    question = Wanted("PBC03", (Column("note"), Column("terms")))
    outcome = await sql.fetch((question,), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20)
    await sql.close()
    assert isinstance(outcome, Delivered)
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    assert sorted((row.values[1], row.values[0]) for row in rows if row.values[0] is not Bad.VALUE) == [
        (36, "𠀀" * 4000)
    ]
    assert outcome.invalid == 1
    assert weighed.octets < 2 * 17_100


async def test_the_format_of_an_item_bounds_its_column(bounded: Bounded) -> None:
    """An institution code has at most 14 characters: 1,080 octets with its blanks, where a note has 17,024."""
    await bounded.put("L1", ORG_CD="'" + "x" * 1080 + "'")
    await bounded.put("L2", ORG_CD="'" + "x" * 1081 + "'")
    sql, weighed = bounded.sql()
    question = Wanted("PBC03", (Column("institution_code"),))
    outcome = await sql.fetch((question,), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20)
    await sql.close()
    assert isinstance(outcome, Delivered)
    assert outcome.invalid == 2
    assert 1080 < weighed.octets < 1200


@pytest.mark.postgres
@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
async def test_in_a_postgresql_of_bytes(postgres_url: str, encoding: str, tmp_path: Path) -> None:
    name = f"bounded_{encoding}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    await connection.close()
    url = f"{postgres_url.rpartition('/')[0]}/{name}"
    await _loans_of_bytes("postgresql", url, r"E'\xb0\xa1'", "BYTEA")
    await _bytes_are_bounded(Bounded("postgresql", url, tmp_path), encoding)


@pytest.mark.mariadb
async def test_in_latin1_columns_of_mariadb(mariadb_url: str, tmp_path: Path) -> None:
    await told(mariadb_url, "CREATE OR REPLACE DATABASE bounded_latin1 CHARACTER SET latin1")
    url = f"{mariadb_url}/bounded_latin1"
    await _loans_of_bytes("mariadb", url, "X'b0a1'", "LONGBLOB")
    await _bytes_are_bounded(Bounded("mariadb", url, tmp_path), "gbk")


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
async def test_in_a_sqlite_of_bytes(encoding: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bytes.db"
    await _loans_of_bytes("sqlite", url, "CAST(X'b0a1' AS TEXT)", "BLOB")
    await _bytes_are_bounded(Bounded("sqlite", url, tmp_path), encoding)


async def _loans_of_bytes(kind: str, url: str, sign: str, bytes_type: str) -> None:
    columns = ", ".join(f'"{name}" TEXT' for name in (*GOOD, "GUAR", "JOINT", "DLQ_END", "RPT_DT"))
    columns = columns.replace('"NOTE" TEXT', '"NOTE" LONGTEXT' if kind == "mariadb" else '"NOTE" TEXT')
    await ran(kind, url, f'CREATE TABLE {LN} ({columns}, "STL" DATE, "RAW" {bytes_type})')
    huge = {
        "sqlite": "CAST(replace(hex(zeroblob(2500000)), '00', CAST(X'b0a1' AS TEXT)) AS TEXT)",
        "postgresql": f"repeat({sign}, 5000000)",
        "mariadb": f"repeat({sign}, 5000000)",
    }[kind]
    for key, note in (("L1", huge), ("L2", sign)):
        row = {name: f"'{value}'" for name, value in {**GOOD, "LN_NO": key}.items()} | {"NOTE": note}
        names = ", ".join(f'"{name}"' for name in row)
        await ran(kind, url, f"INSERT INTO {LN} ({names}) VALUES ({', '.join(row.values())})")


async def _bytes_are_bounded(bounded: Bounded, encoding: str) -> None:
    loans, _, _ = TEXT.partition("  PBC01:")
    text = loans.replace("standard: 1.0.0", f"standard: 1.0.0\nencoding: {encoding}")
    text += "not_held: [PBC01, PBC02, PBC06]\n"
    assert await bounded.values("note", "terms", text=text) == [(Bad.VALUE, 36), ("啊", 36)]
