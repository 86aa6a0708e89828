"""The test people's lives, told so that each is remarkable for its tag alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from exchange.person import PersonId
from gateway.demo import borrowing, courts
from gateway.demo.constants import BANK_A, BANK_B, CONSUMER_FINANCE, INSTITUTIONS, RURAL_COOPERATIVE
from gateway.demo.household import utility
from gateway.demo.identifiers import uscc
from gateway.demo.life import (
    Annotation,
    BusinessRole,
    Contact,
    FundLoan,
    Honour,
    Inquiry,
    Liability,
    Licence,
    Life,
    Marriage,
    Qualification,
    Repair,
    SpecialTransaction,
    Spell,
    TaxYear,
    Violation,
)
from gateway.demo.lives import OLD_ROWS, spouse_ref
from gateway.demo.months import month_of, settled_month, shifted
from gateway.demo.published import TEST_PEOPLE, TestPerson
from gateway.demo.sanctions import penalty
from gateway.demo.working import insured, saving

Story = Callable[[Life, date], None]

_FIRST_SERIAL = 90_000_001
_PAY = 1_250_000
_DISPUTED, _UNDER_REPAIR = "disputed", "repair-under-way"


def published_lives(day: date) -> Iterator[Life]:
    """In the order of TEST_PEOPLE; `nobody` has none."""
    for person in TEST_PEOPLE:
        if "nobody" not in person.tags:
            life = _registered(person)
            _STORIES[person.tags[0]](life, day)
            yield life


def disputed_loan() -> tuple[str, str]:
    """(id number, key) of the loan that is under dispute."""
    life = _registered(_tagged(_DISPUTED))
    return life.number, _account("L", life, 2)


def penalty_under_repair() -> tuple[str, str]:
    """(id number, key) of the penalty whose repair is applied for."""
    life = _registered(_tagged(_UNDER_REPAIR))
    return life.number, life.key(1)


def _tagged(tag: str) -> TestPerson:
    return next(person for person in TEST_PEOPLE if tag in person.tags)


def _registered(person: TestPerson) -> Life:
    """Who somebody is to the police; nothing has happened yet."""
    id = PersonId.parse(person.id_number)
    sex = "1" if int(id.number[16]) % 2 else "2"
    serial = _FIRST_SERIAL + TEST_PEOPLE.index(person)
    return Life(serial, id.number, person.name, sex, id.born, "530102", "云南省昆明市五华区演示路1号1栋1室")


def _account(kind: str, life: Life, place: int) -> str:
    return f"{kind}{life.key(place)}"


def _ordinary(life: Life, day: date, months: int = 72) -> None:
    """At work since so many months, insured and saving without a gap, a home with water and power."""
    life.contacts.append(Contact("13800001234", life.address, "5"))
    life.employment_status = "17"
    life.spells.append(Spell("昆明演示机械制造有限公司", shifted(day, -months).replace(day=1), None, True, _PAY))
    life.insurances = insured(life.spells, day)
    life.fund = saving(life.spells, day)
    if months > 24:
        life.tax_years = [TaxYear(year, True, 436_850) for year in range(day.year - 2, day.year)]
    utility(life, "UW", day)
    utility(life, "UP", day)


def _inquired(life: Life, day: date, institution: str, reason: str) -> None:
    life.inquiries.append(Inquiry(day, INSTITUTIONS[institution][1], institution, reason))


def _loan(life: Life, day: date, institution: str, months_ago: int, terms: int, yuan: int, **fate: Any) -> None:
    opened_on = shifted(day, -months_ago)
    account = _account("L", life, len(life.loans) + 1)
    life.loans.append(
        borrowing.loan(
            account=account,
            institution=institution,
            opened_on=opened_on,
            terms=terms,
            amount=yuan * 100,
            day=day,
            **fate,
        )
    )
    _inquired(life, opened_on - timedelta(days=5), institution, "02")


def _card(life: Life, day: date, institution: str, months_ago: int, limit_yuan: int, used_yuan: int) -> None:
    opened_on, used = shifted(day, -months_ago), used_yuan * 100
    account = _account("K", life, len(life.cards) + 1)
    life.cards.append(
        borrowing.card(
            account=account,
            institution=institution,
            opened_on=opened_on,
            limit=limit_yuan * 100,
            used=(used, used, used, used, used, used),
            day=day,
        )
    )
    _inquired(life, opened_on - timedelta(days=5), institution, "03")


def _clean(life: Life, day: date) -> None:
    _ordinary(life, day)
    _loan(life, day, BANK_A, 30, 240, 600_000, business_type="11", guarantee_type="2")
    _loan(life, day, CONSUMER_FINANCE, 50, 36, 36_000)
    _card(life, day, RURAL_COOPERATIVE, 48, 30_000, 6_000)
    _card(life, day, CONSUMER_FINANCE, 20, 20_000, 2_000)
    life.fund_loans.append(FundLoan(30_000_000, 25_417_532, "1"))


def _thin(life: Life, day: date) -> None:
    _ordinary(life, day, months=7)


def _default_ended(months_ago: int) -> Story:
    """A default of a year, ended so many months ago by the guarantor, and the court case about it."""

    def story(life: Life, day: date) -> None:
        _ordinary(life, day)
        ended = shifted(day, -months_ago)
        late = month_of(ended) - 12
        _loan(life, day, BANK_B, months_ago + 29, 60, 90_000, guarantee_type="3", late_from=late, cured_on=ended)
        life.special_transactions.append(SpecialTransaction(life.loans[0].account, "2", ended))
        sued = shifted(ended, -8)
        courts.sue(life, effective_on=sued, amount=3_200_000, fulfilled_on=ended, number=life.serial % 1000)
        _loan(life, day, BANK_A, 20, 36, 50_000)

    return story


def _disputed(life: Life, day: date) -> None:
    _ordinary(life, day)
    _loan(life, day, BANK_A, 26, 60, 120_000)
    _loan(life, day, BANK_B, 30, 60, 60_000, late_from=settled_month(day) - 1)
    _card(life, day, BANK_A, 40, 20_000, 3_000)
    account = life.loans[1].account
    life.annotations.append(Annotation(account, "1", "信息主体对该账户信息提出异议", day - timedelta(days=6)))


def _penalised(decided: int, months: int, fulfilled: int, repaired: int | None = None) -> Story:
    """A general penalty; all in months: how long ago it was decided, fulfilled, repaired, how long it is published."""

    def story(life: Life, day: date) -> None:
        _ordinary(life, day)
        made = penalty(
            life,
            decided_on=shifted(day, -decided),
            severity="2",
            months=months,
            fulfilled_on=shifted(day, -fulfilled),
            repaired_on=None if repaired is None else shifted(day, -repaired),
        )
        life.penalties.append(made)
        if made.repaired_on:
            life.repairs.append(Repair(made.decision_number, made.repaired_on, "1"))

    return story


def _minor(life: Life, day: date) -> None:
    """A pupil: registered, and nothing else."""


def _deceased(life: Life, day: date) -> None:
    life.registration = life.document_status = "4"
    worked = Spell("昆明演示公交有限公司", shifted(day, -240), shifted(day, -180), True, _PAY)
    life.spells = [worked]
    life.fund = saving([worked], day)
    _loan(life, day, BANK_A, 70, 24, 40_000)


def _with_loan(life: Life, day: date) -> None:
    _ordinary(life, day)
    _loan(life, day, BANK_A, 28, 60, 80_000)


def _old_number(life: Life, day: date) -> None:
    _clean(life, day)
    life.old_in = OLD_ROWS


def _dishonest(life: Life, day: date) -> None:
    _ordinary(life, day)
    _loan(life, day, BANK_B, 58, 60, 100_000, late_from=settled_month(day) - 23, bad=True)
    sued = shifted(day, -18)
    case = courts.sue(life, effective_on=sued, amount=5_000_000, number=life.serial % 1000)
    courts.list_dishonest(life, case, published_on=shifted(sued, 8))


def _delisted(life: Life, day: date) -> None:
    _ordinary(life, day)
    sued, fulfilled = shifted(day, -26), shifted(day, -8)
    case = courts.sue(life, effective_on=sued, amount=2_000_000, fulfilled_on=fulfilled, number=life.serial % 1000)
    courts.list_dishonest(life, case, published_on=shifted(sued, 8), fulfilled_on=fulfilled)


def _guarantor(life: Life, day: date) -> None:
    _with_loan(life, day)
    life.liabilities.append(Liability("2", 80_000_000, "5", None))
    life.roles.append(BusinessRole(uscc(21), "2"))


def _card_nearly_full(life: Life, day: date) -> None:
    _ordinary(life, day)
    _card(life, day, BANK_A, 26, 50_000, 47_500)


def _honoured(life: Life, day: date) -> None:
    _ordinary(life, day)
    life.honours.append(Honour("昆明市诚信示范个人", shifted(day, 18)))
    life.licences.append(Licence("食品经营许可", shifted(day, 30), "1"))
    life.qualifications.append(Qualification("二级建造师"))


def _outside(life: Life, day: date) -> None:
    _with_loan(life, day)
    life.division, life.address = "530129", "云南省昆明市寻甸回族彝族自治县演示路1号"


def _in_arrears(life: Life, day: date) -> None:
    _ordinary(life, day)
    _loan(life, day, BANK_A, 30, 60, 60_000, late_from=settled_month(day) - 2)


def _owing_utilities(life: Life, day: date) -> None:
    _ordinary(life, day)
    life.utilities.clear()
    utility(life, "UW", day, unpaid_since=3)
    utility(life, "UP", day, unpaid_since=2)


def _fraud(life: Life, day: date) -> None:
    _ordinary(life, day)
    life.insurance_violations.append(Violation("3", shifted(day, -12), None))


def _open_account(life: Life, day: date) -> None:
    _ordinary(life, day)
    _loan(life, day, BANK_A, 28, 60, 150_000)
    _loan(life, day, BANK_B, 70, 36, 30_000)


def _married_to(tag: str) -> Story:
    def story(life: Life, day: date) -> None:
        _ordinary(life, day)
        life.marriage = Marriage("20", spouse_ref(life.number), spouse_ref(_tagged(tag).id_number))

    return story


_STORIES: dict[str, Story] = {
    "clean": _clean,
    "thin-file": _thin,
    "default-ended-4y11m": _default_ended(59),
    "default-ended-5y1m": _default_ended(61),
    _DISPUTED: _disputed,
    "repaired-penalty": _penalised(decided=10, months=12, fulfilled=9, repaired=4),
    "minor": _minor,
    "deceased": _deceased,
    "same-name-a": _with_loan,
    "same-name-b": _penalised(decided=5, months=12, fulfilled=4),
    "middle-dot-name": _with_loan,
    "rare-characters": _with_loan,
    "old-15-digit-id": _old_number,
    "no-consent": _with_loan,
    "consent-revoked": _with_loan,
    "consent-used-up": _with_loan,
    "consent-expired": _with_loan,
    "consent-single-use": _with_loan,
    "consent-written-amounts": _clean,
    "source-down": _clean,
    "dishonest-debtor": _dishonest,
    "guarantor-of-bad-debt": _guarantor,
    "card-at-95-percent": _card_nearly_full,
    "honoured": _honoured,
    "outside-pilot": _outside,
    "arrears-current": _in_arrears,
    "utility-two-providers": _owing_utilities,
    "insurance-fraud": _fraud,
    "post-loan-open-account": _open_account,
    "display-period-ended": _penalised(decided=14, months=12, fulfilled=13),
    "delisted-debtor": _delisted,
    "married": _married_to("spouse"),
    "spouse": _married_to("married"),
    _UNDER_REPAIR: _penalised(decided=6, months=12, fulfilled=5),
}
