"""Retention: every negative item has a clock, and every clock reads something that is there (征信业管理条例 art 16)."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.catalogue import Kind
from exchange.standard.document import Place
from exchange.standard.draft import Draft
from exchange.standard.fault import Fault

_DAYS = ("starts", "display_ends", "repaired", "shown_from")
_CODES = ("negative", "starts_when", "unpublished")
_PAIRS = (("starts", "years"), ("starts", "removes"), ("shown_from", "shown_years"))


def faults(draft: Draft) -> Iterator[Fault]:
    for record in draft.records():
        retention = record.child("retention")
        yield from _missing(draft, record, retention)
        for key in _DAYS:
            yield from _day(record, retention, key)
        for key in _CODES:
            for condition in retention.child(key).children():
                yield from _condition(draft, record, condition)
        for key, needed in _PAIRS:
            if retention.text(key) is not None and needed not in retention.data:
                yield retention.fault("CLOCK_INVALID", f"{key!r} needs {needed!r}", key)


def _missing(draft: Draft, record: Place, retention: Place) -> Iterator[Fault]:
    """A rolling window keeps nothing older than itself, so it needs no clock; it must be said all the same."""
    negative = [item for item in draft.items(record) if item.flag("negative")]
    clocked = retention.text("starts") or retention.number("rolling_window_months")
    if negative and not clocked:
        message = f"{record.name} holds negative items ({negative[0].name} …) and no clock starts"
        yield record.fault("CLOCK_MISSING", message)


def _day(record: Place, retention: Place, key: str) -> Iterator[Fault]:
    name = retention.text(key)
    if name is None:
        return
    attributes = record.child("attributes").data
    attribute = attributes.get(name) if isinstance(attributes, dict) else None
    if record.child("items").child(name).text("kind") != Kind.DATE and attribute != Kind.DATE:
        yield retention.fault("CLOCK_INVALID", f"{name!r} is no date item or attribute of {record.name}", key)


def _condition(draft: Draft, record: Place, condition: Place) -> Iterator[Fault]:
    """One line of `negative`, `starts_when` or `unpublished`: an item, with codes or the name of a subset of them."""
    code_list = record.child("items").child(condition.name).text("code_list")
    if code_list is None:
        yield condition.fault("CLOCK_INVALID", f"{condition.name!r} is no code item of {record.name}")
        return
    known = draft.code_lists.root.child(code_list)
    if isinstance(condition.data, str):
        if condition.data not in (known.child("subsets").data or {}):
            yield condition.fault("CODE_UNKNOWN", f"{condition.data!r} is no subset of {code_list}")
    elif isinstance(condition.data, list):
        for code in condition.data:
            if code not in (known.child("values").data or {}):
                yield condition.fault("CODE_UNKNOWN", f"{code!r} is no code of {code_list}")
