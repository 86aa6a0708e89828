"""The figures of a registered client in GraphQL: what it may ask in a time, and which counts raise an alarm."""

from __future__ import annotations

from typing import Any

import msgspec
import strawberry
from strawberry import UNSET

from exchange.alarm import AlarmKind
from exchange.quota import Allowance, Limits
from exchange.refusals import RegistrationInvalid

_FIGURES = ("per_minute", "burst", "per_day", "per_month")


@strawberry.type(name="Allowance", description="How much may be asked, in people; null: not limited here.")
class AllowanceView:
    per_minute: int | None
    burst: int = strawberry.field(description="How many at once after a pause.")
    per_day: int | None = strawberry.field(description="In the city's day.")
    per_month: int | None


@strawberry.type(name="PurposeAllowance", description="What a client may ask for one purpose, within its whole.")
class PurposeAllowanceView(AllowanceView):
    purpose: str


@strawberry.type(name="AlarmCount", description="A count of the client's own from which an alarm is raised.")
class AlarmCountView:
    kind: AlarmKind
    count: int | None = strawberry.field(description="null: not watched.")


@strawberry.type(name="ClientLimits", description="How much a client may ask.")
class LimitsView:
    client: AllowanceView = strawberry.field(description="All of its operators and purposes together.")
    operator: AllowanceView = strawberry.field(description="Each of its operators.")
    purposes: list[PurposeAllowanceView] = strawberry.field(description="Of those that have figures of their own.")
    alarms: list[AlarmCountView] = strawberry.field(description="Of those kinds that have a count of its own.")


@strawberry.input(description="A figure that is left out has its default; null: not limited.")
class AllowanceInput:
    per_minute: int | None = UNSET
    burst: int | None = UNSET
    per_day: int | None = UNSET
    per_month: int | None = UNSET


@strawberry.input
class PurposeAllowanceInput(AllowanceInput):
    purpose: str


@strawberry.input
class AlarmCountInput:
    kind: AlarmKind
    count: int | None = strawberry.field(description="null: not watched.")


@strawberry.input(description="How much a client may ask, whole; see docs/limits.md.")
class ClientLimitsInput:
    client: AllowanceInput = strawberry.field(default_factory=AllowanceInput)
    operator: AllowanceInput = strawberry.field(default_factory=AllowanceInput)
    purposes: list[PurposeAllowanceInput] = strawberry.field(default_factory=list)
    alarms: list[AlarmCountInput] = strawberry.field(default_factory=list)


def shown(limits: Limits) -> LimitsView:
    return LimitsView(
        client=AllowanceView(**_figures(limits.client)),
        operator=AllowanceView(**_figures(limits.operator)),
        purposes=[
            PurposeAllowanceView(purpose=code, **_figures(allowance))
            for code, allowance in sorted(limits.purposes.items())
        ],
        alarms=[AlarmCountView(kind=kind, count=count) for kind, count in sorted(limits.alarms.items())],
    )


def limits_of(said: ClientLimitsInput) -> Limits:
    """Raises RegistrationInvalid for figures that cannot be, and for what is named twice."""
    purposes = {each.purpose: _said(each) for each in said.purposes}
    alarms = {each.kind.value: each.count for each in said.alarms}
    if len(purposes) < len(said.purposes) or len(alarms) < len(said.alarms):
        raise RegistrationInvalid(rule="field limits")
    whole = {"client": _said(said.client), "operator": _said(said.operator), "purposes": purposes, "alarms": alarms}
    try:
        return msgspec.convert(whole, Limits)
    except msgspec.ValidationError:
        raise RegistrationInvalid(rule="field limits") from None


def _figures(allowance: Allowance) -> dict[str, Any]:
    return {name: getattr(allowance, name) for name in _FIGURES}


def _said(said: AllowanceInput) -> dict[str, Any]:
    return {name: value for name in _FIGURES if (value := getattr(said, name)) is not UNSET}
