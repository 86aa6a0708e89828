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
PATIENT = "guards: {deadline_s: 60}\n"
"""What is compared here are answers, not how soon they come."""


@pytest.mark.parametrize("turn", range(len(FORMATS)), ids=FORMATS)
async def test_ten_departments_of_drops_answer_as_their_databases_do(
    turn: int, catalogue: Catalogue, city: City, folder: Path, tmp_path: Path
) -> None:
    environ, mappings, before = {}, tmp_path / "mappings", tmp_path / "before"
    mappings.mkdir()
    before.mkdir()
    for at, code in enumerate(catalogue.departments):
        file = DEPARTMENTS / f"{code.lower()}.yaml"
        url, text = write_drops(
            code, city.urls[code], file.read_text("utf-8"), tmp_path / code, FORMATS[(at + turn) % len(FORMATS)]
        )
        environ[f"GATEWAY_{code}_URL"] = url
        (mappings / file.name).write_text(text + PATIENT, "utf-8")
        (before / file.name).write_text(file.read_text("utf-8") + PATIENT, "utf-8")
    wanted = {
        code: tuple(
            Wanted(record.code, tuple(map(Column, record.items)), order=record.since)
            for record in department.records.values()
        )
        for code, department in catalogue.departments.items()
    }
    people = [PersonId.parse(row["ZJHM"]) for row in read(folder, "psb", "T_RKXX")]
    given = days_given(DAY)
    databases = await Directory.open(before, catalogue, city.environ, DAY)
    drops = await Directory.open(mappings, catalogue, environ, DAY)
    as_of: set[str | None] = set()
    try:
        for start in range(0, len(people), 40):
            deadline = asyncio.get_running_loop().time() + 60
            expected = await databases.fetch(wanted, people[start : start + 40], given, deadline)
            found = await drops.fetch(wanted, people[start : start + 40], given, deadline)
            for code, outcome in found.items():
                assert isinstance(outcome, Delivered), (code, outcome)
                assert outcome == expected[code], code
                as_of.add(outcome.as_of)
    finally:
        await asyncio.gather(databases.close(), drops.close())
    assert "2026-10-31" in as_of
