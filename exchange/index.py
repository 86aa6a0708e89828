"""What the entries of the log can be found by, and who was exposed through whom: rows made of the entries alone.

The entries are the truth; the index is written in their own transaction, and `gateway audit verify` makes it again and
compares. What was decided and delivered is the same in most entries, so it stands once, under its digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from exchange.audit import Event

DELIVERED = frozenset({"DELIVERED", "STALE", "CONFLICT", "DISPUTED"})
"""States of a department that had something to give."""


class Indexed(NamedTuple):
    """One entry, in the order of the table's columns."""

    sequence: int
    at: str
    """As `exchange.audit.stamp` writes it."""
    event: str
    code: str
    organisation: str
    client: str
    role: str
    purpose: str
    decided: str
    """Digest of items and sources; "" where no item was decided."""


class Finding(NamedTuple):
    """One item of what was decided."""

    decided: str
    item: str
    treatment: str
    rule: str
    delivered: int
    """1 where the item's department had something to give."""


class Exposed(NamedTuple):
    """One person in one disclosure."""

    client: str
    person: str
    at: str
    sequence: int
    decided: str


def indexed(entry: Mapping[str, Any]) -> Indexed:
    return Indexed(
        entry["sequence"],
        entry["time"],
        entry["event"],
        entry["code"],
        entry["organisation"],
        entry["client"],
        entry["role"],
        entry["purpose"],
        decided(entry),
    )


def decided(entry: Mapping[str, Any]) -> str:
    """32 hexadecimal characters."""
    if not entry["items"]:
        return ""
    said = orjson.dumps([entry["items"], entry["sources"]], option=orjson.OPT_SORT_KEYS)
    return sha256(said).hexdigest()[:32]


def findings(entry: Mapping[str, Any]) -> list[Finding]:
    """One for each item, in the order of their keys."""
    digest = decided(entry)
    gave = {name.partition(".")[0] for name, state in entry["sources"].items() if state in DELIVERED}
    return [
        Finding(digest, key, said["treatment"], said["rule"], int(key[:3] in gave))
        for key, said in sorted(entry["items"].items())
    ]


def exposed(entry: Mapping[str, Any]) -> list[Exposed]:
    """Those about whom something was disclosed; nobody by a refusal or an act."""
    if entry["event"] != Event.DISCLOSURE:
        return []
    digest = decided(entry)
    people = dict.fromkeys(entry["people"])
    return [Exposed(entry["client"], person, entry["time"], entry["sequence"], digest) for person in people]


@dataclass(frozen=True, slots=True)
class Rows:
    """All that the index holds of one entry."""

    index: Indexed
    exposed: list[Exposed]
    findings: list[Finding]


def rows_of(text: bytes) -> Rows | None:
    """None for what is no entry: a store that was tampered with is not the index's to mend."""
    try:
        entry = orjson.loads(text)
        made = Rows(indexed(entry), exposed(entry), findings(entry))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return made if all(isinstance(said, str) for said in made.index[1:]) else None
