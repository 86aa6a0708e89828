"""`gateway policy replay`: sealed asks decided again under a draft of the policies; also for a merge gate."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console

from exchange.store.log import Log
from gateway.cli.audit.replay import entries, instant
from gateway.cli.policy.columns import columns
from gateway.cli.policy.diff import CHANGED, WIDENED
from gateway.cli.where import HERE, Where, engine, faults_shown, standard, store
from gateway.replaying import Replaying
from policies.rehearsal import Rehearsal, Tally


def replay(
    new: Annotated[Path, Parameter(help="Folder of the policies as they shall be.")],
    *,
    since: Annotated[str | None, Parameter(help="From this day or time on, or 30d: the last thirty days.")] = "30d",
    until: Annotated[str | None, Parameter(help="Before this day or time.")] = None,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object, and nothing else.")] = False,
    where: Where = HERE,
) -> None:
    """Decide the sealed asks of a time again under other policies: how many asks and people would differ, and in what.

    No department is asked. Exit codes, as of 'policy diff': 0 nothing would differ; 1 something would be lost or
    changed, and nothing widened; 3 something would be seen that was not; 2 usage.
    """
    settings = where.settings()
    catalogue = standard(settings)
    with faults_shown():
        rehearsal = Rehearsal(engine(settings, catalogue, new), catalogue)
        asyncio.run(_rehearsed(where, rehearsal, instant(since), instant(until)))
    if json_:
        json.dump(_as_json(rehearsal), sys.stdout, ensure_ascii=False)
        print()
    else:
        _show(rehearsal)
    sys.stdout.flush()
    raise SystemExit(WIDENED if rehearsal.widens else CHANGED if rehearsal.whole.differ else 0)


async def _rehearsed(where: Where, rehearsal: Rehearsal, since: str | None, until: str | None) -> None:
    async with store(where.settings()) as database:
        log, replaying = Log(database), Replaying(database)
        try:
            async for entry in entries(log, since, until):
                old = await replaying.restored(entry["policy"])
                consent = await replaying.consent(entry)
                rehearsal.add(entry, consent, None if isinstance(old, str) else old[0])
        finally:
            log.close()


def _as_json(found: Rehearsal) -> dict[str, Any]:
    return {
        "policy": found.draft.revision,
        "widens": found.widens,
        "unknown": found.unknown,
        **_tally(found.whole),
        "parts": [
            {"client": client, "purpose": purpose, **_tally(tally)}
            for (client, purpose), tally in sorted(found.parts.items())
            if tally.differ
        ],
        "items": [
            {"item": item, "kind": kind.value, "before": before.value, "after": after.value, "asks": asks}
            for item, counts in sorted(found.items.items())
            for (kind, before, after), asks in sorted(counts.items())
        ],
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "asks": tally.asks,
        "differ": tally.differ,
        "people": len(tally.people),
        "refused": tally.refused,
        "opened": tally.opened,
        **{kind.value: count for kind, count in sorted(tally.kinds.items())},
    }


def _show(found: Rehearsal) -> None:
    whole = found.whole
    print(f"policy {found.draft.revision}: {whole.differ} of {whole.asks} asks would differ, about {len(whole.people)}")
    if found.unknown:
        print(f"{found.unknown} more cannot be told: their consent is not kept, or is not what it was.")
    if whole.differ:
        table = columns("client", "purpose", "asks", "differ", "people", "in what")
        for (client, purpose), tally in sorted(found.parts.items()):
            if tally.differ:
                counts = (tally.asks, tally.differ, len(tally.people))
                table.add_row(client, purpose, *map(str, counts), _what(tally))
        Console().print(table)
    if found.items:
        table = columns("item", "change", "before", "after", "asks")
        for item, counts in sorted(found.items.items()):
            for (kind, before, after), asks in sorted(counts.items()):
                table.add_row(item, kind.value, before.value, after.value, str(asks))
        Console().print(table)
    print("Widened." if found.widens else "Nothing is widened." if whole.differ else "All would be as it was.")


def _what(tally: Tally) -> str:
    counts = {kind.value: count for kind, count in sorted(tally.kinds.items())}
    counts |= {"refused whole": tally.refused, "opened": tally.opened}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
