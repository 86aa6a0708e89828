"""Where the log's index is kept. What it holds is said in `exchange.index`.

Every statement that reads goes by an index of a table; none passes over the log (tests/exchange/store/test_index.py
shows the plans).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from exchange.audit import Event
from exchange.index import Finding, rows_of
from exchange.sought import Sought
from exchange.store.database import Database, Insert, Row
from exchange.written import Written

_PAGE = 500
_KNOWN = 4096
_INDEX = Insert(
    "log_index",
    (
        ("sequence", "bigint"),
        *((name, "text") for name in ("at", "event", "code", "organisation", "client", "role", "purpose", "decided")),
    ),
)
_EXPOSED = Insert(
    "log_exposed",
    (("client", "text"), ("person", "text"), ("at", "text"), ("sequence", "bigint"), ("decided", "text")),
)
_DECIDED = Insert(
    "log_decided",
    (("decided", "text"), ("item", "text"), ("treatment", "text"), ("rule", "text"), ("delivered", "bigint")),
    "ON CONFLICT DO NOTHING",
)


class Known:
    """What was decided in earlier transactions and needs not be written again."""

    def __init__(self) -> None:
        self._digests: set[str] = set()
        self._written: set[str] = set()

    def rows(self, entries: Sequence[Written]) -> list[tuple[Insert, Sequence[Row]]]:
        """The index of entries that one transaction appends."""
        self._written = set()
        people, decisions = [], []
        for entry in entries:
            people += entry.exposed
            digest = entry.index.decided
            if digest and digest not in self._digests and digest not in self._written:
                self._written.add(digest)
                decisions += entry.findings()
        return [(_INDEX, [entry.index for entry in entries]), (_EXPOSED, people), (_DECIDED, decisions)]

    def committed(self) -> None:
        """What was just written stands."""
        if len(self._digests) > _KNOWN:
            self._digests = set()
        self._digests |= self._written


class Place(NamedTuple):
    """Where a page ended."""

    at: str
    sequence: int


class Found(NamedTuple):
    place: Place
    entry: bytes


@dataclass(frozen=True, slots=True)
class ItemExposure:
    item: str
    treatment: str
    count: int
    """Disclosures in which it was released …"""
    delivered: int
    """… and of them those in which its department had something to give."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What of one person left through a client within a time."""

    person: str
    """Keyed digest."""
    count: int
    """Disclosures."""
    first: str
    last: str
    items: list[ItemExposure] = field(default_factory=list)


class Index:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, sought: Sought, most: int, after: Place | None = None) -> list[Found]:
        """Newest first: by the time of the ask, then by the place in the log."""
        where, values = conditions(sought)
        if after is not None:
            where.append("(i.at, i.sequence) < (?, ?)")
            values += after
        rows = await self._database.read(statement(where), [*values, most])
        return [Found(Place(at, sequence), entry) for at, sequence, entry in rows]

    async def named(self, id: str) -> bytes | None:
        """One entry by its id; None for one that is not there, or is archived."""
        rows = await self._database.read("SELECT entry FROM log WHERE id = ?", (id,))
        return rows[0][0] if rows else None

    async def exposure(
        self, client: str, since: str, until: str, most: int, after: str = ""
    ) -> tuple[list[Exposure], bool]:
        """By keyed digest, from the one that follows `after`; and whether there are more."""
        rows = await self._database.read(PEOPLE, (client, after, since, until, most + 1))
        people = [row[0] for row in rows[:most]]
        items: dict[str, list[ItemExposure]] = {person: [] for person in people}
        if people:
            for person, *said in await self._database.read(ITEMS, (client, people, since, until)):
                items[person].append(ItemExposure(*said))
        return [Exposure(*row, items=items[row[0]]) for row in rows[:most]], len(rows) > most

    async def exposed(self, client: str, since: str, until: str) -> tuple[int, int]:
        """How many people, in how many disclosures."""
        return (await self._database.read(TOTAL, (client, since, until)))[0]  # type: ignore[return-value]


