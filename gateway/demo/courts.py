"""Judgments and what follows them: enforcement, the list of dishonest debtors, restriction of consumption."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.demo.identifiers import case_number
from gateway.demo.life import DishonestListing, Enforcement, Judgment, Life, Measure, Restriction
from gateway.demo.months import shifted

_DELISTING_DAYS = 3
"""Deletion follows its ground within three working days (失信被执行人规定 art 10)."""


def sue(life: Life, *, effective_on: date, amount: int, fulfilled_on: date | None = None, number: int) -> str:
    """A judgment and its enforcement half a year later; returns the number of the enforcement case."""
    enforced_on = shifted(effective_on, 6)
    case = case_number(enforced_on.year, "0102", "执", number)
    civil = case_number(effective_on.year, "0102", "民初", number)
    life.judgments.append(
        Judgment("昆明市五华区人民法院", civil, "金融借款合同纠纷", effective_on, amount, fulfilled_on)
    )
    life.enforcements.append(Enforcement(case, "3" if fulfilled_on else "1", amount, fulfilled_on))
    return case


def list_dishonest(life: Life, case: str, *, published_on: date, fulfilled_on: date | None = None) -> None:
    """On the list for two years, restricted and punished on the same case, until a few days after fulfilment."""
    ended = fulfilled_on + timedelta(days=_DELISTING_DAYS) if fulfilled_on else None
    performance = "2" if fulfilled_on else "0"
    life.dishonest_listings.append(DishonestListing(case, performance, published_on, shifted(published_on, 24), ended))
    life.restrictions.append(Restriction(case, published_on, ended))
    ground = "最高人民法院关于限制被执行人高消费的若干规定 第三条"
    life.measures.append(Measure("03", ground, case, published_on, ended))
