"""The keys that each part of the standard may and must have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from exchange.catalogue import Kind
from exchange.standard.document import Document, Place
from exchange.standard.draft import Draft
from exchange.standard.fault import Fault

Expectation: TypeAlias = tuple[Callable[[Any], bool], str]


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) and text for text in value)


def _names(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) and text for text in value.values())


def _codes(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(codes, str) or _texts(codes) for codes in value.values())


def one_of(*words: str) -> Expectation:
    return (lambda value: value in words, f"one of {', '.join(words)}")


TEXT: Expectation = (lambda value: isinstance(value, str) and bool(value.strip()), "a text")
FLAG: Expectation = (lambda value: isinstance(value, bool), "true or false")
TEXTS: Expectation = (_texts, "a list of texts")
NAMES: Expectation = (_names, "a mapping of texts to texts")
CODES: Expectation = (_codes, "a mapping of items to lists of codes, or to a subset of the item's code list")
PARTS: Expectation = (lambda value: isinstance(value, dict) and bool(value), "a mapping")
LIST: Expectation = (lambda value: isinstance(value, list) and bool(value), "a list")


def whole(least: int, most: int) -> Expectation:
    return (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most,
        f"a whole number from {least} to {most}",
    )


@dataclass(frozen=True, slots=True)
class Shape:
    required: Mapping[str, Expectation]
    optional: Mapping[str, Expectation] = field(default_factory=dict)

    def faults(self, place: Place) -> Iterator[Fault]:
        """Unknown keys, missing keys and values of the wrong form; never looks below its own level."""
        if not isinstance(place.data, dict):
            yield place.fault("VALUE_INVALID", f"{place.name or place.document.file} must be a mapping")
            return
        expected = {**self.required, **self.optional}
        for key, value in place.data.items():
            if key not in expected:
                yield place.fault("KEY_UNKNOWN", f"{key!r} is no key here; known: {', '.join(expected)}", key)
            elif not expected[key][0](value):
                yield place.fault("VALUE_INVALID", f"{key!r} must be {expected[key][1]}", key)
        for key in self.required:
            if key not in place.data:
                yield place.fault("KEY_MISSING", f"{place.name or place.document.file} lacks {key!r}")


CATALOGUE = Shape(
    {
        "id": TEXT,
        "version": TEXT,
        "state": one_of("draft"),
        "title_zh": TEXT,
        "title_en": TEXT,
        "departments": TEXTS,
        "forbidden_items": LIST,
    },
    {
        "approval_zh": TEXT,
        "item_code_rule": TEXT,
        "sensitivity": NAMES,
        "indicator": NAMES,
        "collection": NAMES,
        "scoring": NAMES,
    },
)
FORBIDDEN = Shape({"zh": TEXT, "en": TEXT, "basis": TEXT}, {"words": TEXTS})
CODE_LIST = Shape({"source": TEXT, "values": NAMES}, {"note": TEXT, "subsets": PARTS})
DEPARTMENT = Shape(
    {
        "department": TEXT,
        "name": TEXT,
        "name_zh": TEXT,
        "name_today_zh": TEXT,
        "domain": one_of("public", "financial", "judicial", "market"),
        "section": TEXT,
        "records": PARTS,
    },
    {"plan_name_zh": TEXT},
)
RECORD = Shape(
    {
        "name": TEXT,
        "name_zh": TEXT,
        "list": TEXT,
        "type": TEXT,
        "many": FLAG,
        "group": TEXT,
        "basis": TEXT,
        "description": TEXT,
        "items": PARTS,
    },
    {"subsystem_zh": TEXT, "since": TEXT, "attributes": NAMES, "retention": PARTS},
)
RETENTION = Shape(
    {"basis": TEXT},
    {
        "starts": TEXT,
        "years": whole(0, 5),
        "removes": one_of("record", "items"),
        "negative": CODES,
        "starts_when": CODES,
        "display_ends": TEXT,
        "unpublished": CODES,
        "repaired": TEXT,
        "shown_from": TEXT,
        "shown_years": whole(1, 5),
        "rolling_window_months": whole(1, 60),
    },
)
ITEM = Shape(
    {
        "code": TEXT,
        "name_zh": TEXT,
        "kind": one_of(*Kind),
        "indicator": one_of("basic", "supplementary"),
        "sensitivity": whole(1, 4),
        "negative": FLAG,
        "basis": TEXT,
        "scoring": one_of("allowed", "not_used", "never"),
        "description": TEXT,
    },
    {
        "group": TEXT,
        "collection": one_of("written_consent_only", "separate_consent"),
        "code_list": TEXT,
        "pattern": TEXT,
        "format": TEXT,
        "unit": TEXT,
        "mask": TEXT,
        "band": TEXT,
        "second_person": one_of("spouse"),
    },
)


def faults(draft: Draft) -> Iterator[Fault]:
    """Keys and value forms of every file."""
    yield from CATALOGUE.faults(draft.catalogue.root)
    for forbidden in draft.catalogue.root.child("forbidden_items").children():
        yield from FORBIDDEN.faults(forbidden)
    for document in (draft.legal_bases, draft.code_lists):
        if not isinstance(document.data, dict) and not document.faults:
            yield document.root.fault("VALUE_INVALID", f"{document.file} must be a mapping")
    yield from _named(draft.legal_bases)
    for code_list in draft.code_lists.root.children():
        yield from CODE_LIST.faults(code_list)
        yield from _subsets(code_list)
    for department in draft.departments:
        yield from DEPARTMENT.faults(department.root)
    for record in draft.records():
        yield from RECORD.faults(record)
        if isinstance(record.data, dict) and "retention" in record.data:
            yield from RETENTION.faults(record.child("retention"))
        for item in draft.items(record):
            yield from ITEM.faults(item)


def _named(document: Document) -> Iterator[Fault]:
    for place in document.root.children():
        if not TEXT[0](place.data):
            yield place.fault("VALUE_INVALID", f"{place.name!r} must be a text")


def _subsets(code_list: Place) -> Iterator[Fault]:
    values = code_list.child("values").data or {}
    for subset in code_list.child("subsets").children():
        if not _texts(subset.data):
            yield subset.fault("VALUE_INVALID", f"{subset.name!r} must be a list of codes")
        else:
            for code in subset.data:
                if code not in values:
                    yield subset.fault("CODE_UNKNOWN", f"{code!r} is no code of {code_list.name}")
