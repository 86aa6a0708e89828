"""What a database really has: its tables and columns, as inspected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exchange.catalogue import Kind


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table, view or SELECT."""

    name: str
    """As the database writes it, with its schema where it is not the default one."""
    types: Mapping[str, str]
    """Column as the database writes it → declared type, lower case; "" where it has none."""
    collations: Mapping[str, str] = field(default_factory=dict)
    """Of text columns, where the database compares each by a collation of its own."""

    def actual(self, column: str) -> str | None:
        """The column meant: the same name, or the only one that differs in case alone."""
        if column in self.types:
            return column
        found = [name for name in self.types if name.lower() == column.lower()]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Shape:
    tables: Mapping[str, Columns]
    """By lower-case name."""
    selects: Mapping[str, Columns]
    """By record type, for those that are read `from: SELECT …`."""
    broken: Mapping[str, str]
    """Record type → which fragment this database does not accept."""

    def names(self) -> dict[str, str]:
        """Lower-case name → name, of all tables and columns that are written in one way only."""
        return names_of(self.tables.values())


def names_of(tables: Iterable[Columns]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for table in tables:
        for name in (table.name.rpartition(".")[2], *table.types):
            found.setdefault(name.lower(), set()).add(name)
    return {lower: names.pop() for lower, names in found.items() if len(names) == 1}


_NUMBERS = ("int", "num", "dec", "real", "double", "float", "serial", "money")
_UNFIT: Mapping[Kind, tuple[str, ...]] = {
    Kind.DATE: ("bool", "blob", "bytea", "json", "real", "double", "float"),
    Kind.YEAR_MONTH: ("bool", "blob", "bytea", "json", "real", "double", "float"),
    Kind.DECIMAL: ("bool", "date", "time", "blob", "bytea", "json"),
    Kind.INTEGER: ("bool", "date", "time", "blob", "bytea", "json"),
    Kind.BOOLEAN: ("date", "time", "blob", "bytea", "json"),
    Kind.CODE: ("date", "time", "blob", "bytea", "json"),
    Kind.STRING: ("blob", "bytea", "json"),
}

_KEYLESS = ("bool", "date", "time", "bytea", "json", "real", "double", "float", "money", "uuid")


def cannot_hold(declared: str, kind: Kind, formats: tuple[str, ...], *, as_bytes: bool = False) -> bool:
    """Whether a column of this declared type can never hold values of this kind. `as_bytes`: a BLOB may hold text."""
    if any(word in declared for word in _UNFIT[kind] if not (as_bytes and word == "blob")):
        return True
    numeric = any(word in declared for word in _NUMBERS)
    return kind in (Kind.DATE, Kind.YEAR_MONTH) and not formats and numeric


def cannot_key(declared: str) -> bool:
    """Whether a column of this declared type never equals an id number, or not exactly: a double keeps 15 digits."""
    return any(word in declared for word in _KEYLESS)
