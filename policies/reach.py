"""What the item column of a rule may name, and which items each word reaches.

An item's key, `group:loans_cards`, `record:PBC03`, `department:TAX`, `sensitivity:1`, `domain:financial`,
`collection:separate_consent`, or `*`. A group of a permit never reaches an item of sensitivity 4: those are named.
A group of a forbid reaches them too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exchange.catalogue import Catalogue

NAMED_ONLY = 4
"""Sensitivity from which a permit must name the item."""


def words(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """(item key, word that holds it) for every group of items."""
    for department in catalogue.departments.values():
        for record in department.records.values():
            for item in record.items.values():
                yield item.key, f"group:{item.group}"
                yield item.key, f"record:{record.code}"
                yield item.key, f"department:{department.code}"
                yield item.key, f"sensitivity:{item.sensitivity}"
                yield item.key, f"domain:{department.domain}"
                if item.collection:
                    yield item.key, f"collection:{item.collection}"
                yield item.key, "*"


def links(catalogue: Catalogue, permits: bool) -> tuple[tuple[str, str], ...]:
    """(item key, word), as they hold for permits or for forbids."""
    return tuple(
        (key, word) for key, word in words(catalogue) if not permits or catalogue.items[key].sensitivity < NAMED_ONLY
    )


def reach(catalogue: Catalogue, permits: bool) -> Mapping[str, tuple[str, ...]]:
    """Word → the items that it reaches, in catalogue order; a known group that reaches nothing is there, empty."""
    found: dict[str, list[str]] = {key: [key] for key in catalogue.items}
    for _, word in words(catalogue):
        found.setdefault(word, [])
    for key, word in links(catalogue, permits):
        found[word].append(key)
    return {word: tuple(keys) for word, keys in found.items()}
