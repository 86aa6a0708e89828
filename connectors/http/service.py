"""What a mapping file says of an HTTP service: how to be let in, and what it can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.place import Form

Path = tuple[str, ...]
"""Where a value stands in a JSON document: `data.list` is ("data", "list")."""


@dataclass(frozen=True, slots=True, repr=False)
class Auth:
    """OAuth 2 client credentials (RFC 6749 §4.4). Its `repr` shows nothing."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Tls:
    """Files, PEM. Its `repr` shows nothing."""

    ca: str | None = None
    """Whom to believe, instead of the system's list."""
    certificate: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """How a resource is told whom it is asked for: always in the body."""

    field: Path
    forms: tuple[Form, ...]
    batch: int | None = None
    """At most so many numbers in a list; None: one number, no list."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Either `page` or `cursor`."""

    page: Path | None = None
    """Field of the body that holds the number of the page …"""
    first: int = 1
    """… which begins here."""
    size: Path | None = None
    rows: int = 200
    last: Path | None = None
    """Where the answer says whether this page is the last."""
    total: Path | None = None
    """Where the answer says how many rows there are on all pages."""
    cursor: Path | None = None
    """Where the answer gives the cursor of the next page; null or missing: there is none."""
    send: Path | None = None
    """Field of the body that holds the cursor."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that a service can be asked; to the mapping it is a table."""

    name: str
    line: int
    method: str
    """`POST` with people, or `GET` without."""
    path: str
    rows: Path
    columns: Mapping[str, Path]
    """Column → where its value stands in a row."""
    people: People | None = None
    may_lack: frozenset[str] = frozenset()
    """Columns whose field the service leaves out where it is empty."""
    paging: Paging | None = None
    fields: Path | None = None
    """Field of the body that names what is wanted of a row; None: the service always gives all."""
    success: tuple[Path, frozenset[str]] | None = None
    """Where the answer says how it went, and the words for "well"."""


@dataclass(frozen=True, slots=True)
class Service:
    resources: Mapping[str, Resource]
    """By lower-case name."""
    auth: Auth | None = None
    tls: Tls | None = None
