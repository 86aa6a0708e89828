"""Alarms in GraphQL: for the credit office, which looks at them and says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import strawberry

from exchange.alarm import Alarm, AlarmKind, AlarmState
from exchange.refusals import AlarmUnknown, FirstInvalid
from exchange.store.alarm import acknowledgement
from resolvers.acting import acting, reading

_MOST = 100

strawberry.enum(AlarmKind, name="AlarmKind", description="What of a permitted access looks like misuse.")
strawberry.enum(AlarmState, name="AlarmState", description="Whether somebody has looked at an alarm.")


@strawberry.type(name="Alarm", description="One kind of conspicuous asking by one operator within one window of time.")
class AlarmShown:
    id: strawberry.ID
    kind: AlarmKind
    organisation: str
    client: str
    operator: str = strawberry.field(description="The natural person at the client; nobody asked about is named.")
    purpose: str | None = strawberry.field(description="Of the ask that raised it.")
    raised_at: datetime
    count: int = strawberry.field(description="People, refusals or steps in order; it grows with the window.")
    state: AlarmState
    acknowledged_by: str | None
    acknowledged_at: datetime | None


def shown(alarm: Alarm) -> AlarmShown:
    return AlarmShown(
        id=strawberry.ID(alarm.id),
        kind=alarm.kind,
        organisation=alarm.organisation,
        client=alarm.client,
        operator=alarm.operator,
        purpose=alarm.purpose,
        raised_at=alarm.raised_at,
        count=alarm.count,
        state=alarm.state,
        acknowledged_by=alarm.acknowledged_by,
        acknowledged_at=alarm.acknowledged_at,
    )


@strawberry.type
class AlarmQueries:
    @strawberry.field(description="Alarms, the newest first; for the credit office and the auditor.")
    async def alarms(
        self, info: strawberry.Info, state: AlarmState | None = None, first: int = 50
    ) -> list[AlarmShown] | None:
        with reading(info.context, "ALARM_READ", "alarm"):
            if not 0 <= first <= _MOST:
                raise FirstInvalid()
            return [shown(alarm) for alarm in await info.context.services.alarms.latest(first, state)]


@strawberry.type
class AlarmMutations:
    @strawberry.mutation(
        description="Say that the credit office has looked at an alarm. Sealed; one that grows later is open again."
    )
    async def acknowledge_alarm(self, info: strawberry.Info, id: strawberry.ID) -> AlarmShown | None:
        context = info.context
        with acting(context, "ALARM_ACKNOWLEDGE", f"alarm:{id}") as act:
            alarm = await context.services.alarms.named(id)
            if alarm is None:
                raise AlarmUnknown()
            if alarm.state is AlarmState.OPEN:
                by = context.requester.operator
                act.lay_down(acknowledgement(alarm, by, context.at))
                alarm = replace(alarm, state=AlarmState.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=context.at)
            return shown(alarm)
