"""Where consents are kept. What they mean is said in `exchange.consent`; `exchange.store.log` consumes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from exchange.audit import stamp
from exchange.consent import Consent, ConsentState
from exchange.refusals import ConsentUnknown
from exchange.store.database import Database, Tx

COLUMNS = "id, person, organisation, purpose, valid_from, valid_until, items, written_items, single_use, state"
"""In the order that `consent_of` reads."""


def consent_of(row: Sequence[Any]) -> Consent:
    """A row of COLUMNS as the word that it stores."""
    items, written_items = row[6], row[7]
    return Consent(
        id=row[0],
        person=row[1],
        organisation=row[2],
        purposes=frozenset({row[3]}),
        valid_from=datetime.fromisoformat(row[4]),
        valid_until=datetime.fromisoformat(row[5]),
        items=None if items is None else frozenset(json.loads(items)),
        written_items=frozenset(json.loads(written_items)),
        single_use=bool(row[8]),
        state=ConsentState(row[9]),
    )


async def consents_named(tx: Tx, ids: Sequence[str]) -> dict[str, Consent]:
    """Those of these ids that are there, in one statement of the caller's transaction."""
    rows = await tx.run(f"SELECT {COLUMNS} FROM consent WHERE id IN ?*", (list(ids),))  # noqa: S608
    return {row[0]: consent_of(row) for row in rows}


class Consents:
    """Every method raises StoreUnavailable. No result is cached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def named(self, id: str) -> Consent | None:
        rows = await self._database.read(f"SELECT {COLUMNS} FROM consent WHERE id = ?", (id,))  # noqa: S608
        return consent_of(rows[0]) if rows else None

    async def of(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]:
        """All consents, of any state, for each of the people (keyed digests), in one query."""
        found: dict[str, list[Consent]] = {person: [] for person in people}
        rows = await self._database.read(
            f"SELECT {COLUMNS} FROM consent WHERE person IN ?*"  # noqa: S608
            " AND organisation = ? AND purpose = ? ORDER BY id",
            (list(people), organisation, purpose),
        )
        for row in rows:
            consent = consent_of(row)
            found[consent.person].append(consent)
        return found

    async def add(self, consents: Iterable[Consent]) -> int:
        """Keep them, all or none; how many were new. One whose id is there already stays as it is, used or revoked."""
        columns = len(COLUMNS.split(", "))
        marks = ", ".join("?" * columns)
        sql = f"INSERT INTO consent ({COLUMNS}) VALUES ({marks}) ON CONFLICT (id) DO NOTHING RETURNING id"  # noqa: S608
        async with self._database.write() as tx:
            return sum([len(await tx.run(sql, _row(consent))) for consent in consents])

    async def revoke(self, id: str, at: datetime) -> None:
        """From the next seal on, in every process. Raises ConsentUnknown."""
        async with self._database.write() as tx:
            known = await tx.run(
                "UPDATE consent SET state = 'revoked', revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING id",
                (stamp(at), id),
            )
            if not known:
                raise ConsentUnknown()


def _row(consent: Consent) -> tuple[Any, ...]:
    return (
        consent.id,
        consent.person,
        consent.organisation,
        *consent.purposes,
        stamp(consent.valid_from),
        stamp(consent.valid_until),
        None if consent.items is None else json.dumps(sorted(consent.items)),
        json.dumps(sorted(consent.written_items)),
        int(consent.single_use),
        consent.state.value,
    )
