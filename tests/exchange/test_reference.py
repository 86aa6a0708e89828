from __future__ import annotations

import pytest

from exchange.reference import ReferenceKind, ReferenceRule, checked_reference
from exchange.refusals import ReferenceInvalid


@pytest.mark.parametrize(
    "text",
    [
        "A1",
        "LN-2026/00017",
        "(2024)云01执123号",
        "（2024）云0102民初45号之一",
        "昆税发〔2026〕12号",
        "人社〔2026〕第3号",
    ],
)
def test_numbers_of_known_forms_are_taken_as_they_are(text: str) -> None:
    assert checked_reference(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "张伟", "Zhang San", "five", "x1" * 33, "A1\n", "530199199003070015", "昆税发〔2026〕号", "A 1",
     "昆税发〔26〕12号", "5-3-0-1-9-9-1-9-9-0-0-3-0-7-0-0-1-5", "530199900307001", "1" * 65],
)  # fmt: skip
def test_names_and_id_numbers_are_not(text: str) -> None:
    with pytest.raises(ReferenceInvalid):
        checked_reference(text)


def test_a_rule_wants_the_whole_number() -> None:
    rule = ReferenceRule(ReferenceKind.CASE, r"\(\d{4}\).+号")
    assert rule.fits("(2024)云01执123号")
    assert not rule.fits("x(2024)云01执123号")
    assert not rule.fits("(2024)云01执123号1")
