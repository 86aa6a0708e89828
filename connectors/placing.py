"""Reads the places of one record type: its source, keys, items. Every fault is noted with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import yaml

from connectors.dates import date_formats
from connectors.fragment import fragment_fault, is_select, name_fault
from connectors.lengths import longest
from connectors.marked import Node
from connectors.place import Form, PersonKey, Place, RecordPlace
from exchange.catalogue import Catalogue, Item, Kind, RecordType

_RECORD_KEYS = frozenset(
    [
        "from",
        "reads",
        "where",
        "record_key",
        "order_by",
        "distinct",
        "as_of",
        "attributes",
        "items",
        "person_key",
        "not_held",
        "source",
        "same_by",
    ]
)
_PLACE_KEYS = frozenset(
    ["column", "expression", "value", "unit", "format", "empty", "null_if", "values", "otherwise", "clean"]
)
_KEY_KEYS = frozenset({"column", "expression", "formats", "clean"})
_FORM_KEYS = frozenset({"format", "digest", "key", "over", "case"})
KEYS = _RECORD_KEYS | _PLACE_KEYS | _KEY_KEYS | _FORM_KEYS
"""Of records, items and person keys: what docs/mapping.md shows."""
_CLEANING = ("trim", "halfwidth", "upper")
_ITEM_CLEANING = (*_CLEANING, "amount")
_DIGESTS = ("md5", "sha256", "sm3", "hmac-sha256", "hmac-sm3")
_ORDER = re.compile(r"(?P<column>\S+)(\s+(?P<way>asc|desc))?", re.IGNORECASE)


def read_person_key(node: Node, environ: Mapping[str, str]) -> PersonKey:
    found = node.fields(_KEY_KEYS, required=("formats",))
    column, expression = _name(found.get("column")), _fragment(found.get("expression"))
    if ("column" in found) == ("expression" in found):
        node.fault("needs either 'column' or 'expression'")
    forms = tuple(
        form for each in (found["formats"].each() if "formats" in found else ()) for form in read_forms(each, environ)
    )
    if "formats" in found and found["formats"].has_none:
        found["formats"].fault("names no form of an id number: nobody would be found")
    return PersonKey(node.line, column, expression, forms, _clean(found.get("clean"), _CLEANING))


def read_record(
    node: Node, record: RecordType, catalogue: Catalogue, person_key: PersonKey | None, environ: Mapping[str, str]
) -> RecordPlace | None:
    """None where the faults leave nothing to go on with."""
    found = node.fields(_RECORD_KEYS, required=("from", "record_key", "items"))
    if "person_key" in found:
        person_key = read_person_key(found["person_key"], environ)
    if person_key is None:
        node.fault("no 'person_key', neither here nor for the department")
    table, select = _source(found.get("from"))
    not_held = frozenset(found["not_held"].texts()) if "not_held" in found else frozenset()
    items = _items(found.get("items"), record, catalogue, not_held, node)
    items |= _attributes(found.get("attributes"), record, catalogue, node)
    order = _order(found.get("order_by"))
    distinct = tuple(_names(found.get("distinct")))
    as_of = read_place(found["as_of"], Kind.DATE, catalogue) if "as_of" in found else None
    key = found.get("record_key")
    columns = tuple(_names(key))
    if key and key.has_none:
        key.fault("names no column")
    if person_key is None or key is None or not columns:
        return None
    column, joined = (columns[0], ()) if len(columns) == 1 else (None, columns)
    return RecordPlace(
        record=record.code,
        line=node.line,
        many=record.many,
        person_key=person_key,
        items=items,
        record_key=Place(key.line, Kind.STRING, column=column, joined=joined),
        table=table,
        select=select,
        reads=found["reads"].texts() if "reads" in found else (),
        where=_fragment(found.get("where")),
        order_by=order,
        distinct=distinct,
        as_of=as_of,
        same_by=_same_by(found.get("same_by"), record, items),
    )


def _same_by(node: Node | None, record: RecordType, items: Mapping[str, Place]) -> tuple[str, ...]:
    names = node.texts() if node else ()
    for name in names:
        if node and (name not in items or items[name].kind is Kind.DECIMAL):
            node.fault(f"'same_by' names items of {record.code} that are mapped here and are no amounts")
        elif node and name not in record.items:
            node.fault(f"'same_by' names items of {record.code}, and {name} is none")
    if node and not record.many:
        node.fault(f"a person has one {record.code}; 'same_by' is for lists")
    return tuple(name for name in names if name in items)


def read_place(node: Node, kind: Kind, catalogue: Catalogue, item: Item | None = None) -> Place:
    found = node.fields(_PLACE_KEYS)
    ways = [way for way in ("column", "expression", "value") if way in found]
    if len(ways) != 1:
        node.fault("needs exactly one of 'column', 'expression' and 'value'")
    clean = _clean(found.get("clean"), _ITEM_CLEANING)
    if "amount" in clean and kind is not Kind.DECIMAL:
        found["clean"].fault("the cleaning 'amount' is for amounts only")
    value = found["value"].text() if "value" in found else None
    unit = found["unit"].text() if "unit" in found else "yuan"
    if unit not in ("fen", "yuan", "wan") or ("unit" in found and kind is not Kind.DECIMAL):
        found["unit"].fault("'unit' is fen, yuan or wan, and for amounts only")
    formats = found["format"].texts() if "format" in found else ()
    for pattern in formats:
        _check_format(found["format"], pattern, kind)
    values = (
        {name: entry.text() or "" for name, entry in found["values"].entries().items()} if "values" in found else {}
    )
    if "values" in found and not values:
        found["values"].fault(
            "'values' is empty: write what the source's codes mean; leave it out where they are the standard's"
        )
    values = {own: _standard(text, kind) for own, text in values.items()}
    otherwise = found["otherwise"].text() if "otherwise" in found else None
    otherwise = None if otherwise in (None, "invalid") else _standard(otherwise, kind)
    if (values or otherwise is not None) and kind not in (Kind.CODE, Kind.BOOLEAN, Kind.STRING):
        node.fault("'values' and 'otherwise' are for codes, booleans and strings")
    if otherwise is not None and not values:
        found["otherwise"].fault("'otherwise' without 'values'")
    for text in (*values.values(), *([otherwise] if otherwise else []), *([value] if value is not None else [])):
        if fault := _value_fault(text, kind, item, catalogue):
            node.fault(fault)
    empty = tuple(text for name in ("empty", "null_if") if name in found for text in found[name].texts())
    return Place(
        node.line,
        kind,
        column=_name(found.get("column")),
        expression=_fragment(found.get("expression")),
        value=value,
        unit=unit or "yuan",
        formats=formats,
        empty=empty,
        values=values,
        otherwise=otherwise,
        clean=clean,
        longest=longest(kind, item, (*values, *empty)),
    )


def _items(
    node: Node | None, record: RecordType, catalogue: Catalogue, not_held: frozenset[str], whole: Node
) -> dict[str, Place]:
    entries = node.entries() if node else {}
    places: dict[str, Place] = {}
    for name, entry in entries.items():
        if (item := record.items.get(name)) is None:
            entry.fault(f"the standard has no item {record.code}.{name}")
        else:
            places[name] = read_place(entry, item.kind, catalogue, item)
    for name in not_held - record.items.keys():
        whole.fault(f"'not_held' names {name}, which the standard does not have in {record.code}")
    for name in sorted((_needed(record) - entries.keys()) - not_held):
        whole.fault(f"{record.code}.{name} has no place; map it, or list it under 'not_held'")
    for name in sorted(not_held & entries.keys()):
        whole.fault(f"{record.code}.{name} is mapped and 'not_held' at once")
    return places


def _needed(record: RecordType) -> set[str]:
    """Basic items, and those on which the clocks run."""
    clock = record.retention
    named = {clock.starts, clock.display_ends, clock.repaired, clock.shown_from, record.since}
    named |= {*clock.negative, *clock.starts_when, *clock.unpublished}
    return {name for name, item in record.items.items() if item.basic or name in named}


def _attributes(node: Node | None, record: RecordType, catalogue: Catalogue, whole: Node) -> dict[str, Place]:
    entries = node.entries() if node else {}
    for name in sorted(record.attributes.keys() - entries.keys()):
        whole.fault(f"the attribute {record.code}.{name} of the standard has no place")
    places: dict[str, Place] = {}
    for name, entry in entries.items():
        if name not in record.attributes:
            entry.fault(f"the standard has no attribute {record.code}.{name}")
        else:
            places[name] = read_place(entry, record.attributes[name], catalogue)
    return places


def _check_format(node: Node, pattern: str, kind: Kind) -> None:
    if kind not in (Kind.DATE, Kind.YEAR_MONTH):
        node.fault("'format' is for dates and months")
        return
    if "%y" in pattern:
        node.fault("a year of two digits may be of either century; the source must write four (%Y)")
        return
    try:
        parsed = date_formats(pattern)[0]
    except ValueError:
        node.fault(
            "a format is made of %Y, %m, %d, %H, %M, %S and plain characters, with year and month;"
            " %-m, of one digit or two, needs a plain character behind it"
        )
        return
    if kind is Kind.DATE and parsed.part("d") is None:
        node.fault("the format of a date needs %d")


def _standard(text: str, kind: Kind) -> str:
    return text.lower() if kind is Kind.BOOLEAN else text


def _value_fault(text: str, kind: Kind, item: Item | None, catalogue: Catalogue) -> str | None:
    if kind is Kind.BOOLEAN and text not in ("true", "false"):
        return "a boolean is true or false"
    if kind is Kind.CODE and item is not None and item.code_list is not None:
        codes = catalogue.code_lists.get(item.code_list)
        if codes is None or text not in codes.values:
            return f"'{text}' is not in the code list {item.code_list}"
    return None


def _source(node: Node | None) -> tuple[str | None, str | None]:
    text = node.text() if node else None
    if node is None or text is None:
        return None, None
    if is_select(text):
        if fault := fragment_fault(text, select=True):
            node.fault(f"this SELECT {fault}")
        return None, text
    if fault := name_fault(text, parts=2):
        node.fault(f"'from' {fault}")
        return None, None
    return text, None


def _fragment(node: Node | None) -> str | None:
    text = node.text() if node else None
    if node is None or text is None:
        return None
    if fault := fragment_fault(text):
        node.fault(f"this SQL {fault}")
        return None
    return text


def _name(node: Node | None) -> str | None:
    text = node.text() if node else None
    if node is None or text is None:
        return None
    if fault := name_fault(text):
        node.fault(f"this name {fault}")
        return None
    return text


def _names(node: Node | None) -> list[str]:
    names = node.texts() if node else ()
    for name in names:
        if node and (fault := name_fault(name)):
            node.fault(f"this name {fault}")
    return [name for name in names if not name_fault(name)]


def _clean(node: Node | None, known: Sequence[str]) -> tuple[str, ...]:
    steps = node.texts() if node else ()
    for step in steps:
        if node and step not in known:
            node.fault(f"unknown cleaning '{step}'; known: {', '.join(known)}")
    return steps


def _order(node: Node | None) -> tuple[tuple[str, bool], ...]:
    order: list[tuple[str, bool]] = []
    for text in node.texts() if node else ():
        found = _ORDER.fullmatch(text.strip())
        if found and not name_fault(found["column"]):
            order.append((found["column"], (found["way"] or "asc").lower() == "desc"))
        elif node:
            node.fault("'order_by' is one column, then asc or desc, or a list of such")
    return tuple(order)


def read_forms(node: Node, environ: Mapping[str, str]) -> tuple[Form, ...]:
    if isinstance(node.node, yaml.MappingNode):
        return _hashed(node, environ)
    name = node.text()
    if name not in ("id18", "id15"):
        node.fault("a format of the person key is id18, id15 or {format: hashed, …}")
        return ()
    return (Form(name),)


def _hashed(node: Node, environ: Mapping[str, str]) -> tuple[Form, ...]:
    """`case: any` looks for the digest in small and in capital letters."""
    found = node.fields(_FORM_KEYS, required=("format", "digest", "over"))
    texts = {name: entry.text() or "" for name, entry in found.items() if name != "key"}
    key = (found["key"].secret(environ) or "") if "key" in found else ""
    digest, over, case = texts.get("digest", ""), texts.get("over", ""), texts.get("case", "lower")
    if texts.get("format") != "hashed" or over not in ("id18", "id15") or case not in ("lower", "upper", "any"):
        node.fault("a hashed form is {format: hashed, digest, over: id18 | id15, case: lower | upper | any}")
    if digest not in _DIGESTS:
        node.fault(f"unknown digest; known: {', '.join(_DIGESTS)}")
        return ()
    if digest.startswith("hmac-") != bool(key):
        node.fault("an hmac digest needs 'key: ${NAME}', and no other has one")
        return ()
    cases = ("lower", "upper") if case == "any" else (case,)
    return tuple(Form("hashed", digest, key.encode(), over, each) for each in cases)
