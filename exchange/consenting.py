"""What may be done to a consent: which act, by whom, from which state to which. Everything else is refused.

Withdrawing is never harder than giving (PIPL art 15): the person revokes from every state in which something could
still happen. What was disclosed before stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from exchange.consent import Act, Consent, ConsentState
from exchange.proof import ProofKind
from exchange.refusals import ConsentActNotPermitted, ConsentExpired, ConsentStateUnfit


class Party(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    OFFICE = "office"
    """The operator of the gateway, for the credit office (征信业管理条例 art 25: on a complaint that was upheld)."""


@dataclass(frozen=True, slots=True)
class Transition:
    act: Act
    by: frozenset[Party]
    before: frozenset[ConsentState]
    """Empty: the act makes the consent."""
    after: ConsentState
    recorded_only: bool = False


_P, _O, _C = Party.PERSON, Party.ORGANISATION, Party.OFFICE
_S = ConsentState
TRANSITIONS = (
    Transition(Act.GIVE, frozenset({_P}), frozenset(), _S.ACTIVE),
    Transition(Act.REQUEST, frozenset({_O}), frozenset(), _S.REQUESTED),
    Transition(Act.RECORD, frozenset({_O}), frozenset(), _S.ACTIVE),
    Transition(Act.APPROVE, frozenset({_P}), frozenset({_S.REQUESTED}), _S.ACTIVE),
    Transition(Act.DECLINE, frozenset({_P}), frozenset({_S.REQUESTED}), _S.DECLINED),
    Transition(Act.PAUSE, frozenset({_P}), frozenset({_S.PENDING, _S.ACTIVE}), _S.PAUSED),
    Transition(Act.RESUME, frozenset({_P}), frozenset({_S.PAUSED}), _S.ACTIVE),
    Transition(
        Act.REVOKE, frozenset({_P, _O, _C}), frozenset({_S.REQUESTED, _S.PENDING, _S.ACTIVE, _S.PAUSED}), _S.REVOKED
    ),
    Transition(
        Act.OBJECT, frozenset({_P}), frozenset({_S.PENDING, _S.ACTIVE, _S.PAUSED}), _S.REVOKED, recorded_only=True
    ),
)
BY_ACT = {transition.act: transition for transition in TRANSITIONS}


def begun(act: Act, by: Party) -> ConsentState:
    """The state in which an act makes a consent. Raises ConsentActNotPermitted, ConsentStateUnfit."""
    transition = BY_ACT[act]
    if by not in transition.by:
        raise ConsentActNotPermitted(rule=f"consent {act}")
    if transition.before:
        raise ConsentStateUnfit(rule=f"consent {act}")
    return transition.after


def acted(consent: Consent, act: Act, by: Party, at: datetime) -> Consent:
    """The consent after the act; the same object where the act was done already, so that a retry changes nothing.

    Whose consent it is the caller has checked. Raises ConsentActNotPermitted, ConsentStateUnfit, ConsentExpired.
    """
    transition = BY_ACT[act]
    if by not in transition.by or not transition.before:
        raise ConsentActNotPermitted(rule=f"consent {act}")
    if transition.recorded_only and consent.proof.kind is ProofKind.OWN_ACT:
        raise ConsentStateUnfit(rule=f"consent {act}")
    if consent.state is transition.after and consent.last_act is act:
        return consent
    state = consent.state_at(at)
    if state is ConsentState.EXPIRED:
        raise ConsentExpired(rule=f"consent {act}")
    if state not in transition.before:
        raise ConsentStateUnfit(rule=f"consent {act}")
    return replace(consent, state=transition.after, last_act=act, changed_at=at)
