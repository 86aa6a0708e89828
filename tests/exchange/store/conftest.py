"""A store of its own for each test, and words to fill it with. All persons are digests of nobody."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from exchange.consent import Consent, Ground, ground_on
from exchange.decision import Decision, Treatment
from exchange.disclosure import Disclosure
from exchange.requester import Requester
from exchange.store.database import Database
from exchange.store.log import Log

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
SOMEBODY = "5a" * 16


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    database = await Database.open(store_url)
    yield database
    await database.close()


@pytest.fixture
def log(database: Database) -> Iterator[Log]:
    log = Log(database)
    yield log
    log.close()


@pytest.fixture
def make_consent() -> Callable[..., Consent]:
    def make(id: str = "consent-1", **changes: object) -> Consent:
        given: dict = {
            "person": SOMEBODY,
            "organisation": "bank-a",
            "purposes": frozenset({"LOAN_APPROVAL"}),
            "valid_from": NOW - timedelta(days=1),
            "valid_until": NOW + timedelta(days=1),
        }
        return Consent(id=id, **(given | changes))

    return make


@pytest.fixture
def make_disclosure() -> Callable[..., Disclosure]:
    def make(consent: Consent | None = None, **changes: object) -> Disclosure:
        given: dict = {
            "id": secrets.token_hex(16),
            "at": NOW,
            "requester": Requester("bank-a", "bank-system", "op-017", "bank-system"),
            "purpose": "LOAN_APPROVAL",
            "people": (SOMEBODY,),
            "ground": ground_on(consent) if consent else Ground("duty"),
            "decisions": {"PBC03.balance": Decision("PBC03.balance", Treatment.BANDED, rule="P-1", basis="条例 18")},
            "policy": "rev-1",
            "standard": "1.0.0",
        }
        return Disclosure(**(given | changes))

    return make
