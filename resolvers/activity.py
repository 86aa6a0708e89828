"""How the gateway is used and how its log stands, for those who supervise: exact counts of what they may read anyway.

Counts without persons for analysts are `resolvers.statistics`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import Enum
from typing import Any

import strawberry

from exchange.refusals import GroupingInvalid, PeriodInvalid, StoreUnavailable
from exchange.store.activity import Activity, Step
from exchange.store.register import UNREGISTERED, described
from resolvers.acting import reading
from resolvers.context import Context
from resolvers.scalars import Instant

READ = "ACTIVITY_READ"
STATE = "LOG_STATE"
_MOST_DAYS = {Step.HOUR: 31, Step.DAY: 1100}
_MOST = 4
"""Dimensions in one answer."""

strawberry.enum(Step, name="ActivityStep", description="Hours or days of the city.")


@strawberry.enum(name="ActivityDimension", description="By what entries of the log can be counted.")
class Dimension(Enum):
    PERIOD = "period"
    ORGANISATION = "organisation"
    CLIENT = "client"
    CLIENT_KIND = "kind"
    DISTRICT = "district"
    ROLE = "role"
    PURPOSE = "purpose"
    EVENT = "event"
    CODE = "code"


_OF_CLIENT = (Dimension.CLIENT_KIND, Dimension.DISTRICT)


@strawberry.type(description="Entries of the log that are alike in what was asked by; the rest is null.")
class ActivityCount:
    entries: int
    period: str | None = strawberry.field(default=None, description="`2026-11-24`, or `2026-11-24T09` by hour.")
    organisation: str | None = None
    client: str | None = None
    client_kind: str | None = None
    district: str | None = strawberry.field(
        default=None, description='Division that the client asks for; "" = the whole city, or several.'
    )
    role: str | None = None
    purpose: str | None = strawberry.field(default=None, description='"" where an entry has none.')
    event: str | None = strawberry.field(default=None, description="disclosure, refusal or administration.")
    code: str | None = strawberry.field(default=None, description='Of a refusal; "" of others.')


@strawberry.type(description="The log was recomputed from first to last.")
class LogVerified:
    at: Instant
    entries: int = strawberry.field(description="How many were found whole.")
    sound: bool
    fault: str | None = strawberry.field(description="docs/audit-events.md says what each means.")
    sequence: int | None = strawberry.field(description="Where the fault is.")


@strawberry.type(description="How the log stands.")
class LogState:
    size: int = strawberry.field(description="Entries, with the archived ones.")
    checkpoint: str | None = strawberry.field(description="Size and root, signed; null where the log has no key.")
    archived: int = strawberry.field(description="Of the entries.")
    last_verified: LogVerified | None = strawberry.field(description="Null where `gateway audit verify` never ran.")


@strawberry.type
class ActivityQueries:
    @strawberry.field(
        description="Entries of the log, counted by hour or day of the city from `since` until before `until` (days, at"
        " most 31 by hour and 1100 by day). For those who supervise."
    )
    async def activity(
        self, info: strawberry.Info, since: str, until: str, by: list[Dimension], step: Step = Step.DAY
    ) -> list[ActivityCount] | None:
        context: Context = info.context
        with reading(context, READ, "activity"):
            first, last = _days(since, until, _MOST_DAYS[step])
            if len(set(by)) != len(by) or len(by) > _MOST:
                raise GroupingInvalid(rule="argument by")
            activity = _activity(context)
            await activity.counted(context.services.deadline_s)
            columns = list(dict.fromkeys("client" if each in _OF_CLIENT else each.value for each in by))
            rows = await activity.read(step, first, last, columns)
            clients = await _clients(context) if set(by) & set(_OF_CLIENT) else {}
            return _folded(by, columns, rows, clients)

    @strawberry.field(description="How the log stands: its size, signed, and when it was last verified.")
    async def log_state(self, info: strawberry.Info) -> LogState | None:
        context: Context = info.context
        with reading(context, STATE, "log"):
            evidence = context.services.evidence
            if evidence is None:
                raise StoreUnavailable()
            size, note = await evidence.checkpoint()
            verified = await _activity(context).last_verified()
            return LogState(
                size=size,
                checkpoint=note,
                archived=await evidence.archived(),
                last_verified=verified
                and LogVerified(
                    at=Instant(verified.at),
                    entries=verified.entries,
                    sound=not verified.fault,
                    fault=verified.fault or None,
                    sequence=verified.sequence,
                ),
            )


def _activity(context: Context) -> Activity:
    if context.services.activity is None:
        raise StoreUnavailable()
    return context.services.activity


def _days(since: str, until: str, most: int) -> tuple[str, str]:
    """Raises PeriodInvalid."""
    first, last = _day("since", since), _day("until", until)
    if not timedelta() < last - first <= timedelta(days=most):
        raise PeriodInvalid(rule="argument until")
    return first.isoformat(), last.isoformat()


def _day(name: str, text: str) -> date:
    try:
        found = date.fromisoformat(text)
        if found.isoformat() == text:
            return found
    except ValueError:
        pass
    raise PeriodInvalid(rule=f"argument {name}")


async def _clients(context: Context) -> dict[str, tuple[str, str]]:
    """Client → kind and district, as the register has them now."""
    registrar = context.services.registrar
    if registrar is None:
        return {}
    return {client: (kind, district) for client, kind, district in await described(registrar.register)}


def _folded(
    by: Sequence[Dimension], columns: Sequence[str], rows: Sequence[Any], clients: dict[str, tuple[str, str]]
) -> list[ActivityCount]:
    counts: dict[tuple[str, ...], int] = {}
    for *values, number in rows:
        said = dict(zip(columns, values, strict=True))
        if "client" in said:
            said["kind"], said["district"] = clients.get(said["client"], (UNREGISTERED, ""))
        key = tuple(said[each.value] for each in by)
        counts[key] = counts.get(key, 0) + int(number)
    names = ["client_kind" if each is Dimension.CLIENT_KIND else each.value for each in by]
    return [
        ActivityCount(entries=number, **dict(zip(names, key, strict=True))) for key, number in sorted(counts.items())
    ]
