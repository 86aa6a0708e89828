"""What departments are asked for, and what comes back: one of three outcomes, never None."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import repeat
from typing import Any, ClassVar, TypeAlias, overload

from exchange.condition import ALWAYS, Condition
from exchange.person import PersonId


class Bad(Enum):
    """A value that does not fit the standard; withheld, counted for the department, never shown."""

    VALUE = "SOURCE_DATA_INVALID"


@dataclass(frozen=True, slots=True)
class Held:
    """One of several values that a department holds of the same fact."""

    value: Value
    source: str = ""
    """Name of the source within its department; "" where it has only one."""
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Values that differ where one is meant: none of them is chosen."""

    held: tuple[Held, ...]
    """At least two, in the order of the sources."""

    code: ClassVar[str] = "SOURCE_CONFLICT"


Value: TypeAlias = "str | int | bool | Bad | Conflict | None"
"""Canonical by kind: string, code → str; date → "YYYY-MM-DD"; year_month → "YYYY-MM"; decimal → exact plain decimal
text in yuan; integer → int; boolean → bool."""


@dataclass(frozen=True, slots=True)
class Column:
    """One released item. Where `when` does not hold, the value is not read from the row at all."""

    item: str
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question about one record type. Hashable: connectors keep the compiled statement by it.

    `exists` asks only whether a row under `rows` is there; `columns` is empty then. `columns` may be empty without
    `exists`: how many rows, with their provenance and marks.
    """

    record: str
    columns: tuple[Column, ...] = ()
    rows: Condition = ALWAYS
    exists: bool = False
    order: str | None = None
    """Date item to order by, newest first, then by record key; None = by record key alone."""
    first: int | None = None
    """At most this many rows for each person."""
    marks: bool = False
    """Whether each row tells its place in the Given `disputed:<record>` (a list of record keys)."""
    _hash: int = field(init=False, repr=False, compare=False)
    """Made once: a plan asks the same questions again and again."""

    def __post_init__(self) -> None:
        parts = (self.record, self.columns, self.rows, self.exists, self.order, self.first, self.marks)
        object.__setattr__(self, "_hash", hash(parts))

    def __hash__(self) -> int:
        return self._hash


@dataclass(slots=True)
class Row:
    """Nobody changes one; that it is not frozen saves half the time of making it, and rows are made by the thousand."""

    values: tuple[Value, ...]
    """In the order of `Wanted.columns`."""
    as_of: str | None = None
    """Day for which the provider vouches for the row, ISO."""
    mark: int | None = None
    """Place in `disputed:<record>`, or None."""
    identity: str | None = None
    """Of the fact that the row tells, as a digest salted for this one fetch; None = the row stands alone."""
    sources: tuple[str, ...] = ()
    """Names of the department's sources that tell it; none where the department has only one."""
    days: tuple[str | None, ...] = ()
    """For each of `sources`, the day for which it vouches itself."""

    def vouched(self, source: str) -> str | None:
        """The day of this source's own part."""
        return dict(zip(self.sources, self.days, strict=True)).get(source) if self.days else self.as_of


Table: TypeAlias = Sequence[Mapping[str, Any]]
"""Rows as they leave, by response key."""
Write: TypeAlias = "Callable[[Block], Table | None]"
"""What makes them; None: some value is not plain."""


class Block:
    """Rows of one question about several people, column by column; no value in them is Bad or a Conflict."""

    __slots__ = ("_written", "columns", "count", "days", "identities", "marks")

    def __init__(
        self,
        count: int,
        columns: Sequence[Sequence[Value]],
        days: Sequence[str | None],
        marks: Sequence[int | None],
        identities: Sequence[str | None],
    ) -> None:
        self.count = count
        self.columns = columns
        self.days = days
        self.marks = marks
        self.identities = identities
        self._written: dict[Write, Table | None] = {}

    def rows(self, since: int, until: int) -> Iterator[Row]:
        parts = [part[since:until] for part in (self.days, self.marks, self.identities)]
        values = zip(*[column[since:until] for column in self.columns], strict=True)
        return map(Row, values if self.columns else repeat(()), *parts)

    def written(self, write: Write) -> Table | None:
        """All rows at once, and once for all whom they are about."""
        try:
            return self._written[write]
        except KeyError:
            found = self._written[write] = write(self)
            return found


class Rows(Sequence[Row]):
    """The rows of one answer, at least one, as a part of a block; a Row is made where somebody looks at it."""

    __slots__ = ("_since", "_until", "as_of", "block", "marked")

    def __init__(self, block: Block, since: int, until: int, as_of: str | None, marked: bool) -> None:
        self.block = block
        self._since = since
        self._until = until
        self.as_of = as_of
        """The latest of theirs."""
        self.marked = marked
        """Whether one of them has a mark."""

    def __len__(self) -> int:
        return self._until - self._since

    def __iter__(self) -> Iterator[Row]:
        return self.block.rows(self._since, self._until)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, at: int | slice) -> Row | tuple[Row, ...]:
        return tuple(self)[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def written(self, write: Write) -> Table | None:
        found = self.block.written(write)
        return None if found is None else found[self._since : self._until]


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The department did not answer. Never the same as absence (invariant 4)."""

    since: datetime
    why: str
    """`TIMEOUT`, `BUSY`, `UNREACHABLE`, `BREAKER_OPEN`, `MAINTENANCE`, `SHAPE_CHANGED`, `FAILED`: a code,
    no text of the department."""
    retry_after_s: int = 30


Answer: TypeAlias = Sequence[Row] | bool | Unavailable
"""Rows, or the answer to `exists`; Unavailable where a source that this question needs did not answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source of a department had to do with the answers."""

    source: str
    places: frozenset[int]
    """Of the questions that were asked of it."""
    unavailable: Unavailable | None = None
    stale_after: int | None = None
    """Days after which what it vouches for is stale."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The department answered. A person without records has empty answers: that is absence, and says so."""

    answers: Mapping[PersonId, tuple[Answer, ...]]
    """For each person, one Answer for each Wanted, in order."""
    as_of: str | None = None
    invalid: int = 0
    """How many values did not fit the standard."""
    parts: tuple[Part, ...] = ()
    """One for each source that was asked; none = one source without a name answered everything."""


Outcome: TypeAlias = Delivered | Unavailable

Givens: TypeAlias = Mapping[str, object]
"""Values for the `Given`s of the conditions; see `exchange.condition.Given`."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What `check` found of a department."""

    department: str
    reachable: bool
    faults: tuple[str, ...] = field(default=())
    """Each names file, line and what to do; no credential, host or value."""
