"""The file of alarm rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.alarm import AlarmKind, AlarmRules
from policies.alarms import FILE, read
from policies.faults import PolicyFaulty
from policies.rulebook import FOLDER


def test_the_file_says_what_the_gateway_comes_with() -> None:
    assert read(FOLDER) == AlarmRules()


def test_without_a_file_everything_is_watched(tmp_path: Path) -> None:
    assert set(read(tmp_path).alarms) == set(AlarmKind)


@pytest.mark.parametrize("text", ["alarms: [", "alarms: {MANY_PEOPLE: {count: many}}", "alarm: {}", "\x00", "- 1"])
def test_a_file_that_means_nothing_stops_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(PolicyFaulty, match=FILE):
        read(tmp_path)
