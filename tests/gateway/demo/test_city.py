"""The city is made once, the same for the same parameters, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from gateway.demo.city import City, make
from gateway.demo.load import DEPARTMENTS, metadata
from tests.gateway.demo.conftest import DAY, read


def _dump(folder: Path) -> dict[str, list[str]]:
    found = {}
    for code in DEPARTMENTS:
        database = sqlite3.connect(folder / f"{code.lower()}.db")
        found[code] = list(database.iterdump())
        database.close()
    return found


def test_the_same_parameters_make_the_same_city(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make(tmp_path / name, people=40, seed=7, day=DAY)
    assert _dump(tmp_path / "a") == _dump(tmp_path / "b")


def test_another_seed_makes_another_city(tmp_path: Path) -> None:
    make(tmp_path / "a", people=40, seed=7, day=DAY)
    make(tmp_path / "b", people=40, seed=8, day=DAY)
    assert _dump(tmp_path / "a")["PSB"] != _dump(tmp_path / "b")["PSB"]


def test_more_people_leave_the_first_ones_as_they_were(tmp_path: Path) -> None:
    make(tmp_path / "few", people=40, day=DAY)
    make(tmp_path / "many", people=60, day=DAY)
    few, many = (read(tmp_path / name, "pbc", "LN_ACCT") for name in ("few", "many"))
    assert len(many) > len(few)
    assert all(row in many for row in few)


def test_a_whole_city_is_left_alone_and_a_broken_one_made_again(tmp_path: Path) -> None:
    make(tmp_path, people=10, day=DAY)
    psb = tmp_path / "psb.db"
    before = psb.stat().st_mtime_ns
    told: list[int] = []
    make(tmp_path, people=10, day=DAY, progress=lambda done, total, what: told.append(done))
    assert psb.stat().st_mtime_ns == before
    assert told == []
    (tmp_path / "city.json").unlink()
    psb.write_bytes(b"half")
    make(tmp_path, people=10, day=DAY)
    assert len(read(tmp_path, "psb", "T_RKXX")) > 10
    make(tmp_path, people=12, day=DAY)
    assert json.loads((tmp_path / "city.json").read_text())["people"] == 12


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    make(tmp_path, people=600, day=DAY, progress=lambda *step: told.append(step))
    assert len(told) > 1
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][0] == told[-1][1]


def test_six_of_ten_generated_people_consent_to_bank_a(city: City) -> None:
    consents = list(city.consents)
    numbers = {consent.id_number for consent in consents}
    assert len(numbers) == len(consents) == len({consent.id for consent in consents})
    assert 0.5 < len(consents) / city.people < 0.7
    assert {(c.organisation, c.purpose, c.state) for c in consents} == {("bank-a", "LOAN_APPROVAL", "active")}
    assert numbers <= {row["ZJHM"] for row in read(Path(city.urls["PSB"][10:]).parent, "psb", "T_RKXX")}


@pytest.mark.postgres
async def test_postgresql_holds_the_same_rows(postgres_url: str, city: City, folder: Path) -> None:
    made = await asyncio.to_thread(make, postgres_url, city.people, city.seed, DAY)
    assert made.urls.keys() == city.urls.keys()
    for code, url in made.urls.items():
        database = await asyncpg.connect(url)
        try:
            for table in metadata(code).tables.values():
                found = await database.fetch(f'SELECT * FROM "{table.name}"')
                assert sorted(map(_comparable, map(tuple, found))) == sorted(
                    _comparable(tuple(row.values())) for row in read(folder, code.lower(), table.name)
                )
        finally:
            await database.close()
    told: list[int] = []
    await asyncio.to_thread(make, postgres_url, city.people, city.seed, DAY, lambda done, *_: told.append(done))
    assert told == [], "a server that holds the city whole is left alone"


def _comparable(row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(_text(value) for value in row)


def _text(value: object) -> str:
    if isinstance(value, int | float | Decimal):
        return format(Decimal(str(value)).normalize(), "f")
    return "" if value is None else str(value)
