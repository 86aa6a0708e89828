"""A process that stops in the middle: `python holding.py <url>` says `held` with its entry written, before COMMIT."""

from __future__ import annotations

import asyncio
import sys
import time

from exchange.store.database import Database
from exchange.store.log import Log
from tests.faults.sealing import disclosure


async def main(url: str) -> None:
    database = await Database.open(url)
    kind = type(await database.connect())

    async def commit(connection: object) -> None:
        print("held", flush=True)
        time.sleep(60)  # noqa: ASYNC251

    kind.commit = commit  # type: ignore[method-assign]
    await Log(database, budget_s=60).seal([disclosure()], None)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
