"""The accounts of a generated person: which loans and cards, how they went, and who inquired before."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from gateway.demo import borrowing
from gateway.demo.constants import INSTITUTIONS, PERSON_SELF_SERVICE
from gateway.demo.life import Inquiry, Liability, Life, SpecialTransaction
from gateway.demo.months import day_in, month_of, settled_month

_LOANS = (
    # business type, guarantee, terms, least and most yuan
    ("11", "2", (240, 360), (300_000, 1_500_000)),
    ("21", "2", (36, 48, 60), (50_000, 250_000)),
    ("41", "3", (36, 60), (50_000, 500_000)),
    ("52", "7", (36,), (20_000, 100_000)),
    ("91", "4", (36, 48, 60), (10_000, 200_000)),
)


def borrow(rng: Random, life: Life, age: int, day: date) -> None:
    """Zero to four loans and zero to three cards from the age of twenty on; nine accounts of ten went well."""
    if age < 20:
        return
    for place in range(rng.choice((0, 0, 1, 1, 1, 2, 2, 3, 4))):
        _loan(rng, life, place, age, day)
    for place in range(rng.choice((0, 1, 1, 2, 3))):
        _card(rng, life, place, age, day)
    for account in (*life.loans, *life.cards):
        reason = "02" if account in life.loans else "03"
        inquired = account.opened_on - timedelta(days=rng.randint(1, 15))
        _inquire(life, inquired, account.institution, reason)
        reviewed = account.opened_on + timedelta(days=rng.randint(100, 400))
        if account.closed_on is None and reviewed < day and rng.random() < 0.5:
            _inquire(life, reviewed, account.institution, "01")
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        _inquire(life, day - timedelta(days=rng.randint(1, 700)), rng.choice(list(INSTITUTIONS)), "02")
    if rng.random() < 0.05:
        on = day - timedelta(days=rng.randint(1, 700))
        life.inquiries.append(Inquiry(on, "99", PERSON_SELF_SERVICE, "S1"))
    if rng.random() < 0.08:
        life.liabilities.append(_liability(rng, day))
    life.inquiries.sort(key=lambda inquiry: inquiry.on)


def _liability(rng: Random, day: date) -> Liability:
    """A debt of somebody else: mostly in order, at times in arrears or with arrears that were cleared."""
    kind, amount, draw = rng.choice("12"), rng.randint(5, 80) * 1_000_000, rng.random()
    if draw < 0.7:
        return Liability(kind, amount, "1", None)
    if draw < 0.85:
        return Liability(kind, amount, rng.choice("2345"), None)
    return Liability(kind, amount, "1", day - timedelta(days=rng.randint(30, 2400)))


def _inquire(life: Life, on: date, institution: str, reason: str) -> None:
    life.inquiries.append(Inquiry(on, INSTITUTIONS[institution][1], institution, reason))


def _opened(rng: Random, age: int, day: date, least: int) -> date:
    """A day at least `least` settled months ago, not before the person was eighteen."""
    most = max(least, min((age - 18) * 12 - 2, 110))
    return day_in(settled_month(day) - rng.randint(least, most), rng.randint(1, 28))


def _fate(rng: Random, opened: int, last: int, day: date, terms_left: bool) -> borrowing.Terms:
    """How an account went: mostly well; else arrears that were cleared, that run, or that were written off.

    `last`: the last month in which the account was open and still owed instalments.
    """
    settled, draw = settled_month(day), rng.random()
    if draw < 0.90 or last - opened < 14:
        return {}
    length = rng.choice((1, 1, 1, 2, 2, 3, 5, 8))
    if draw < 0.96 or not terms_left:
        start = rng.randint(opened + 1, last - length - 1)
        return {"late_from": start, "cured_on": min(day_in(start + length, rng.randint(3, 26)), day)}
    if draw < 0.985:
        return {"late_from": settled - length + 1}
    return {"late_from": settled - 12, "bad": True}


def _loan(rng: Random, life: Life, place: int, age: int, day: date) -> None:
    business, guarantee, terms_choice, (least, most) = rng.choice(_LOANS)
    opened_on, terms = _opened(rng, age, day, 2), rng.choice(terms_choice)
    opened, settled = month_of(opened_on), settled_month(day)
    open_now = opened + terms > settled
    made = borrowing.loan(
        account=f"L{life.key(place + 1)}",
        institution=rng.choice(list(INSTITUTIONS)),
        opened_on=opened_on,
        terms=terms,
        amount=rng.randint(least // 1000, most // 1000) * 100_000,
        day=day,
        account_type="R1" if business == "41" and rng.random() < 0.4 else "D1",
        business_type=business,
        guarantee_type=guarantee,
        **_fate(rng, opened, min(opened + terms, settled), day, open_now),
    )
    life.loans.append(made)
    if made.status == "3" and made.delinquency_ended_on is None and made.closed_on and rng.random() < 0.1:
        life.special_transactions.append(SpecialTransaction(made.account, "5", made.closed_on))


def _card(rng: Random, life: Life, place: int, age: int, day: date) -> None:
    opened_on = _opened(rng, age, day, 7)
    limit = rng.randint(5, 100) * 100_000
    share = rng.random() ** 2
    used = [int(limit * min(1.0, share * rng.uniform(0.7, 1.3))) // 10_000 * 10_000 for _ in range(6)]
    fate = _fate(rng, month_of(opened_on), settled_month(day), day, True)
    if fate and "cured_on" not in fate:
        used = [max(amount, limit // 2) for amount in used]
    closed_on = day_in(settled_month(day) - 1, 20) if not fate and rng.random() < 0.06 else None
    life.cards.append(
        borrowing.card(
            account=f"K{life.key(place + 1)}",
            institution=rng.choice([code for code, (_, kind) in INSTITUTIONS.items() if kind in ("11", "K1")]),
            opened_on=opened_on,
            limit=limit,
            used=(used[0], used[1], used[2], used[3], used[4], used[5]),
            day=day,
            closed_on=closed_on,
            **fate,
        )
    )
