"""`docs/adding-a-department.md` is a transcript: each command block runs, and prints what stands below it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs/adding-a-department.md"
_BLOCK = re.compile(r"^```bash\n(?P<commands>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def transcript(text: str) -> Iterator[tuple[str, str]]:
    """Each block of commands, and what the page says that it prints."""
    for block in _BLOCK.finditer(text):
        yield block["commands"], block["output"] or ""


def run(commands: str, folder: Path) -> str:
    """What the commands print; variables that they export hold for the blocks after them."""
    script = f"set -e\n[ -f .exported ] && . ./.exported\n{commands}\nexport -p > .exported\n"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "HOME": str(folder), "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_page_is_what_happens(tmp_path: Path) -> None:
    blocks = list(transcript(PAGE.read_text("utf-8")))
    assert sum("gateway department" in commands for commands, _ in blocks) >= 6
    for commands, output in blocks:
        assert run(commands, tmp_path) == output, commands
