"""Words that name something elsewhere in the standard: legal bases, code lists, items, kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from exchange.catalogue import Kind
from exchange.standard.document import Place
from exchange.standard.draft import Draft
from exchange.standard.fault import Fault

_NUMBER_FORMAT = {Kind.DECIMAL: re.compile(r"n\.\.\d+,\d+"), Kind.INTEGER: re.compile(r"n\.\.\d+")}


def faults(draft: Draft) -> Iterator[Fault]:
    bases = draft.legal_bases.data or {}
    lists = draft.code_lists.data or {}
    for record in draft.records():
        yield from _basis(record, bases)
        retention = record.child("retention")
        if isinstance(retention.data, dict):
            yield from _basis(retention, bases)
        yield from _since(record)
        for attribute in record.child("attributes").children():
            if attribute.data not in tuple(Kind):
                yield attribute.fault("KIND_UNKNOWN", f"{attribute.data!r} is no kind; known: {', '.join(Kind)}")
        for item in draft.items(record):
            yield from _basis(item, bases)
            yield from _kind(item, lists)


def _basis(place: Place, bases: dict[str, str]) -> Iterator[Fault]:
    basis = place.text("basis")
    if basis is not None and basis not in bases:
        yield place.fault("BASIS_UNKNOWN", f"{basis!r} is not in legal_bases.yaml", "basis")


def _since(record: Place) -> Iterator[Fault]:
    since = record.text("since")
    if since is not None and record.child("items").child(since).text("kind") != Kind.DATE:
        yield record.fault("SINCE_INVALID", f"{since!r} is no date item of {record.name}", "since")


def _kind(item: Place, lists: dict[str, object]) -> Iterator[Fault]:
    kind, code_list, pattern = item.text("kind"), item.text("code_list"), item.text("pattern")
    if kind == Kind.CODE and code_list is None:
        yield item.fault("CODE_LIST_MISSING", f"{item.name} is a code and names no code_list")
    if kind != Kind.CODE and code_list is not None:
        yield item.fault("CODE_LIST_INVALID", f"{item.name} is no code and has no code_list", "code_list")
    if code_list is not None and code_list not in lists:
        yield item.fault("CODE_LIST_UNKNOWN", f"{code_list!r} is not in code_lists.yaml", "code_list")
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error:
            yield item.fault("PATTERN_INVALID", f"the pattern of {item.name} is no regular expression", "pattern")
    for number, form in _NUMBER_FORMAT.items():
        if kind == number and not form.fullmatch(item.text("format") or ""):
            example = "n..15,2" if number is Kind.DECIMAL else "n..3"
            yield item.fault("FORMAT_INVALID", f"a {number} needs a format such as {example!r}", "format")
