"""Policy tables: comma-separated values, read strictly.

Casbin's own reader splits quoted commas, joins a `#` comment to the last field and drops the first line behind a byte
order mark, all in silence; here each of these is read rightly or is a fault.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from policies import source
from policies.faults import Fault


@dataclass(frozen=True, slots=True)
class Line:
    file: str
    number: int
    fields: tuple[str, ...]
    """Stripped, without the leading `p` or `g`."""


def read(path: Path, mark: str, columns: tuple[str, ...], optional: frozenset[str], faults: list[Fault]) -> list[Line]:
    """The lines of a table whose lines begin with `mark`. Blank lines and lines that begin with `#` are skipped.

    A line that does not parse is left out and added to `faults`.
    """
    lines: list[Line] = []
    for number, raw in enumerate(source.text(path, faults).split("\n"), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        try:
            parsed = next(csv.reader([raw.rstrip("\r")], strict=True, skipinitialspace=True))
        except csv.Error as error:
            faults.append(Fault(path.name, number, f"not a line of comma-separated values: {error}"))
            continue
        fields = tuple(field.strip() for field in parsed)
        problems = list(_problems(fields, mark, columns, optional))
        faults.extend(Fault(path.name, number, problem) for problem in problems)
        if not problems:
            lines.append(Line(path.name, number, fields[1:]))
    return lines


def _problems(fields: tuple[str, ...], mark: str, columns: tuple[str, ...], optional: frozenset[str]) -> Iterator[str]:
    if fields[0] != mark:
        yield f"the line must begin with {mark!r}"
    if len(fields) != len(columns) + 1:
        yield f"{len(fields)} columns where {len(columns) + 1} belong: {mark}, {', '.join(columns)}"
        return
    for name, field in zip(columns, fields[1:], strict=True):
        if not field and name not in optional:
            yield f"{name} is blank"
        if "#" in field:
            yield f"{name} holds a '#'; a comment stands on a line of its own"
