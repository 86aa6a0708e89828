"""The store's schema, as the ordered steps that led to it. A step that was published is never changed.

Times are text in UTC as `exchange.audit.stamp` writes them; persons are keyed digests; lists of items are JSON.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from exchange.store import tree

MIGRATIONS: tuple[tuple[str | Callable[[sqlite3.Connection], None], ...], ...] = (
    (
        """
        CREATE TABLE consent (
            id            TEXT PRIMARY KEY,
            person        TEXT NOT NULL,
            organisation  TEXT NOT NULL,
            purpose       TEXT NOT NULL,
            valid_from    TEXT NOT NULL,
            valid_until   TEXT NOT NULL,
            items         TEXT,
            written_items TEXT NOT NULL,
            single_use    INTEGER NOT NULL CHECK (single_use IN (0, 1)),
            state         TEXT NOT NULL CHECK (state IN ('active', 'revoked', 'consumed')),
            revoked_at    TEXT
        ) STRICT
        """,
        "CREATE INDEX consent_of ON consent (person, organisation, purpose)",
        """
        CREATE TABLE dispute (
            id         TEXT PRIMARY KEY,
            kind       TEXT NOT NULL CHECK (kind IN ('dispute', 'repair')),
            person     TEXT NOT NULL,
            record     TEXT NOT NULL,
            record_key TEXT NOT NULL,
            opened_on  TEXT NOT NULL,
            statement  TEXT,
            closed_on  TEXT
        ) STRICT
        """,
        "CREATE INDEX dispute_open ON dispute (person) WHERE closed_on IS NULL",
        """
        CREATE TABLE log (
            sequence INTEGER PRIMARY KEY,
            id       TEXT NOT NULL UNIQUE,
            entry    BLOB NOT NULL,
            hash     TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE log_person (
            person   TEXT NOT NULL,
            sequence INTEGER NOT NULL REFERENCES log (sequence),
            PRIMARY KEY (person, sequence)
        ) STRICT, WITHOUT ROWID
        """,
        # The primary key is a second fence: a single-use consent cannot be used twice, whatever the code does.
        """
        CREATE TABLE consent_use (
            consent  TEXT PRIMARY KEY REFERENCES consent (id),
            sequence INTEGER NOT NULL REFERENCES log (sequence)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TRIGGER log_keeps BEFORE UPDATE ON log
        BEGIN SELECT raise(ABORT, 'the log is only ever added to'); END
        """,
        """
        CREATE TRIGGER log_stays BEFORE DELETE ON log
        BEGIN SELECT raise(ABORT, 'the log is only ever added to'); END
        """,
        "CREATE TABLE pulse (one INTEGER PRIMARY KEY CHECK (one = 1), beat INTEGER NOT NULL) STRICT",
    ),
    (
        # The hash of the tree; chosen before the first entry, then for good.
        "CREATE TABLE log_tree (one INTEGER PRIMARY KEY CHECK (one = 1), hash TEXT NOT NULL) STRICT",
        "INSERT INTO log_tree VALUES (1, 'sha256')",
        """
        CREATE TABLE log_node (
            level    INTEGER NOT NULL,
            position INTEGER NOT NULL,
            hash     BLOB NOT NULL,
            PRIMARY KEY (level, position)
        ) STRICT, WITHOUT ROWID
        """,
        tree.build,
        """
        CREATE TRIGGER log_node_keeps BEFORE UPDATE ON log_node
        BEGIN SELECT raise(ABORT, 'the log is only ever added to'); END
        """,
        """
        CREATE TRIGGER log_node_stays BEFORE DELETE ON log_node
        BEGIN SELECT raise(ABORT, 'the log is only ever added to'); END
        """,
        # Openings of the commitments in `personal`; entries of version 1 committed nothing and have no salt.
        "ALTER TABLE log_person ADD COLUMN count INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE log_person ADD COLUMN salt BLOB NOT NULL DEFAULT x''",
        """
        UPDATE log_person SET count = numbered.count
        FROM (SELECT person, sequence, row_number() OVER (PARTITION BY person ORDER BY sequence) AS count
              FROM log_person) AS numbered
        WHERE log_person.person = numbered.person AND log_person.sequence = numbered.sequence
        """,
    ),
)
