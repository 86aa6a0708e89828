"""Every act, by everybody, from every state: allowed as the table says, and refused otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from exchange.consent import Act, ConsentState
from exchange.consenting import Party, acted, begun
from exchange.proof import Proof, ProofKind
from exchange.refusals import ConsentActNotPermitted, ConsentExpired, ConsentStateUnfit, Refusal
from tests.exchange.test_consent import DAY, NOW, consent

S, A, P = ConsentState, Act, Party
PAPER = Proof(ProofKind.PAPER, "ab" * 32)
LIVE = (S.PENDING, S.ACTIVE, S.PAUSED)
ALLOWED = {
    (A.APPROVE, P.PERSON, S.REQUESTED): S.ACTIVE,
    (A.DECLINE, P.PERSON, S.REQUESTED): S.DECLINED,
    (A.PAUSE, P.PERSON, S.PENDING): S.PAUSED,
    (A.PAUSE, P.PERSON, S.ACTIVE): S.PAUSED,
    (A.RESUME, P.PERSON, S.PAUSED): S.ACTIVE,
    **{(A.REVOKE, party, state): S.REVOKED for party in Party for state in (S.REQUESTED, *LIVE)},
    **{(A.OBJECT, P.PERSON, state): S.REVOKED for state in LIVE},
}
BY = {A.REVOKE: set(Party)} | {act: {P.PERSON} for act in (A.APPROVE, A.DECLINE, A.PAUSE, A.RESUME, A.OBJECT)}


def recorded(state: ConsentState):
    if state is S.PENDING:
        return consent(valid_from=NOW + DAY, valid_until=NOW + 2 * DAY, proof=PAPER, last_act=A.RECORD)
    if state is S.EXPIRED:
        return consent(valid_until=NOW, proof=PAPER, last_act=A.RECORD)
    return consent(state=state, proof=PAPER, last_act=A.RECORD)


@pytest.mark.parametrize(("act", "by", "state"), list(product(Act, Party, ConsentState)))
def test_the_table_of_acts(act: Act, by: Party, state: ConsentState) -> None:
    before = recorded(state)
    assert before.state_at(NOW) is state
    found: object
    try:
        found = acted(before, act, by, NOW).state
    except Refusal as refusal:
        found = type(refusal)
    expected: object = ALLOWED.get((act, by, state))
    if expected is None:
        expected = ConsentStateUnfit if by in BY.get(act, set()) else ConsentActNotPermitted
        if expected is ConsentStateUnfit and state is S.EXPIRED:
            expected = ConsentExpired
    assert found is expected


def test_a_consent_begins_with_one_of_three_acts_each_by_its_own_party() -> None:
    allowed = {
        (A.GIVE, P.PERSON): S.ACTIVE,
        (A.REQUEST, P.ORGANISATION): S.REQUESTED,
        (A.RECORD, P.ORGANISATION): S.ACTIVE,
    }
    for act, by in product(Act, Party):
        if (act, by) in allowed:
            assert begun(act, by) is allowed[act, by]
        else:
            with pytest.raises((ConsentActNotPermitted, ConsentStateUnfit)):
                begun(act, by)


def test_an_act_done_twice_changes_nothing() -> None:
    once = acted(consent(), A.REVOKE, P.PERSON, NOW)
    assert (once.last_act, once.changed_at) == (A.REVOKE, NOW)
    assert acted(once, A.REVOKE, P.PERSON, NOW + timedelta(hours=1)) is once


def test_only_what_another_recorded_is_objected_to() -> None:
    with pytest.raises(ConsentStateUnfit):
        acted(consent(), A.OBJECT, P.PERSON, NOW)


def test_a_revoked_consent_stays_revoked() -> None:
    for act, by in product(Act, Party):
        for state in (S.REVOKED, S.DECLINED, S.CONSUMED, S.EXPIRED):
            before = replace(recorded(state), last_act=A.PAUSE)
            with pytest.raises(Refusal):
                acted(before, act, by, NOW)
