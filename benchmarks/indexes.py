"""Indexes of the departments whose keys a mapping cleans: without one each ask would read their whole table.

A department of a real size has such an index; see docs/performance.md. The gateway's expression and the hand-written
one differ, so each gets its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from benchmarks.statements import key_of
from connectors.place import SourcePlace
from connectors.sql.postgres_dialect import POSTGRES
from connectors.sql.source import cleaned


def indexes(places: Mapping[str, SourcePlace]) -> Sequence[tuple[str, str]]:
    """(department, CREATE INDEX) for PostgreSQL."""
    found = []
    for code, place in places.items():
        for record in place.records.values():
            key = record.person_key
            if not key.clean or key.column is None or record.table is None:
                continue
            column = POSTGRES.readable(sa.column(key.column))
            for number, expression in enumerate((POSTGRES.inline(cleaned(column, key.clean, POSTGRES)), key_of(key))):
                name = f"bench_{record.record.lower()}_{number}"
                found.append((code, f'CREATE INDEX IF NOT EXISTS {name} ON "{record.table}" (({expression}))'))
    return found
