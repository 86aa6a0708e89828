"""Statistics in GraphQL: counts without persons, for those to whom the matrix gives aggregates only.

Every read is an act, sealed before its answer leaves. What is suppressed and what is nothing look the same: null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum
from itertools import product
from typing import Any

import strawberry

from exchange import wording
from exchange.audit import canonical
from exchange.decision import Treatment
from exchange.organisation import OrganisationKind
from exchange.refusals import GroupingInvalid, StoreUnavailable
from exchange.statistics import GROUPS, Tally, last_ended, months, total
from exchange.store.consented import Consented
from exchange.store.statistics import Made, Statistics
from resolvers.acting import acting
from resolvers.context import Context
from resolvers.scalars import Instant, Month

READ = "STATISTICS_READ"
_MOST = 4
"""Dimensions in one answer."""
_LISTED = 2
"""Dimensions of which every cell is listed, told or not; of more only the told ones."""


@strawberry.enum(name="StatisticDimension", description="By what counts can be told.")
class Dimension(Enum):
    MONTH = "month"
    CLIENT_KIND = "kind"
    ROLE = "role"
    PURPOSE = "purpose"
    DISTRICT = "district"
    CODE = "code"
    DEPARTMENT = "department"
    RECORD_TYPE = "record"
    TREATMENT = "treatment"
    STATE = "state"


_OF_BOTH = (Dimension.MONTH, Dimension.CLIENT_KIND, Dimension.ROLE, Dimension.PURPOSE, Dimension.DISTRICT)
ASKS = frozenset((*_OF_BOTH, Dimension.CODE))
RELEASES = frozenset((*_OF_BOTH, Dimension.DEPARTMENT, Dimension.RECORD_TYPE, Dimension.TREATMENT))
STATES = frozenset((*_OF_BOTH, Dimension.DEPARTMENT, Dimension.STATE))
CONSENTS = frozenset((Dimension.MONTH, Dimension.CLIENT_KIND, Dimension.PURPOSE))


@strawberry.type(description="What a count is of: null where it is of all.")
class StatisticKey:
    month: Month | None = None
    client_kind: str | None = strawberry.field(default=None, description="Kind of the organisation that asked.")
    role: str | None = None
    purpose: str | None = None
    district: str | None = strawberry.field(
        default=None, description='Division (GB/T 2260) that the client asks for; "" = the whole city, or several.'
    )
    code: str | None = strawberry.field(default=None, description='Why an ask was refused; "" = it was not.')
    department: str | None = None
    record_type: str | None = None
    treatment: Treatment | None = None
    state: str | None = strawberry.field(
        default=None, description="Of a department: DELIVERED, ABSENT, UNAVAILABLE …, as `disclosure` names them."
    )


@strawberry.type(description="Asks alike. A count that is under 10, or could be worked out if it were told, is null.")
class AskCount:
    key: StatisticKey
    suppressed: bool = strawberry.field(description="True where nothing is told: under 10, none at all, or hidden.")
    asks: int | None
    people: int | None = strawberry.field(
        description="Different people, each counted once for each client kind, role, purpose, district, code and month."
    )
    refused: int | None = strawberry.field(description="Of the asks.")


@strawberry.type(description="Asks in which items of a record type were treated alike.")
class ReleaseCount:
    key: StatisticKey
    suppressed: bool
    asks: int | None = strawberry.field(description="Each counts once for each record type and treatment.")
    delivered: int | None = strawberry.field(description="Of them those to which the department had something to give.")


@strawberry.type(description="Asks to which a department answered alike.")
class StateCount:
    key: StatisticKey
    suppressed: bool
    asks: int | None = strawberry.field(
        description="Each counts once for each department and state; of one with several sources for each of theirs."
    )


@strawberry.type(description="Consents; what is under 10, or would tell of under 10, is null.")
class ConsentCount:
    key: StatisticKey
    suppressed: bool = strawberry.field(description="True where nothing is told.")
    given: int | None
    withdrawn: int | None
    ended: int | None = strawberry.field(description="Run out without being used up or withdrawn.")


@strawberry.type(name="Statistics", description="Counts of whole months, from which no person can be worked out.")
class StatisticsShown:
    since: Month
    until: Month
    months: list[Month] = strawberry.field(description="Those of which anything is told.")
    as_of: Instant | None = strawberry.field(description="When the last of them was counted, once and for good.")
    made: strawberry.Private[list[Made]]
    wanted: strawberry.Private[list[str]]

    @strawberry.field(description="Asks by these dimensions; of one or two of them every cell is listed.")
    async def asks(self, info: strawberry.Info, by: list[Dimension]) -> list[AskCount] | None:
        context: Context = info.context
        checked(context, by, ASKS)
        rows = await statistics(context).asks(self.wanted, [each.value for each in by])
        told = {key: (tally, refused) for key, tally, refused in rows if tally.asks}
        return [_asks(_key(by, key), *told.get(key, (None, 0))) for key in listed(context, by, self.wanted, told)]

    @strawberry.field(description="What was released and withheld, by these dimensions.")
    async def releases(self, info: strawberry.Info, by: list[Dimension]) -> list[ReleaseCount] | None:
        context: Context = info.context
        checked(context, by, RELEASES)
        rows = await statistics(context).releases(self.wanted, [each.value for each in by])
        told = {key: (asks, delivered) for key, asks, delivered in rows if asks}
        return [_releases(_key(by, key), *told.get(key, (0, 0))) for key in listed(context, by, self.wanted, told)]

    @strawberry.field(description="How departments answered, by these dimensions.")
    async def source_states(self, info: strawberry.Info, by: list[Dimension]) -> list[StateCount] | None:
        context: Context = info.context
        checked(context, by, STATES)
        told = dict(await statistics(context).states(self.wanted, [each.value for each in by]))
        return [_states(_key(by, key), told.get(key, 0)) for key in listed(context, by, self.wanted, told)]

    @strawberry.field(
        description="Consents by MONTH, CLIENT_KIND (to whom) and PURPOSE; one for several purposes counts under each."
    )
    async def consents(self, info: strawberry.Info, by: list[Dimension]) -> list[ConsentCount] | None:
        context: Context = info.context
        checked(context, by, CONSENTS)
        rows = await statistics(context).consents(self.wanted, [each.value for each in by])
        told = {key: each for key, each in rows if any(each)}
        return [_consents(_key(by, key), told.get(key)) for key in listed(context, by, self.wanted, told)]

    @strawberry.field(description="All asks, with those that have no cell of their own.")
    async def total(self, info: strawberry.Info) -> AskCount:
        rows = await statistics(info.context).asks(self.wanted, [])
        pools = [each.pool for each in self.made if each.pool]
        named = [(tally, refused) for _, tally, refused in rows]
        return _asks(StatisticKey(), total([*pools, *(tally for tally, _ in named)]), sum(each for _, each in named))


@strawberry.type
class StatisticsQueries:
    @strawberry.field(
        description="Counts of asks in whole months that have ended, `2026-01`; without them the last twelve. For"
        " supervision and analysis; each read is sealed, no person is in it, small counts are suppressed."
    )
    async def statistics(
        self, info: strawberry.Info, since: str | None = None, until: str | None = None
    ) -> StatisticsShown | None:
        context: Context = info.context
        with acting(context, READ, "statistics") as under_way:
            wanted = _period(context, since, until)
            said = canonical({"since": wanted[0], "until": wanted[-1]}).decode()
            under_way.said = replace(under_way.said, digest=context.services.digests.document(said))
            made = await statistics(context).months(wanted, context.at, context.services.deadline_s)
        told = [each for each in made if each.told]
        return StatisticsShown(
            since=Month(wanted[0]),
            until=Month(wanted[-1]),
            months=[Month(each.month) for each in told],
            as_of=Instant(max(each.at for each in told)) if told else None,
            made=made,
            wanted=wanted,
        )


def _period(context: Context, since: str | None, until: str | None) -> list[str]:
    last = until if until is not None else last_ended(context.at)
    return months(since if since is not None else _year_before(last), last, context.at)


def _year_before(month: str) -> str:
    """The first of twelve months; what is no month stays one that is refused."""
    if not (month[:4].isdecimal() and month[5:].isdecimal()):
        return month
    year, number = int(month[:4]), int(month[5:])
    return f"{year:04}-01" if number == 12 else f"{year - 1:04}-{number + 1:02}"


def statistics(context: Context) -> Statistics:
    if context.services.statistics is None:
        raise StoreUnavailable()
    return context.services.statistics


def checked(context: Context, by: Sequence[Dimension], known: Iterable[Dimension]) -> None:
    """Raises GroupingInvalid."""
    if len(set(by)) != len(by) or len(by) > _MOST or not set(by) <= set(known):
        raise GroupingInvalid(rule="argument by")


def listed(
    context: Context, by: Sequence[Dimension], wanted: Sequence[str], told: Iterable[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Keys of the cells that are listed, in order. That a cell is listed must not depend on what is suppressed."""
    if not by:
        return [()]
    if len(by) > _LISTED:
        return sorted(told)
    known = [domain(context, each, wanted) for each in by]
    extra = [key for key in told if not all(part in its for part, its in zip(key, known, strict=True))]
    return [*product(*known), *sorted(extra)]


