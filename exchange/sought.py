"""What somebody looks for in the log: checked words, never what could not stand in an entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from exchange.audit import Event, canonical, stamp
from exchange.person import bears_id_number
from exchange.refusals import FilterInvalid

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,63}")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_FORMS: Mapping[str, re.Pattern[str]] = {
    "client": _WORD,
    "organisation": _WORD,
    "purpose": _CODE,
    "role": _WORD,
    "rule": _WORD,
    "code": _CODE,
    "event": re.compile("|".join(each.value for each in Event)),
    "item": re.compile(r"[A-Z]{3}[0-9]{2}\.[a-z0-9_]{1,64}"),
}
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries; None = whatever."""

    client: str | None = None
    organisation: str | None = None
    purpose: str | None = None
    role: str | None = None
    rule: str | None = None
    code: str | None = None
    event: str | None = None
    item: str | None = None
    since: str | None = None
    """As `exchange.audit.stamp` writes it; included."""
    until: str | None = None
    """Not included."""

    def canonical(self) -> bytes:
        """What the entry of the read holds a keyed digest of."""
        return canonical({name: said for name in self.__slots__ if (said := getattr(self, name)) is not None})


def sought(**said: str | None) -> Sought:
    """Of texts as somebody gave them; `since` and `until` in RFC 3339, with their zone. Raises FilterInvalid."""
    return Sought(**{name: _checked(name, text) for name, text in said.items() if text is not None})


def _checked(name: str, text: str) -> str:
    if name in ("since", "until"):
        return moment(name, text)
    if not _FORMS[name].fullmatch(text) or bears_id_number(text):
        raise FilterInvalid(rule=f"argument {name}")
    return text


def moment(name: str, text: str) -> str:
    """As `exchange.audit.stamp` writes it. Raises FilterInvalid."""
    try:
        if _MOMENT.fullmatch(text):
            return stamp(datetime.fromisoformat(text.upper().replace(" ", "T")).astimezone(UTC))
    except (ValueError, OverflowError):
        pass
    raise FilterInvalid(rule=f"argument {name}")
