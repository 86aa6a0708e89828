"""Templates become pages. Everything is escaped; what has no word is shown as its key and fails a test."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from exchange.wording import Words, advice, codes, sentence
from gateway.dashboard.headers import PAGE
from gateway.dashboard.visible import visible
from gateway.dashboard.words import WORDS

BUILT = Path(__file__).parent.parent / "static" / "dashboard"
_CITY = timezone(timedelta(hours=8))
"""China has one time."""
_UNITS = ((3600, "wait_hours"), (60, "wait_minutes"), (1, "wait_seconds"))


def shown(template: str, status: int = 200, headers: Mapping[str, str] = PAGE, **context: Any) -> Response:
    text = _environment().get_template(template).render(asset=asset, **context)
    return HTMLResponse(text, status, dict(headers))


def word(key: str, language: str, more: Mapping[str, Words] | None = None) -> str:
    found = (more or {}).get(key) or WORDS.get(key)
    if found is None:
        return key
    return found.zh if language == "zh" else found.en


def said(one: Mapping[str, Any] | None, language: str) -> str:
    """A `Said` of the API in the reader's language."""
    return "" if one is None else str(one[language])


def in_words(code: str, message: str, help: str, language: str) -> tuple[str, str]:
    """What a refusal says, and what to do, in the reader's language; as the API told it where there are no words."""
    if language != "zh" or code not in codes():
        return message, help
    return sentence(code).zh, advice(code).zh


def wait(seconds: int, language: str) -> str:
    """How long from now, rounded up; nobody comes back too early."""
    size, key = next(((size, key) for size, key in _UNITS if seconds > 2 * size), _UNITS[-1])
    return word(key, language).format(-(-seconds // size))


def when(at: str | datetime | None) -> str:
    """An instant of the API in the city's time, to the minute."""
    if at is None:
        return "–"
    found = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(_CITY).strftime("%Y-%m-%d %H:%M")


def number(value: float | None) -> str:
    """With thousands apart by a thin space; a dash for nothing."""
    if value is None:
        return "–"
    return f"{value:,}".replace(",", "\u202f")


def asset(name: str) -> str:
    """Address of a built file; another build has another address, so a browser may keep it."""
    return f"/static/dashboard/{name}?v={_version(str(BUILT), _stamp())}"


def built() -> bool:
    return (BUILT / "dashboard.js").is_file()


def _stamp() -> int:
    file = BUILT / "dashboard.js"
    return file.stat().st_mtime_ns if file.is_file() else 0


@cache
def _version(folder: str, stamp: int) -> str:
    digest = hashlib.sha256(str(stamp).encode())
    for file in sorted(Path(folder).glob("dashboard.*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"when": when, "number": number, "visible": visible}
    found.globals |= {"said": said, "built": built, "in_words": in_words, "wait": wait}
    return found