def domain(context: Context, dimension: Dimension, wanted: Sequence[str]) -> Sequence[str]:
    """What a dimension can be, whoever asked."""
    catalogue, engine = context.services.catalogue, context.engine
    records = [code for code, record in catalogue.records.items() if _open(record)]
    match dimension:
        case Dimension.MONTH:
            return list(wanted)
        case Dimension.CLIENT_KIND:
            return [kind.value for kind in OrganisationKind]
        case Dimension.ROLE:
            return sorted(engine.roles)
        case Dimension.PURPOSE:
            return list(engine.purposes)
        case Dimension.DISTRICT:
            return ["", *catalogue.code_lists["division_code"].values]
        case Dimension.CODE:
            return [""]  # a code that is not listed is suppressed, or never was
        case Dimension.DEPARTMENT:
            return list(dict.fromkeys(code[:3] for code in records))
        case Dimension.RECORD_TYPE:
            return records
        case Dimension.TREATMENT:
            return [each.value for each in Treatment]
        case Dimension.STATE:
            return list(wording.STATES)


def _open(record: Any) -> bool:
    return any(item.group in GROUPS for item in record.items.values())


def _key(by: Sequence[Dimension], key: Sequence[str]) -> StatisticKey:
    said: dict[str, Any] = {}
    for dimension, value in zip(by, key, strict=True):
        name = {Dimension.CLIENT_KIND: "client_kind", Dimension.RECORD_TYPE: "record_type"}.get(
            dimension, dimension.value
        )
        said[name] = Treatment(value) if dimension is Dimension.TREATMENT else value
    return StatisticKey(**said)


def _asks(key: StatisticKey, tally: Tally | None, refused: int) -> AskCount:
    """Nothing is told as nothing: that there was none is told of no cell."""
    if tally is None or not tally.asks:
        return AskCount(key=key, suppressed=True, asks=None, people=None, refused=None)
    return AskCount(key=key, suppressed=False, asks=tally.asks, people=tally.people or None, refused=refused or None)


def _releases(key: StatisticKey, asks: int, delivered: int) -> ReleaseCount:
    if not asks:
        return ReleaseCount(key=key, suppressed=True, asks=None, delivered=None)
    return ReleaseCount(key=key, suppressed=False, asks=asks, delivered=delivered or None)


def _states(key: StatisticKey, asks: int) -> StateCount:
    return StateCount(key=key, suppressed=not asks, asks=asks or None)


def _consents(key: StatisticKey, told: Consented | None) -> ConsentCount:
    if told is None:
        return ConsentCount(key=key, suppressed=True, given=None, withdrawn=None, ended=None)
    return ConsentCount(
        key=key,
        suppressed=False,
        given=told.given or None,
        withdrawn=told.withdrawn or None,
        ended=told.ended or None,
    )
