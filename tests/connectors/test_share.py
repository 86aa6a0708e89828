"""However many processes ask, a source bears no more at once than its mapping file says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.place import GuardsPlace
from connectors.share import indivisible, share
from tests.acceptance.in_process import PLACES


@pytest.mark.parametrize(("at_once", "processes", "each"), [(8, 1, 8), (8, 2, 4), (9, 2, 4), (8, 8, 1), (3, 2, 1)])
def test_each_has_its_part(at_once: int, processes: int, each: int) -> None:
    place = replace(PLACES["PBC"].sources[0], guards=GuardsPlace(at_once=at_once))
    assert share(place, processes).guards.at_once == each
    assert each * processes <= at_once


def test_fewer_places_than_processes_are_a_fault_at_their_line() -> None:
    place = replace(PLACES["PBC"].sources[0], guards=GuardsPlace(at_once=2))
    mappings = {"PBC": replace(PLACES["PBC"], sources=(place,))}
    assert list(indivisible(mappings, 2)) == []
    (fault,) = indivisible(mappings, 3)
    assert (fault.file, fault.line) == (place.file, place.line)
    assert fault.text == "'at_once' is 2, and 3 workers ask: each needs at least one place"
