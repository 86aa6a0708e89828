"""An answered ask as something that is still to end: its application is granted or declined, and of what was released
some items were used (PIPL art 6, least scope; 征信业务管理办法 art 24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exchange.disclosure import Disclosure
from exchange.refusals import InquiryClosed, InquiryUnknown, ItemsNotReleased


class Outcome(StrEnum):
    """What became of the application, case or contract that the ask named."""

    GRANTED = "GRANTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Inquiry:
    id: str
    """Of the disclosure."""
    organisation: str
    client: str
    purpose: str
    person: str
    """Keyed digest."""
    reference: str
    """"" where the ask named none."""
    at: datetime
    asked: int
    """Items and yes/no questions; counts only."""
    released: int
    outcome: Outcome | None = None
    used: int | None = None
    """Of the released items, as the organisation reported."""


def inquiry_of(disclosure: Disclosure, released: int | None = None) -> Inquiry | None:
    """None for a refusal, an act, and what is about nobody. `released`: of its items, where that was counted."""
    if disclosure.code or disclosure.administrative or not disclosure.purpose or not disclosure.people:
        return None
    return Inquiry(
        id=disclosure.id,
        organisation=disclosure.requester.organisation,
        client=disclosure.requester.client,
        purpose=disclosure.purpose,
        person=disclosure.people[0],
        reference=disclosure.reference or "",
        at=disclosure.at,
        asked=len(disclosure.decisions),
        released=sum(decision.treatment.released for decision in disclosure.decisions.values())
        if released is None
        else released,
    )


def closed(
    inquiries: Sequence[Inquiry], released: Mapping[str, frozenset[str]], outcome: Outcome, used: frozenset[str]
) -> dict[str, int]:
    """Inquiry → how many of its items were used, for those that this outcome closes.

    `inquiries`: all of the organisation's under one reference; `released`: inquiry → its released items. Empty where
    the same outcome was reported before. Raises InquiryUnknown, InquiryClosed, ItemsNotReleased.
    """
    if not inquiries:
        raise InquiryUnknown()
    if any(inquiry.outcome not in (None, outcome) for inquiry in inquiries):
        raise InquiryClosed()
    if not used <= frozenset[str]().union(*released.values()):
        raise ItemsNotReleased()
    return {
        inquiry.id: len(used & released.get(inquiry.id, frozenset()))
        for inquiry in inquiries
        if inquiry.outcome is None
    }
