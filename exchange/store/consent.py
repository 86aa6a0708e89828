"""Where consents are kept. What they mean is said in `exchange.consent`; `exchange.store.log` consumes them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from exchange.audit import stamp
from exchange.consent import Consent, ConsentState
from exchange.refusals import ConsentUnknown
from exchange.store.database import Database

COLUMNS = "id, person, organisation, purpose, valid_from, valid_until, items, written_items, single_use, state"
"""In the order that `consent_of` reads."""


def consent_of(row: Sequence[Any]) -> Consent:
    """A row of COLUMNS as the word that it stores."""
    items, written_items = row[6], row[7]
    return Consent(
        id=row[0],
        person=row[1],
        organisation=row[2],
        purpose=row[3],
        valid_from=datetime.fromisoformat(row[4]),
        valid_until=datetime.fromisoformat(row[5]),
        items=None if items is None else frozenset(json.loads(items)),
        written_items=frozenset(json.loads(written_items)),
        single_use=bool(row[8]),
        state=ConsentState(row[9]),
    )


class Consents:
    """Reads are a few microseconds and happen on the event loop; writes happen in a thread. No result is cached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def named(self, id: str) -> Consent | None:
        """Raises StoreUnavailable, as every method does."""
        rows = self._database.read(f"SELECT {COLUMNS} FROM consent WHERE id = ?", (_storable(id),))  # noqa: S608
        return consent_of(rows[0]) if rows else None

    async def of(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]:
        """All consents, of any state, for each of the people (keyed digests), in one query."""
        found: dict[str, list[Consent]] = {person: [] for person in people}
        rows = self._database.read(
            f"SELECT {COLUMNS} FROM consent WHERE person IN (SELECT value FROM json_each(?))"  # noqa: S608
            " AND organisation = ? AND purpose = ? ORDER BY id",
            (json.dumps(list(people)), organisation, purpose),
        )
        for row in rows:
            consent = consent_of(row)
            found[consent.person].append(consent)
        return found

    async def add(self, consents: Iterable[Consent]) -> int:
        """Keep them, all or none; how many were new. One whose id is there already stays as it is, used or revoked."""
        rows = [_row(consent) for consent in consents]
        return await asyncio.to_thread(self._add, rows)

    async def revoke(self, id: str, at: datetime) -> None:
        """From the next seal on, in every process. Raises ConsentUnknown."""
        await asyncio.to_thread(self._revoke, _storable(id), stamp(at))

    def _add(self, rows: list[tuple[Any, ...]]) -> int:
        with self._database.write() as connection:
            before = connection.total_changes
            connection.executemany(
                f"INSERT INTO consent ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING",  # noqa: S608
                rows,
            )
            return connection.total_changes - before

    def _revoke(self, id: str, at: str) -> None:
        with self._database.write() as connection:
            known = connection.execute(
                "UPDATE consent SET state = 'revoked', revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (at, id)
            ).rowcount
        if not known:
            raise ConsentUnknown()


def _row(consent: Consent) -> tuple[Any, ...]:
    return (
        consent.id,
        consent.person,
        consent.organisation,
        consent.purpose,
        stamp(consent.valid_from),
        stamp(consent.valid_until),
        None if consent.items is None else json.dumps(sorted(consent.items)),
        json.dumps(sorted(consent.written_items)),
        int(consent.single_use),
        consent.state.value,
    )


def _storable(id: str) -> str:
    """SQLite takes no lone surrogates; no id has one."""
    return id.encode("utf-8", "replace").decode()
