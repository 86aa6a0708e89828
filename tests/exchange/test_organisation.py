"""Whom the licence and the agreement let be served, on which day."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange.organisation import LICENCES, ROLES, UNBOUND, Agreement, Licence, Organisation, OrganisationKind
from exchange.refusals import AgreementExpired, AgreementMissing, LicenceExpired, LicenceMissing
from exchange.standard.load import load
from policies.engine import Engine

APPROVAL = Path("gateway/demo/approval.yaml")
LAST = date(2027, 12, 31)
BANK = Organisation(
    kind=OrganisationKind.BANK,
    title="Bank A",
    licence=Licence(number="B0001H253010001", valid_until=LAST),
    agreement=Agreement(number="云信协 2026-1", valid_from=date(2026, 1, 1), valid_until=LAST),
)
DAY = date(2026, 11, 24)


def like(**changed: Any) -> Organisation:
    return msgspec.structs.replace(BANK, **changed)


def agreement(begins: date, ends: date) -> Agreement:
    return Agreement(number="云信协 2026-1", valid_from=begins, valid_until=ends)


@pytest.mark.parametrize(
    ("organisation", "day", "refusal"),
    [
        (BANK, DAY, None),
        (BANK, LAST, None),
        (BANK, date(2028, 1, 1), LicenceExpired),
        (BANK, date(2025, 12, 31), AgreementExpired),
        (like(licence=None), DAY, LicenceMissing),
        (like(agreement=None), DAY, AgreementMissing),
        (like(licence=Licence(number="1", valid_until=date(2026, 11, 23))), DAY, LicenceExpired),
        (like(licence=Licence(number="1", valid_until=DAY)), DAY, None),
        (like(agreement=agreement(date(2026, 11, 25), LAST)), DAY, AgreementExpired),
        (like(agreement=agreement(DAY, DAY)), DAY, None),
        (like(agreement=agreement(date(2026, 1, 1), date(2026, 11, 23))), DAY, AgreementExpired),
    ],
)
def test_who_is_served_on_a_day(organisation: Organisation, day: date, refusal: type | None) -> None:
    found = organisation.barred_on(day)
    assert (found and type(found)) is refusal
    assert found is None or found.basis


@pytest.mark.parametrize("kind", OrganisationKind)
def test_what_each_kind_needs(kind: OrganisationKind) -> None:
    bare = Organisation(kind=kind, title="x")
    wanted = LicenceMissing if kind in LICENCES else None if kind in UNBOUND else AgreementMissing
    found = bare.barred_on(DAY)
    assert (found and type(found)) is wanted
    assert {"bank", "agency", "rural_cooperative"} <= set(LICENCES)


@pytest.mark.parametrize(
    ("changed", "wider"),
    [
        ({}, set()),
        ({"title": "Bank of A"}, set()),
        ({"licence": None, "agreement": None}, set()),
        ({"licence": Licence(number="B0001H253010001", valid_until=DAY)}, set()),
        ({"licence": Licence(number="B0001H253010001", valid_until=date(2028, 1, 1))}, {"licence"}),
        ({"licence": Licence(number="another", valid_until=DAY)}, {"licence"}),
        ({"agreement": agreement(DAY, DAY)}, set()),
        ({"agreement": agreement(date(2025, 1, 1), DAY)}, {"agreement"}),
        ({"agreement": agreement(DAY, date(2028, 1, 1))}, {"agreement"}),
        ({"kind": OrganisationKind.AGENCY}, {"kind"}),
    ],
)
def test_what_lets_more(changed: dict[str, Any], wider: set[str]) -> None:
    assert like(**changed).widens(BANK) == wider


_LICENCES = [None, *(Licence(number=number, valid_until=ends) for number in ("1", "2") for ends in (DAY, LAST))]
_AGREEMENTS = [None, *(agreement(begins, ends) for begins in (date(2026, 1, 1), DAY) for ends in (DAY, LAST))]
_DAYS = [date(2026, 1, 1), DAY, LAST, date(2028, 1, 1)]


@pytest.mark.parametrize("kind", OrganisationKind)
def test_what_lets_no_more_opens_no_day(kind: OrganisationKind) -> None:
    """One person does it: so nobody who was barred may be served after it."""
    every = [like(kind=kind, licence=one, agreement=other) for one, other in product(_LICENCES, _AGREEMENTS)]
    for before, now in product(every, every):
        if not now.widens(before):
            opened = [day for day in _DAYS if before.barred_on(day) and not now.barred_on(day)]
            assert opened == [], (before, now)


def test_every_role_is_some_kinds_but_the_consoles() -> None:
    named = frozenset[str]().union(*ROLES.values())
    assert named == frozenset(Engine.load(None, load(approval=APPROVAL)).roles) - {"operator"}
    assert ROLES.keys() == set(OrganisationKind)


def test_a_first_licence_lets_more() -> None:
    assert BANK.widens(like(licence=None, agreement=None)) == {"licence", "agreement"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title_zh": "\x00"}, "title_zh"),
        ({"licence": Licence(number="", valid_until=DAY)}, "licence"),
        ({"licence": Licence(number="530199199003070015", valid_until=DAY)}, "licence"),
        ({"agreement": agreement(LAST, DAY)}, "agreement"),
    ],
)
def test_what_cannot_stand_in_the_register(changed: dict[str, Any], field: str) -> None:
    assert list(BANK.faults()) == []
    assert list(like(**changed).faults()) == [field]
