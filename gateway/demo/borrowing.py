"""Loans and cards whose months, status, overdue sums, class and clock tell one story.

A borrower in arrears is one month later each month (status 1, 2, … 7, where 7 is more than 180 days). The month in
which everything is paid is a normal one; its day of payment is `delinquency_ended_on`. Amounts are whole yuan in fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from gateway.demo.life import Card, Loan
from gateway.demo.months import month_of, settled_month, shifted

LONGEST = 60
SHORTEST = 24
"""How many months the register keeps of an account, at most and at least."""

_BAD_AFTER = 9
"""Months of arrears after which a bad loan is written off (status B)."""


def loan(
    *,
    account: str,
    institution: str,
    opened_on: date,
    terms: int,
    amount: int,
    day: date,
    account_type: str = "D1",
    business_type: str = "91",
    guarantee_type: str = "4",
    late_from: int | None = None,
    cured_on: date | None = None,
    bad: bool = False,
    closed_on: date | None = None,
) -> Loan:
    """A loan in `terms` equal monthly instalments as the register sees it on `day`.

    `late_from`: first month that was not paid; from then on nothing is, until `cured_on` (None: to this day).
    `closed_on`: settled early; without it a loan whose terms have run and that owes nothing closed when due.
    """
    opened, settled = month_of(opened_on), settled_month(day)
    due_on = shifted(opened_on, terms)
    in_arrears = late_from is not None and cured_on is None
    if closed_on is None and not in_arrears and month_of(due_on) <= settled:
        closed_on = max(due_on, cured_on or due_on)
    until = month_of(closed_on) if closed_on else settled
    late = _late(late_from, month_of(cured_on) if cured_on else settled + 1, bad and in_arrears)
    overdue_terms = settled - late_from + 1 if in_arrears and late_from is not None else 0
    instalment = amount // terms // 100 * 100
    paid = min(max(0, settled - opened - overdue_terms), terms)
    balance = 0 if closed_on else amount - instalment * paid
    overdue = min(balance, instalment * overdue_terms)
    return Loan(
        account=account,
        institution=institution,
        account_type=account_type,
        business_type=business_type,
        opened_on=opened_on,
        due_on=due_on,
        amount=amount,
        guarantee_type=guarantee_type,
        status="3" if closed_on else "4" if bad and in_arrears else "2" if in_arrears else "1",
        five_category="5" if bad and in_arrears else category(overdue_terms),
        balance=balance,
        due_this_month=0 if closed_on else min(balance, instalment * (overdue_terms + 1)),
        overdue_terms=overdue_terms,
        overdue_amount=balance if bad and in_arrears else overdue,
        delinquency_ended_on=cured_on,
        closed_on=closed_on,
        months=_months(opened, until, late, "C" if closed_on else None),
    )


def card(
    *,
    account: str,
    institution: str,
    opened_on: date,
    limit: int,
    used: tuple[int, int, int, int, int, int],
    day: date,
    account_type: str = "R2",
    late_from: int | None = None,
    cured_on: date | None = None,
    bad: bool = False,
    closed_on: date | None = None,
) -> Card:
    """A card with what was used of it in each of the last six months, newest last."""
    opened, settled = month_of(opened_on), settled_month(day)
    in_arrears = late_from is not None and cured_on is None
    until = month_of(closed_on) if closed_on else settled
    late = _late(late_from, month_of(cured_on) if cured_on else settled + 1, bad and in_arrears)
    terms = settled - late_from + 1 if in_arrears and late_from is not None else 0
    now = 0 if closed_on else used[-1]
    minimum = now // 10 // 100 * 100
    stopped = terms >= 3
    return Card(
        account=account,
        institution=institution,
        account_type=account_type,
        opened_on=opened_on,
        limit=limit,
        status="4" if closed_on else "5" if bad and in_arrears else "3" if stopped else "1",
        used=now,
        average_used=0 if closed_on else sum(used) // 6 // 100 * 100,
        due_this_month=min(now, minimum * (terms + 1)),
        overdue_amount=now if bad and in_arrears else min(now, minimum * terms),
        delinquency_ended_on=cured_on,
        closed_on=closed_on,
        months=_months(opened, until, late, "C" if closed_on else None),
    )


def category(overdue_terms: int) -> str:
    """Five-category class by months of arrears: 1-3 special mention, 4-6 substandard, more doubtful."""
    return "1" if not overdue_terms else "2" if overdue_terms <= 3 else "3" if overdue_terms <= 6 else "4"


def _late(start: int | None, end: int, written_off: bool) -> dict[int, str]:
    """Month → status for the months from `start` to before `end`."""
    if start is None:
        return {}
    late = {month: str(min(7, month - start + 1)) for month in range(start, end)}
    if written_off:
        late |= dict.fromkeys(range(start + _BAD_AFTER, end), "B") | {end - 1: "B"}
    return late


def _months(opened: int, until: int, late: Mapping[int, str], last: str | None) -> tuple[tuple[int, str], ...]:
    """At most 60 months to `until`, and at least 24: those before the opening are skipped ones."""
    found: list[tuple[int, str]] = []
    for month in range(max(until - LONGEST + 1, min(opened, until - SHORTEST + 1)), until + 1):
        if month < opened:
            status = "/"
        elif last and month == until:
            status = last
        elif month in late:
            status = late[month]
        else:
            status = "*" if month == opened else "N"
        found.append((month, status))
    return tuple(found)


Terms = Mapping[str, Any]
"""Keyword arguments of `loan` or `card` that say how it went."""
