"""The person reads the log: who looked, when, for what, on what ground, and what was seen of each item.

Only entries about the person whose token it is are ever read; a cursor is a place in the log and opens nothing else.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import orjson
import strawberry

from exchange.evidence import Proof
from exchange.refusals import CursorInvalid, ExportTooLarge, FirstInvalid, StoreUnavailable
from exchange.store.evidence import Evidence, Proven
from resolvers.acting import acting
from resolvers.context import Context
from resolvers.entries import LogEntry, LogProof, reader

MOST = 100
EXPORTED = 2000
"""Entries of an export over GraphQL at most: it is one text."""
READ = "LOG_READ_OWN"
_PLACE = re.compile(r"[1-9][0-9]{0,14}")


@strawberry.type(description="Entries of the log about the person, newest first.")
class OwnLog:
    entries: list[LogEntry]
    before: str | None = strawberry.field(description="Where the next page begins; null where nothing older is there.")
    checkpoint: str | None = strawberry.field(
        description="Signed note over the log that the proofs lead to; null where the log has no key."
    )


async def own(context: Context, first: int, before: str | None) -> OwnLog | None:
    """Null for everybody who is no person. The reading is sealed, and stands in the person's own chain.

    Raises FirstInvalid, CursorInvalid, StoreUnavailable.
    """
    person = context.requester.person
    if person is None:
        return None
    with acting(context, READ, "entries", people=(person,)) as under_way:
        if not 0 <= first <= MOST:
            raise FirstInvalid()
        if before is not None and not _PLACE.fullmatch(before):
            raise CursorInvalid()
        page = await _evidence(context).page(person, first, None if before is None else int(before))
        told: list[dict[str, Any]] = [orjson.loads(each.opened.entry) for each in page.entries]
        words = await reader(context, told)
        under_way.said = replace(under_way.said, object=f"entries:{len(told)}")
        return OwnLog(
            entries=[
                words.shown(entry, proof=_proof(proven, page.note))
                for entry, proven in zip(told, page.entries, strict=True)
            ],
            before=str(page.entries[-1].opened.sequence) if page.more and page.entries else None,
            checkpoint=page.note,
        )


async def exported(context: Context) -> str | None:
    """Every entry about the person as `gateway audit export --person` writes them; null for everybody who is no
    person, and where the log has no key. Raises ExportTooLarge, StoreUnavailable."""
    person = context.requester.person
    if person is None:
        return None
    with acting(context, READ, "entries", people=(person,)) as under_way:
        evidence = _evidence(context)
        number = await evidence.count(person)
        if number > EXPORTED:
            raise ExportTooLarge()
        under_way.said = replace(under_way.said, object=f"entries:{number}")
        return b"".join([piece async for piece in evidence.lines(person)]).decode() or None


def _proof(proven: Proven, note: str | None) -> LogProof:
    opened = proven.opened
    index = opened.sequence - 1
    return LogProof(
        index=index,
        path=[step.hex() for step in proven.path],
        count=opened.count,
        previous=proven.previous,
        salt=opened.salt.hex(),
        text=None if note is None else str(Proof(index, proven.path, note, opened.entry)),
    )


def _evidence(context: Context) -> Evidence:
    if context.services.evidence is None:
        raise StoreUnavailable()
    return context.services.evidence
