"""The bytes of policy files, within limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from policies.faults import Fault

LIMIT_BYTES = 8 * 1024 * 1024
"""Ten thousand rules take about one eighth of it."""
CHANGED = "the file changed while it was being read; try again when the writing has ended"


def read(path: Path, faults: list[Fault]) -> bytes | None:
    """The file's bytes; None, with a fault, if it is missing, no plain file, unreadable, or larger than the limit.

    No more than the limit is ever read.
    """
    try:
        if not path.is_file():
            faults.append(Fault(path.name, 0, "the file is no plain file" if path.exists() else "the file is missing"))
            return None
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        faults.append(Fault(path.name, 0, f"the file cannot be read: {error.strerror}"))
        return None
    if len(content) > LIMIT_BYTES:
        faults.append(Fault(path.name, 0, f"the file is larger than {LIMIT_BYTES:,} bytes, and was not read"))
        return None
    return content


def text(path: Path, faults: list[Fault]) -> str:
    """The file as UTF-8, with or without a byte order mark; blank, with a fault, if it is not."""
    content = read(path, faults)
    try:
        return (content or b"").decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(Fault(path.name, 0, "the file is not UTF-8"))
        return ""


def contents(folder: Path, names: Iterable[str], faults: list[Fault]) -> Mapping[str, bytes]:
    """Each file's bytes; blank where they cannot be had."""
    return {name: read(folder / name, faults) or b"" for name in names}
