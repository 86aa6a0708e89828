"""All departments at once: start, fetch, state."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.check import check
from connectors.contract import Connector
from connectors.directory import Directory
from connectors.faults import MappingFaulty
from connectors.guards import Guard
from connectors.memory import Memory
from connectors.recorder import Recorder
from exchange.records import Delivered, Outcome, Unavailable
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.small import CATALOGUE, MAPPING, NEW, ROWS, make_sqlite, write_mapping

TODAY = date(2026, 11, 24)


def soon() -> float:
    return asyncio.get_running_loop().time() + 20


async def test_open_fetch_states_close(tmp_path: Path) -> None:
    environ, recorder = {"SMALL_URL": make_sqlite(tmp_path / "small.db")}, Recorder()
    directory = await Directory.open(write_mapping(tmp_path / "m"), CATALOGUE, environ, TODAY, recorder=recorder)
    assert [(each.department, each.state) for each in directory.states()] == [("PBC", "UNKNOWN")]
    outcomes = await directory.fetch({"PBC": (wanted("terms"),)}, (NEW,), GIVEN, soon())
    assert isinstance(outcomes["PBC"], Delivered)
    assert len(recorder.plans) == 1
    (state,) = directory.states()
    assert (state.state, state.as_of) == ("DELIVERED", "2026-10-31")
    plans = await directory.plan({"PBC": (wanted("terms"),)})
    assert plans["PBC"].reads[0].returned == ("TERMS", "RPT_DT")
    assert [found.reachable for found in await directory.check()] == [True]
    await directory.close()


async def test_open_refuses_with_all_faults_of_file_and_database(tmp_path: Path) -> None:
    environ = {"SMALL_URL": make_sqlite(tmp_path / "small.db")}
    text = MAPPING.replace("{column: TERMS}", "{column: TERM}").replace(
        "{column: LN_BAL, unit: fen}", "{column: X, unit: q}"
    )
    with pytest.raises(MappingFaulty) as caught:
        await Directory.open(write_mapping(tmp_path / "m", text), CATALOGUE, environ, TODAY)
    said = str(caught.value)
    assert "no column TERM " in said
    assert "'unit' is fen" in said
    assert str(tmp_path) not in said


async def test_a_source_that_is_down_does_not_stop_the_start(tmp_path: Path) -> None:
    environ = {"SMALL_URL": f"sqlite:///{tmp_path}/small.db"}
    directory = await Directory.open(write_mapping(tmp_path / "m"), CATALOGUE, environ, TODAY)
    down = (await directory.fetch({"PBC": (wanted("terms"),)}, (NEW,), GIVEN, soon()))["PBC"]
    assert isinstance(down, Unavailable)
    assert (down.why, directory.states()[0].state) == ("UNREACHABLE", "UNREACHABLE")
    make_sqlite(tmp_path / "small.db")
    up = (await directory.fetch({"PBC": (wanted("terms"),)}, (NEW,), GIVEN, soon()))["PBC"]
    assert isinstance(up, Delivered)
    await directory.close()


class Down(Guard):
    async def fetch(self, wanted, people, given, deadline) -> Outcome:
        return Unavailable(datetime.now(UTC), "UNREACHABLE")


async def test_wrap_stands_outside_the_guards(tmp_path: Path) -> None:
    """What a wrapper answers for one person trips no breaker for the others."""
    environ = {"SMALL_URL": make_sqlite(tmp_path / "small.db")}

    def wrap(connector: Connector) -> Connector:
        return Down(connector)

    directory = await Directory.open(write_mapping(tmp_path / "m"), CATALOGUE, environ, TODAY, wrap=wrap)
    for _ in range(6):
        outcome = (await directory.fetch({"PBC": (wanted("terms"),)}, (NEW,), GIVEN, soon()))["PBC"]
        assert getattr(outcome, "why", None) == "UNREACHABLE"
    await directory.close()


async def test_a_department_without_a_connector_is_unavailable_not_absent() -> None:
    directory = Directory({"PBC": Memory("PBC", CATALOGUE, ROWS)})
    outcomes = await directory.fetch({"PBC": (wanted("terms"),), "TAX": ()}, (NEW,), GIVEN, soon())
    assert isinstance(outcomes["PBC"], Delivered)
    assert isinstance(outcomes["TAX"], Unavailable)


async def test_check_finds_without_starting(tmp_path: Path) -> None:
    environ = {"SMALL_URL": make_sqlite(tmp_path / "small.db")}
    folder = write_mapping(tmp_path / "m", MAPPING.replace("{column: TERMS}", "{column: TERM}"))
    (folder / "broken.yaml").write_text("a: [", "utf-8")
    found = await check(folder, CATALOGUE, environ, TODAY)
    assert [(each.department, each.reachable, len(each.faults)) for each in found] == [("PBC", True, 1), ("", False, 1)]


async def test_no_url_value_or_id_number_in_a_repr(tmp_path: Path) -> None:
    environ = {"SMALL_URL": make_sqlite(tmp_path / "small.db")}
    directory = await Directory.open(write_mapping(tmp_path / "m"), CATALOGUE, environ, TODAY)
    assert str(tmp_path) not in repr(directory.__dict__)
    await directory.close()
