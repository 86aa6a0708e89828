"""The accepted issuers of tokens: one of the settings, or several of a file."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml

from gateway.jwks import ALGORITHMS, KeysFaulty
from gateway.keyring import Keyring, Keys
from gateway.keysource import KeyFile, Published, SourceFailed, permitted
from gateway.settings import Settings

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_EVERY = "*"


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One issuer of the file."""

    iss: str
    audience: str
    jwks: str
    """A file, or an https URL."""
    ca: str | None = None
    """Authorities that may vouch for the server of the URL; none = the system's."""
    algorithms: frozenset[str] = ALGORITHMS
    clients: frozenset[str]
    """Client ids that it may name; `*` = every one."""
    roles: frozenset[str] = frozenset({_EVERY})

    @property
    def published(self) -> bool:
        return "://" in self.jwks

    def faults(self) -> list[str]:
        found = []
        if not self.iss or not self.audience:
            found.append("'iss' and 'audience' may not be empty.")
        if self.published and not permitted(self.jwks):
            found.append("'jwks' must be a file or an https URL without user or fragment (http on a loopback address).")
        if not self.algorithms or self.algorithms - ALGORITHMS:
            found.append(f"'algorithms' may be {', '.join(sorted(ALGORITHMS))}.")
        if not self.clients or not self.roles:
            found.append("'clients' and 'roles' may not be empty: '*' stands for every one.")
        return found


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    issuers: dict[str, _Entry]


@dataclass(frozen=True, slots=True)
class Issuer:
    """INVARIANT: its keys verify its own tokens and no other issuer's, and it speaks for its own clients only."""

    name: str
    """For log and metrics; no address."""
    iss: str
    audience: str
    keys: Keys
    algorithms: frozenset[str] = ALGORITHMS
    clients: frozenset[str] = frozenset({_EVERY})
    roles: frozenset[str] = frozenset({_EVERY})

    def speaks_for(self, client: str, role: str) -> bool:
        return (_EVERY in self.clients or client in self.clients) and (_EVERY in self.roles or role in self.roles)


@asynccontextmanager
async def opened(
    settings: Settings, noted: Callable[[str, str], object] = lambda name, outcome: None
) -> AsyncIterator[Mapping[str, Issuer]]:
    """By `iss`, with keys that are read and go on being read.

    A faulty file of issuers or of keys stops the start (KeysFaulty). A silent URL does not: tokens of that issuer
    are refused with ISSUER_UNAVAILABLE until it does, and the others' go on.
    """
    async with AsyncExitStack() as stack:
        entries = _entries(settings)
        keyrings = [_keyring(name, entry, settings, noted, stack) for name, entry in entries.items()]
        faults = await asyncio.gather(*map(_first, entries.values(), keyrings))
        if any(faults):
            raise KeysFaulty(*(fault for each in faults for fault in each))
        for keyring in keyrings:
            await stack.enter_async_context(keyring.watching())
        yield {
            entry.iss: Issuer(name, entry.iss, entry.audience, keyring, entry.algorithms, entry.clients, entry.roles)
            for (name, entry), keyring in zip(entries.items(), keyrings, strict=True)
        }


def _entries(settings: Settings) -> Mapping[str, _Entry]:
    if settings.issuers is not None:
        return read(settings.issuers)
    return {
        "default": _Entry(
            iss=settings.issuer,
            audience=settings.audience,
            jwks=str(settings.jwks_file),
            clients=frozenset({_EVERY}),
        )
    }


def read(path: Path) -> Mapping[str, _Entry]:
    """By name. Raises KeysFaulty with every fault at once."""
    try:
        file = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), _File)
    except OSError as error:
        raise KeysFaulty(f"{path}: cannot be read ({type(error).__name__}).") from None
    except (yaml.YAMLError, ValueError) as error:
        raise KeysFaulty(f"{path}: {' '.join(str(error).split())}.") from None
    faults = [f"{path}: issuer '{name}': {fault}" for name, entry in file.issuers.items() for fault in entry.faults()]
    faults += [
        f"{path}: '{name}' is no name of an issuer: a small letter, then at most 31 of a-z, 0-9 and '-'."
        for name in file.issuers
        if not _NAME.fullmatch(name)
    ]
    counted = Counter(entry.iss for entry in file.issuers.values())
    faults += [f"{path}: two issuers have one 'iss'." for count in counted.values() if count > 1]
    if not file.issuers:
        faults.append(f"{path}: no issuer, so nobody could ask.")
    if faults:
        raise KeysFaulty(*faults)
    return file.issuers


def _keyring(
    name: str, entry: _Entry, settings: Settings, noted: Callable[[str, str], object], stack: AsyncExitStack
) -> Keyring:
    source = KeyFile(Path(entry.jwks))
    if entry.published:
        try:
            source = Published(entry.jwks, Path(entry.ca) if entry.ca else None)
        except (OSError, ssl.SSLError) as error:
            raise KeysFaulty(f"issuer '{name}': 'ca' cannot be used ({type(error).__name__}).") from None
        stack.push_async_callback(source.close)
    return Keyring(name, source, pause_s=settings.jwks_pause_s, stale_s=settings.jwks_stale_s, noted=noted)


async def _first(entry: _Entry, keyring: Keyring) -> tuple[str, ...]:
    """The first read; a URL may be silent, a file may not."""
    if entry.published:
        await keyring.attempt()
        return ()
    try:
        await keyring.read()
    except SourceFailed:
        return (f"{entry.jwks}: cannot be read.",)
    except KeysFaulty as error:
        return error.faults
    return ()
