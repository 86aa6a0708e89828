"""`gateway audit replay`: the decisions of sealed entries, derived again under what decided then."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress

from exchange.audit import stamp
from exchange.store.archive import Archive
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.app import now
from gateway.cli.where import FAULTY, HERE, UNABLE, USAGE, Where, ended, faults_shown, store
from gateway.replaying import Replaying
from policies.replay import Outcome, Replayed

_DAYS = re.compile(r"(\d{1,5})d")


def replay(
    id: str | None = None,
    /,
    *,
    since: Annotated[str | None, Parameter(help="From this day or time on, or 30d: the last thirty days.")] = None,
    until: Annotated[str | None, Parameter(help="Before this day or time.")] = None,
    all: Annotated[bool, Parameter(help="Every entry.", negative="")] = False,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object an entry, and nothing else.")] = False,
    where: Where = HERE,
) -> None:
    """Derive the decisions of entries again, under the policies, the standard and the consent of their time.

    Exit codes: 0 all are equal; 1 some entry differs, and each difference is named; 3 of some entry it cannot be told,
    because what decided then is not kept or was changed since; 2 usage.

    Parameters
    ----------
    id
        The disclosure's id, as in the answer.
    """
    if (id is not None) + bool(since or until) + all != 1:
        ended(USAGE, "Name one entry by its id, a time with --since or --until, or --all.")
    first, last = instant(since), instant(until)
    counts = asyncio.run(_replayed(where, id, first, last, json_))
    if id is not None and not counts:
        ended(UNABLE, asyncio.run(_missing(where, id)))
    if not json_:
        print(", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome))
    if counts[Outcome.DIFFERENT]:
        raise SystemExit(FAULTY)
    if counts[Outcome.UNKNOWN]:
        raise SystemExit(UNABLE)


def instant(text: str | None) -> str | None:
    """A day, a time with its zone (UTC where it has none) or `30d`, as entries write times."""
    if text is None:
        return None
    if days := _DAYS.fullmatch(text):
        return stamp(now() - timedelta(days=int(days[1])))
    try:
        at = datetime.fromisoformat(text)
        return stamp(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        ended(USAGE, "A time is a day (2026-11-24), a time (2026-11-24T06:00:00Z), or days back (30d).")


async def entries(log: Log, since: str | None, until: str | None) -> AsyncIterator[dict[str, Any]]:
    """Those of asks between these times, in the log's order; with a bar where somebody looks on."""
    head = await log.head()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("entries", total=head.sequence)
        async for text in log.pages(head.sequence):
            entry = orjson.loads(text)
            bar.update(task, completed=entry["sequence"])
            if (since is None or entry["time"] >= since) and (until is None or entry["time"] < until):
                yield entry


async def _replayed(
    where: Where, id: str | None, since: str | None, until: str | None, json_: bool
) -> Counter[Outcome]:
    counts: Counter[Outcome] = Counter()
    with faults_shown():
        async with store(where.settings()) as database:
            log = Log(database)
            try:
                async for entry, found in _each(database, log, id, since, until):
                    counts[found.outcome] += 1
                    _show(entry, found, json_, named=id is not None)
            finally:
                log.close()
    return counts


async def _missing(where: Where, id: str) -> str:
    with faults_shown():
        async with store(where.settings()) as database:
            archive = Archive(database)
            place = await archive.place(id)
            held = None if place is None else await archive.holding(place)
    return f"The entry is archived, in {held.name}." if held else "No entry has this id."


async def _each(
    database: Database, log: Log, id: str | None, since: str | None, until: str | None
) -> AsyncIterator[tuple[dict[str, Any], Replayed]]:
    replaying = Replaying(database)
    if id is not None:
        if text := await log.find(id):
            entry = orjson.loads(text)
            yield entry, await replaying.of(entry)
        return
    async for entry in entries(log, since, until):
        yield entry, await replaying.of(entry)


def _show(entry: dict[str, Any], found: Replayed, json_: bool, named: bool) -> None:
    """Of many entries only those are shown that are not as they should be."""
    if json_:
        told = {"sequence": entry["sequence"], "id": entry["id"], "policy": entry["policy"], **asdict(found)}
        print(json.dumps(told, ensure_ascii=False))
        return
    if not named and found.outcome in (Outcome.EQUAL, Outcome.UNDECIDED):
        return
    why = f": {found.why}" if found.why else ""
    print(f"{entry['sequence']:>6}  {entry['id']}  policy {entry['policy'] or '–'}  {found.outcome.value}{why}")
    for one in found.differences:
        print(f"        {one.subject} {one.word}: sealed {one.sealed or '–'}, derived {one.derived or '–'}")
