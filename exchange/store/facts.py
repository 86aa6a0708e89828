"""What the asks of one seal rest on: the log's end, and what each of them is checked by once more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.audit import START, Head
from exchange.change import Statement
from exchange.disclosure import Disclosure
from exchange.retry import Kept
from exchange.sealing import Facts, Standing
from exchange.store import consent, personal, retry, tree, turns
from exchange.store.database import Row, Tx
from exchange.tree import Hashing

_HEAD = Statement("SELECT sequence, hash FROM log ORDER BY sequence DESC LIMIT 1")
_STANDING = "SELECT id, sequence, entry FROM log WHERE id IN ?*"
_TREE = {"peaks": tree.PEAKS, "hashing": tree.HASHING}


@dataclass(frozen=True, slots=True)
class End:
    """Where the log ended when this process last wrote to it, or read it."""

    head: Head
    peaks: Mapping[tuple[int, int], bytes]
    hashing: Hashing


async def read(tx: Tx, disclosures: Sequence[Disclosure], keeps: Sequence[Kept], end: End | None) -> Facts:
    """In one statement; in two where the log's end is not the one that is known. Raises StoreUnavailable."""
    consents = {id for each in disclosures if not each.code for _, id in each.consents}
    people = {person for each in disclosures for person in each.people}
    counted = [each.turn for each in disclosures if each.turn is not None and not each.code]
    asked = {"head": _HEAD, "standing": Statement(_STANDING, ([each.id for each in disclosures],))}
    if people:
        asked["last"] = personal.last(people)
    if consents:
        asked["consents"] = consent.these(consents)
    if keeps:
        asked["kept"] = retry.kept(keep.name for keep in keeps)
    if counted:
        asked["turns"] = turns.counted(counted)
    if end is None:
        asked |= _TREE
    found = dict(zip(asked, await tx.read_all(list(asked.values())), strict=True))
    head = Head(*found["head"][0]) if found["head"] else START
    if end is None or end.head != head:
        if "peaks" not in found:
            found |= zip(_TREE, await tx.read_all(list(_TREE.values())), strict=True)
        peaks = {(level, position): hash_ for level, position, hash_ in found["peaks"]}
        end = End(head, peaks, Hashing(found["hashing"][0][0]))
    return Facts(
        head=head,
        hashing=end.hashing,
        peaks=end.peaks,
        standing=await _standing(tx, found["standing"]),
        consents={row[0]: consent.consent_of(row) for row in found.get("consents", ())},
        kept=frozenset(name for (name,) in found.get("kept", ())),
        last={person: (count, hash_) for person, count, hash_ in found.get("last", ())},
        turns=turns.used_of(found.get("turns", ())),
    )


async def _standing(tx: Tx, found: Sequence[Row]) -> dict[str, Standing]:
    standing = {}
    for id, sequence, entry in found:
        before = await tx.run("SELECT hash FROM log WHERE sequence = ?", (sequence - 1,))
        links = await personal.links(tx, sequence, json.loads(entry)["people"])
        standing[id] = Standing(entry, sequence, before[0][0] if before else START.hash, links)
    return standing
