"""YAML whose values know their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.constructor import SafeConstructor

from exchange.composed import composed
from policies import source
from policies.faults import Fault


@dataclass(frozen=True, slots=True)
class Marked:
    """A value of a YAML file: a mapping or list of Marked, or a scalar."""

    value: Mapping[str, Marked] | list[Marked] | str | int | bool | None
    line: int

    def plain(self) -> object:
        """The value without its lines."""
        match self.value:
            case list(parts):
                return [part.plain() for part in parts]
            case Mapping() as parts:
                return {name: part.plain() for name, part in parts.items()}
            case scalar:
                return scalar

    def text(self) -> str:
        """The value if it is a text; blank otherwise."""
        return self.value.strip() if isinstance(self.value, str) else ""

    def entries(self) -> Iterator[tuple[str, Marked]]:
        """The entries of a mapping; none of anything else."""
        if isinstance(self.value, Mapping):
            yield from self.value.items()


NOTHING = Marked({}, 0)


def read(path: Path, faults: list[Fault]) -> Marked:
    """The file's mapping; an empty one, with a fault, if the file cannot be read or is not a mapping of YAML."""
    content = source.read(path, faults)
    if content is None:
        return NOTHING
    try:
        node = composed(content)
        marked = _marked(node, SafeConstructor(), path.name, faults) if node else NOTHING
    except RecursionError:
        faults.append(Fault(path.name, 0, "nested too deep"))
        return NOTHING
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        faults.append(Fault(path.name, mark.line + 1 if mark else 0, "not YAML"))
        return NOTHING
    if not isinstance(marked.value, Mapping):
        faults.append(Fault(path.name, marked.line, "the file must be a mapping"))
        return NOTHING
    return marked


def _marked(node: yaml.Node, scalars: SafeConstructor, file: str, faults: list[Fault]) -> Marked:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, Marked] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in entries:
                faults.append(Fault(file, key.start_mark.line + 1, f"{name!r} stands twice"))
            entries[name] = _marked(value, scalars, file, faults)
        return Marked(entries, line)
    if isinstance(node, yaml.SequenceNode):
        return Marked([_marked(part, scalars, file, faults) for part in node.value], line)
    try:
        return Marked(scalars.construct_object(node), line)
    except ValueError:  # a day such as 2026-02-30
        faults.append(Fault(file, line, "not a value of YAML; put it in quotes"))
        return Marked(None, line)
