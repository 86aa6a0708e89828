"""Faults in how a mapping file says its sources, each with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.mapping import read_all
from tests.connectors.five import FIVE, environ_of
from tests.connectors.small import CATALOGUE, MAPPING, write_mapping

TODAY = date(2026, 11, 24)
PAY = '  pay: {connector: sql, url: "${PAY_URL}"}'


def faults(folder: Path, text: str) -> list[tuple[int, str]]:
    environ = {**environ_of(folder), "SMALL_URL": "sqlite:///x.db"}
    _, found = read_all(write_mapping(folder / "m", text), CATALOGUE, environ, TODAY)
    return [(fault.line, fault.text) for fault in found]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def test_five_sources_are_read(tmp_path: Path) -> None:
    assert faults(tmp_path, FIVE) == []


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("sources:\n", "url: sqlite:///x.db\nsources:\n", "url: sqlite", "'url' belongs to each of the 'sources'"),
        (PAY, '  Pay-1: {connector: sql, url: "${PAY_URL}"}', "Pay-1", "a source has a name of small letters"),
        (PAY, '  pay: {connector: sql, adress: "${PAY_URL}"}', "adress", "unknown key 'adress'"),
        (PAY, "  pay: {connector: sql}", "  pay: {", "'url' is missing"),
        (PAY, PAY[:-1] + ", stale_after: 45}", "stale_after", "'stale_after' is a number of days, 45d"),
        (PAY, PAY + '\n  spare: {connector: sql, url: "${PAY_URL}"}', "spare", "no record names the source spare"),
        ("    source: loans\n", "    source: lones\n", "source: lones", "'source' is one of: people, jobs, loans"),
        ("    source: loans\n", "", "from: LN_ACCT", "'source' is one of: people, jobs, loans"),
        (
            "    - source: old_pay\n",
            "    - source: pay  # again\n",
            "# again",
            "PBC06 is mapped in the source pay already",
        ),
        ("      distinct: [n]\n", "      same_by: [amount]\n", "same_by", "'same_by' names items of PBC06"),
        ("      distinct: [n]\n", "      same_by: [nothing]\n", "same_by", "'same_by' names items of PBC06"),
        ("      distinct: [n]\n", "      same_by: [paid_on]\n", "  PBC03:", "'same_by' of PBC06 differs between"),
        (
            "    source: loans\n",
            "    source: loans\n    same_by: [nothing]\n",
            "same_by",
            "'same_by' names items of PBC03",
        ),
    ],
)
def test_each_fault_has_its_line(tmp_path: Path, old: str, new: str, at: str, says: str) -> None:
    assert old in FIVE
    text = FIVE.replace(old, new, 1)
    assert [line for line, said in faults(tmp_path, text) if says in said] == [line_of(text, at)]


def test_a_file_of_one_source_has_no_lists_and_names_no_source(tmp_path: Path) -> None:
    text = MAPPING.replace("  PBC03:\n", "  PBC03:\n    source: loans\n")
    said = [(line, fault) for line, fault in faults(tmp_path, text) if "'source' is for a department" in fault]
    assert said == [(line_of(text, "source: loans"), said[0][1])]
    before, _, pay = MAPPING.partition("  PBC06:\n    from: pay")
    listed = before + "  PBC06:\n    - from: pay" + pay.replace("\n    ", "\n      ")
    assert any("a list of entries is for a department" in fault for _, fault in faults(tmp_path, listed))


def test_a_list_of_a_person_alone_has_no_same_by(tmp_path: Path) -> None:
    text = FIVE.replace("      not_held: [address]\n", "      not_held: [address]\n      same_by: [mobile]\n")
    assert any("a person has one PBC01" in fault for _, fault in faults(tmp_path, text))
