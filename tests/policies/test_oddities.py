from __future__ import annotations

from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from policies.engine import Engine
from policies.oddities import oddities


def odd(folder: Path, catalogue: Catalogue) -> list[tuple[str, int, str]]:
    return [(o.file, o.line, o.message) for o in oddities(Engine.load(folder, catalogue), catalogue)]


def test_nothing_is_odd_about_the_shipped_policies(engine: Engine, catalogue: Catalogue) -> None:
    assert oddities(engine, catalogue) == ()


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        (
            "permits.csv",
            "p, bank, CARD_APPROVAL, PBC03.balance, EXISTS, , ordinary, P-T, CREDIT_QUERY",
            "P-T is shadowed and never decides: P-CARD-LC decides wherever it would",
        ),
        (
            "permits.csv",
            "p, bank, CARD_APPROVAL, PBC03.balance, BANDED, own_institution, ordinary, P-T, CREDIT_QUERY",
            "P-T is shadowed and never decides: P-CARD-LC decides wherever it would",
        ),
        (
            "permits.csv",
            "p, bank-system, LOAN_APPROVAL, PBC08.inquirer_code, FULL, , ordinary, P-T, LENDING",
            "P-T is shadowed and never decides: P-LOAN-BANKSYS-IQ decides wherever it would",
        ),
        (
            "permits.csv",
            "p, analyst, STATISTICS, group:tax, BANDED, , ordinary, P-T, CREDIT_QUERY",
            "P-T is dead: STATISTICS rests on no ground, so nothing is open for it",
        ),
        (
            "permits.csv",
            "p, auditor, INSPECTION, department:CVA, EXISTS, , ordinary, P-T, AUDIT",
            "P-T does not reach 4 items of sensitivity 4 in department:CVA: each is named by itself",
        ),
        (
            "forbids.csv",
            "p, bank, lending, PBC03.institution_code, FULL, , , F-T, OTHER_LENDERS",
            "F-T is shadowed and never decides: F-LENDER-LOAN-LENDER closes all that it closes",
        ),
        (
            "forbids.csv",
            "p, bank, *, PBC03.five_category, MASKED, , , F-T, OTHER_LENDERS",
            "F-T is dead: MASKED has no meaning for PBC03.five_category",
        ),
    ],
)
def test_an_odd_rule(folder: Path, catalogue: Catalogue, add, file: str, line: str, message: str) -> None:
    number = add(file, line)
    assert odd(folder, catalogue) == [(file, number, message)]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        # decides nothing yet, and stands against permits to come
        ("forbids.csv", "p, department, *, PBC08.inquirer_code, *, , , F-T, OTHER_LENDERS"),
        # adds its rows to those of another
        (
            "permits.csv",
            "p, utility-clerk, UTILITY_DISPUTE, record:UTL02, FULL, disputed_record_only, ordinary, P-T, UTILITY",
        ),
        ("permits.csv", "p, auditor, INSPECTION, group:tax, EXISTS, , ordinary, P-T, AUDIT"),
    ],
)
def test_what_is_not_odd(folder: Path, catalogue: Catalogue, add, file: str, line: str) -> None:
    add(file, line)
    assert odd(folder, catalogue) == []
