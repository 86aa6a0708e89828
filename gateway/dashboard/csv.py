"""A table as a file for spreadsheets, in which no cell is a formula (OWASP, CSV injection)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from gateway.dashboard.headers import PAGE

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_NAME = re.compile(r"[a-z0-9-]{1,60}")


def cell(value: object) -> str:
    """A text that a spreadsheet would take for a formula begins with an apostrophe, also behind blanks; numbers do
    not change. None is an empty cell."""
    text = "" if value is None else str(value)
    bare = text.lstrip(" \u00a0\u3000\ufeff\u200b\u0000")
    if bare.startswith(_STARTS) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def download(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """`name`: of the file, without `.csv`; nothing about a person. UTF-8 with a mark, as spreadsheets want it."""
    assert _NAME.fullmatch(name)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([cell(each) for each in header])
    writer.writerows([cell(each) for each in row] for row in rows)
    headers = {**PAGE, "Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(("\ufeff" + out.getvalue()).encode(), 200, headers, "text/csv; charset=utf-8")
