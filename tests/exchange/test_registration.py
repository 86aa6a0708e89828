"""The life of a registration: every state, every act, one person and two."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import registration
from exchange.client import Client
from exchange.refusals import (
    ProposalDecided,
    ProposalStale,
    Refusal,
    RegistrationClosed,
    StateForbids,
    TwoPersonsNeeded,
)
from exchange.registration import Kind, Outcome, Proposal, Registration, State, Step, Verdict

AT = datetime(2026, 11, 24, tzinfo=UTC)
BANK = Client(organisation="bank-a", roles=("bank-system",), title="Bank A", purposes=("LOAN_APPROVAL",))
WIDER = Client(organisation="bank-a", roles=("bank-system",), title="Bank A", purposes=("LOAN_APPROVAL", "POST_LOAN"))
NARROWER = Client(organisation="bank-a", roles=("bank-system",), title="Bank A", purposes=())


def stands(state: State = State.ACTIVE, content: Client = BANK, version: int = 3) -> Registration[Client]:
    return Registration(Kind.CLIENT, "bank-system", content, state, version)


def asks(content: Client = WIDER, by: str = "li.wei", **changed) -> Proposal[Client]:
    made = Proposal("p1", Kind.CLIENT, "bank-system", Step.REGISTER, content, 0, by, AT)
    return replace(made, **changed)


def waits(step: Step = Step.CHANGE, base: int = 3, **changed) -> Proposal[Client]:
    return asks(step=step, base=base, **changed)


def test_a_new_one_is_pending_until_a_second_person_approves() -> None:
    proposed = registration.propose(None, None, asks(BANK))
    assert proposed.registration.state is State.PENDING
    assert proposed.proposal is not None
    assert (proposed.proposal.step, proposed.proposal.base) == (Step.REGISTER, 1)
    with pytest.raises(TwoPersonsNeeded):
        registration.approve(proposed.registration, proposed.proposal, "li.wei")
    approved = registration.approve(proposed.registration, proposed.proposal, "zhang.min")
    assert (approved.registration.state, approved.registration.content) == (State.ACTIVE, BANK)
    assert approved.proposal is not None
    assert (approved.proposal.verdict, approved.proposal.decided_by) == (Verdict.APPROVED, "zhang.min")


@pytest.mark.parametrize("name", ["LI.WEI", " li.wei ", "Li.Wei", "ｌｉ．ｗｅｉ", "ＬＩ.Wei"])
def test_another_spelling_is_no_second_person(name: str) -> None:
    with pytest.raises(TwoPersonsNeeded):
        registration.approve(stands(), waits(), name)


def test_what_widens_waits_and_what_narrows_holds_at_once() -> None:
    wider = registration.propose(stands(), None, asks(WIDER))
    assert wider.registration == stands()
    assert wider.proposal is not None
    assert (wider.proposal.step, wider.proposal.base) == (Step.CHANGE, 3)
    narrower = registration.propose(stands(), waits(), asks(NARROWER))
    assert (narrower.registration.content, narrower.registration.version) == (NARROWER, 4)
    assert narrower.proposal is None
    assert narrower.superseded is not None
    assert narrower.superseded.verdict is Verdict.SUPERSEDED


def test_a_change_of_a_suspended_one_leaves_it_suspended() -> None:
    now = stands(State.SUSPENDED)
    made = registration.approve(now, waits(), "zhang.min").registration
    assert (made.state, made.content) == (State.SUSPENDED, WIDER)


def test_to_resume_needs_two_and_to_suspend_one() -> None:
    suspended = registration.suspend(stands(), waits())
    assert (suspended.registration.state, suspended.registration.version) == (State.SUSPENDED, 4)
    assert suspended.superseded is not None
    asked = registration.resume(suspended.registration, None, asks())
    assert asked.registration.state is State.SUSPENDED
    assert asked.proposal is not None
    with pytest.raises(TwoPersonsNeeded):
        registration.approve(asked.registration, asked.proposal, "li.wei")
    resumed = registration.approve(asked.registration, asked.proposal, "zhang.min").registration
    assert (resumed.state, resumed.content) == (State.ACTIVE, BANK)


def test_what_was_proposed_before_a_suspension_is_stale_after_it() -> None:
    suspended = registration.suspend(stands(), None).registration
    with pytest.raises(ProposalStale):
        registration.approve(suspended, waits(), "zhang.min")


@pytest.mark.parametrize("verdict", [Verdict.DECLINED, Verdict.SUPERSEDED])
def test_a_decided_proposal_is_not_approved(verdict: Verdict) -> None:
    with pytest.raises(ProposalDecided):
        registration.approve(stands(), waits(verdict=verdict, decided_by="zhang.min"), "zhang.min")


def test_an_approved_one_is_decided_for_everybody_else() -> None:
    with pytest.raises(ProposalDecided):
        registration.approve(stands(), waits(verdict=Verdict.APPROVED, decided_by="zhang.min"), "wang.fang")
    with pytest.raises(ProposalDecided):
        registration.decline(stands(), waits(verdict=Verdict.APPROVED, decided_by="zhang.min"), "wang.fang")


def test_who_proposed_may_withdraw() -> None:
    declined = registration.decline(stands(), waits(), "li.wei")
    assert declined.registration == stands()
    assert declined.proposal is not None
    assert declined.proposal.verdict is Verdict.DECLINED


def test_pending_and_proposed_anew_holds_the_new_content() -> None:
    pending = stands(State.PENDING, version=1)
    made = registration.propose(pending, waits(Step.REGISTER, base=1), asks(NARROWER, by="wang.fang"))
    assert (made.registration.state, made.registration.content) == (State.PENDING, NARROWER)
    with pytest.raises(ProposalStale):
        registration.approve(made.registration, waits(Step.REGISTER, base=1), "zhang.min")


NOTHING_TWICE = [
    lambda: registration.propose(stands(), waits(), asks(WIDER)),
    lambda: registration.propose(stands(), None, asks(BANK)),
    lambda: registration.propose(stands(State.PENDING), waits(Step.REGISTER), asks(WIDER)),
    lambda: registration.resume(stands(), None, asks()),
    lambda: registration.resume(stands(State.SUSPENDED), waits(Step.RESUME), asks()),
    lambda: registration.approve(stands(), waits(verdict=Verdict.APPROVED, decided_by="zhang.min"), "zhang.min"),
    lambda: registration.decline(stands(), waits(verdict=Verdict.DECLINED, decided_by="zhang.min"), "zhang.min"),
    lambda: registration.suspend(stands(State.SUSPENDED), None),
    lambda: registration.close(stands(State.CLOSED), None),
]


@pytest.mark.parametrize("again", NOTHING_TWICE)
def test_an_act_that_comes_again_changes_nothing(again) -> None:
    assert not again().changed


ACTS = {
    "propose": lambda now: registration.propose(now, None, asks(WIDER)),
    "resume": lambda now: registration.resume(now, None, asks()),
    "approve": lambda now: registration.approve(now, waits(), "zhang.min"),
    "suspend": lambda now: registration.suspend(now, None),
    "close": lambda now: registration.close(now, None),
}
ALLOWED: dict[tuple[str, State], State | type[Refusal]] = {
    ("propose", State.PENDING): State.PENDING,
    ("propose", State.ACTIVE): State.ACTIVE,
    ("propose", State.SUSPENDED): State.SUSPENDED,
    ("propose", State.CLOSED): RegistrationClosed,
    ("resume", State.PENDING): StateForbids,
    ("resume", State.ACTIVE): State.ACTIVE,
    ("resume", State.SUSPENDED): State.SUSPENDED,
    ("resume", State.CLOSED): RegistrationClosed,
    ("approve", State.PENDING): State.PENDING,
    ("approve", State.ACTIVE): State.ACTIVE,
    ("approve", State.SUSPENDED): State.SUSPENDED,
    ("approve", State.CLOSED): RegistrationClosed,
    ("suspend", State.PENDING): StateForbids,
    ("suspend", State.ACTIVE): State.SUSPENDED,
    ("suspend", State.SUSPENDED): State.SUSPENDED,
    ("suspend", State.CLOSED): RegistrationClosed,
    ("close", State.PENDING): State.CLOSED,
    ("close", State.ACTIVE): State.CLOSED,
    ("close", State.SUSPENDED): State.CLOSED,
    ("close", State.CLOSED): State.CLOSED,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_in_every_state(act: str, state: State) -> None:
    expected = ALLOWED[act, state]
    if isinstance(expected, State):
        assert ACTS[act](stands(state)).registration.state is expected
    else:
        with pytest.raises(expected):
            ACTS[act](stands(state))


PEOPLE = ("li.wei", "Li.Wei", "zhang.min")
CONTENTS = (BANK, WIDER, NARROWER)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["propose", "resume", "approve", "decline", "suspend", "close"]),
            st.sampled_from(PEOPLE),
            st.sampled_from(CONTENTS),
        ),
        max_size=25,
    )
)
def test_no_course_of_acts_lets_one_person_widen_anything(acts) -> None:
    """Whatever happens: closed stays closed, and what is active and wider than before was seen by two."""
    now: Registration[Client] | None = None
    waiting: Proposal[Client] | None = None
    for act, by, content in acts:
        before = now
        try:
            done = _do(act, by, content, now, waiting)
        except Refusal:
            continue
        if done is None:
            continue
        now = done.registration
        if before and before.state is State.CLOSED:
            assert now == before
        gains = now.state is State.ACTIVE and (
            before is None or before.state is not State.ACTIVE or now.content.widens(before.content)
        )
        if gains:
            assert act == "approve"
            assert waiting is not None
            assert not registration.one_person(waiting.by, by)
        if done.changed and not (before is now and done.proposal is None):
            waiting = done.proposal if done.proposal and done.proposal.verdict is Verdict.OPEN else None


def _do(act, by, content, now, waiting) -> Outcome[Client] | None:
    if act == "propose":
        return registration.propose(now, waiting, asks(content, by=by))
    if now is None:
        return None
    if act in ("suspend", "close"):
        return {"suspend": registration.suspend, "close": registration.close}[act](now, waiting)
    if act == "resume":
        return registration.resume(now, waiting, asks(by=by))
    if waiting is None:
        return None
    return {"approve": registration.approve, "decline": registration.decline}[act](now, waiting, by)
