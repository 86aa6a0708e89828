"""Absence is told on the stroke, so that how long it took does not tell why (docs/decisions/0012)."""

from __future__ import annotations

import asyncio


def left(took_s: float, step_s: float) -> float:
    """Seconds until the next whole step; a step of 0 waits for nothing."""
    return step_s - took_s % step_s if step_s else 0.0


async def until_next_step(began: float, step_s: float) -> None:
    """`began`: the event loop's time at which the departments were asked."""
    await asyncio.sleep(left(asyncio.get_running_loop().time() - began, step_s))
