"""A folder of policies with its cases, to break."""

from __future__ import annotations

import shutil
from pathlib import Path

from policies import cases
from policies.rulebook import FILES, FOLDER

_ESTATE = "  - why: Guardian"


def copied(folder: Path) -> Path:
    """The shipped policies and cases, less the row of the guardian: nothing of it in the one, nothing in the other."""
    for name in FILES:
        shutil.copy(FOLDER / name, folder / name)
    permits = (folder / "permits.csv").read_text("utf-8").splitlines(keepends=True)
    (folder / "permits.csv").write_text("".join(line for line in permits if "guardian, ESTATE" not in line), "utf-8")
    shutil.copytree(FOLDER / cases.FOLDER, folder / cases.FOLDER)
    person = (folder / cases.FOLDER / "person.yaml").read_text("utf-8")
    assert person.count(_ESTATE) == 1
    (folder / cases.FOLDER / "person.yaml").write_text(person[: person.index(_ESTATE)], "utf-8")
    return folder


def changed(path: Path, old: str, new: str) -> int:
    """Replace a text that stands once; gives the line where it stood."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    path.write_text(text.replace(old, new), "utf-8")
    return text[: text.index(old)].count("\n") + 1
