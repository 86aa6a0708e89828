"""Which steps a version may take."""

from datetime import date
from itertools import product

import pytest

from exchange.lifecycle import NEXT, Approval, State, Step

WAY = [State.DRAFT, State.EXPERT_REVIEW, State.SUBMITTED, State.APPROVED, State.IN_FORCE]


def approval(*states: State, days: list[int] | None = None) -> Approval:
    days = days or list(range(1, len(states) + 1))
    steps = (Step(s, date(2026, 1, d), "office", "paper") for s, d in zip(states, days, strict=True))
    return Approval("KM", "1.0.0", "00", tuple(steps))


def test_the_whole_way_is_legal():
    for length in range(1, len(WAY) + 1):
        assert approval(*WAY[:length]).illegal_step() is None
        assert approval(*WAY[:length]).state is WAY[length - 1]
    for end in (State.SUPERSEDED, State.WITHDRAWN):
        assert approval(*WAY, end).illegal_step() is None


def test_a_version_may_be_sent_back_and_come_again():
    assert approval(*WAY[:2], *WAY[:3], *WAY).illegal_step() is None


@pytest.mark.parametrize("skipped", range(len(WAY) - 1))
def test_no_step_may_be_left_out(skipped):
    way = [*WAY[:skipped], *WAY[skipped + 1 :]]
    illegal = approval(*way).illegal_step()
    assert illegal is not None
    assert illegal[0] == skipped


@pytest.mark.parametrize("end", [State.SUPERSEDED, State.WITHDRAWN])
def test_nothing_comes_back_from_the_end(end):
    assert NEXT[end] == frozenset()
    assert approval(*WAY, end, State.IN_FORCE).illegal_step() == (6, f"{end} is not followed by in_force")


def test_only_an_approved_version_comes_into_force():
    assert [a for a, b in product(State, State) if b is State.IN_FORCE and b in NEXT[a]] == [State.APPROVED]


def test_time_runs_forward():
    assert approval(*WAY, days=[1, 2, 2, 5, 4]).illegal_step() == (4, "in_force is dated before approved")


def test_no_steps_is_a_draft():
    assert approval().state is State.DRAFT
