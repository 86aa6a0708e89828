from __future__ import annotations

from pathlib import Path

from policies import table
from policies.faults import Fault


def rows(
    folder: Path, content: bytes, optional: frozenset[str] = frozenset()
) -> tuple[list[tuple[str, ...]], list[Fault]]:
    path, faults = folder / "t.csv", []
    path.write_bytes(content)
    return [line.fields for line in table.read(path, "p", ("a", "b"), optional, faults)], faults


def test_a_byte_order_mark_hides_no_line(tmp_path: Path) -> None:
    assert rows(tmp_path, b"\xef\xbb\xbfp, 1, 2\np, 3, 4\n") == ([("1", "2"), ("3", "4")], [])


def test_a_quoted_comma_is_part_of_its_field(tmp_path: Path) -> None:
    assert rows(tmp_path, b'p, "1, one", 2\n') == ([("1, one", "2")], [])


def test_comments_blank_lines_and_windows_line_ends(tmp_path: Path) -> None:
    assert rows(tmp_path, b"# p, 0, 0\r\n\r\n  # more\r\np, 1, 2\r\n") == ([("1", "2")], [])


def test_a_blank_field_is_a_fault_unless_it_may_be_blank(tmp_path: Path) -> None:
    assert rows(tmp_path, b"p, , 2\n") == ([], [Fault("t.csv", 1, "a is blank")])
    assert rows(tmp_path, b"p, , 2\n", frozenset({"a"})) == ([("", "2")], [])


def test_faults_keep_their_lines_and_spoil_only_these(tmp_path: Path) -> None:
    found, faults = rows(tmp_path, b'# top\np, 1\np, 1, 2\n"p, 1, 2\nq, 1, 2\np, 1, 2 # no\n')
    assert found == [("1", "2")]
    assert [fault.line for fault in faults] == [2, 4, 5, 6]


def test_a_quote_does_not_run_on_to_the_next_line(tmp_path: Path) -> None:
    found, faults = rows(tmp_path, b'p, "1\n2", 3\n')
    assert found == []
    assert {fault.line for fault in faults} == {1, 2}
