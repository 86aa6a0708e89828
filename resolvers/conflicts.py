"""What departments say differently of one fact: each value, as the requester may see it, with its source."""

from __future__ import annotations

from collections.abc import Mapping

from exchange.records import Held, Value
from resolvers import types
from resolvers.assembly import Differing
from resolvers.scalars import as_day
from resolvers.selection import Path


def described(found: Differing, root: Path) -> types.Conflict:
    return types.Conflict(
        selection=".".join((*root, *found.path)),
        item=found.item,
        values=[
            types.ConflictingValue(value=_text(each.value), subsystem=each.source or None, as_of=as_day(each.as_of))
            for each in found.held
        ],
    )


def as_json(found: Differing, root: Path) -> Mapping[str, object]:
    return {
        "selection": ".".join((*root, *found.path)),
        "item": found.item,
        "values": [_held(each) for each in found.held],
    }


def _held(each: Held) -> Mapping[str, object]:
    return {"value": _text(each.value), "subsystem": each.source or None, "asOf": each.as_of}


def _text(value: Value) -> str | None:
    """Values of all kinds as text: `true`, `2024-05-01`, `12.50`."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
