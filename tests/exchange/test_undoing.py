"""What a sealing undoes for one ask leaves nothing of it beside the others of its transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from exchange.consent import Ground
from exchange.disclosure import Disclosure
from exchange.frequency import Frequency, Period, Turn
from exchange.refusals import ConsentUnknown, FrequencyExceeded
from exchange.requester import Requester
from exchange.sealing import Facts, Sealing

SOMEBODY = "5a" * 16
TURN = Turn(SOMEBODY, "bank-a", "POST_LOAN", "2026-11", Frequency(1, Period.MONTH), "条例 20")
GOOD = Disclosure(
    id="1" * 32,
    at=datetime(2026, 11, 24, tzinfo=UTC),
    requester=Requester("bank-a", "bank-system", "op", "bank-system"),
    purpose="POST_LOAN",
    people=(SOMEBODY,),
    ground=Ground("contract"),
    turn=TURN,
)
UNFOUNDED = replace(GOOD, id="2" * 32, ground=Ground("consent", "unknown"), turn=None)


def test_an_undone_ask_leaves_no_turn_and_no_inquiry() -> None:
    sealing = Sealing(Facts())
    with pytest.raises(ConsentUnknown):
        sealing.add([GOOD, UNFOUNDED], None)
    assert (sealing.rows.turns, sealing.rows.inquiries, sealing.rows.log) == ([], [], [])
    sealing.add([GOOD], None)
    assert sealing.rows.turns == [TURN.key]
    assert [inquiry.id for inquiry in sealing.rows.inquiries] == [GOOD.id]
    with pytest.raises(FrequencyExceeded):
        sealing.add([replace(GOOD, id="3" * 32)], None)
    assert len(sealing.rows.inquiries) == len(sealing.rows.turns) == len(sealing.rows.log) == 1
