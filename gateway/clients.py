"""The file with which a register begins: organisations and their clients, as YAML.

    organisations:
      bank-a: {kind: bank, title: Bank A, licence: {number: …, valid_until: …}, agreement: {…}}
    clients:
      bank-system: {organisation: bank-a, roles: [bank-system], title: "Bank A, loan system"}

What each field means is said in `exchange.organisation` and `exchange.client`. Once somebody is registered the store
is the truth, and the file is not read again (docs/decisions/0009).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import msgspec
import yaml

from exchange.client import Client, Words
from exchange.naming import identifies
from exchange.organisation import Organisation


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisations: dict[str, Organisation]
    clients: dict[str, Client]


class ClientsFaulty(Exception):
    """The clients file cannot be used; `faults` says why."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Clients:
    """What the file says, by id. An unknown one is simply not there."""

    def __init__(
        self, organisations: Mapping[str, Organisation], clients: Mapping[str, Client], digest: str = ""
    ) -> None:
        """`digest`: SHA-256 of the file, hexadecimal."""
        self.organisations = dict(organisations)
        self.clients = dict(clients)
        self.digest = digest

    @classmethod
    def read(cls, path: Path, words: Words) -> Self:
        """Raises ClientsFaulty with every fault: what is no text, unknown words, clients of nobody."""
        try:
            content = path.read_bytes()
            file = msgspec.convert(yaml.safe_load(content.decode("utf-8")), _File)
        except OSError as error:
            raise ClientsFaulty((f"{path}: cannot be read ({type(error).__name__}).",)) from None
        except (yaml.YAMLError, ValueError) as error:
            raise ClientsFaulty((f"{path}: {' '.join(str(error).split())}.",)) from None
        if faults := tuple(f"{path}: {fault}" for fault in _faults(file, words)):
            raise ClientsFaulty(faults)
        return cls(file.organisations, file.clients, hashlib.sha256(content).hexdigest())

    def find(self, id: str) -> Client | None:
        return self.clients.get(id)

    def __iter__(self) -> Iterator[tuple[str, Client]]:
        return iter(self.clients.items())


def _faults(file: _File, words: Words) -> Iterator[str]:
    for kind, contents in (("organisation", file.organisations), ("client", file.clients)):
        for id in contents:
            if not identifies(id):
                yield f"a {kind} has an id that is not of small letters, digits and '-', or bears an id number."
    for id, organisation in file.organisations.items():
        for field in organisation.faults():
            yield f"organisation '{id}': {field} cannot stand in the register."
    for id, client in file.clients.items():
        for field in client.faults(words):
            yield f"client '{id}': {field} cannot stand in the register, or names what the policies do not know."
        if client.organisation not in file.organisations:
            yield f"client '{id}': its organisation is not in the file."
        elif not file.organisations[client.organisation].admits(client.roles):
            yield f"client '{id}': a role is none of its organisation's kind."
