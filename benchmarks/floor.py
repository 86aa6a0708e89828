"""The endpoint that somebody would write by hand: no GraphQL, no policy, no consent, no masks, no log.

`python -m benchmarks.floor <spec.json> <port>`; `POST /<workload>` with `{"people": ["…"]}` answers sections, lists
and rows with the departments' own values. One statement for each department, all departments at once.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Texts = Sequence[str | None]


class SqliteFiles:
    """One thread hop for a whole ask; each thread has a connection to each file."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4)
        self._own = threading.local()

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None:
        self._threads.shutdown()

    async def fetch(self, asks: Sequence[tuple[str, str]], keys: list[str]) -> list[Texts]:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._fetch, asks, json.dumps(keys))

    def _fetch(self, asks: Sequence[tuple[str, str]], keys: str) -> list[Texts]:
        return [self._connection(url).execute(statement, (keys,)).fetchone() for url, statement in asks]

    def _connection(self, url: str) -> sqlite3.Connection:
        opened = self._own.__dict__.setdefault("opened", {})
        if url not in opened:
            opened[url] = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)
        return opened[url]


class PostgresServers:
    """A pool for each database."""

    def __init__(self, urls: set[str]) -> None:
        self._urls = urls
        self._pools: dict[str, asyncpg.Pool] = {}

    async def __aenter__(self) -> None:
        for url in self._urls:
            self._pools[url] = await asyncpg.create_pool(url, min_size=1, max_size=8, server_settings={"jit": "off"})

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    async def fetch(self, asks: Sequence[tuple[str, str]], keys: list[str]) -> list[Texts]:
        return await asyncio.gather(*(self._pools[url].fetchrow(statement, keys) for url, statement in asks))


def forms(number: str) -> list[str]:
    """Both forms of an id number (GB 11643): old rows hold 15 digits."""
    return [number, number[:6] + number[8:17]] if number[6:8] == "19" else [number]


def profiles(departments: list[dict[str, Any]], answers: list[Texts], people: list[str]) -> list[dict[str, Any]]:
    """Rows → each person's sections."""
    whose = {form: number for number in people for form in forms(number)}
    found: dict[str, dict[str, Any]] = {number: {"idNumber": number} for number in people}
    for department, texts in zip(departments, answers, strict=True):
        section = department["section"]
        for profile in found.values():
            profile[section] = {record["list"]: [] if record["many"] else None for record in department["records"]}
        for record, text in zip(department["records"], texts, strict=True):
            name, many, names = record["list"], record["many"], record["names"]
            for key, *values in orjson.loads(text) if text else ():
                lists = found[whose[key]][section]
                row = dict(zip(names, values, strict=True))
                if many:
                    lists[name].append(row)
                elif lists[name] is None:
                    lists[name] = row
    return list(found.values())


def source_of(spec: dict[str, list[dict[str, Any]]]) -> PostgresServers | SqliteFiles:
    urls = {department["url"] for departments in spec.values() for department in departments}
    return PostgresServers(urls) if next(iter(urls)).startswith("postgres") else SqliteFiles()


def build(spec: dict[str, list[dict[str, Any]]]) -> Starlette:
    source = source_of(spec)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with source:
            yield

    async def answer(request: Request) -> Response:
        departments = spec[request.path_params["workload"]]
        people = orjson.loads(await request.body())["people"]
        keys = [form for number in people for form in forms(number)]
        answers = await source.fetch([(each["url"], each["statement"]) for each in departments], keys)
        content = orjson.dumps({"data": profiles(departments, answers, people)})
        return Response(content, media_type="application/json")

    async def ready(_: Request) -> Response:
        return Response(status_code=200)

    routes = [Route("/{workload}", answer, methods=["POST"]), Route("/health/ready", ready)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    app = build(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    uvicorn.run(
        app,
        port=int(sys.argv[2]),
        access_log=False,
        server_header=False,
        log_level="warning",
        loop="uvloop",
        http="httptools",
    )
