"""JSON of a department, read without trust: every scalar is text, exact as it was written."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from connectors.http.service import Path
from connectors.sql.runner import SourceFailed

UNFIT = "\x01"
"""Stands for what cannot be a value: an object, NaN. It fits no kind of the standard."""

_CHARSETS = {name: name for name in ("utf-8", "ascii", "iso8859-1", "utf-16", "big5", "gb18030")}
_CHARSETS |= {"gbk": "gb18030", "gb2312": "gb18030", "utf-8-sig": "utf-8"}
"""What Python calls a charset → by which it is read. Others, which may unpack or run slow, are refused."""
_LACKING = object()
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")


def parsed(data: bytes, charset: str) -> Any:
    """Raises SourceFailed where this is not JSON in that charset, or is nested too deep."""
    try:
        text = data.decode(_CHARSETS[codecs.lookup(charset).name])
        return json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_float=str,
            parse_int=str,
            parse_constant=lambda _: UNFIT,
        )
    except (ValueError, LookupError, TypeError, RecursionError):
        raise SourceFailed("FAILED") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a field that stands there twice neither value is chosen (RFC 8259 §4 leaves it open)."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found |= {name: UNFIT for name in found if names.count(name) > 1}
    return found


def at(document: Any, path: Path) -> Any:
    """Raises KeyError where the path leads nowhere."""
    for step in path:
        document = document.get(step, _LACKING) if isinstance(document, dict) else _LACKING
        if document is _LACKING:
            raise KeyError(step)
    return document


def scalar(value: Any) -> str | None:
    """A null is none; an object or list stands where a value is meant: it does not fit."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return _UNSPEAKABLE.sub(UNFIT, value)
        case _:
            return UNFIT


def put(document: dict[str, Any], path: Path, value: object) -> None:
    """Sets the field, making the objects that lead to it."""
    for step in path[:-1]:
        document = document.setdefault(step, {})
    document[path[-1]] = value
