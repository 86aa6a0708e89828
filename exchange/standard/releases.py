"""How items may be released: groups of written consent, masks and bands that mean something."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.catalogue import Kind
from exchange.mask import MASKS
from exchange.standard.build import CONSENT_AMOUNTS
from exchange.standard.document import Place
from exchange.standard.draft import Draft
from exchange.standard.fault import Fault
from exchange.treatment import BANDS


def faults(draft: Draft) -> Iterator[Fault]:
    for record in draft.records():
        for item in draft.items(record):
            yield from _group(item, record)
            yield from _mask(item)
            yield from _band(item)


def _group(item: Place, record: Place) -> Iterator[Fault]:
    group = item.text("group") or record.text("group")
    if item.text("collection") == "written_consent_only" and group != CONSENT_AMOUNTS:
        yield item.fault(
            "GROUP_INVALID", f"{item.name} needs written consent: its group must be {CONSENT_AMOUNTS}", "group"
        )


def _mask(item: Place) -> Iterator[Fault]:
    mask, kind = item.text("mask"), item.text("kind")
    if mask is None:
        return
    if mask not in MASKS:
        yield item.fault("MASK_UNKNOWN", f"{mask!r} is no mask; known: {', '.join(MASKS)}", "mask")
    if kind != Kind.STRING:
        yield item.fault("MASK_INVALID", f"{item.name} is a {kind}: only strings have a mask", "mask")


def _band(item: Place) -> Iterator[Fault]:
    band, kind = item.text("band"), item.text("kind")
    if band is None:
        return
    if band not in BANDS:
        yield item.fault("BAND_UNKNOWN", f"{band!r} is no band; known: {', '.join(BANDS)}", "band")
    elif kind != BANDS[band]:
        yield item.fault("BAND_INVALID", f"{item.name} is a {kind}: the band {band} is for a {BANDS[band]}", "band")
