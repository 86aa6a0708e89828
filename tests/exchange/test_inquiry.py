from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from exchange.inquiry import Inquiry, Outcome, closed
from exchange.refusals import InquiryClosed, InquiryUnknown, ItemsNotReleased, Refusal

ONE = Inquiry("i1", "bank-a", "c", "LOAN_APPROVAL", "5a" * 16, "SQ-1", datetime(2026, 11, 24, tzinfo=UTC), 3, 2)
TWO = replace(ONE, id="i2")
RELEASED = {"i1": frozenset({"PBC03.balance", "PBC03.opened_on"}), "i2": frozenset({"PBC03.balance"})}


def test_an_outcome_closes_all_that_are_open_and_counts_what_was_used_of_each() -> None:
    used = frozenset({"PBC03.balance", "PBC03.opened_on"})
    assert closed([ONE, TWO], RELEASED, Outcome.GRANTED, used) == {"i1": 2, "i2": 1}
    done = replace(TWO, outcome=Outcome.GRANTED, used=0)
    assert closed([ONE, done], RELEASED, Outcome.GRANTED, frozenset()) == {"i1": 0}
    assert closed([done], RELEASED, Outcome.GRANTED, frozenset()) == {}


@pytest.mark.parametrize(
    ("inquiries", "used", "refusal"),
    [
        ([], set(), InquiryUnknown),
        ([replace(ONE, outcome=Outcome.DECLINED)], set(), InquiryClosed),
        ([ONE, replace(TWO, outcome=Outcome.WITHDRAWN)], set(), InquiryClosed),
        ([ONE], {"PBC03.loan_amount"}, ItemsNotReleased),
        ([ONE], {"PBC03.balance", "nothing"}, ItemsNotReleased),
    ],
)
def test_what_cannot_be_reported(inquiries: list[Inquiry], used: set[str], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        closed(inquiries, RELEASED, Outcome.GRANTED, frozenset(used))
