"""`python -m tools.shots [page …]`: takes the pictures of these pages, or of all."""

from __future__ import annotations

import asyncio
import sys

from tools.shots import dashboard, explorer
from tools.shots.camera import opened

PAGES = {"explorer": explorer.shoot, "dashboard": dashboard.shoot}


async def main(names: list[str]) -> None:
    async with opened() as camera:
        for name in names or PAGES:
            await PAGES[name](camera)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
