"""Files that no policy comes from: too large, empty, no file at all, or changing while they are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from policies import purposes, source
from policies.faults import Fault, PolicyFaulty
from policies.rulebook import FILES, read


def faults(folder: Path, catalogue: Catalogue) -> list[tuple[str, int, str]]:
    with pytest.raises(PolicyFaulty) as caught:
        read(folder, catalogue)
    return [(fault.file, fault.line, fault.message) for fault in caught.value.faults]


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_50_megabytes_is_not_read_whole(catalogue: Catalogue, folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.truncate(50_000_000)
    found = faults(folder, catalogue)
    assert (name, 0, "the file is larger than 8,388,608 bytes, and was not read") in found


def test_no_more_than_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LIMIT_BYTES", 10)
    found: list[Fault] = []
    (tmp_path / "a").write_bytes(b"0123456789")
    assert source.read(tmp_path / "a", found) == b"0123456789"
    assert found == []
    (tmp_path / "a").write_bytes(b"0123456789+")
    assert source.read(tmp_path / "a", found) is None
    assert [(fault.file, fault.line) for fault in found] == [("a", 0)]


def test_no_plain_file(catalogue: Catalogue, folder: Path) -> None:
    (folder / "permits.csv").unlink()
    os.mkfifo(folder / "permits.csv")  # opening it would wait for a writer for ever
    (folder / "rows.yaml").unlink()
    (folder / "rows.yaml").mkdir()
    found = faults(folder, catalogue)
    assert ("permits.csv", 0, "the file is no plain file") in found
    assert ("rows.yaml", 0, "the file is no plain file") in found


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_changes_while_it_is_read(
    catalogue: Catalogue, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = purposes.read

    def read_while_another_writes(*given: object) -> purposes.Purposes:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("# more\n")
        return whole(*given)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(purposes, "read", read_while_another_writes)
    assert faults(folder, catalogue) == [(name, 0, source.CHANGED)]


def test_a_policy_without_a_rule(catalogue: Catalogue, folder: Path) -> None:
    (folder / "permits.csv").write_text("# nothing yet\n", "utf-8")
    assert faults(folder, catalogue) == [
        ("permits.csv", 0, "there is no rule, so everything would be withheld from everybody")
    ]


def test_a_purpose_without_basis(catalogue: Catalogue, folder: Path, edit) -> None:
    edit("purposes.yaml", "    basis: no personal data\n", "")
    assert "SANDBOX has no basis" in [message for *_, message in faults(folder, catalogue)]


def test_a_purpose_with_a_blank_basis(catalogue: Catalogue, folder: Path, edit) -> None:
    edit("purposes.yaml", "basis: no personal data", "basis: ' '")
    assert "basis of SANDBOX is blank" in [message for *_, message in faults(folder, catalogue)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("requester, LOAN_APPROVAL, HPF01.balance", "requester is everybody: HPF01.balance of sensitivity 4"),
        ("bank, LOAN_APPROVAL, sensitivity:4", "reaches no item: items of sensitivity 4 must be named"),
    ],
)
def test_sensitivity_4_opened_by_a_wildcard(catalogue: Catalogue, folder: Path, add, words: str, message: str) -> None:
    number = add("permits.csv", f"p, {words}, BANDED, , ordinary, P-TEST, LENDING")
    found = faults(folder, catalogue)
    assert [(file, line) for file, line, _ in found] == [("permits.csv", number)]
    assert message in found[0][2]
