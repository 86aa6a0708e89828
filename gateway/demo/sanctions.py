"""Penalties, tax, lists and honours of a generated person."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from gateway.demo import courts
from gateway.demo.identifiers import uscc
from gateway.demo.life import (
    BusinessRole,
    Honour,
    Licence,
    Life,
    Listing,
    Penalty,
    Qualification,
    Repair,
    TaxArrears,
    TaxYear,
    Violation,
)
from gateway.demo.months import shifted

PUBLICITY_MONTHS = {"1": (0, 3), "2": (3, 12), "3": (12, 36)}
"""Severity → least and most months of publication (信用修复管理办法)."""


def penalty(
    life: Life, *, decided_on: date, severity: str, months: int, fulfilled_on: date | None, repaired_on: date | None
) -> Penalty:
    """A fine of a city authority, published for `months` months (minor ones are not published)."""
    number = f"昆市监处罚〔{decided_on.year}〕{life.serial % 10_000}号"
    ends = shifted(decided_on, months) if severity != "1" else None
    return Penalty(
        number, "昆明市市场监督管理局", "销售不合格商品", "2", decided_on, severity, ends, fulfilled_on, repaired_on
    )


def sanction(rng: Random, life: Life, day: date) -> None:
    """What courts, tax office and authorities hold against a few of many, and honours of others."""
    if any(account.status == "4" for account in life.loans) or rng.random() < 0.02:
        _court(rng, life, day)
    if rng.random() < 0.04:
        _penalty(rng, life, day)
    if life.employment_status == "54":
        firm = rng.randint(10, 9999)
        life.roles.append(BusinessRole(uscc(firm), "3"))
        life.licences.append(Licence("食品经营许可", shifted(day, rng.randint(-6, 48)), "1"))
        if rng.random() < 0.15:
            _arrears(rng, life, day)
    if life.insurances and rng.random() < 0.7:
        for year in range(day.year - 3, day.year):
            life.tax_years.append(TaxYear(year, rng.random() < 0.97, rng.randint(0, 900_000)))
    if rng.random() < 0.025:
        decided = day - timedelta(days=rng.randint(200, 1500))
        life.listings.append(Listing("严重违法失信名单", decided, None if rng.random() < 0.6 else shifted(decided, 6)))
    if rng.random() < 0.012:
        decided = day - timedelta(days=rng.randint(200, 1500))
        life.tax_violations.append(Violation("63", decided, decided + timedelta(days=90), True, shifted(decided, 6)))
    if rng.random() < 0.05:
        life.honours.append(Honour("昆明市诚信示范个人", shifted(day, rng.randint(1, 30))))
    if rng.random() < 0.12:
        revoked = day - timedelta(days=rng.randint(100, 900)) if rng.random() < 0.1 else None
        life.qualifications.append(Qualification("二级建造师", revoked))


def _court(rng: Random, life: Life, day: date) -> None:
    """A written-off loan was sued for eight months ago, in vain; other judgments are older, half of them fulfilled."""
    owing = sum(account.overdue_amount for account in life.loans if account.status == "4")
    effective = shifted(day, -8) if owing else day - timedelta(days=rng.randint(500, 2600))
    enforced = shifted(effective, 6)
    fulfilled = None if owing or rng.random() < 0.5 else enforced + timedelta(days=rng.randint(60, 280))
    amount = owing or rng.randint(5, 300) * 100_000
    case = courts.sue(life, effective_on=effective, amount=amount, fulfilled_on=fulfilled, number=life.serial)
    if rng.random() < 0.5:
        courts.list_dishonest(life, case, published_on=enforced + timedelta(days=45), fulfilled_on=fulfilled)


def _penalty(rng: Random, life: Life, day: date) -> None:
    severity = rng.choice("1223")
    least, most = PUBLICITY_MONTHS[severity]
    months = rng.randint(max(least, 1), most)
    decided = day - timedelta(days=rng.randint(40, 1000))
    fulfilled = decided + timedelta(days=rng.randint(5, 30))
    repaired = shifted(decided, least) + timedelta(days=20) if months > least + 1 and rng.random() < 0.3 else None
    repaired = None if repaired is None or repaired >= day else max(repaired, fulfilled)
    made = penalty(
        life, decided_on=decided, severity=severity, months=months, fulfilled_on=fulfilled, repaired_on=repaired
    )
    life.penalties.append(made)
    if repaired:
        life.repairs.append(Repair(made.decision_number, repaired, "1"))


def _arrears(rng: Random, life: Life, day: date) -> None:
    counted = day - timedelta(days=rng.randint(100, 1500))
    cleared = counted + timedelta(days=rng.randint(10, 90)) if rng.random() < 0.6 else None
    life.tax_arrears.append(TaxArrears(rng.randint(50_000, 5_000_000), counted, cleared))
