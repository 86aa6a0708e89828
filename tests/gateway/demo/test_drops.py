"""The city as drops says what its databases say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connectors.directory import Directory
from connectors.mapping import DEPARTMENTS
from exchange.catalogue import Catalogue
from exchange.person import PersonId
from exchange.records import Column, Delivered, Wanted
from exchange.retention import days_given
from gateway.demo.city import City
from gateway.demo.drops import write_drops
from tests.gateway.demo.conftest import DAY, read

FORMATS = ("csv", "xlsx", "parquet")


@pytest.mark.parametrize("turn", range(len(FORMATS)), ids=FORMATS)
async def test_ten_departments_of_drops_answer_as_their_databases_do(
    turn: int, catalogue: Catalogue, city: City, folder: Path, tmp_path: Path
) -> None:
    environ, mappings = {}, tmp_path / "mappings"
    mappings.mkdir()
    for at, code in enumerate(catalogue.departments):
        file = DEPARTMENTS / f"{code.lower()}.yaml"
        url, text = write_drops(
            code, city.urls[code], file.read_text("utf-8"), tmp_path / code, FORMATS[(at + turn) % len(FORMATS)]
        )
        environ[f"GATEWAY_{code}_URL"] = url
        (mappings / file.name).write_text(text, "utf-8")
    wanted = {
        code: tuple(
            Wanted(record.code, tuple(map(Column, record.items)), order=record.since)
            for record in department.records.values()
        )
        for code, department in catalogue.departments.items()
    }
    people = [PersonId.parse(row["ZJHM"]) for row in read(folder, "psb", "T_RKXX")]
    given = days_given(DAY)
    databases = await Directory.open(DEPARTMENTS, catalogue, city.environ, DAY)
    drops = await Directory.open(mappings, catalogue, environ, DAY)
    try:
        deadline = asyncio.get_running_loop().time() + 120
        expected = await databases.fetch(wanted, people, given, deadline)
        found = await drops.fetch(wanted, people, given, deadline)
    finally:
        await asyncio.gather(databases.close(), drops.close())
    for code in wanted:
        assert isinstance(found[code], Delivered), (code, found[code])
        assert found[code] == expected[code], code
    assert sum(isinstance(each, Delivered) and each.as_of is not None for each in found.values()) >= 9
