"""`gateway audit archive`: the oldest entries leave the log for segments that still verify."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from exchange.audit import stamp
from exchange.refusals import AuditUnavailable, ChangedMeanwhile
from exchange.statistics import counted_under
from exchange.store.activity import Activity
from exchange.store.log import Log
from exchange.store.register import Register
from exchange.store.statistics import Statistics
from gateway.app import now
from gateway.archiving import SEGMENT, Archiving, SegmentUnsound
from gateway.auth import names_operator
from gateway.cli.audit.log import signer_of
from gateway.cli.where import FAULTY, HERE, UNABLE, USAGE, Where, ended, engine, faults_shown, standard, store
from gateway.console import Console
from gateway.settings import Settings

_BUDGET_S = 30.0


def archive(
    path: Path,
    /,
    *,
    by: Annotated[str, Parameter(help="Your name: the act is sealed under it.")],
    before: Annotated[
        str | None, Parameter(help="Only entries of asks before this day (default: all whose time is over).")
    ] = None,
    entries: Annotated[int, Parameter(help="Entries of one segment at most.")] = SEGMENT,
    where: Where = HERE,
) -> None:
    """Move entries older than log_retention_years into segments; each is verified on the disk before it leaves the log.

    Also while a gateway runs. A segment holds what opens its commitments: keep it as secret as the store.

    Parameters
    ----------
    path
        The folder to write the segments into.
    """
    settings = where.settings()
    at = now()
    over = years_before(at, settings.log_retention_years)
    last = over if before is None else _day(before)
    if last > over:
        ended(USAGE, f"Entries stay in the log for {settings.log_retention_years} years (log_retention_years).")
    if not 0 < entries <= SEGMENT:
        ended(USAGE, f"A segment has from 1 to {SEGMENT} entries.")
    if not names_operator(by):
        ended(USAGE, "--by is your name: at most 64 letters, digits and .@-, and no id number.")
    if not path.is_dir():
        ended(UNABLE, f"{path} is no folder.")
    asyncio.run(_archived(where, settings, path, by, stamp(last), entries, at))


def years_before(at: datetime, years: int) -> datetime:
    """The same day of that year; of 29 February the day before, so that nothing leaves too early."""
    try:
        return at.replace(year=at.year - years)
    except ValueError:
        return at.replace(year=at.year - years, day=28)


def _day(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        ended(USAGE, "--before takes a day (2021-11-24) or a time.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def _archived(
    where: Where, settings: Settings, path: Path, by: str, before: str, entries: int, at: datetime
) -> None:
    signer, catalogue = signer_of(settings), standard(settings)
    policies = engine(settings, catalogue)
    with faults_shown():
        async with store(settings) as database:
            log = Log(database, budget_s=_BUDGET_S)
            console = lambda: Console(log, policies, catalogue.version, now, by)  # noqa: E731
            archiving = Archiving(log, signer, console, path, at)
            moved = 0
            try:
                await Statistics(database, Register(database), counted_under(catalogue)).make_ended(at)
                await Activity(database).catch_up()
                while made := await archiving.next(before, entries):
                    moved += made.last.sequence - made.first + 1
                    print(f"{made.name}  {made.digest}")
            except SegmentUnsound as error:
                ended(FAULTY, str(error), f"{error.verdict.fault} at {error.verdict.at}")
            except OSError as error:
                ended(UNABLE, f"{path} cannot be written ({type(error).__name__}); the log is whole.")
            except ChangedMeanwhile:
                ended(UNABLE, "Somebody else archives at the same time: run it again.")
            except AuditUnavailable as refusal:
                ended(UNABLE, refusal.message, "The log could not be written; run it again.")
            finally:
                log.close()
    print(f"{moved} entries archived")
