"""A session at MariaDB or MySQL: what it is told at its start, and how it asks.

INVARIANT: a value of an ask goes to the server apart from the statement's text. MariaDB writes it into the text by
itself where it notes statements: its list of processes and its slow log then show whom was asked about. A session may
leave the slow log, and does; the general log is the server's own (docs/other-databases.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from asyncmy.connection import Connection


def settings(server: str, statement_s: float) -> tuple[str, ...]:
    """The statements that make a session compare exactly, only read, and end what takes too long.

    `server`: its version as it says it itself, `5.5.5-10.11.6-MariaDB-…` or `8.0.36`. Both families have a collation
    that tells apart all that differs, blanks at the end included, under names of their own. MySQL has it from 8.0.17
    on; it counts the time of a statement in milliseconds, and ends only those that read; its slow log is the server's.
    """
    if "mariadb" in server.lower():
        collation, own = "utf8mb4_nopad_bin", [f"max_statement_time = {statement_s:f}", "slow_query_log = OFF"]
    else:
        collation, own = "utf8mb4_0900_bin", [f"max_execution_time = {ceil(statement_s * 1000)}"]
    return (
        # The texts of the gateway's statements rest on these; the driver learns of the second and quotes by it.
        f"SET NAMES utf8mb4 COLLATE {collation}",
        "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION'",
        "SET SESSION TRANSACTION READ ONLY",
        # A TIMESTAMP is a moment: the day that it falls on is the city's. Named zones are not loaded everywhere.
        "SET SESSION time_zone = '+08:00'",
        *(f"SET SESSION {each}" for each in own),
    )


async def begin(connection: Connection, statement_s: float) -> None:
    for setting in settings(connection.get_server_info(), statement_s):
        await connection.query(setting)


async def fetch(connection: Connection, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
    """All rows. `text` has a `?` for each value.

    Prepared anew for each ask: MariaDB 10.11 refuses to execute some of ours a second time, windows over views that
    group ("Invalid use of group function"; tests/acceptance/test_kinds.py meets them).
    """
    statement = await connection.prepare(text)
    try:
        result = await statement.execute(tuple(values))
    finally:
        await statement.close()  # costs no round trip
    return list(result.rows or ())
