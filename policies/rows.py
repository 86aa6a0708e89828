"""Row conditions by name: `rows.yaml`. They travel to the department as WHERE.

Grammar of a condition, for each record type (`"*"` = every record type):

    {item: institution_code, equals: {given: institution}}     also at_least, at_most, one_of: [codes] or {given: …}
    {missing: closed_on}      {key_in: {given: "disputed:{record}"}}      {not: …}      {all: […]}      {any: […]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exchange.catalogue import Catalogue, Kind, RecordType
from exchange.condition import All, Any, Compare, Comparison, Condition, Given, KeyIn, Missing, Not, OneOf
from policies import marked
from policies.faults import Fault, unknown
from policies.marked import Marked

FILE = "rows.yaml"
ATTRIBUTES = frozenset({"institution", "provider", "department"})
"""What a requester brings that rows may be compared with."""
_DAYS = re.compile(r"today(-1d|-[0-5]y)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COMPARISONS: Mapping[str, Comparison] = {"equals": "=", "at_least": ">=", "at_most": "<="}
_KEYS = frozenset({"zh", "en", "records"})


@dataclass(frozen=True, slots=True)
class RowCondition:
    name: str
    zh: str
    en: str
    records: Mapping[str, Condition]
    """By record type; on any other record no row fulfils it."""


class _Malformed(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read(folder: Path, catalogue: Catalogue, faults: list[Fault]) -> dict[str, RowCondition]:
    found: dict[str, RowCondition] = {}
    for name, entry in marked.read(folder / FILE, faults).entries():
        parts = dict(entry.entries())
        before = len(faults)
        for key in parts.keys() - _KEYS:
            faults.append(Fault(FILE, parts[key].line, unknown("key", key, _KEYS)))
        for key in sorted(_KEYS - parts.keys()):
            faults.append(Fault(FILE, entry.line, f"{name} has no {key}"))
        for key in ("zh", "en"):
            if key in parts and not parts[key].text():
                faults.append(Fault(FILE, parts[key].line, f"{key} of {name} must be a text"))
        if len(faults) > before:
            continue
        conditions = _conditions(parts["records"], catalogue, faults)
        found[name] = RowCondition(name, parts["zh"].text(), parts["en"].text(), conditions)
    return found


def _conditions(entry: Marked, catalogue: Catalogue, faults: list[Fault]) -> dict[str, Condition]:
    conditions: dict[str, Condition] = {}
    for code, part in entry.entries():
        if code != "*" and code not in catalogue.records:
            faults.append(Fault(FILE, part.line, unknown("record type", code, catalogue.records)))
            continue
        for record in catalogue.records.values() if code == "*" else (catalogue.records[code],):
            try:
                conditions[record.code] = _condition(part, record, catalogue)
            except _Malformed as malformed:
                faults.append(Fault(FILE, malformed.line, str(malformed)))
    return conditions


def _condition(node: Marked, record: RecordType, catalogue: Catalogue) -> Condition:
    parts = dict(node.entries())
    if len(parts) == 2 and "item" in parts:
        return _comparison(parts, record, catalogue)
    if len(parts) != 1:
        raise _Malformed(node.line, "a condition is one of: item with a comparison, missing, key_in, not, all, any")
    word, inner = next(iter(parts.items()))
    match word:
        case "missing":
            return Missing(_fact(inner, record)[0])
        case "key_in":
            given = _given(inner)
            if given is None or given.name.replace("{record}", record.code) != f"disputed:{record.code}":
                raise _Malformed(inner.line, "key_in knows only {given: 'disputed:{record}'}")
            return KeyIn(Given(f"disputed:{record.code}"))
        case "not":
            return Not(_condition(inner, record, catalogue))
        case "all" | "any" if isinstance(inner.value, list) and inner.value:
            conditions = tuple(_condition(part, record, catalogue) for part in inner.value)
            return All(conditions) if word == "all" else Any(conditions)
        case _:
            raise _Malformed(inner.line, f"{word!r} is no condition, or lacks its list")


def _comparison(parts: Mapping[str, Marked], record: RecordType, catalogue: Catalogue) -> Condition:
    name, kind = _fact(parts["item"], record)
    word = next(word for word in parts if word != "item")
    operand = parts[word]
    item = record.items.get(name)
    codes = catalogue.code_lists[item.code_list].values if item and item.code_list else None
    if word not in (*_COMPARISONS, "one_of"):
        raise _Malformed(operand.line, unknown("comparison", word, (*_COMPARISONS, "one_of")))
    given = _given(operand)
    if given is not None:
        _check_given(given, word, kind, operand.line)
        return OneOf(name, given) if word == "one_of" else Compare(name, _COMPARISONS[word], given)
    values = operand.value if word == "one_of" and isinstance(operand.value, list) else [operand]
    texts = tuple(str(value.value) for value in values if isinstance(value.value, str))
    if len(texts) != len(values) or not texts:
        raise _Malformed(operand.line, f"{word} needs texts in quotes, or a given")
    for text in texts:
        if codes is not None and text not in codes:
            raise _Malformed(operand.line, unknown(f"code of {record.code}.{name}", text, codes))
        if kind is Kind.DATE and not _DAY.fullmatch(text):
            raise _Malformed(operand.line, f"{record.code}.{name} compares with a day, YYYY-MM-DD")
    return OneOf(name, texts) if word == "one_of" else Compare(name, _COMPARISONS[word], texts[0])


def _check_given(given: Given, word: str, kind: Kind, line: int) -> None:
    if word == "one_of":
        if given.name != "districts":
            raise _Malformed(line, "one_of knows only {given: districts}")
    elif (kind is Kind.DATE) != bool(_DAYS.fullmatch(given.name)):
        raise _Malformed(line, "a date compares with a day (today, today-5y), anything else with an attribute")
    elif kind is not Kind.DATE and (word != "equals" or given.name not in ATTRIBUTES):
        raise _Malformed(line, f"an attribute is compared by equals and is one of {', '.join(sorted(ATTRIBUTES))}")


def _fact(node: Marked, record: RecordType) -> tuple[str, Kind]:
    """The name and kind of an item or hidden attribute of the record."""
    known = {name: item.kind for name, item in record.items.items()} | dict(record.attributes)
    name = str(node.value)
    if name not in known:
        raise _Malformed(node.line, unknown(f"item of {record.code}", name, known))
    return name, known[name]


def _given(node: Marked) -> Given | None:
    parts = dict(node.entries())
    return Given(str(parts["given"].value)) if parts.keys() == {"given"} else None
