"""The store as somebody may make it who owns its tables: without the fences that keep the log as it is."""

from __future__ import annotations

from exchange.store.database import Tx
from exchange.store.sqlite import SqliteConnection


async def unfenced(tx: Tx) -> None:
    if isinstance(tx, SqliteConnection):
        for (name,) in await tx.run("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            await tx.run(f"DROP TRIGGER {name}")
    else:
        sql = "SELECT tgname::text, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        for name, table in await tx.run(sql):
            await tx.run(f"DROP TRIGGER {name} ON {table}")
