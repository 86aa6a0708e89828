"""The keys of a mapping file that the kind `files` alone understands, read strictly."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from connectors.dates import date_format
from connectors.fragment import name_fault
from connectors.marked import Node

KEYS = frozenset({"drops", "complete", "renew_s", "quiet_s"})
_DROP_KEYS = frozenset({"file", "format", "delimiter", "quote", "header", "sheet", "encoding", "as_of"})
_SUFFIXES = {".csv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".parquet": "parquet"}
_ONLY_CSV = ("delimiter", "quote", "encoding")
_PLAIN = re.compile(r"[^./\\\0][^/\\\0]{0,199}")
_SECONDS = re.compile(r"\d{1,5}(\.\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Drop:
    """One table that the department drops as a file."""

    name: str
    """As `from:` names it."""
    line: int
    file: str
    """A file's name, or a pattern of which the greatest match by name is meant."""
    format: str
    """`csv`, `xlsx` or `parquet`."""
    delimiter: str = ","
    quote: str = '"'
    """"" = no value is quoted."""
    header: tuple[str, ...] = ()
    """Names of the columns of a file without a header line; () = the first line holds them."""
    sheet: str | None = None
    encoding: str | None = None
    """None = that of the source."""
    as_of: str | None = None
    """Pattern of the day in the file's name; None = the day on which the file was last written."""


@dataclass(frozen=True, slots=True)
class Drops:
    drops: Mapping[str, Drop] = field(default_factory=dict)
    complete: str | None = None
    """The file that the department writes last: a drop is taken only whole with it."""
    renew_s: float = 10.0
    """How often the folder is looked at."""
    quiet_s: float = 2.0
    """How long a file must have been left alone, where no `complete` says that it is whole."""


def read_drops(found: Mapping[str, Node], environ: Mapping[str, str]) -> Drops:
    entries = found["drops"].entries() if "drops" in found else {}
    drops: dict[str, Drop] = {}
    for name, node in entries.items():
        if fault := name_fault(name):
            node.fault(f"the drop's name {fault}")
        elif name.lower() in {other.lower() for other in drops}:
            node.fault(f"the drop '{name}' stands here twice")
        elif drop := _drop(name, node):
            drops[name] = drop
    return Drops(
        drops,
        _file_name(found["complete"]) if "complete" in found else None,
        _seconds(found.get("renew_s"), Drops().renew_s),
        _seconds(found.get("quiet_s"), Drops().quiet_s),
    )


def _drop(name: str, node: Node) -> Drop | None:
    found = node.fields(_DROP_KEYS, required=("file",))
    file = _file_name(found["file"]) if "file" in found else None
    if file is None:
        return None
    kind = found["format"].text() if "format" in found else _SUFFIXES.get(PurePath(file).suffix.lower())
    if kind is None or kind not in _SUFFIXES.values():
        found.get("format", node).fault("'format' is csv, xlsx or parquet, and needed where the suffix does not tell")
        return None
    for key in [key for key in _ONLY_CSV if key in found and kind != "csv"]:
        found[key].fault(f"'{key}' is for csv only")
    if "sheet" in found and kind != "xlsx":
        found["sheet"].fault("'sheet' is for xlsx only")
    return Drop(
        name,
        node.line,
        file,
        kind,
        delimiter=_character(found.get("delimiter"), ",") or ",",
        quote=_character(found.get("quote"), '"', none=True),
        header=_header(found.get("header"), kind),
        sheet=found["sheet"].text() if "sheet" in found else None,
        encoding=_encoding(found.get("encoding")),
        as_of=_day(found.get("as_of")),
    )


def _file_name(node: Node) -> str | None:
    """No path: a drop lies in the folder itself."""
    text = node.text()
    if text is not None and not _PLAIN.fullmatch(text):
        node.fault("must be the name of a file in the folder, or a pattern of names; no path")
        return None
    return text


def _character(node: Node | None, default: str, none: bool = False) -> str:
    text = node.text() if node else default
    if node and text is not None and not (len(text) == 1 and text not in "\r\n\0") and not (none and not text):
        node.fault("must be one character")
        return default
    return default if text is None else text


def _header(node: Node | None, kind: str) -> tuple[str, ...]:
    if node is None or (names := node.texts()) == ("true",):
        return ()
    if kind == "parquet":
        node.fault("a parquet file names its own columns")
    if not names or any(name_fault(name) for name in names) or len({name.lower() for name in names}) < len(names):
        node.fault("'header' is true, or the list of the columns' plain names, each once")
        return ()
    return names


def _encoding(node: Node | None) -> str | None:
    text = node.text() if node else None
    if node is None or text is None:
        return None
    try:
        return codecs.lookup(text).name
    except LookupError:
        node.fault("unknown encoding; write utf-8, gbk or gb18030")
        return None


def _day(node: Node | None) -> str | None:
    text = node.text() if node else None
    if node is None or text is None:
        return None
    try:
        known = date_format(text).part("d") is not None
    except ValueError:
        known = False
    if not known:
        node.fault("'as_of' of a drop is the pattern of a day in its file's name: %Y, %m, %d and plain characters")
        return None
    return text


def _seconds(node: Node | None, default: float) -> float:
    text = node.text() if node else None
    if node is None or text is None:
        return default
    if not _SECONDS.fullmatch(text):
        node.fault("must be a number of seconds")
        return default
    return float(text)
