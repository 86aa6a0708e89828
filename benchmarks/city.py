"""The city that is asked about: loaded once, kept between runs, and found again as long as it would be the same."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

import asyncpg

from benchmarks.consents import add_consents
from benchmarks.indexes import indexes
from benchmarks.workloads import CATALOGUE
from connectors.mapping import DEPARTMENTS, read
from connectors.place import SourcePlace
from exchange.retention import civil_day
from exchange.store.schema import upgrade
from gateway.demo import city as demo
from gateway.demo import load
from gateway.demo.cluster import PostgresServer, kept
from gateway.demo.start import name_sources, prepare
from gateway.settings import load as load_settings

CACHE = Path(tempfile.gettempdir()) / f"gateway-benchmarks-{os.getuid()}"
"""Not in a home: PostgreSQL refuses to run as root, and another user must reach what it holds."""
STORES = ("sqlite", "postgresql")
_SERVER = {"max_connections": "500", "shared_buffers": "256MB"}
"""Several servers keep eight connections to each of ten databases."""
_STORE = "benchmarks_store"
_NOT_LIVES = ("cluster", "database", "disputes", "drops", "faults", "issuer", "load_mariadb", "mariadb_server")
_NOR_THESE = ("oauth", "picker", "secrets", "service", "start", "tour")
"""Modules of the demo that do not tell what its people's lives are: a change of them loads no other city."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Loaded:
    """A city ready to be served. Its store is a copy, gone afterwards: every run begins alike."""

    database: str
    people: int
    day: date
    """As of which it was made."""
    data: Path
    """The gateway's data folder."""
    store: str
    """Url."""
    postgres: PostgresServer | None

    def places(self) -> dict[str, SourcePlace]:
        """Where each department keeps what."""
        environ = load_settings({}, data=self.data).settings.environment({})
        return {code: each.sources[0] for code, each in read(DEPARTMENTS, CATALOGUE, environ, self.day).items()}


@contextmanager
def loaded(
    database: str, people: int, store: str, progress: Progress | None = None, cache: Path = CACHE
) -> Iterator[Loaded]:
    """`database`: PostgreSQL or SQLite; `store`: one of STORES. Waits while another run has the same city."""
    folder = cache / f"{database.lower()}-{people}-{_shape()}"
    folder.mkdir(parents=True, exist_ok=True)
    _forget_others(folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if database == "SQLite":
            with _copied(_prepared(folder, people, "sqlite", None, progress)) as found:
                yield found
            return
        with (
            kept(folder / "postgres", **_SERVER) as server,
            _copied(_prepared(folder, people, store, server, progress)) as found,
        ):
            yield found


def _forget_others(folder: Path) -> None:
    """Cities of so many people that the demo made before it was changed, unless a run has them."""
    for other in folder.parent.glob(f"{folder.name.rpartition('-')[0]}-*"):
        if other != folder and (other / "lock").exists():
            with (other / "lock").open("w") as lock, suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(other, ignore_errors=True)


def _shape() -> str:
    """Of what the demo makes of the same number of people."""
    folder = Path(demo.__file__).parent
    files = [path for path in sorted(folder.rglob("*.py")) if path.stem not in (*_NOT_LIVES, *_NOR_THESE)]
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _prepared(
    folder: Path, people: int, store: str, server: PostgresServer | None, progress: Progress | None
) -> Loaded:
    """A kept city is as of the day of its load: it is not made anew each morning."""
    data, marker = folder / "data", folder / "city.json"
    day = civil_day(datetime.now(UTC))
    stores: list[str] = []
    if marker.exists():
        known = json.loads(marker.read_text("utf-8"))
        day, stores = date.fromisoformat(known["day"]), known["stores"]
    server_url = server.url if server else None
    store_url = f"{server_url}/{_STORE}" if server_url and store == "postgresql" else f"sqlite:///{folder / 'store.db'}"
    urls = load.server_urls(server_url) if server_url else load.folder_urls(data / "departments")
    found = Loaded("PostgreSQL" if server else "SQLite", people, day, data, store_url, server)
    if store in stores:
        name_sources(data, demo.City(people, demo.SEED, day, urls))
        asyncio.run(upgrade(store_url))
        return found
    if server_url and store == "postgresql":
        asyncio.run(_executed(f"{server_url}/postgres", f"DROP DATABASE IF EXISTS {_STORE}"))
        asyncio.run(_executed(f"{server_url}/postgres", f"CREATE DATABASE {_STORE}"))
    at = datetime.combine(day, time(4), UTC)
    prepare(data, people=people, database=server_url, at=at, store=store_url, progress=progress)
    asyncio.run(add_consents(load_settings({}, data=data).settings, store_url, people, day))
    if server_url:
        for department, statement in indexes(found.places()):
            asyncio.run(_executed(urls[department], statement, "ANALYZE"))
    marker.write_text(json.dumps({"day": day.isoformat(), "stores": [*stores, store]}), "utf-8")
    return found


@contextmanager
def _copied(city: Loaded) -> Iterator[Loaded]:
    name = f"run_{token_hex(6)}"
    if city.postgres and city.store.startswith("postgresql"):
        admin = f"{city.postgres.url}/postgres"
        asyncio.run(_executed(admin, f"CREATE DATABASE {name} TEMPLATE {_STORE}"))
        try:
            yield _with_store(city, f"{city.postgres.url}/{name}")
        finally:
            asyncio.run(_executed(admin, f"DROP DATABASE {name} WITH (FORCE)"))
        return
    with tempfile.TemporaryDirectory(prefix="gateway-bench-store-") as folder:
        path = Path(folder) / "store.db"
        with (
            closing(sqlite3.connect(city.store.removeprefix("sqlite:///"))) as kept_store,
            closing(sqlite3.connect(path)) as copy,
        ):
            kept_store.backup(copy)
        yield _with_store(city, f"sqlite:///{path}")


def _with_store(city: Loaded, store: str) -> Loaded:
    return Loaded(city.database, city.people, city.day, city.data, store, city.postgres)


async def _executed(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
