"""Codes of the demo's provider: as many as wait at a time, and no more."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gateway.demo import codes
from gateway.demo.codes import LASTS_S, Codes, Granted


def _granted(now: int) -> Granted:
    return Granted("sun.hao", "dashboard", "http://127.0.0.1/dashboard/callback", "", "x" * 43, now + LASTS_S)


def test_who_begins_again_and_again_fills_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "MOST", 20)
    now, given = int(time.time()), Codes(tmp_path)
    first = last = given.give(_granted(now), now)
    for _ in range(50):
        last = given.give(_granted(now), now)
    assert len(list((tmp_path / "codes").iterdir())) == 20
    assert given.take(last, now)
    assert given.take(first, now) is None


def test_what_is_too_old_goes_and_the_rest_stays(tmp_path: Path) -> None:
    now, given = int(time.time()), Codes(tmp_path)
    given.give(_granted(now), now)
    (old,) = (tmp_path / "codes").iterdir()
    before = now - 11 * LASTS_S
    os.utime(old, (before, before))
    stays = given.give(_granted(now), now)
    given.give(_granted(now), now)
    assert not old.exists()
    assert given.take(stays, now)
