"""Where the demo's ten department databases stand: files, a server that is there, or one of the demo's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from connectors.sql.line import line_fault
from gateway.demo.cluster import cluster
from gateway.demo.mariadb_server import mariadb_server

OWN: Mapping[str, Callable[[], AbstractContextManager[str]]] = {"postgresql": cluster, "mariadb": mariadb_server}
"""Servers that the demo starts by itself, and that are gone when it stops."""
_SCHEMES = ("postgresql://", "mariadb://")


def database_fault(database: str) -> str | None:
    """Why this names no place for the databases, without repeating it."""
    if database in OWN:
        return None
    if not database.startswith(_SCHEMES):
        return f"takes {' or '.join(OWN)}, or the URL of such a server: {_SCHEMES[0]}user@host:port"
    return line_fault(database)


@contextmanager
def served(database: str | None) -> Iterator[str | None]:
    """The url of the server, or None for files. Raises PostgresMissing, MariaDbMissing, or RuntimeError where a server
    of one's own does not start."""
    if database is not None and database in OWN:
        with OWN[database]() as url:
            yield url
    else:
        yield database
