"""Rows that stand in columns are the rows that they would be one by one."""

from __future__ import annotations

import pytest

from exchange.records import Block, Row, Rows, Table

BLOCK = Block(
    3,
    [["A", "B", None], [1, 2, 3]],
    ["2026-10-31", None, "2026-11-02"],
    [None, 0, None],
    ["x", None, "y"],
)
EVERY = (
    Row(("A", 1), "2026-10-31", None, "x"),
    Row(("B", 2), None, 0, None),
    Row((None, 3), "2026-11-02", None, "y"),
)


@pytest.mark.parametrize(("since", "until"), [(0, 3), (0, 1), (1, 3)])
def test_a_part_of_a_block_is_its_rows(since: int, until: int) -> None:
    rows, meant = Rows(BLOCK, since, until, None, False), EVERY[since:until]
    assert len(rows) == len(meant)
    assert tuple(rows) == meant
    assert rows == meant
    assert rows != EVERY[:2]
    assert rows[0] == meant[0]
    assert rows[-1] == meant[-1]
    assert rows[1:] == meant[1:]


def test_rows_of_which_no_value_was_asked_are_still_rows() -> None:
    rows = Rows(Block(2, [], ["2026-10-31"] * 2, [None] * 2, [None] * 2), 0, 2, "2026-10-31", False)
    assert tuple(rows) == (Row((), "2026-10-31"),) * 2


def test_a_block_is_written_once_for_all_and_each_part_gives_its_own() -> None:
    calls: list[Block] = []

    def write(block: Block) -> Table:
        calls.append(block)
        return [{"a": value} for value in block.columns[0]]

    block = Block(3, BLOCK.columns, BLOCK.days, BLOCK.marks, BLOCK.identities)
    first, others = Rows(block, 0, 1, None, False), Rows(block, 1, 3, None, False)
    assert first.written(write) == [{"a": "A"}]
    assert others.written(write) == [{"a": "B"}, {"a": None}]
    assert calls == [block]


def test_what_one_way_of_writing_cannot_another_still_may() -> None:
    block = Block(1, [["A"]], [None], [None], [None])
    rows = Rows(block, 0, 1, None, False)
    assert rows.written(lambda _: None) is None
    assert rows.written(lambda _: [{"a": "A"}]) == [{"a": "A"}]
