"""Where answered asks wait for their outcome. The seal writes them with its entries; an act closes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange.audit import stamp
from exchange.change import Change, Statement
from exchange.decision import Treatment
from exchange.inquiry import Inquiry, Outcome
from exchange.store.database import Database, Insert, Row

ADD = Insert(
    "inquiry",
    (
        *((name, "text") for name in ("id", "organisation", "client", "purpose", "person", "reference", "at")),
        ("asked", "bigint"),
        ("released", "bigint"),
    ),
)
_COLUMNS = "id, organisation, client, purpose, person, reference, at, asked, released, outcome, used"
_MOST = 100


@dataclass(frozen=True, slots=True)
class Minimisation:
    """Counts of one client and purpose: what it asked, got and, where it told, used."""

    organisation: str
    client: str
    purpose: str
    asks: int
    asked: int
    released: int
    reported: int
    """Asks whose outcome was reported."""
    released_of_reported: int
    used: int


def row_of(inquiry: Inquiry) -> tuple[str | int, ...]:
    return (
        inquiry.id,
        inquiry.organisation,
        inquiry.client,
        inquiry.purpose,
        inquiry.person,
        inquiry.reference,
        stamp(inquiry.at),
        inquiry.asked,
        inquiry.released,
    )


def _inquiry(row: Row) -> Inquiry:
    id, organisation, client, purpose, person, reference, at, asked, released, outcome, used = row
    return Inquiry(
        id=id,
        organisation=organisation,
        client=client,
        purpose=purpose,
        person=person,
        reference=reference,
        at=datetime.fromisoformat(at),
        asked=asked,
        released=released,
        outcome=outcome and Outcome(outcome),
        used=used,
    )


class Inquiries:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def named(self, organisation: str, reference: str) -> list[Inquiry]:
        """All of one organisation under one reference, open or closed."""
        sql = f"SELECT {_COLUMNS} FROM inquiry WHERE organisation = ? AND reference = ? ORDER BY id"  # noqa: S608
        return [_inquiry(row) for row in await self._database.read(sql, (organisation, reference))]

    async def released(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The items that each disclosure released, as its sealed entry says."""
        found = {}
        for id, text in await self._database.read("SELECT id, entry FROM log WHERE id IN ?*", (list(ids),)):
            items = json.loads(text)["items"].items()
            found[id] = frozenset(key for key, said in items if Treatment(said["treatment"]).released)
        return found

    async def open(
        self, purposes: Sequence[str], until: datetime, *, organisation: str | None = None, person: str | None = None
    ) -> list[Inquiry]:
        """At most 100 without an outcome, asked before `until`, the oldest first."""
        where, given = "outcome IS NULL AND purpose IN ?* AND at < ?", [list(purposes), stamp(until)]
        for column, value in (("organisation", organisation), ("person", person)):
            if value is not None:
                where, given = f"{where} AND {column} = ?", [*given, value]
        sql = f"SELECT {_COLUMNS} FROM inquiry WHERE {where} ORDER BY at, id LIMIT {_MOST}"  # noqa: S608
        return [_inquiry(row) for row in await self._database.read(sql, given)]

    async def minimisation(self, since: datetime, organisation: str | None = None) -> list[Minimisation]:
        """By client and purpose; None = of every organisation."""
        where, given = ("at >= ?", [stamp(since)])
        if organisation is not None:
            where, given = f"{where} AND organisation = ?", [*given, organisation]
        sql = (
            "SELECT organisation, client, purpose, count(*), sum(asked), sum(released), count(outcome),"  # noqa: S608
            " sum(CASE WHEN outcome IS NULL THEN 0 ELSE released END), coalesce(sum(used), 0)"
            f" FROM inquiry WHERE {where} GROUP BY organisation, client, purpose ORDER BY organisation, client, purpose"
        )
        return [Minimisation(*row[:3], *map(int, row[3:])) for row in await self._database.read(sql, given)]


def closing(organisation: str, reference: str, outcome: Outcome, used: dict[str, int], at: datetime) -> Change:
    """What closes these inquiries, as long as they are the open ones of the reference."""
    guard = "SELECT id FROM inquiry WHERE organisation = ? AND reference = ? AND outcome IS NULL ORDER BY id"
    write = "UPDATE inquiry SET outcome = ?, used = ?, closed_at = ? WHERE id = ?"
    writes = tuple(Statement(write, (outcome.value, number, stamp(at), id)) for id, number in sorted(used.items()))
    return Change(Statement(guard, (organisation, reference)), [(id,) for id in sorted(used)], writes)
