"""The policies under which it is measured: the shipped ones, and a role that is released everything in full."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from policies.rule import PERMITS
from policies.rulebook import FOLDER

EVERYTHING = "SANDBOX"
"""The purpose for which `developer` gets all items in full. Here it rests on consent, as a bank's asks do, so that
nothing of a request's way is spared."""


def benchmark_policies(folder: Path) -> Path:
    """Written to the folder, which must not be there yet. One may ask about the same people again and again."""
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = folder / "purposes.yaml"
    content = yaml.safe_load(path.read_text("utf-8"))
    for purpose in content["purposes"].values():
        purpose.pop("frequency", None)
    content["purposes"][EVERYTHING] |= {"ground": "consent", "reference": "application", "portfolio": True}
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    path = folder / PERMITS
    path.write_text("".join(map(_in_writing, path.read_text("utf-8").splitlines(keepends=True))), "utf-8")
    return folder


def _in_writing(line: str) -> str:
    """Amounts of art 14(2) open with a written consent alone, which the people of the benchmark gave."""
    return line.replace(", ordinary, P-SANDBOX-W-", ", written, P-SANDBOX-W-")
