"""YAML read with line marks: every scalar is text as it was written (`00000000` stays so), every fault has its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from connectors.faults import Fault
from exchange.composed import composed

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a file. Its readers note what does not fit in `faults` and answer with nothing."""

    node: yaml.Node
    file: str
    faults: list[Fault] = field(repr=False)

    @property
    def line(self) -> int:
        return self.node.start_mark.line + 1

    def fault(self, text: str) -> None:
        self.faults.append(Fault(self.file, self.line, text))

    def text(self) -> str | None:
        if not isinstance(self.node, yaml.ScalarNode):
            self.fault("must be one value")
            return None
        if _UNWRITABLE.search(self.node.value):
            self.fault("holds a sign that no database can write (NUL, or half of a character)")
            return None
        return self.node.value

    def texts(self) -> tuple[str, ...]:
        """A sequence of values, or one value alone."""
        if isinstance(self.node, yaml.SequenceNode):
            return tuple(text for each in self.each() if (text := each.text()) is not None)
        text = self.text()
        return () if text is None else (text,)

    @property
    def has_none(self) -> bool:
        """Whether it is a list without entries."""
        return isinstance(self.node, yaml.SequenceNode) and not self.node.value

    def each(self) -> list[Node]:
        if not isinstance(self.node, yaml.SequenceNode):
            self.fault("must be a list")
            return []
        return [Node(child, self.file, self.faults) for child in self.node.value]

    def entries(self) -> dict[str, Node]:
        if not isinstance(self.node, yaml.MappingNode):
            self.fault("must be a mapping of keys to values")
            return {}
        found: dict[str, Node] = {}
        for key, value in self.node.value:
            name = Node(key, self.file, self.faults)
            if (text := name.text()) is None:
                continue
            if text in found:
                name.fault(f"'{text}' stands here twice")
            found[text] = Node(value, self.file, self.faults)
        return found

    def fields(self, known: Collection[str], required: Collection[str] = ()) -> dict[str, Node]:
        """The entries, of which only those of `known` may be there."""
        found = self.entries()
        for name in [name for name in found if name not in known]:
            found.pop(name).fault(f"unknown key '{name}'; known here: {', '.join(sorted(known))}")
        for name in required:
            if name not in found:
                self.fault(f"'{name}' is missing")
        return found

    def from_environment(self, environ: Mapping[str, str]) -> str | None:
        """A url or key: text in which `${NAME}` stands for what the environment holds."""
        text = self.text()
        if text is None:
            return None
        for name in _VARIABLE.findall(text):
            if not environ.get(name):
                self.fault(f"the environment variable {name} is not set")
                return None
        return _VARIABLE.sub(lambda found: environ[found.group(1)], text)

    def secret(self, environ: Mapping[str, str]) -> str | None:
        """What stands in the environment alone: `${NAME}` and nothing else."""
        text = self.text()
        if text is not None and not _VARIABLE.fullmatch(text):
            self.fault("a secret stands in the environment: '${NAME}'")
            return None
        return self.from_environment(environ)


def read_marked(path: Path, faults: list[Fault]) -> Node | None:
    try:
        node = composed(path.read_text("utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.append(Fault(path.name, line, "is not YAML"))
        return None
    except (yaml.YAMLError, UnicodeDecodeError):
        faults.append(Fault(path.name, 1, "is not UTF-8 YAML"))
        return None
    except RecursionError:
        faults.append(Fault(path.name, 1, "is nested too deep"))
        return None
    except OSError:
        faults.append(Fault(path.name, 1, "cannot be read"))
        return None
    if node is None:
        faults.append(Fault(path.name, 1, "is empty"))
        return None
    return Node(node, path.name, faults)
