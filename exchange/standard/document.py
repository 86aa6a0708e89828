"""A YAML file as plain data that remembers its lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from yaml.constructor import SafeConstructor

from exchange.composed import composed
from exchange.standard.fault import Fault

Keys: TypeAlias = tuple[str | int, ...]
"""The way to a value: `("records", "PBC03", "since")`."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file. `faults`: what kept it, or a part of it, from being read."""

    file: str
    data: Any = None
    lines: Mapping[Keys, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def root(self) -> Place:
        return Place(self, (), self.data)

    def line(self, keys: Keys) -> int:
        """Where a value stands, or the nearest thing around it."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a document. The getters give None where the value has another type: `shape` reports that."""

    document: Document
    keys: Keys
    data: Any

    @property
    def name(self) -> str:
        return str(self.keys[-1]) if self.keys else ""

    def text(self, key: str) -> str | None:
        value = self._value(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int | None:
        value = self._value(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, key: str) -> bool | None:
        value = self._value(key)
        return value if isinstance(value, bool) else None

    def child(self, key: str | int) -> Place:
        return Place(self.document, (*self.keys, key), self._value(key))

    def children(self) -> Iterator[Place]:
        """The values of a mapping or a list, in order."""
        if isinstance(self.data, dict):
            yield from (Place(self.document, (*self.keys, key), value) for key, value in self.data.items())
        elif isinstance(self.data, list):
            yield from (Place(self.document, (*self.keys, n), value) for n, value in enumerate(self.data))

    def fault(self, code: str, message: str, *below: str | int) -> Fault:
        return Fault(self.document.file, self.document.line((*self.keys, *below)), code, message)

    def _value(self, key: str | int) -> Any:
        if isinstance(self.data, dict):
            return self.data.get(key)
        if isinstance(self.data, list) and isinstance(key, int) and key < len(self.data):
            return self.data[key]
        return None


def read(path: Path) -> Document:
    """Read one file; a file that is missing, not UTF-8 or not YAML gives a document with its fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Document(path.name, faults=(Fault(path.name, 0, "FILE_UNREADABLE", type(error).__name__),))
    try:
        node = composed(text)
        if node is None:
            return Document(path.name, faults=(Fault(path.name, 0, "FILE_UNREADABLE", "the file is empty"),))
        lines: dict[Keys, int] = {(): node.start_mark.line + 1}
        faults: list[Fault] = []
        data = _plain(SafeConstructor(), node, (), path.name, lines, faults)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        problem = getattr(error, "problem", None) or type(error).__name__
        return Document(path.name, faults=(Fault(path.name, line, "FILE_UNREADABLE", problem),))
    return Document(path.name, data, lines, tuple(faults))


def _plain(
    scalars: SafeConstructor, node: yaml.Node, keys: Keys, file: str, lines: dict[Keys, int], faults: list[Fault]
) -> object:
    match node:
        case yaml.MappingNode():
            found: dict[object, object] = {}
            for key_node, value_node in node.value:
                key = scalars.construct_object(key_node)
                line = key_node.start_mark.line + 1
                if not isinstance(key, str):
                    faults.append(Fault(file, line, "KEY_NOT_TEXT", f"the key {key!r} must be quoted"))
                    continue
                if key in found:
                    faults.append(Fault(file, line, "DUPLICATE_KEY", f"{key!r} stands twice"))
                    continue
                below = (*keys, key)
                lines[below] = line
                found[key] = _plain(scalars, value_node, below, file, lines, faults)
            return found
        case yaml.SequenceNode():
            items: list[object] = []
            for n, value_node in enumerate(node.value):
                lines[(*keys, n)] = value_node.start_mark.line + 1
                items.append(_plain(scalars, value_node, (*keys, n), file, lines, faults))
            return items
        case _:
            return scalars.construct_object(node)
