"""Work and what follows from it: spells of employment, the branches of social insurance, the housing fund.

A month is paid where some spell covers its 15th day; so insured months, fund months and employment agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from gateway.demo import naming
from gateway.demo.life import FundLoan, HousingFund, Insurance, Life, Spell, Violation
from gateway.demo.months import day_in, month_of, settled_month

WINDOW = 24
"""Settled months over which departments count."""

_CONTRIBUTION_PERCENT = 24
"""Of the pay, employer and employee together."""


def window(day: date) -> range:
    """The last 24 settled months."""
    last = settled_month(day)
    return range(last - WINDOW + 1, last + 1)


def covered_months(spells: Sequence[Spell], months: range) -> tuple[int, ...]:
    return tuple(m for m in months if any(_covers(spell, day_in(m, 15)) for spell in spells))


def _covers(spell: Spell, day: date) -> bool:
    return spell.started_on <= day and (spell.ended_on is None or day <= spell.ended_on)


def insured(spells: Sequence[Spell], day: date) -> list[Insurance]:
    """All five branches for somebody who works or worked for an employer."""
    if not spells:
        return []
    paid = covered_months(spells, window(day))
    status = "1" if spells[-1].ended_on is None else "2"
    first, base = month_of(spells[0].started_on), spells[-1].monthly_pay
    return [Insurance(branch, status, first, base, paid) for branch in ("110", "210", "310", "410", "510")]


def saving(spells: Sequence[Spell], day: date) -> HousingFund | None:
    """The fund account that the spells with contributions make, or None."""
    saved = [spell for spell in spells if spell.fund]
    if not saved:
        return None
    months = covered_months(saved, range(month_of(saved[0].started_on), settled_month(day) + 1))
    paid = len(covered_months(saved, window(day)))
    monthly = saved[-1].monthly_pay * _CONTRIBUTION_PERCENT // 100
    active = saved[-1].ended_on is None
    return HousingFund("1" if active else "2", month_of(saved[0].started_on), paid, monthly, monthly * len(months))


def work(rng: Random, life: Life, age: int, day: date) -> None:
    """Fill in a working life, retirement or none."""
    if age >= 60:
        life.employment_status = "80"
        first = month_of(life.born) + 22 * 12
        life.insurances = [Insurance("110", "4", first, 0, ()), Insurance("310", "4", first, 0, ())]
        return
    draw = rng.random()
    if draw < 0.12:
        life.employment_status = "70"
        return
    if draw < 0.24:
        _work_alone(rng, life, age, day)
        return
    life.employment_status = rng.choice(("13", "17", "21", "24", "91"))
    life.spells = spells(rng, life.born, age, day)
    life.insurances = insured(life.spells, day)
    life.fund = saving(life.spells, day)
    if life.spells[-1].ended_on is not None:
        life.employment_status = "70"
        receiving = life.spells[-1].ended_on > day - timedelta(days=300) and rng.random() < 0.6
        life.insurances = [
            Insurance(i.branch, i.status, i.first_month, i.base, i.paid_months, receiving=receiving)
            if i.branch == "210"
            else i
            for i in life.insurances
        ]
    if life.fund and rng.random() < 0.15:
        life.fund_loans.append(_fund_loan(rng, day))
    if life.fund and rng.random() < 0.02:
        life.fund_violations.append(_violation(rng, "12", day))
    if rng.random() < 0.02:
        life.insurance_violations.append(_violation(rng, "123", day))


def _fund_loan(rng: Random, day: date) -> FundLoan:
    """Mostly in order; some in arrears of one to three terms, some with arrears that were cleared."""
    amount = rng.randint(10, 60) * 1_000_000
    balance, draw = amount * rng.randint(30, 95) // 100, rng.random()
    if draw < 0.85:
        return FundLoan(amount, balance, "1")
    if draw < 0.93:
        terms = rng.randint(1, 3)
        return FundLoan(amount, balance, "2", terms, amount // 240 * terms)
    return FundLoan(amount, balance, "1", delinquency_ended_on=day - timedelta(days=rng.randint(30, 2400)))


def _violation(rng: Random, kinds: str, day: date) -> Violation:
    decided = day - timedelta(days=rng.randint(150, 2200))
    fulfilled = decided + timedelta(days=rng.randint(10, 120)) if rng.random() < 0.7 else None
    return Violation(rng.choice(kinds), decided, fulfilled)


def spells(rng: Random, born: date, age: int, day: date) -> list[Spell]:
    """One to four spells, the last of them mostly still running."""
    began = age - rng.randint(0, max(0, min(age - 18, 12)))
    started = day_in(month_of(born) + max(18, began) * 12 + rng.randint(0, 11), rng.randint(1, 28))
    started = min(started, day - timedelta(days=60))
    found: list[Spell] = []
    while True:
        pay = rng.randint(28, 220) * 10_000
        fund = rng.random() < 0.75
        employer = naming.employer(rng)
        ended = started + timedelta(days=rng.randint(200, 2200))
        last = len(found) == 3 or ended >= day
        if last and rng.random() < 0.92:
            return [*found, Spell(employer, started, None, fund, pay)]
        ended = min(ended, day - timedelta(days=rng.randint(20, 50)))
        if ended <= started:
            return [*found, Spell(employer, started, None, fund, pay)]
        found.append(Spell(employer, started, ended, fund, pay))
        if last:
            return found
        started = ended + timedelta(days=rng.choice((1, 1, 1, 40, 130)))
        if started > day - timedelta(days=20):
            return found


def _work_alone(rng: Random, life: Life, age: int, day: date) -> None:
    """Somebody who pays pension and medical insurance personally, at times with gaps."""
    life.employment_status = "54"
    first = month_of(day) - rng.randint(1, max(1, min(age - 18, 15)) * 12)
    months = [m for m in window(day) if m >= first]
    missed = rng.randint(1, 6) if rng.random() < 0.25 and len(months) > 8 else 0
    if missed and rng.random() < 0.5:
        cleared = day_in(settled_month(day), 12)
        life.insurances = [Insurance("110", "1", first, 450_000, tuple(months), 0, cleared)]
    else:
        paid = tuple(months[: len(months) - missed])
        life.insurances = [Insurance("110", "2" if missed else "1", first, 450_000, paid, missed)]
    life.insurances.append(Insurance("310", "1", first, 450_000, tuple(months)))
