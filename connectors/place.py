"""Where a department keeps what the standard names: the words of a mapping file, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.catalogue import Kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value lives: a column, an expression over the row, or a constant of the standard."""

    line: int
    kind: Kind
    column: str | None = None
    expression: str | None = None
    value: str | None = None
    unit: str = "yuan"
    formats: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """The source's codes → the standard's; `true` and `false` for booleans. Empty: the source speaks the standard."""
    otherwise: str | None = None
    """The standard's code for whatever `values` does not hold; None withholds it."""

    @property
    def reads(self) -> str:
        """For the plan: what is read of the row."""
        return self.column or self.expression or "(constant)"


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """One form in which a source may hold an id number."""

    name: str
    """`id18`, `id15` or `hashed`."""
    digest: str = ""
    key: bytes = b""
    over: str = "id18"
    case: str = "lower"

    def __repr__(self) -> str:
        return f"Form({self.name})"


@dataclass(frozen=True, slots=True)
class PersonKey:
    line: int
    column: str | None
    expression: str | None
    forms: tuple[Form, ...]
    clean: tuple[str, ...] = ()
    """Of `trim`, `halfwidth`, `upper`, in the order of the file."""


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where the rows of one record type live."""

    record: str
    line: int
    many: bool
    person_key: PersonKey
    items: Mapping[str, Place]
    """By name of item or hidden attribute."""
    record_key: Place
    table: str | None = None
    select: str | None = None
    reads: tuple[str, ...] = ()
    where: str | None = None
    order_by: tuple[str, bool] | None = None
    """Column, and whether the greatest comes first."""
    distinct: tuple[str, ...] = ()
    as_of: Place | None = None


@dataclass(frozen=True, slots=True, repr=False)
class DepartmentPlace:
    """One mapping file. Its `repr` shows no url."""

    department: str
    file: str
    line: int
    connector: str
    url: str
    approver: str
    valid_until: str
    records: Mapping[str, RecordPlace]

    def __repr__(self) -> str:
        return f"DepartmentPlace({self.department})"


Mappings = Mapping[str, DepartmentPlace]
"""By department code."""
