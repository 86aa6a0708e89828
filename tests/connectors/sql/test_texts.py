"""However a database's rows are put together for reading, each person gets his or her own."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sql.texts import RowTexts, of_json, of_rows

TEXT = st.none() | st.text(st.sampled_from([*list('],["\\ a{}:'), "国", "\u2028"]), max_size=8) | st.text(max_size=8)
PEOPLE = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.just(width), st.lists(st.lists(st.lists(TEXT, min_size=width, max_size=width), max_size=4), max_size=5)
    )
)


def written(rows: object) -> str:
    return orjson.dumps(rows).decode()


def people(found: RowTexts) -> list[list[list[str | None]]]:
    rows = zip(*found.columns, strict=True)
    return [[list(next(rows)) for _ in range(count)] for count in found.counts]


@given(PEOPLE)
def test_rows_come_back_as_they_were(asked: tuple[int, list[list[list[str | None]]]]) -> None:
    width, rows = asked
    cells = [written(own) for own in rows]
    for found in (of_json(cells, width, orjson.loads), of_json(cells, width, json.loads), of_rows(rows)):
        assert people(found) == rows


@pytest.mark.parametrize("value", ["],[", '"],["', "a],[b],[c", "]],[["])
def test_what_parts_rows_may_stand_in_a_value(value: str) -> None:
    rows = [[[value, "x"]], [], [["y", None], [None, value]]]
    assert people(of_json([written(own) for own in rows], 2, orjson.loads)) == rows


@pytest.mark.parametrize("cell", ['[["a"', '[["a"],["b",', "", "x", '[["a"]]]', "null", '[["a","b"],["c"]]'])
def test_a_damaged_cell_is_an_error(cell: str) -> None:
    for width in (1, 2):
        with pytest.raises(ValueError):  # noqa: PT011
            of_json(['[["a"]]', cell], width, orjson.loads)
