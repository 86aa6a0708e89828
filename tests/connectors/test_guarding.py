"""`guards:` and `maintenance:` of a mapping file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.faults import MappingFaulty
from connectors.mapping import read
from connectors.place import GuardsPlace, SourcePlace
from connectors.windows import read_window
from tests.connectors.small import CATALOGUE, MAPPING, write_mapping

HEAD = "department: PBC\n"


def source(folder: Path, own: str) -> SourcePlace:
    text = MAPPING.replace(HEAD, HEAD + own, 1)
    places = read(write_mapping(folder, text), CATALOGUE, {"SMALL_URL": "sqlite:///x.db"}, date(2026, 11, 24))
    return places["PBC"].sources[0]


def test_what_is_not_said_has_safe_defaults(tmp_path: Path) -> None:
    own = source(tmp_path, "").guards
    assert own == GuardsPlace()
    assert own.statement_s < own.deadline_s < 3


def test_every_setting_is_read(tmp_path: Path) -> None:
    said = "{deadline_s: 1.5, at_once: 2, queue: 0, failures: 3, rest_s: 60, retries: 0, statement_timeout_s: 1}"
    windows = '["Sun 02:00-04:00", "2026-12-01T00:00/2026-12-01T06:00"]'
    own = source(tmp_path, f"guards: {said}\nmaintenance: {windows}\n").guards
    assert own == GuardsPlace(
        1.5, 1.0, 2, 0, 3, 60.0, 0, (read_window("Sun 02:00-04:00"), read_window("2026-12-01T00:00/2026-12-01T06:00"))
    )


def test_every_fault_has_its_line(tmp_path: Path) -> None:
    said = """\
guards:
  deadline_s: 90
  at_once: 0
  queue: 1.5
  failures: many
  retries: 3
  speed: 1
maintenance:
  - Sun 02:00-04:00
  - sometimes
"""
    with pytest.raises(MappingFaulty) as caught:
        source(tmp_path, said)
    lines = {fault.line: fault.text for fault in caught.value.faults}
    assert sorted(lines) == [3, 4, 5, 6, 7, 8, 11]
    assert "from 0.05 to 60" in lines[3]
    assert "whole number" in lines[5]
    assert "unknown key 'speed'" in lines[8]
    assert "a window is" in lines[11]


def test_the_source_ends_a_statement_before_the_gateway_gives_it_up(tmp_path: Path) -> None:
    with pytest.raises(MappingFaulty, match="ends after 'deadline_s'"):
        source(tmp_path, "guards: {deadline_s: 1, statement_timeout_s: 2}\n")
