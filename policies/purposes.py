"""Purposes and groups of purposes: `purposes.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from exchange.purpose import Purpose
from policies import marked
from policies.faults import Fault, unknown
from policies.marked import Marked

FILE = "purposes.yaml"
GROUNDS = frozenset({"consent", "duty", "contract", "application", "authentication", "proof", "sandbox", "none"})
_TEXTS = frozenset({"title_en", "title_zh", "ground", "basis", "pboc_code", "relation"})
_NEEDED = ("title_en", "title_zh", "ground", "basis")
_KNOWN = frozenset(field.name for field in fields(Purpose)) - {"code"}


@dataclass(frozen=True, slots=True)
class Purposes:
    purposes: Mapping[str, Purpose]
    """By code, in file order."""
    links: tuple[tuple[str, str], ...]
    """(purpose, group)."""
    reach: Mapping[str, frozenset[str]]
    """Code or group → the codes that it stands for."""
    relation_lines: Mapping[str, int]
    """Where each purpose names its relation."""


def read(folder: Path, faults: list[Fault]) -> Purposes:
    document = marked.read(folder / FILE, faults)
    for name, part in document.entries():
        if name not in ("purposes", "groups"):
            faults.append(Fault(FILE, part.line, unknown("key", name, ("purposes", "groups"))))
    parts = dict(document.entries())
    purposes: dict[str, Purpose] = {}
    lines: dict[str, int] = {}
    for code, entry in parts.get("purposes", marked.NOTHING).entries():
        lines[code] = dict(entry.entries()).get("relation", entry).line
        purpose = _purpose(code, entry, faults)
        if purpose:
            purposes[code] = purpose
    links: list[tuple[str, str]] = []
    reach = {code: frozenset({code}) for code in purposes}
    for name, entry in parts.get("groups", marked.NOTHING).entries():
        members = entry.plain()
        if name in purposes or not isinstance(members, list) or not members:
            faults.append(Fault(FILE, entry.line, f"group {name!r} must be a list of purposes under a name of its own"))
            continue
        for member in members:
            if member not in purposes:
                faults.append(Fault(FILE, entry.line, unknown("purpose", str(member), purposes)))
        links += [(member, name) for member in members if member in purposes]
        reach[name] = frozenset(member for member in members if member in purposes)
    return Purposes(purposes, tuple(links), reach, lines)


def _purpose(code: str, entry: Marked, faults: list[Fault]) -> Purpose | None:
    before = len(faults)
    values = {name: part.value for name, part in entry.entries()}
    for name, part in entry.entries():
        if name not in _KNOWN:
            faults.append(Fault(FILE, part.line, unknown("key", name, _KNOWN)))
        elif not isinstance(part.value, str if name in _TEXTS else bool):
            faults.append(
                Fault(FILE, part.line, f"{name} of {code} must be {'a text' if name in _TEXTS else 'a yes/no'}")
            )
    for name in _NEEDED:
        if name not in values:
            faults.append(Fault(FILE, entry.line, f"{code} has no {name}"))
        elif isinstance(values[name], str) and not str(values[name]).strip():
            faults.append(Fault(FILE, entry.line, f"{name} of {code} is blank"))
    ground = values.get("ground")
    if isinstance(ground, str) and ground not in GROUNDS:
        faults.append(Fault(FILE, entry.line, unknown("ground", ground, GROUNDS)))
    return Purpose(code, **values) if len(faults) == before else None  # pyright: ignore[reportArgumentType]
