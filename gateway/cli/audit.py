"""`gateway audit`: the sealed log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

import orjson
from cyclopts import App, Parameter

from exchange.audit import START, Head
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.cli.where import FAULTY, HERE, UNABLE, USAGE, Where, ended, faults_shown

app = App(name="audit", help="The sealed log: every disclosure and every refusal.")


@app.command(name="list")
def show(*, json: bool = False, where: Where = HERE) -> None:
    """List the entries, oldest first, one a line. Also while a gateway runs.

    Parameters
    ----------
    json
        Canonical JSON, one entry a line, and nothing else.
    """
    with _log(where) as log:
        asyncio.run(_print_json(log) if json else _print_lines(log))


@app.command
def verify(
    *,
    head: Annotated[
        str | None,
        Parameter(help="A head noted elsewhere, SEQUENCE:HASH, which the log must still hold: a cut-off end shows."),
    ] = None,
    where: Where = HERE,
) -> None:
    """Recompute the chain from the first entry to the last; exit 1 if an entry is edited, missing or out of order."""
    known = START if head is None else _head(head)
    with _log(where) as log:
        verdict = log.verify(known)
    if verdict.fault is not None:
        ended(FAULTY, f"The log is not whole: {verdict.fault.value} at entry {verdict.at}.")
    print(f"{verdict.head.sequence} entries, whole; head {verdict.head.sequence}:{verdict.head.hash}")


def _head(text: str) -> Head:
    sequence, _, hash_ = text.partition(":")
    if not sequence.isdecimal() or not re.fullmatch("[0-9a-f]{64}", hash_):
        ended(USAGE, "--head takes SEQUENCE:HASH, as 'gateway audit verify' prints it.")
    return Head(int(sequence), hash_)


@contextmanager
def _log(where: Where) -> Iterator[Log]:
    settings = where.settings()
    path = settings.store_url.removeprefix("sqlite:///")
    with faults_shown():
        try:
            open(path, "rb").close()
        except OSError:
            ended(UNABLE, f"There is no store at {path}: start 'gateway demo' first, or name its folder with --data.")
        database = Database.open(settings.store_url)
        log = Log(database)
        try:
            yield log
        finally:
            log.close()
            database.close()


async def _entries(log: Log) -> AsyncIterator[bytes]:
    after = 0
    while entries := await log.entries(after):
        for entry in entries:
            yield entry
        after += len(entries)


async def _print_json(log: Log) -> None:
    async for entry in _entries(log):
        print(entry.decode())


def _released(items: dict[str, dict[str, str]]) -> int:
    return sum(item["treatment"] != "WITHHELD" for item in items.values())


async def _print_lines(log: Log) -> None:
    async for text in _entries(log):
        entry = orjson.loads(text)
        ground = entry["ground"]["consent"] or entry["ground"]["kind"]
        outcome = entry["code"] or f"disclosed {_released(entry['items'])} of {len(entry['items'])}"
        asked = (entry["client"], entry["operator"], entry["purpose"], ground, outcome)
        print(f"{entry['sequence']:>6}  {entry['time'][:19]}Z ", "  ".join(word or "–" for word in asked))
