"""What is copied is what was seen, or nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.files.drop import Drop, Drops
from connectors.files.folder import DropRefused, copied, look
from connectors.files.shelf import Shelf
from connectors.files.snapshot import load
from connectors.mapping import read
from tests.connectors.files.dropping import TODAY, drops_text, write_all
from tests.connectors.small import CATALOGUE, write_mapping

DROPS = Drops({"a": Drop("a", 1, "a_*.csv", "csv", as_of="a_%Y%m%d")})


def _link(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _again(path: Path) -> None:
    path.unlink()
    path.write_text("n,v\n1,2\n")


@pytest.mark.parametrize(
    "change",
    [_link, _pipe, _again, Path.unlink, lambda path: path.write_text("n,v\n1,3\n"), lambda path: os.truncate(path, 5)],
    ids=["a link", "a pipe", "another of the same content", "gone", "written to", "cut"],
)
def test_a_file_that_is_no_longer_what_was_seen_is_not_copied(tmp_path: Path, change: Callable[[Path], object]) -> None:
    path = tmp_path / "a_20261031.csv"
    path.write_text("n,v\n1,2\n")
    seen = look(tmp_path, DROPS)
    change(path)
    with pytest.raises(DropRefused) as caught:
        copied(tmp_path, seen["a"], "a", tmp_path / "copy", threading.Event())
    assert caught.value.passing


def test_a_copy_is_exact_and_private(tmp_path: Path) -> None:
    (tmp_path / "a_1.csv").write_bytes(b"x" * 3_000_000)
    seen = look(tmp_path, DROPS)
    copied(tmp_path, seen["a"], "a", tmp_path / "copy", threading.Event())
    assert (tmp_path / "copy").read_bytes() == b"x" * 3_000_000
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_newer_drop_that_came_meanwhile_undoes_the_load(tmp_path: Path) -> None:
    drops = write_all(tmp_path)
    mappings = write_mapping(tmp_path / "mappings", drops_text(".csv"))
    place = read(mappings, CATALOGUE, {"SMALL_URL": drops.as_uri()}, TODAY)["PBC"].sources[0]
    assert isinstance(place.options, Drops)
    seen = look(drops, place.options)
    (drops / "job_20261101.csv").write_text("n,id_no,employer,upd\n")
    shelf = Shelf(tmp_path / "private")
    with pytest.raises(DropRefused, match="replaced while the drops were read"):
        load(drops, seen, place, place.options, shelf, threading.Event())
    assert list(shelf.folder.iterdir()) == []
    shelf.close()


@pytest.mark.parametrize(
    ("file", "day"), [("a_20261031.csv", "2026-10-31"), ("a_20261331.csv", None), ("a_1.csv", None)]
)
def test_the_day_stands_in_the_name_or_nowhere(tmp_path: Path, file: str, day: str | None) -> None:
    (tmp_path / file).write_text("")
    assert look(tmp_path, DROPS)["a"].day(DROPS.drops["a"]) == day
