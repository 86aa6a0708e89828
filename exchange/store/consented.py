"""Consents in the statistics of a month: given, withdrawn, and run out; made with the month, and kept.

A consent is given once and ends once, so whoever has all months could subtract what ended from what was given: ends are
told only where ten consents and more, of ten people, are left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from exchange.statistics import Tally
from exchange.store.database import Database, Tx

_OF = "SELECT organisation, purposes, count(*), count(DISTINCT person) FROM consent WHERE "
_BY = " GROUP BY organisation, purposes"
_GIVEN = "state NOT IN ('requested', 'declined')"
GIVEN = f"{_OF}made_at >= ? AND made_at < ? AND {_GIVEN}{_BY}"
WITHDRAWN = f"{_OF}changed_at >= ? AND changed_at < ? AND state = 'revoked'{_BY}"
ENDED = f"{_OF}valid_until >= ? AND valid_until < ? AND state IN ('active', 'paused'){_BY}"
_LEFT = f"{_OF}made_at < ? AND valid_until >= ? AND {_GIVEN} AND (state <> 'revoked' OR changed_at >= ?){_BY}"
Counts = dict[tuple[str, str], Tally]
_NONE = Tally()


class Consented(NamedTuple):
    given: int = 0
    withdrawn: int = 0
    ended: int = 0


async def made(
    database: Database, window: tuple[str, str], kinds: Mapping[str, str]
) -> dict[tuple[str, str], Consented]:
    """(kind, purpose) → what is told of it. `kinds`: organisation → kind. Raises StoreUnavailable."""
    end = window[1]
    counts = [_alike(await database.read(sql, window), kinds) for sql in (GIVEN, WITHDRAWN, ENDED)]
    left = _alike(await database.read(_LEFT, (end, end, end)), kinds) if counts[1] or counts[2] else {}
    found: dict[tuple[str, str], list[int]] = {}
    for at, alike in enumerate(counts):
        for (kind, purposes), tally in alike.items():
            if tally.small or (at and left.get((kind, purposes), _NONE).small):
                continue
            for purpose in json.loads(purposes):
                found.setdefault((kind, purpose), [0, 0, 0])[at] += tally.asks
    return {key: Consented(*each) for key, each in found.items()}


def _alike(rows: Sequence[Sequence[object]], kinds: Mapping[str, str]) -> Counts:
    """By kind and purposes. Of people at least as many as with the one organisation that has most: those of two may be
    the same."""
    found: Counts = {}
    for organisation, purposes, consents, people in rows:
        key = (kinds.get(str(organisation), "unregistered"), str(purposes))
        before = found.get(key, Tally())
        found[key] = Tally(before.asks + int(str(consents)), max(before.people, int(str(people))))
    return found


async def write(tx: Tx, month: str, counts: Mapping[tuple[str, str], Consented]) -> None:
    await tx.many(
        "INSERT INTO statistic_consent (month, kind, purpose, given, withdrawn, ended) VALUES (?, ?, ?, ?, ?, ?)",
        [(month, *key, *each) for key, each in counts.items()],
    )
