"""Reads every department's mapping file, strictly: an unknown name stops the start, with all faults at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from connectors.faults import Fault, MappingFaulty
from connectors.marked import Node, read_marked
from connectors.place import DepartmentPlace, Mappings, PersonKey, RecordPlace
from connectors.placing import read_person_key, read_record
from connectors.sourcing import SOURCE_KEYS, described_sources, kind_keys, read_source
from exchange.catalogue import Catalogue, Department

DEPARTMENTS = Path(__file__).parent / "departments"
"""The mapping files that come with the gateway."""

KEYS = frozenset(["department", "standard", "agreement", "person_key", "records", "not_held", "sources"])
_REQUIRED = ("department", "standard", "agreement", "records")
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
    faults += [Fault(path.name, 1, "a mapping file ends in .yaml") for path in sorted(folder.glob("*.yml"))]
    for path in paths:
        node = read_marked(path, faults)
        if node is None or (place := _department(node, catalogue, environ, today)) is None:
            continue
        if place.department in found:
            node.fault(f"{place.department} has a mapping already, in {found[place.department].file}")
        found[place.department] = place
    return found, tuple(faults)


def _department(node: Node, catalogue: Catalogue, environ: Mapping[str, str], today: date) -> DepartmentPlace | None:
    found = node.fields(KEYS | SOURCE_KEYS | kind_keys(), _REQUIRED)
    code = found["department"].text() if "department" in found else None
    department = catalogue.departments.get(code or "")
    if "department" in found and department is None:
        found["department"].fault("the standard has no such department")
    if "standard" in found and found["standard"].text() != catalogue.version:
        found["standard"].fault(f"written for another version of the standard; in force is {catalogue.version}")
    approver, valid_until = _agreement(found.get("agreement"), today)
    person_key = read_person_key(found["person_key"], environ) if "person_key" in found else None
    described = described_sources(node, found)
    names = () if described.keys() == {""} else tuple(described)
    records = _records(found, department, catalogue, person_key, names, environ) if department else {}
    sources = tuple(
        read_source(each, name, code or "", records.get(name, {}), environ) for name, each in described.items()
    )
    if department is None or not sources:
        return None
    return DepartmentPlace(department.code, node.file, node.line, approver, valid_until, sources)


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
            if date.fromisoformat(until).isoformat() != until:
                raise ValueError
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
    names: Collection[str],
    environ: Mapping[str, str],
) -> dict[str, dict[str, RecordPlace]]:
    """By source name, then by record type. `names`: of the sources, where the file has several."""
    entries = found["records"].entries() if "records" in found else {}
    not_held = frozenset(found["not_held"].texts()) if "not_held" in found else frozenset()
    records: dict[str, dict[str, RecordPlace]] = {}
    for code, entry in entries.items():
        if (record := department.records.get(code)) is None:
            entry.fault(f"the standard has no record type {code} in {department.code}")
            continue
        several = isinstance(entry.node, yaml.SequenceNode)
        if several and not names:
            entry.fault("a list of entries is for a department with several 'sources'")
        for each in entry.each() if several else [entry]:
            source = _source_of(each, names)
            place = read_record(each, record, catalogue, person_key, environ)
            if place is None or source is None:
                continue
            if code in records.setdefault(source, {}):
                each.fault(f"{code} is mapped in the source {source} already")
            records[source][code] = replace(place, merged=several)
    for code in sorted(department.records.keys() - entries.keys() - not_held) if "records" in found else ():
        found["records"].fault(f"{code} has no place; map it, or list it under 'not_held'")
    for code in sorted(not_held - (department.records.keys() - entries.keys())):
        found["not_held"].fault(f"{code} is mapped, or not of this department")
    _same_everywhere(found, records)
    return records


def _source_of(entry: Node, names: Collection[str]) -> str | None:
    """The entry's `source`; "" where the file has only one."""
    if not isinstance(entry.node, yaml.MappingNode):
        return None  # its reader tells
    node = next((each for name, each in entry.entries().items() if name == "source"), None)
    if not names:
        if node:
            node.fault("'source' is for a department with several 'sources'")
        return ""
    text = node.text() if node else None
    if text not in names:
        (node or entry).fault(f"'source' is one of: {', '.join(names)}")
        return None
    return text


def _same_everywhere(found: Mapping[str, Node], records: Mapping[str, Mapping[str, RecordPlace]]) -> None:
    keys: dict[str, tuple[str, ...]] = {}
    for places in records.values():
        for code, place in places.items():
            if keys.setdefault(code, place.same_by) != place.same_by:
                found["records"].fault(f"'same_by' of {code} differs between its sources")
