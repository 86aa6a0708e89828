"""How a register begins: an empty one takes over what the file of clients says, once; from then on it is the truth."""

from __future__ import annotations

from pathlib import Path

from exchange.catalogue import Catalogue
from exchange.client import Words
from exchange.refusals import ChangedMeanwhile
from exchange.store.register import Register, founding
from gateway.clients import Clients, ClientsFaulty
from gateway.console import Console
from policies.engine import Engine

STARTED = "start"
"""Who acts when the gateway does so by itself."""


def words(engine: Engine, catalogue: Catalogue) -> Words:
    """What a registration may name: as the policies and the standard in force have it."""
    return Words(engine.roles, engine.purposes, catalogue.code_lists["division_code"].values)


async def found(path: Path | None, known: Words, register: Register, console: Console) -> bool:
    """Whether the register was empty, and begins now. Raises ClientsFaulty where there is nothing to begin with."""
    if not await register.empty():
        return False
    if path is None:
        raise ClientsFaulty(
            ("clients: nobody is registered and no file of clients is set, so nobody could ask; set GATEWAY_CLIENTS.",)
        )
    file = Clients.read(path, known)
    try:
        change = founding(file.organisations, file.clients)
        await console.lay_down("CLIENT_IMPORT", "register", change, file.digest)
    except ChangedMeanwhile:
        return False  # another process began it at the same time
    return True