def conditions(sought: Sought) -> tuple[list[str], list[Any]]:
    where, values = [], []
    for name in ("client", "organisation", "purpose", "role", "code", "event"):
        if (said := getattr(sought, name)) is not None:
            where.append(f"i.{name} = ?")
            values.append(said)
    for name in ("rule", "item"):
        if (said := getattr(sought, name)) is not None:
            where.append(f"i.decided IN (SELECT decided FROM log_decided WHERE {name} = ?)")  # noqa: S608
            values.append(said)
    for name, sign in (("since", ">="), ("until", "<")):
        if (said := getattr(sought, name)) is not None:
            where.append(f"i.at {sign} ?")
            values.append(said)
    return where, values


def statement(where: Sequence[str]) -> str:
    """The page is found in the index alone; only its entries are read from the log."""
    which = f" WHERE {' AND '.join(where)}" if where else ""
    page = f"SELECT i.at, i.sequence FROM log_index AS i{which} ORDER BY i.at DESC, i.sequence DESC LIMIT ?"  # noqa: S608
    return (
        f"SELECT page.at, page.sequence, log.entry FROM ({page}) AS page"  # noqa: S608
        " JOIN log ON log.sequence = page.sequence ORDER BY page.at DESC, page.sequence DESC"
    )


PEOPLE = (
    "SELECT person, count(*), min(at), max(at) FROM log_exposed"
    " WHERE client = ? AND person > ? AND at >= ? AND at < ? GROUP BY person ORDER BY person LIMIT ?"
)
ITEMS = (
    "SELECT e.person, d.item, d.treatment, count(*), sum(d.delivered)"
    " FROM log_exposed AS e JOIN log_decided AS d ON d.decided = e.decided"
    " WHERE e.client = ? AND e.person IN ?* AND e.at >= ? AND e.at < ? AND d.treatment <> 'WITHHELD'"
    " GROUP BY e.person, d.item, d.treatment ORDER BY e.person, d.item, d.treatment"
)
TOTAL = "SELECT count(DISTINCT person), count(*) FROM log_exposed WHERE client = ? AND at >= ? AND at < ?"


async def broken(database: Database, until: int) -> int | None:
    """Sequence of an entry, up to `until`, that the index tells otherwise, or not at all; 0 for one that it adds.

    Raises StoreUnavailable.
    """
    after, people, sound = 0, 0, set[str]()
    sql = (
        "SELECT log.sequence, log.entry, i.sequence, i.at, i.event, i.code, i.organisation, i.client, i.role,"
        " i.purpose, i.decided FROM log LEFT JOIN log_index AS i ON i.sequence = log.sequence"
        " WHERE log.sequence > ? AND log.sequence <= ? ORDER BY log.sequence LIMIT ?"
    )
    while rows := await database.read(sql, (after, until, _PAGE)):
        for sequence, text, *found in rows:
            made = rows_of(text)
            if made is None or tuple(found) != made.index:
                return sequence
            people += len(made.exposed)
            digest = made.index.decided
            if digest and digest not in sound:
                if not await _stands(database, digest, made.findings):
                    return sequence
                sound.add(digest)
        after = rows[-1][0]
    strange = await database.read(_STRANGE, (until, Event.DISCLOSURE.value))
    if strange:
        return strange[0][0]
    [(kept,)] = await database.read("SELECT count(*) FROM log_exposed WHERE sequence <= ?", (until,))
    [(more,)] = await database.read(
        "SELECT count(*) FROM log_index AS i WHERE NOT EXISTS (SELECT 1 FROM log WHERE log.sequence = i.sequence)"
    )
    return None if (kept, more) == (people, 0) else 0


_STRANGE = (
    "SELECT e.sequence FROM log_exposed AS e LEFT JOIN log_index AS i ON i.sequence = e.sequence"
    " LEFT JOIN log_person AS p ON p.person = e.person AND p.sequence = e.sequence"
    " WHERE e.sequence <= ? AND (i.sequence IS NULL OR p.person IS NULL OR i.event <> ? OR i.client <> e.client"
    " OR i.at <> e.at OR i.decided <> e.decided) LIMIT 1"
)


async def _stands(database: Database, digest: str, findings: list[Finding]) -> bool:
    rows = await database.read(
        "SELECT decided, item, treatment, rule, delivered FROM log_decided WHERE decided = ? ORDER BY item", (digest,)
    )
    return sorted(rows) == findings
