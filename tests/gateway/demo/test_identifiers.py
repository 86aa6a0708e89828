"""Numbers are right by the standards that rule them."""

from __future__ import annotations

from datetime import date

import pytest

from exchange.person import PersonId
from gateway.demo.constants import PROVIDERS
from gateway.demo.identifiers import case_number, id_number, uscc, uscc_check


def test_an_id_number_parses_back() -> None:
    assert id_number(date(1990, 3, 7), 1) == "530199199003070015"
    assert PersonId.parse(id_number(date(2001, 12, 31), 998)).born == date(2001, 12, 31)


def test_a_credit_code_has_the_published_form_and_check() -> None:
    assert uscc(0) == "91530199MA6K000060"
    assert len({uscc(firm) for firm in range(500)}) == 500


@pytest.mark.parametrize("code", [*PROVIDERS.values(), uscc(9), uscc(9999)])
def test_check_digits_of_gb_32100_and_gb_11714(code: str) -> None:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert len(code) == 18
    assert sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17])) % 31 == (
        (31 - signs.index(code[17])) % 31
    )
    assert code[17] == uscc_check(code[:17])
    total = sum(w * int(sign, 36) for w, sign in zip((3, 7, 9, 10, 5, 8, 4, 2), code[8:16], strict=True))
    check = code[16]
    assert (total + (10 if check == "X" else int(check))) % 11 == 0


def test_a_case_number_has_half_width_brackets() -> None:
    assert case_number(2024, "0102", "执", 123) == "(2024)云0102执123号"
