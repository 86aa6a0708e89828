"""Codes and names: well formed, unique, and free of clashes in the schema that is built from them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from exchange.standard.document import Place
from exchange.standard.draft import Draft
from exchange.standard.fault import Fault

_DEPARTMENT = re.compile(r"[A-Z]{3}")
_RECORD = re.compile(r"[A-Z]{3}[0-9]{2}")
_ITEM = re.compile(r"[A-Z]{3}[0-9]{5}")
_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CAMEL = re.compile(r"[a-z][A-Za-z0-9]*")
_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")

PERSON_FIELDS = frozenset({"idNumber", "summary", "score", "disclosure"})
"""Fields of a person's profile that are no section."""
RECORD_FIELDS = frozenset({"provenance", "dispute"})
"""Fields that every record has beside its items."""
SCHEMA_TYPES = frozenset(
    (
        *("Query", "Mutation", "Subscription", "Person", "Record", "Provenance", "DisputeMark", "ProfileSummary"),
        *("Score", "Disclosure", "Catalogue", "Source", "Statistics", "Requester", "AccessPreview", "PersonAsk"),
        *("Purpose", "Day", "Money", "IdNumber"),
    )
)
"""Types of the schema that are no record type."""


class _Seen:
    """Words that may stand once."""

    def __init__(self, what: str, code: str) -> None:
        self._what, self._code = what, code
        self._places: dict[str, Place] = {}

    def faults(self, word: str | None, place: Place, *below: str) -> Iterator[Fault]:
        if word is None:
            return
        if first := self._places.get(word):
            where = f"{first.document.file}:{first.document.line(first.keys)}"
            yield place.fault(self._code, f"{self._what} {word!r} is already at {where}", *below)
        else:
            self._places[word] = place


def faults(draft: Draft) -> Iterator[Fault]:
    yield from _departments(draft)
    codes = _Seen("item code", "DUPLICATE_CODE")
    records = _Seen("record type", "DUPLICATE_CODE")
    names = _Seen("record name", "DUPLICATE_NAME")
    lists = _Seen("list", "NAME_CLASH")
    types = _Seen("type", "NAME_CLASH")
    for department in draft.departments:
        section = department.root.text("section")
        if section:
            yield from types.faults(section[0].upper() + section[1:], department.root, "section")
    for department in draft.departments:
        for record in department.root.child("records").children():
            yield from _record(record, department.root.text("department"))
            yield from records.faults(record.name, record)
            yield from names.faults(record.text("name"), record, "name")
            yield from types.faults(record.text("type"), record, "type")
            list_name = record.text("list")
            if list_name:
                yield from lists.faults(list_name, record, "list")
                yield from lists.faults("has" + list_name[0].upper() + list_name[1:], record, "list")
            for item in draft.items(record):
                yield from _item(item, record)
                yield from codes.faults(item.text("code"), item, "code")


def _departments(draft: Draft) -> Iterator[Fault]:
    codes = _Seen("department", "DUPLICATE_CODE")
    names = _Seen("department name", "DUPLICATE_NAME")
    sections = _Seen("section", "NAME_CLASH")
    for document in draft.departments:
        root = document.root
        code, section = root.text("department"), root.text("section")
        yield from codes.faults(code, root, "department")
        yield from names.faults(root.text("name"), root, "name")
        yield from sections.faults(section, root, "section")
        if code is not None and not _DEPARTMENT.fullmatch(code):
            yield root.fault("CODE_FORM", f"{code!r} must be 3 capital letters", "department")
        yield from _formed(root, "name", _SNAKE, "snake_case")
        yield from _formed(root, "section", _CAMEL, "camelCase")
        if section in PERSON_FIELDS:
            yield root.fault("NAME_CLASH", f"a person already has {section!r}", "section")


def _record(record: Place, department: str | None) -> Iterator[Fault]:
    if not _RECORD.fullmatch(record.name) or record.name[:3] != department:
        yield record.fault("CODE_FORM", f"{record.name!r} must be {department} and 2 digits")
    yield from _formed(record, "name", _SNAKE, "snake_case")
    yield from _formed(record, "list", _CAMEL, "camelCase")
    yield from _formed(record, "type", _PASCAL, "PascalCase")
    if record.text("type") in SCHEMA_TYPES:
        yield record.fault("NAME_CLASH", f"the schema already has a type {record.text('type')!r}", "type")
    for attribute in record.child("attributes").children():
        if attribute.name in (record.child("items").data or {}):
            yield attribute.fault("NAME_CLASH", f"{attribute.name!r} is an item of this record type")


def _item(item: Place, record: Place) -> Iterator[Fault]:
    code = item.text("code")
    if code is not None and (not _ITEM.fullmatch(code) or code[:5] != record.name):
        yield item.fault("CODE_FORM", f"{code!r} must be {record.name} and 3 digits", "code")
    if not _SNAKE.fullmatch(item.name):
        yield item.fault("NAME_FORM", f"{item.name!r} must be snake_case")
    if item.name in RECORD_FIELDS:
        yield item.fault("NAME_CLASH", f"every record already has {item.name!r}")


def _formed(place: Place, key: str, form: re.Pattern[str], called: str) -> Iterator[Fault]:
    word = place.text(key)
    if word is not None and not form.fullmatch(word):
        yield place.fault("NAME_FORM", f"{word!r} must be {called}", key)
