"""The mapping files fit the standard and the demo's databases, and every value of the city fits the standard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy

from connectors.directory import Directory
from connectors.mapping import DEPARTMENTS, read
from exchange.catalogue import Catalogue
from exchange.person import PersonId
from exchange.records import Column, Delivered, Row, Wanted
from exchange.retention import days_given
from gateway.demo.city import City, make
from gateway.demo.people import TEST_PEOPLE
from tests.gateway.demo.conftest import DAY
from tests.gateway.demo.conftest import read as read_table


@pytest.fixture(scope="module")
async def directory(catalogue: Catalogue, city: City) -> AsyncIterator[Directory]:
    opened = await Directory.open(DEPARTMENTS, catalogue, city.environ, DAY)
    yield opened
    await opened.close()


def everything(catalogue: Catalogue) -> dict[str, tuple[Wanted, ...]]:
    return {
        code: tuple(
            Wanted(record.code, tuple(Column(name) for name in record.items)) for record in department.records.values()
        )
        for code, department in catalogue.departments.items()
    }


def test_every_item_and_attribute_of_the_standard_has_a_place(catalogue: Catalogue, city: City) -> None:
    mappings = read(DEPARTMENTS, catalogue, city.environ, DAY)
    mapped = {
        f"{code}.{name}"
        for place in mappings.values()
        for source in place.sources
        for code, record in source.records.items()
        for name in record.items
    }
    attributes = {f"{r.code}.{name}" for r in catalogue.records.values() for name in r.attributes}
    assert mapped == catalogue.items.keys() | attributes


async def test_every_value_of_everybody_fits_the_standard(
    directory: Directory, catalogue: Catalogue, folder: Path
) -> None:
    people = [PersonId.parse(row["ZJHM"]) for row in read_table(folder, "psb", "T_RKXX")]
    wanted = everything(catalogue)
    deadline = asyncio.get_running_loop().time() + 60
    filled: set[str] = set()
    for start in range(0, len(people), 100):
        some = people[start : start + 100]
        for code, outcome in (await directory.fetch(wanted, some, days_given(DAY), deadline)).items():
            assert isinstance(outcome, Delivered), code
            assert outcome.invalid == 0, code
            for answers in outcome.answers.values():
                filled |= _filled(wanted[code], answers)
    assert filled == catalogue.items.keys(), "every item has a value in somebody's life"


def _filled(wanted: tuple[Wanted, ...], answers: tuple[tuple[Row, ...] | bool, ...]) -> set[str]:
    """Keys of the items that have a value in some row."""
    return {
        f"{each.record}.{column.item}"
        for each, rows in zip(wanted, answers, strict=True)
        if not isinstance(rows, bool)
        for row in rows
        for column, value in zip(each.columns, row.values, strict=True)
        if value is not None
    }


async def test_old_numbers_hide_nothing(directory: Directory, catalogue: Catalogue) -> None:
    """`old-15-digit-id` lives as `clean` does: as many rows in every record type, found under the other form."""
    numbers = {tag: PersonId.parse(p.id_number) for p in TEST_PEOPLE for tag in p.tags}
    pair = [numbers["clean"], numbers["old-15-digit-id"]]
    deadline = asyncio.get_running_loop().time() + 60
    outcomes = await directory.fetch(everything(catalogue), pair, days_given(DAY), deadline)
    for code, outcome in outcomes.items():
        assert isinstance(outcome, Delivered)
        counts = [[len(rows) if isinstance(rows, Sequence) else rows for rows in outcome.answers[p]] for p in pair]
        assert counts[0] == counts[1], code


async def test_nobody_is_nowhere(directory: Directory, catalogue: Catalogue) -> None:
    nobody = PersonId.parse(next(p.id_number for p in TEST_PEOPLE if "nobody" in p.tags))
    deadline = asyncio.get_running_loop().time() + 60
    outcomes = await directory.fetch(everything(catalogue), [nobody], days_given(DAY), deadline)
    for outcome in outcomes.values():
        assert isinstance(outcome, Delivered)
        assert not any(outcome.answers[nobody])


@pytest.mark.postgres
async def test_postgresql_answers_as_sqlite_does(
    directory: Directory, catalogue: Catalogue, postgres_url: str, city: City
) -> None:
    made = await asyncio.to_thread(make, postgres_url, city.people, city.seed, DAY)
    other = await Directory.open(DEPARTMENTS, catalogue, made.environ, DAY)
    people = [PersonId.parse(person.id_number) for person in TEST_PEOPLE]
    try:
        deadline = asyncio.get_running_loop().time() + 60
        given, wanted = days_given(DAY), everything(catalogue)
        assert await other.fetch(wanted, people, given, deadline) == await directory.fetch(
            wanted, people, given, deadline
        )
    finally:
        await other.close()


def test_ids_are_indexed_in_every_table_that_is_asked_by_them(city: City) -> None:
    for url in city.urls.values():
        inspector = sqlalchemy.inspect(sqlalchemy.create_engine(url))
        for table in inspector.get_table_names():
            assert inspector.get_indexes(table), table
