"""The registered clients: which organisation each belongs to, in which roles it may ask, and its own attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import msgspec
import yaml

from exchange.quota import Limits


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One registration. What stands here is never taken from a token."""

    organisation: str
    roles: tuple[str, ...]
    title: str
    title_zh: str = ""
    attributes: dict[str, str] = {}
    """What row conditions compare with: `institution`, `provider`, `department`."""
    districts: tuple[str, ...] = ()
    """Divisions that the client may ask about (GB/T 2260); empty = all."""
    limits: Limits = Limits()
    active: bool = True
    licensed_until: date | None = None
    """Last day of the client's licence or agreement (征信业管理条例 arts 6, 7); None = needs none."""

    bound_tokens: bool = False
    """Whether only tokens that are bound to a client certificate are accepted (RFC 8705)."""

    def serves_on(self, day: date) -> bool:
        return self.active and (self.licensed_until is None or day <= self.licensed_until)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clients: dict[str, Client]


class ClientsFaulty(Exception):
    """The clients file cannot be used; `faults` says why."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Clients:
    """By client id. An unknown one is simply not there."""

    def __init__(self, clients: Mapping[str, Client]) -> None:
        self._clients = dict(clients)

    @classmethod
    def read(cls, path: Path, roles: frozenset[str]) -> Clients:
        """Raises ClientsFaulty, also where a client has a role that the policies do not know."""
        try:
            file = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), _File)
        except OSError as error:
            raise ClientsFaulty((f"{path}: cannot be read ({type(error).__name__}).",)) from None
        except (yaml.YAMLError, ValueError) as error:
            raise ClientsFaulty((f"{path}: {' '.join(str(error).split())}.",)) from None
        faults = [
            f"{path}: client '{id}' has role '{role}', which the policies do not know."
            for id, client in file.clients.items()
            for role in client.roles
            if role not in roles
        ]
        if faults:
            raise ClientsFaulty(tuple(faults))
        return cls(file.clients)

    def find(self, id: str) -> Client | None:
        return self._clients.get(id)

    def __iter__(self) -> Iterator[tuple[str, Client]]:
        return iter(self._clients.items())
