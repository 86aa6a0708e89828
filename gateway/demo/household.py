"""Utilities and social assistance of a generated person."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from gateway.demo.constants import PROVIDERS
from gateway.demo.life import Assistance, Life, UtilityAccount, UtilityArrears
from gateway.demo.months import day_in, settled_month

_MONTHS = 24


def utility(
    life: Life, service: str, day: date, *, unpaid_since: int | None = None, settled_on: date | None = None
) -> None:
    """A customer's account; with `unpaid_since` (months ago) its arrears, open or settled, noticed a month later.

    Months unpaid are counted to the settling, or to the last settled month.
    """
    last, provider = settled_month(day), PROVIDERS[service]
    record = ["N"] * _MONTHS
    if unpaid_since is not None:
        start = last - unpaid_since + 1
        end = min(settled_on.year * 12 + settled_on.month - 1, last + 1) if settled_on else last + 1
        for month in range(start, end):
            if month > last - _MONTHS:
                record[month - last - 1] = str(min(7, month - start + 1))
        notice = min(day_in(start + 1, 10), settled_on or day)
        amount = 12_350 * (end - start)
        life.utility_arrears.append(UtilityArrears(service, provider, amount, end - start, notice, settled_on))
    number = f"{service}{life.key(len(life.utilities) + 1)}"
    in_arrears = unpaid_since is not None and settled_on is None
    life.utilities.append(UtilityAccount(service, provider, number, in_arrears, "".join(record)))


def keep_house(rng: Random, life: Life, day: date) -> None:
    for service in PROVIDERS:
        draw, since = rng.random(), rng.randint(1, 6)
        if draw < 0.5:
            utility(life, service, day)
        elif draw < 0.52:
            utility(life, service, day, unpaid_since=since)
        elif draw < 0.55:
            settled = day_in(settled_month(day) - rng.randint(0, 8), 24)
            utility(life, service, day, unpaid_since=since + 14, settled_on=settled)
    if life.employment_status == "70" and rng.random() < 0.4:
        life.assistance.append(_assistance(rng, day))


def _assistance(rng: Random, day: date) -> Assistance:
    """A living allowance, drawn or ended; one in four that ended had been drawn by fraud."""
    if rng.random() < 0.5:
        return Assistance("1", "1")
    if rng.random() < 0.75:
        return Assistance(rng.choice("13"), "2")
    decided = day - timedelta(days=rng.randint(150, 2200))
    return Assistance("1", "2", decided, decided + timedelta(days=60) if rng.random() < 0.7 else None)
