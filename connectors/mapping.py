"""Reads every department's mapping file, strictly: an unknown name stops the start, with all faults at once."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from connectors.encoding import LEGACY
from connectors.faults import Fault, MappingFaulty
from connectors.guarding import read_guards
from connectors.kinds import KINDS, Kind
from connectors.marked import Node, read_marked
from connectors.place import DepartmentPlace, Mappings, PersonKey, RecordPlace, SourcePlace
from connectors.placing import read_person_key, read_record
from exchange.catalogue import Catalogue, Department

DEPARTMENTS = Path(__file__).parent / "departments"
"""The mapping files that come with the gateway."""

_KEYS = frozenset(["department", "standard", "agreement", "person_key", "records", "not_held"])
_REQUIRED = ("department", "standard", "agreement", "records")
_SOURCE_KEYS = frozenset(["connector", "url", "encoding", "guards", "maintenance"])
_AGREEMENT = frozenset({"approver", "document", "valid_until"})


def read(folder: Path, catalogue: Catalogue, environ: Mapping[str, str], today: date) -> Mappings:
    """All `*.yaml` files of `folder`. Raises MappingFaulty with every fault of every file."""
    mappings, faults = read_all(folder, catalogue, environ, today)
    if faults:
        raise MappingFaulty(faults)
    return mappings


def read_all(
    folder: Path, catalogue: Catalogue, environ: Mapping[str, str], today: date
) -> tuple[Mappings, tuple[Fault, ...]]:
    """What could be read, and every fault of every file."""
    faults: list[Fault] = []
    found: dict[str, DepartmentPlace] = {}
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        faults.append(Fault(folder.name, 1, "no mapping file (*.yaml) is here"))
    for path in paths:
        node = read_marked(path, faults)
        if node is None or (place := _department(node, catalogue, environ, today)) is None:
            continue
        if place.department in found:
            node.fault(f"{place.department} has a mapping already, in {found[place.department].file}")
        found[place.department] = place
    return found, tuple(faults)


def _department(node: Node, catalogue: Catalogue, environ: Mapping[str, str], today: date) -> DepartmentPlace | None:
    found = node.fields(_KEYS | _SOURCE_KEYS | _kind_keys(), _REQUIRED)
    code = found["department"].text() if "department" in found else None
    department = catalogue.departments.get(code or "")
    if "department" in found and department is None:
        found["department"].fault("the standard has no such department")
    if "standard" in found and found["standard"].text() != catalogue.version:
        found["standard"].fault(f"written for another version of the standard; in force is {catalogue.version}")
    approver, valid_until = _agreement(found.get("agreement"), today)
    person_key = read_person_key(found["person_key"], environ) if "person_key" in found else None
    records = _records(found, department, catalogue, person_key, environ) if department else {}
    source = _source(node, found, code or "", records, environ)
    if department is None:
        return None
    return DepartmentPlace(department.code, node.file, node.line, approver, valid_until, (source,))


def _kind_keys() -> frozenset[str]:
    return frozenset(key for kind in KINDS.values() for key in kind.keys)


def _source(
    node: Node,
    found: Mapping[str, Node],
    department: str,
    records: Mapping[str, RecordPlace],
    environ: Mapping[str, str],
) -> SourcePlace:
    """The one source that the file itself describes."""
    for name in ("connector", "url"):
        if name not in found:
            node.fault(f"'{name}' is missing")
    name = (found["connector"].text() or "") if "connector" in found else ""
    kind = KINDS.get(name)
    if kind is None and "connector" in found:
        found["connector"].fault(f"the connectors of a mapping file are: {', '.join(KINDS)}")
    url = found["url"].from_environment(environ) if "url" in found else None
    if kind and url and (fault := kind.url_fault(url)):
        found["url"].fault(fault)
    return SourcePlace(
        department=department,
        name="",
        file=node.file,
        line=node.line,
        kind=name,
        url=url or "",
        records=records,
        encoding=_encoding(found.get("encoding")),
        guards=read_guards(found.get("guards"), found.get("maintenance")),
        options=_options(kind, name, found, environ),
    )


def _options(kind: Kind | None, name: str, found: Mapping[str, Node], environ: Mapping[str, str]) -> object:
    """What the kind reads from its own keys; those of another kind are faults."""
    if kind is None:
        return None
    for key in sorted((_kind_keys() - kind.keys) & found.keys()):
        found[key].fault(f"'{key}' is not for the connector {name}")
    return kind.options({key: found[key] for key in kind.keys if key in found}, environ)


def _encoding(node: Node | None) -> str:
    text = node.text() if node else None
    if node is None or text is None:
        return "utf-8"
    try:
        name = codecs.lookup(text).name
    except LookupError:
        name = ""
    if name not in ("utf-8", *LEGACY):
        node.fault("unknown encoding; write utf-8, gbk or gb18030")
        return "utf-8"
    return name


def _agreement(node: Node | None, today: date) -> tuple[str, str]:
    """Approver and last day. No agreement, or one that has ended: no start."""
    if node is None:
        return "", ""
    found = node.fields(_AGREEMENT, required=("approver", "valid_until"))
    texts = {name: entry.text() or "" for name, entry in found.items()}
    if "approver" in texts and not texts["approver"]:
        found["approver"].fault("names nobody who approved")
    until = texts.get("valid_until", "")
    if "valid_until" in found:
        try:
            ended = date.fromisoformat(until) < today
        except ValueError:
            found["valid_until"].fault("must be a day, YYYY-MM-DD")
        else:
            if ended:
                found["valid_until"].fault("the agreement has ended; renew it before the department starts")
    return texts.get("approver", ""), until


def _records(
    found: Mapping[str, Node],
    department: Department,
    catalogue: Catalogue,
    person_key: PersonKey | None,
    environ: Mapping[str, str],
) -> dict[str, RecordPlace]:
    entries = found["records"].entries() if "records" in found else {}
    not_held = frozenset(found["not_held"].texts()) if "not_held" in found else frozenset()
    records: dict[str, RecordPlace] = {}
    for code, entry in entries.items():
        if (record := department.records.get(code)) is None:
            entry.fault(f"the standard has no record type {code} in {department.code}")
        elif place := read_record(entry, record, catalogue, person_key, environ):
            records[code] = place
    for code in sorted(not_held - (department.records.keys() - entries.keys())):
        found["not_held"].fault(f"{code} is mapped, or not of this department")
    return records
