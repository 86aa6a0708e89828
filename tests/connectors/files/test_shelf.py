"""The private folder: private, and empty after whoever used it, also after one that was killed."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
import time
from pathlib import Path

import pytest

from connectors.files.folder import DropRefused
from connectors.files.shelf import Shelf
from exchange.records import Delivered
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.files.dropping import COLUMNS, drops_text, files, write_all, write_csv
from tests.connectors.small import NEW

_LOADER = """
import asyncio, sys
from pathlib import Path
from tests.connectors.files.dropping import drops_text, files
asyncio.run(files(Path(sys.argv[1]), drops_text(".csv")).check())
"""


def test_it_is_for_its_user_alone_and_gone_when_closed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "base")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "base", shelf.folder)] == [0o700, 0o700]
    shelf.path(".db").write_text("x")
    shelf.close()
    assert list((tmp_path / "base").iterdir()) == []


def test_a_shelf_in_use_is_left_alone(tmp_path: Path) -> None:
    first = Shelf(tmp_path / "base")
    second = Shelf(tmp_path / "base")
    assert first.folder.is_dir()
    first.close()
    second.close()


@pytest.mark.parametrize("spoil", ["open to others", "a link"])
def test_a_folder_that_is_not_ours_alone_is_refused(tmp_path: Path, spoil: str) -> None:
    base = tmp_path / "base"
    (tmp_path / "other").mkdir(mode=0o700)
    if spoil == "a link":
        base.symlink_to(tmp_path / "other")
    else:
        base.mkdir()
        base.chmod(0o755)
    with pytest.raises(DropRefused):
        Shelf(base)


async def test_what_a_killed_loader_left_is_deleted_by_the_next(tmp_path: Path) -> None:
    drops = write_all(tmp_path)
    rows = [(f"T{i}", NEW.number, 1, "2026-01-01") for i in range(400_000)]
    write_csv(drops / "pay_20261031.csv", COLUMNS["pay"], rows)
    loader = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LOADER, tmp_path, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    private, end = tmp_path / "private", time.monotonic() + 60
    while not any(path.stat().st_size > 1_000_000 for path in private.glob("*/*.db")):
        assert loader.returncode is None, "it was not killed in the middle"
        assert time.monotonic() < end
        await asyncio.sleep(0.005)
    loader.send_signal(signal.SIGKILL)
    await loader.wait()
    left = {path for path in private.rglob("*") if path.is_file()}
    assert left
    assert {stat.S_IMODE(path.stat().st_mode) for path in left} == {0o600}
    write_all(tmp_path)
    connector = files(tmp_path, drops_text(".csv"))
    outcome = await connector.fetch((wanted("terms"),), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20)
    assert isinstance(outcome, Delivered)
    assert not left & set(private.rglob("*"))
    assert len(list(private.rglob("*.db"))) == 1
    await connector.close()
    assert list(private.iterdir()) == []


async def test_a_snapshot_that_was_deleted_under_us_is_loaded_again(tmp_path: Path) -> None:
    write_all(tmp_path)
    connector = files(tmp_path, drops_text(".csv").replace("quiet_s: 0", "quiet_s: 0\nrenew_s: 60"))
    assert (await connector.check()).faults == ()
    (snapshot,) = (tmp_path / "private").rglob("*.db")
    snapshot.unlink()
    assert (await connector.check()).faults == ()
    outcome = await connector.fetch((wanted("terms"),), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20)
    await connector.close()
    assert isinstance(outcome, Delivered)


async def test_closing_ends_a_load_that_is_under_way(tmp_path: Path) -> None:
    drops = write_all(tmp_path)
    rows = [(f"T{i}", NEW.number, 1, "2026-01-01") for i in range(400_000)]
    write_csv(drops / "pay_20261031.csv", COLUMNS["pay"], rows)
    connector = files(tmp_path, drops_text(".csv"))
    asked = asyncio.create_task(
        connector.fetch((wanted("terms"),), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20)
    )
    await asyncio.sleep(0.2)
    await connector.close()
    assert list((tmp_path / "private").iterdir()) == []
    (outcome,) = await asyncio.gather(asked, return_exceptions=True)
    assert not isinstance(outcome, Delivered)
