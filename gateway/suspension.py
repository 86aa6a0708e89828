"""Suspension by rule: what an alarm's rule does to a client, as a sealed act of the gateway's own."""

from __future__ import annotations

from collections.abc import Callable

from exchange.alarm import Alarm
from exchange.registration import Kind, Reason
from exchange.store.registrar import Registrar
from gateway.console import Console

WATCH = "watch"
"""Who acts then, in the entry."""


class Suspension:
    """From the next request on the client is refused, in every process; to resume it takes two persons."""

    def __init__(self, registrar: Registrar, console: Callable[[], Console]) -> None:
        self._registrar = registrar
        self._console = console

    async def __call__(self, client: str, alarm: Alarm) -> None:
        """Raises what the register or the log refuses; one that is suspended already stays so."""
        await self._console().act(
            "CLIENT_SUSPEND",
            f"client:{client}",
            lambda: self._registrar.suspend(Kind.CLIENT, client, at=alarm.raised_at),
            reason=Reason.ALARM.value,
        )
