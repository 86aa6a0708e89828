"""A process that seals: `python sealing.py <url> <count>` prints each id once its seal is acknowledged.

It prints `ready`, and begins when it has read a line; and so again. A count of 0 is for ever.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import sys
from datetime import UTC, datetime

from exchange.consent import Ground
from exchange.disclosure import Disclosure
from exchange.requester import Requester
from exchange.store.database import Database
from exchange.store.log import Log

_AT_ONCE = 16


def disclosure() -> Disclosure:
    return Disclosure(
        id=secrets.token_hex(16),
        at=datetime.now(UTC),
        requester=Requester("bank-a", "bank-system", "op-017", "bank-system"),
        purpose="POST_LOAN",
        people=("5a" * 16,),
        ground=Ground("contract"),
    )


async def seal(log: Log, count: int) -> None:
    turns = itertools.count() if count == 0 else range(count)
    shared = iter(turns)

    async def client() -> None:
        for _ in shared:
            sealed = disclosure()
            await log.seal([sealed], None)
            print(sealed.id, flush=True)

    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))


async def main(url: str, count: int) -> None:
    database = await Database.open(url)
    log = Log(database, budget_s=10)
    print("ready", flush=True)
    for _ in sys.stdin:
        await seal(log, count)
        print("ready", flush=True)
    log.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
