"""Who may ask how much, now: the charges of a request on the counters of its client, its operator and its purpose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from exchange.digests import Digests
from exchange.once import Once
from exchange.quota import Allowance, Charge, Count, Demand, Period, Scope, Shortage, demand
from exchange.refusals import QuotaExceeded, RateLimited, Refusal
from exchange.requester import Requester
from exchange.store.counters import Counters

_BASIS = "The client's registration for market access (征信业管理条例 arts 6, 7)"
_REQUESTERS = 4_096
"""Of how many the counters' names are kept."""


class Admission:
    def __init__(self, counters: Counters, digests: Digests) -> None:
        self._counters = counters
        self._digests = digests
        self._names = Once(self._named, _REQUESTERS)

    async def request(self, requester: Requester, at: datetime) -> None:
        """One request of whatever kind, before a byte of its body is read. Raises RateLimited, LimitsUnavailable."""
        await self._charge(requester, demand(self._whole(requester, taken=1, counted=0), at))

    async def people(self, requester: Requester, purpose: str, number: int, at: datetime) -> tuple[Count, ...]:
        """An ask about `number` people: the rate of what the request has not paid yet, and the quota of all.

        What is returned is reserved: give it back if the ask is refused. If we die before, it stays counted.
        Raises RateLimited, QuotaExceeded, LimitsUnavailable; then no quota is charged.
        """
        asked = self._of(requester, purpose, number, at)
        await self._charge(requester, asked, purpose)
        return asked.counts

    async def refusal(self, requester: Requester, purpose: str, number: int, at: datetime) -> Refusal | None:
        """What `people` would raise now, after the rate of one request; nothing is charged.

        Raises LimitsUnavailable or CountersDown.
        """
        shortage = await self._counters.short(self._of(requester, purpose, number, at))
        return None if shortage is None else refusal_of(shortage, requester, purpose)

    def _of(self, requester: Requester, purpose: str, number: int, at: datetime) -> Demand:
        charges = self._whole(requester, taken=number - 1, counted=number)
        allowance = requester.limits.purposes.get(purpose)
        if allowance is not None:
            name = self._name(requester, Scope.PURPOSE, purpose)
            charges.append(Charge(Scope.PURPOSE, name, allowance, number, number))
        return demand(charges, at)

    async def give_back(self, counts: Iterable[Count]) -> None:
        """Raises CountersDown where the counters have no grace."""
        await self._counters.give_back(tuple(counts))

    def _whole(self, requester: Requester, taken: int, counted: int) -> list[Charge]:
        limits, (client, operator) = requester.limits, self._names.of(requester)
        return [
            Charge(Scope.CLIENT, client, limits.client, taken, counted),
            Charge(Scope.OPERATOR, operator, limits.operator, taken, counted),
        ]

    def _named(self, requester: Requester) -> tuple[str, str]:
        """The counters of its client and its operator."""
        # People who ask about themselves share a client, and its token may name no operator but the service.
        operator = f"{requester.operator}\0{requester.person or ''}"
        return self._name(requester, Scope.CLIENT, ""), self._name(requester, Scope.OPERATOR, operator)

    def _name(self, requester: Requester, scope: Scope, word: str) -> str:
        client = self._digests.counter(requester.client)
        within = self._digests.counter(requester.client, scope, word) if word else ""
        return f"{{{client}}}:{scope[0]}:{within}"

    async def _charge(self, requester: Requester, asked: Demand, purpose: str | None = None) -> None:
        shortage = await self._counters.charge(asked)
        if shortage is not None:
            raise refusal_of(shortage, requester, purpose)


def refusal_of(shortage: Shortage, requester: Requester, purpose: str | None) -> Refusal:
    """The rule is the figure of the registration that was met: `operator.per_minute 60`."""
    limits = requester.limits
    scopes: dict[Scope, Allowance | None] = {
        Scope.CLIENT: limits.client,
        Scope.OPERATOR: limits.operator,
        Scope.PURPOSE: limits.purposes.get(purpose or ""),
    }
    allowance = scopes[shortage.scope] or Allowance()
    place = f"purposes.{purpose}" if shortage.scope is Scope.PURPOSE else shortage.scope.value
    if shortage.period is None:
        rule = f"{place}.per_minute {allowance.per_minute}"
        return RateLimited(rule=rule, basis=_BASIS, retry_after_s=shortage.wait_s)
    most = allowance.per_day if shortage.period is Period.DAY else allowance.per_month
    rule = f"{place}.per_{shortage.period} {most}"
    return QuotaExceeded(rule=rule, basis=_BASIS, retry_after_s=shortage.wait_s)
