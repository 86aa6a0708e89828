"""Reads the sources of a department: the one that the file itself describes, or those under `sources:`."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.encoding import LEGACY
from connectors.guarding import read_guards
from connectors.kinds import KINDS, Kind
from connectors.marked import Node
from connectors.place import RecordPlace, SourcePlace

SOURCE_KEYS = frozenset(["connector", "url", "encoding", "guards", "maintenance", "stale_after"])
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_PASSWORD = re.compile(r"[^:]*://[^:@/]*:(?!\$\{[A-Z0-9_]+\}@)[^@]+@")


def kind_keys() -> frozenset[str]:
    return frozenset(key for kind in KINDS.values() for key in kind.keys)


@dataclass(frozen=True, slots=True)
class Described:
    """The keys of one source, and the node that holds them."""

    node: Node
    found: Mapping[str, Node]


def described_sources(node: Node, found: Mapping[str, Node]) -> dict[str, Described]:
    """By name; "" is the one that the file itself describes."""
    if "sources" not in found:
        return {"": Described(node, found)}
    for key in sorted((SOURCE_KEYS | kind_keys()) & found.keys()):
        found[key].fault(f"'{key}' belongs to each of the 'sources'")
    described: dict[str, Described] = {}
    for name, entry in found["sources"].entries().items():
        if not _NAME.fullmatch(name):
            entry.fault("a source has a name of small letters, digits and underscores")
        described[name] = Described(entry, entry.fields(SOURCE_KEYS | kind_keys()))
    if not described:
        found["sources"].fault("names no source")
    return described


def read_source(
    described: Described,
    name: str,
    department: str,
    records: Mapping[str, RecordPlace],
    environ: Mapping[str, str],
) -> SourcePlace:
    node, found = described.node, described.found
    for key in ("connector", "url"):
        if key not in found:
            node.fault(f"'{key}' is missing")
    kind_name = (found["connector"].text() or "") if "connector" in found else ""
    kind = KINDS.get(kind_name)
    if kind is None and "connector" in found:
        found["connector"].fault(f"the connectors of a mapping file are: {', '.join(KINDS)}")
    url = _url(found["url"], kind, environ) if "url" in found else None
    if name and not records:
        node.fault(f"no record names the source {name}")
    return SourcePlace(
        department=department,
        name=name,
        file=node.file,
        line=node.line,
        kind=kind_name,
        url=url or "",
        records=records,
        encoding=_encoding(found.get("encoding")),
        guards=read_guards(found.get("guards"), found.get("maintenance")),
        stale_after=_days(found.get("stale_after")),
        options=_options(kind, kind_name, found, environ),
    )


def _url(node: Node, kind: Kind | None, environ: Mapping[str, str]) -> str | None:
    """None where there is a fault: what cannot be reached is not tried."""
    if _PASSWORD.match(node.text() or ""):
        node.fault("a password stands in the environment, not in this file: 'url: ${NAME}'")
        return None
    url = node.from_environment(environ)
    if kind and url and (fault := kind.url_fault(url)):
        node.fault(fault)
        return None
    return url


def _options(kind: Kind | None, name: str, found: Mapping[str, Node], environ: Mapping[str, str]) -> object:
    """What the kind reads from its own keys; those of another kind are faults."""
    if kind is None:
        return None
    for key in sorted((kind_keys() - kind.keys) & found.keys()):
        found[key].fault(f"'{key}' is not for the connector {name}")
    return kind.options({key: found[key] for key in kind.keys if key in found}, environ)


def _days(node: Node | None) -> int | None:
    text = node.text() if node else None
    if node is None or text is None:
        return None
    found = re.fullmatch(r"([1-9]\d{0,3})d", text, re.ASCII)
    if found is None:
        node.fault("'stale_after' is a number of days, 45d")
        return None
    return int(found[1])


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
