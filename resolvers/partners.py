"""A second person in an answer (spouse): his or her own consent, or what tells of the two stays closed.

PIPL arts 13, 23. The two must name each other, so that nobody opens a stranger's data by claiming to be married.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from exchange.catalogue import Catalogue
from exchange.consent import Ground
from exchange.narrowing import needs_partner
from exchange.purpose import Purpose
from resolvers.selection import Selection

if TYPE_CHECKING:
    from resolvers.context import Context


def _asked(catalogue: Catalogue, selection: Selection) -> set[str]:
    """The items that the selection could tell something of, yes/no questions included."""
    whole = [record.record for record in (*selection.exists, *selection.records)]
    return set(selection.items).union(*(frozenset(item.key for item in record.items.values()) for record in whole))


def tells_of_two(catalogue: Catalogue, selection: Selection) -> str | None:
    """An item asked about that tells of a second person; None where there is none."""
    return min((key for key in _asked(catalogue, selection) if catalogue.items[key].second_person), default=None)


async def partnered(
    context: Context, purpose: Purpose, item: str, people: Sequence[str], grounds: Sequence[Ground]
) -> list[Ground]:
    """The grounds, each with the second person's consent where he or she has given it.

    `item`: one of those asked that tell of a second person. `people`: keyed digests, in the order of the grounds.
    Raises StoreUnavailable.
    """
    catalogue, requester = context.services.catalogue, context.requester
    waiting = [
        person
        for person, ground in zip(people, grounds, strict=True)
        if needs_partner(catalogue, ground, item)  # of all such items the same
    ]
    if not waiting:
        return list(grounds)
    naming = await context.services.consents.naming(requester.organisation, waiting, purpose.code)
    found = []
    for person, ground in zip(people, grounds, strict=True):
        good = [
            consent
            for consent in naming.get(person, ())
            if consent.partner == person
            and (ground.kind != "consent" or consent.person == ground.names)
            and not consent.refusal(requester.organisation, consent.person, purpose.code, context.at, requester.client)
        ]
        if len({consent.person for consent in good}) == 1:  # two who claim to be the one: neither is believed
            chosen = min(good, key=lambda consent: (consent.single_use, consent.valid_until, consent.id))
            ground = replace(ground, partner=chosen.person, partner_consent=chosen.id)
        found.append(ground)
    return found
