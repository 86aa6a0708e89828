"""Where a department keeps what the standard names: the words of a mapping file, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.lengths import longest
from connectors.windows import Window
from exchange.catalogue import Kind

LONGEST = longest(Kind.STRING, None, ())
"""Bytes of a string whose format names no length."""


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
    clean: tuple[str, ...] = ()
    """Of `trim`, `halfwidth`, `upper`, `amount`, in the order of the file."""
    joined: tuple[str, ...] = ()
    """For a record key of several columns: their names, in order."""
    otherwise: str | None = None
    """The standard's code for whatever `values` does not hold; None withholds it."""
    longest: int = LONGEST
    """Bytes beyond which the source's text is no value: such a text does not leave the database."""

    @property
    def reads(self) -> str:
        """For the plan: what is read of the row."""
        return self.column or self.expression or ", ".join(self.joined) or "(constant)"


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
    order_by: tuple[tuple[str, bool], ...] = ()
    """Columns, and for each whether the greatest comes first."""
    distinct: tuple[str, ...] = ()
    as_of: Place | None = None
    same_by: tuple[str, ...] = ()
    """Items that tell which rows of several sources are the same fact; none = the record key does."""
    merged: bool = False
    """Whether other sources of the department hold this record type too."""


@dataclass(frozen=True, slots=True)
class GuardsPlace:
    """How one source is guarded; defaults where the mapping says nothing."""

    deadline_s: float = 2.5
    """What one ask may take, waiting and retries included; never more than the request has left. The default leaves
    assembly and sealing their part of three seconds."""
    statement_timeout_s: float | None = None
    """After which the source itself ends a statement; None: nine tenths of `deadline_s`."""
    at_once: int = 8
    """Asks that run at the source at the same time, and connections to it, at most."""
    queue: int = 256
    """Asks that wait for a place, at most."""
    failures: int = 5
    """Failures in a row after which the source is left alone …"""
    rest_s: float = 10.0
    """… for so many seconds."""
    retries: int = 1
    """How often an ask is sent again after a refused or cut connection."""
    maintenance: tuple[Window, ...] = ()
    """When nothing is sent."""

    @property
    def statement_s(self) -> float:
        """Seconds after which the source itself ends a statement; within `deadline_s`."""
        return self.statement_timeout_s or 0.9 * self.deadline_s


@dataclass(frozen=True, slots=True, repr=False)
class SourcePlace:
    """One database, service or folder of a department. Its `repr` shows no url."""

    department: str
    name: str
    """Of the mapping's `sources`; "" where the department has only one."""
    file: str
    line: int
    kind: str
    """A key of `connectors.kinds.KINDS`."""
    url: str
    records: Mapping[str, RecordPlace]
    encoding: str = "utf-8"
    """Of the source's text, where the source itself does not tell or tells wrongly."""
    guards: GuardsPlace = GuardsPlace()
    stale_after: int | None = None
    """Days after which what the source vouches for is stale; None: never."""
    options: object = None
    """What the keys of this kind alone say; read and understood by the kind."""

    def __repr__(self) -> str:
        return f"SourcePlace({self.department}{'.' + self.name if self.name else ''})"


@dataclass(frozen=True, slots=True)
class DepartmentPlace:
    """One mapping file."""

    department: str
    file: str
    line: int
    approver: str
    valid_until: str
    sources: tuple[SourcePlace, ...]
    """At least one, in the order of the file."""


Mappings = Mapping[str, DepartmentPlace]
"""By department code."""
