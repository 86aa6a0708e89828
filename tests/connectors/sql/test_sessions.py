"""What a server, a database or a column is set to does not change what is read: zones, backslashes, types of keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from connectors.directory import Directory
from connectors.faults import MappingFaulty
from exchange.condition import Compare
from exchange.records import Bad, Column, Delivered, Wanted
from tests.connectors.hostile import KINDS, LN, TEXT, TODAY, Hostile, made, ran
from tests.connectors.small import CATALOGUE, NEW, write_mapping

SERVERS = KINDS[1:]
OPENED = 'opened_on: {column: OPEN_DT, format: ["%Y%m%d", "%Y-%m-%d"]}'


async def started(kind: str, url: str, folder: Path, text: str) -> Hostile:
    assert text != TEXT
    return Hostile(
        kind, url, await Directory.open(write_mapping(folder / "m", text), CATALOGUE, {"SMALL_URL": url}, TODAY)
    )


@pytest.mark.parametrize("kind", SERVERS)
async def test_the_day_of_a_moment_is_the_city_s_wherever_the_server_stands(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Half past midnight in Kunming is the day before in UTC."""
    url = await made(kind, request, tmp_path)
    seconds = "from_unixtime" if kind == "mariadb" else "to_timestamp"
    await ran(kind, url, f'ALTER TABLE {LN} ADD COLUMN "TS" {"TIMESTAMP NULL" if kind == "mariadb" else "TIMESTAMPTZ"}')
    if kind == "postgresql":
        await ran(kind, url, f"ALTER DATABASE {url.rpartition('/')[2]} SET timezone = 'UTC'")
    await Hostile(kind, url, Directory({})).put({})
    await ran(kind, url, f'UPDATE {LN} SET "TS" = {seconds}(1704385800)')
    text = TEXT.replace(OPENED, "opened_on: {column: TS}")
    hostile = await started(kind, url, tmp_path, text)
    assert [row.values for row in await hostile.rows("opened_on")] == [("2024-01-05",)]
    question = Wanted("PBC03", (Column("terms"),), Compare("opened_on", ">=", "2024-01-05"))
    assert await _answered(hostile, question) == [(36,)]
    await hostile.directory.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_moment_in_another_zone_is_no_day_and_meets_no_condition(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = await made(kind, request, tmp_path)
    hostile = await started(kind, url, tmp_path, TEXT.replace(OPENED, "opened_on: {column: OPEN_DT}"))
    texts = ["2024-01-05T00:30:00+08:00", "2024-01-04T16:30:00Z", "2024-01-04T16:30:00+00:00", "2024-01-05 00:30:00"]
    for text in texts:
        await hostile.put({"LN_NO": text, "OPEN_DT": text})
    found = {row.values for row in await hostile.rows("opened_on")}
    assert found == {("2024-01-05",), (Bad.VALUE,)}
    question = Wanted("PBC03", (Column("terms"),), Compare("opened_on", ">=", "2000-01-01"))
    assert len(await _answered(hostile, question)) == 2
    await hostile.directory.close()


async def _answered(hostile: Hostile, question: Wanted) -> list[tuple[object, ...]]:
    deadline = asyncio.get_running_loop().time() + 8
    outcome = (await hostile.directory.fetch({"PBC": (question,)}, (NEW,), {}, deadline))["PBC"]
    assert isinstance(outcome, Delivered), outcome
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    return [row.values for row in rows]


@pytest.mark.postgres
async def test_a_backslash_is_a_character_also_where_the_database_says_otherwise(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = await made("postgresql", request, tmp_path)
    await ran("postgresql", url, f"ALTER DATABASE {url.rpartition('/')[2]} SET standard_conforming_strings = off")
    text = TEXT.replace('"0": "1", "1": "3"', '"\\\\": "1", "1": "3"')
    text = text.replace("note: {column: NOTE}", "note: {column: NOTE, empty: ['\\', 'a\\nb']}")
    hostile = await started("postgresql", url, tmp_path, text)
    await hostile.put({"STAT": "\\", "NOTE": "\\"}, {"LN_NO": "L2", "STAT": "1", "NOTE": "a\\nb"})
    assert [row.values for row in await hostile.rows("account_status", "note")] == [("1", None), ("3", None)]
    question = Wanted("PBC03", (Column("terms"),), Compare("account_status", "=", "1"))
    assert len(await _answered(hostile, question)) == 1
    await hostile.directory.close()


HOLD = ["CHAR(18)", "VARCHAR(30)", "BIGINT", "NUMERIC(18)", "NUMERIC(20,2)"]


@pytest.mark.postgres
@pytest.mark.parametrize("declared", HOLD)
async def test_a_key_of_any_type_that_holds_a_number_finds_its_person(
    declared: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = await made("postgresql", request, tmp_path)
    await _keyed(url, declared)
    hostile = await started("postgresql", url, tmp_path, TEXT.replace("from: LN_ACCT\n", "from: KEYED\n"))
    assert [row.values for row in await hostile.rows("terms")] == [(36,)]
    await hostile.directory.close()


@pytest.mark.postgres
@pytest.mark.parametrize("declared", HOLD)
async def test_a_bare_key_column_is_found_by_its_index(
    declared: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = await made("postgresql", request, tmp_path)
    await _keyed(url, declared, rows=20_000)
    hostile = await started("postgresql", url, tmp_path, TEXT.replace("from: LN_ACCT\n", "from: KEYED\n"))
    (plan,) = (await hostile.directory.plan({"PBC": (Wanted("PBC03", (Column("terms"),)),)})).values()
    connection = await asyncpg.connect(url)
    explained = await connection.fetch(f"EXPLAIN {plan.statement}", [NEW.number], [None])
    await connection.close()
    assert "keyed_id" in "\n".join(row[0] for row in explained)
    await hostile.directory.close()


async def _keyed(url: str, declared: str, rows: int = 1) -> None:
    """The loans again, one of NEW and others of nobody, under a key of this type."""
    await ran("postgresql", url, f'CREATE TABLE "KEYED" AS SELECT * FROM {LN}')
    await ran("postgresql", url, 'ALTER TABLE "KEYED" DROP COLUMN "ID_NO"')
    await ran("postgresql", url, f'ALTER TABLE "KEYED" ADD COLUMN "ID_NO" {declared}')
    await ran(
        "postgresql",
        url,
        'INSERT INTO "KEYED" ("LN_NO", "ID_NO", "TERMS", "DEL_FLAG")'
        f" SELECT n, CAST(CAST({NEW.number} + n AS TEXT) AS {declared}), '36', '0'"
        f" FROM generate_series(0, {rows - 1}) n",
    )
    await ran("postgresql", url, 'CREATE INDEX keyed_id ON "KEYED" ("ID_NO")')
    await ran("postgresql", url, 'ANALYZE "KEYED"')


KEYLESS = [("postgresql", "BYTEA"), ("postgresql", "DOUBLE PRECISION"), ("postgresql", "UUID"), ("mariadb", "DOUBLE")]


@pytest.mark.postgres
@pytest.mark.mariadb
@pytest.mark.parametrize(("kind", "declared"), KEYLESS)
async def test_a_key_that_cannot_be_compared_stops_the_start(
    kind: str, declared: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """It would find nobody: everybody would be absent."""
    url = await made(kind, request, tmp_path)
    await ran(kind, url, f'ALTER TABLE {LN} ADD COLUMN "OTHER_ID" {declared}')
    with pytest.raises(MappingFaulty, match="cannot be compared with an id number"):
        await started(kind, url, tmp_path, TEXT.replace("column: ID_NO", "column: OTHER_ID"))


@pytest.mark.postgres
async def test_a_key_expression_that_is_no_text_stops_the_start(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = await made("postgresql", request, tmp_path)
    text = TEXT.replace("column: ID_NO", 'expression: "cast(1 as bigint)"')
    with pytest.raises(MappingFaulty, match="does not accept the SQL of 'person_key'"):
        await started("postgresql", url, tmp_path, text)
