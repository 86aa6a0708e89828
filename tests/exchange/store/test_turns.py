from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.frequency import Beyond, Frequency, Period, Turn
from exchange.refusals import ConsentUnknown, FrequencyExceeded
from exchange.store.log import Log
from exchange.store.turns import Turns
from tests.exchange.store.conftest import SOMEBODY

MONTHLY = Turn(SOMEBODY, "bank-a", "POST_LOAN", "2026-11", Frequency(1, Period.MONTH), "条例 20")
YEARLY = replace(MONTHLY, purpose="SELF_QUERY", period="2026", frequency=Frequency(2, Period.YEAR, Beyond.COUNTED))


async def used(database, turn):
    return (await Turns(database).used([turn])).get(turn.key, 0)


async def test_of_40_asks_at_once_one_gets_the_turn(log, database, make_disclosure):
    seals = (log.seal([make_disclosure(turn=MONTHLY)], None) for _ in range(40))
    outcomes = await asyncio.gather(*seals, return_exceptions=True)
    assert outcomes.count(None) == 1
    (refusal, *_) = refusals = [outcome for outcome in outcomes if isinstance(outcome, FrequencyExceeded)]
    assert len(refusals) == 39
    assert (refusal.rule, refusal.basis) == ("purpose POST_LOAN: 1 per month for one person", "条例 20")
    assert await used(database, MONTHLY) == 1
    assert (await log.head()).sequence == 1


async def test_two_logs_on_one_store_count_together(log, database, make_disclosure):
    other = Log(database)
    try:
        seals = [each.seal([make_disclosure(turn=MONTHLY)], None) for each in (log, other) for _ in range(10)]
        outcomes = await asyncio.gather(*seals, return_exceptions=True)
    finally:
        other.close()
    assert outcomes.count(None) == 1
    assert await used(database, MONTHLY) == 1


@pytest.mark.parametrize(
    "other", [{"period": "2026-12"}, {"organisation": "bank-b"}, {"purpose": "CARD_APPROVAL"}, {"person": "6b" * 16}]
)
async def test_another_period_organisation_purpose_or_person_has_its_own(log, make_disclosure, other):
    await log.seal([make_disclosure(turn=MONTHLY)], None)
    await log.seal([make_disclosure(turn=replace(MONTHLY, **other))], None)
    with pytest.raises(FrequencyExceeded):
        await log.seal([make_disclosure(turn=MONTHLY)], None)


async def test_what_is_only_counted_is_never_refused(log, database, make_disclosure):
    await asyncio.gather(*(log.seal([make_disclosure(turn=YEARLY)], None) for _ in range(7)))
    assert await used(database, YEARLY) == 7


async def test_what_is_refused_takes_no_turn(log, database, make_consent, make_disclosure):
    """The whole ask, with the turns of those of a portfolio that came before."""
    other = replace(MONTHLY, person="6b" * 16)
    with pytest.raises(ConsentUnknown):
        await log.seal([make_disclosure(turn=MONTHLY), make_disclosure(make_consent("unknown"), turn=other)], None)
    await log.seal([make_disclosure(turn=MONTHLY, code="CONSENT_REQUIRED")], None)
    assert await used(database, MONTHLY) == 0
    await log.seal([make_disclosure(turn=MONTHLY)], None)
    assert await used(database, MONTHLY) == 1


async def test_an_ask_that_comes_again_after_a_lost_acknowledgement_is_counted_once(log, database, make_disclosure):
    disclosure = make_disclosure(turn=MONTHLY)
    await log.seal([disclosure], None)
    await log.seal([disclosure], None)
    assert await used(database, MONTHLY) == 1
