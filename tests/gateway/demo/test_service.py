"""Every demo department gives over HTTP what it gives on SQLite, and is asked for nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from connectors.http.connector import Http
from connectors.mapping import DEPARTMENTS as MAPPINGS
from connectors.mapping import read
from connectors.place import DepartmentPlace
from connectors.sql.connector import Sql
from exchange.catalogue import Catalogue
from exchange.person import PersonId
from exchange.records import Column, Delivered, Wanted
from gateway.demo.city import City
from gateway.demo.load import DEPARTMENTS
from gateway.demo.published import TEST_PEOPLE
from gateway.demo.service import department_app, http_mapping
from tests.connectors.http.served import served
from tests.gateway.demo.conftest import DAY

PEOPLE = [PersonId.parse(person.id_number) for person in TEST_PEOPLE]


def _both(city: City, catalogue: Catalogue, code: str, url: str, folder: Path) -> DepartmentPlace:
    place = read(MAPPINGS, catalogue, city.environ, DAY)[code]
    text = (MAPPINGS / place.file).read_text("utf-8")
    folder.mkdir(exist_ok=True)
    (folder / place.file).write_text(http_mapping(text, place.sources[0], _database(place)), "utf-8")
    return read(folder, catalogue, {f"GATEWAY_{code}_URL": url}, DAY)[code]


def _database(place: DepartmentPlace) -> Path:
    return Path(place.sources[0].url.removeprefix("sqlite:///"))


def _everything(catalogue: Catalogue, place: DepartmentPlace) -> tuple[Wanted, ...]:
    records = [catalogue.records[code] for code in place.sources[0].records]
    rows = [Wanted(each.code, tuple(map(Column, each.items)), order=each.since) for each in records]
    return (*rows, *(Wanted(each.code, exists=True) for each in records))


@pytest.mark.parametrize("code", list(DEPARTMENTS))
async def test_answers_are_equal(city: City, catalogue: Catalogue, code: str, tmp_path: Path) -> None:
    native = read(MAPPINGS, catalogue, city.environ, DAY)[code]
    wanted = _everything(catalogue, native)
    sql = Sql(native.sources[0], catalogue)
    with served(department_app(native.sources[0], _database(native))) as url:
        http = Http(_both(city, catalogue, code, url, tmp_path).sources[0], catalogue)
        assert await http.faults() == ()
        deadline = asyncio.get_running_loop().time() + 30
        expected, found = [await each.fetch(wanted, PEOPLE, {}, deadline) for each in (sql, http)]
        await http.close()
    await sql.close()
    assert isinstance(expected, Delivered)
    assert found == expected
    assert any(rows for answers in expected.answers.values() for rows in answers)


async def test_only_what_the_plan_declares_is_asked(city: City, catalogue: Catalogue, tmp_path: Path) -> None:
    native = read(MAPPINGS, catalogue, city.environ, DAY)["PBC"]
    asked: list[dict[str, Any]] = []
    with served(department_app(native.sources[0], _database(native), asked)) as url:
        http = Http(_both(city, catalogue, "PBC", url, tmp_path).sources[0], catalogue)
        await http.faults()
        asked.clear()
        wanted = (Wanted("PBC03", (Column("balance"),)), Wanted("PBC01", exists=True))
        await http.fetch(wanted, PEOPLE[:1], {}, asyncio.get_running_loop().time() + 30)
        plan = await http.plan(wanted)
        await http.close()
    fields = {body["resource"]: {field.removeprefix("row.") for field in body["fields"]} for body in asked}
    assert len(asked) == 2
    assert fields == {"LN_ACCT": {"ID_NO", "ACCT_ID", "LN_BAL", "DEL_FLAG", "RPT_DT"}, "CONT_INFO": {"ID_NO", "REC_NO"}}
    assert plan.statement.splitlines()[0].startswith("POST /LN_ACCT [")
    assert "LN_AMT" not in plan.statement
