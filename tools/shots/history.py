"""Three months of asks for a log that has none: sealed as the gateway seals them, at times that have passed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from exchange.alarm import Alarm, AlarmKind
from exchange.consent import Consent, ConsentState, Ground
from exchange.decision import Decision, Treatment
from exchange.disclosure import Disclosure
from exchange.requester import Requester
from gateway.app import Gateway
from resolvers.context import new_id

_WHO = (
    (Requester("bank-a", "bank-system", "app.core", "bank-system"), "LOAN_APPROVAL", 7),
    (Requester("bank-a", "bank-officer", "wu.fang", "bank-officer"), "POST_LOAN", 4),
    (Requester("public", "person", "self", "person"), "SELF_QUERY", 3),
    (Requester("credit-office", "court-liaison", "gao.lei", "court-liaison"), "JUDICIAL_INQUIRY", 2),
)
_WHY = ("CONSENT_REQUIRED", "PURPOSE_NOT_PERMITTED", "REFERENCE_REQUIRED")
_PIECE = 200


def entries(gateway: Gateway, at: datetime, days: int = 90) -> Iterator[Disclosure]:
    """The same for the same day."""
    decisions = {
        each.item: each
        for each in (
            Decision("PBC03.balance", Treatment.BANDED, frozenset(), "P-LOAN-1", "征信业管理条例 art 18"),
            Decision("HPF01.balance", Treatment.FULL, frozenset(), "P-LOAN-2", "征信业管理条例 art 14"),
        )
    }
    for day in range(days, -1, -1):
        for turn, (who, purpose, weight) in enumerate(_WHO):
            for n in range(_asks(at - timedelta(days=day), weight)):
                person = hashlib.sha256(f"{day}.{turn}.{n}".encode()).hexdigest()[:32]
                said: dict[str, Any] = {
                    "id": new_id(),
                    "at": at - timedelta(days=day, minutes=7 * n + turn),
                    "requester": who,
                    "purpose": purpose,
                    "people": (person,),
                    "policy": gateway.policies.current.engine.revision,
                    "standard": gateway.services.catalogue.version,
                }
                if (n + day) % 5 == 0:
                    code = _WHY[(n + turn + day) % len(_WHY)]
                    yield Disclosure(**said, ground=Ground("none"), decisions={}, sources={}, code=code)
                else:
                    yield Disclosure(
                        **said,
                        ground=Ground("consent"),
                        decisions=decisions,
                        sources={"PBC": "DELIVERED", "HPF": "DELIVERED"},
                    )


def _asks(at: datetime, weight: int) -> int:
    """More on weekdays, and never the same."""
    wave = hashlib.sha256(f"{at:%Y-%m-%d}.{weight}".encode()).digest()[0] % (weight + 1)
    return (weight + wave) // (4 if at.weekday() > 4 else 1)


async def fill(gateway: Gateway, at: datetime, days: int = 90) -> int:
    """How many entries it sealed."""
    waiting = list(entries(gateway, at, days))
    for start in range(0, len(waiting), _PIECE):
        await gateway.log.seal(tuple(waiting[start : start + _PIECE]), None)
    return len(waiting)


def alarm(at: datetime, operator: str = "wu.fang", client: str = "bank-officer") -> Alarm:
    return Alarm(
        id=new_id(),
        kind=AlarmKind.MANY_PEOPLE,
        organisation="bank-a",
        client=client,
        operator=operator,
        purpose="LOAN_APPROVAL",
        raised_at=at,
        count=40,
    )


def consents(at: datetime, months: int = 4) -> list[Consent]:
    """Given in the months before; some of them withdrawn or run out since."""
    found: list[Consent] = []
    for n in range(months * 30):
        given = at - timedelta(days=30 * (n % months + 1))
        ended = n // months % 3 == 0 and n % months > 1
        found.append(
            Consent(
                id=new_id(),
                person=hashlib.sha256(f"consent {n}".encode()).hexdigest()[:32],
                organisation="bank-a",
                purposes=frozenset({"LOAN_APPROVAL" if n % 3 else "POST_LOAN"}),
                valid_from=given,
                valid_until=given + timedelta(days=35 if ended else 400),
                state=ConsentState.ACTIVE,
                made_at=given,
            )
        )
    return found
