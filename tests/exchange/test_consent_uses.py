"""Uses of one transaction of the log are counted together, before any table's fence is asked."""

from __future__ import annotations

import pytest

from exchange.consent import ConsentState, ground_on
from exchange.disclosure import Disclosure
from exchange.frequency import Frequency, Period
from exchange.refusals import ConsentPaused, ConsentTooOften, ConsentUnknown, ConsentUsedUp
from exchange.requester import Requester
from exchange.sealing import Facts, Sealing, Use
from tests.exchange.test_consent import NOW, WHO, consent


def ask(id: str, held, client: str = "bank-system") -> Disclosure:
    requester = Requester("bank-a", client, "op-017", "bank-system")
    return Disclosure(id, NOW, requester, WHO[2], (WHO[1],), ground_on(held))


def sealing(*held) -> Sealing:
    return Sealing(Facts(consents={each.id: each for each in held}))


def test_each_ask_is_one_use_and_the_one_too_many_gets_nothing() -> None:
    held = consent(frequency=Frequency(3, Period.MONTH), period="2026-11", period_uses=1)
    one = sealing(held)
    one.add([ask("a", held), ask("b", held)], None)  # one answer of two roots
    one.add([ask("c", held)], None)
    with pytest.raises(ConsentTooOften):
        one.add([ask("d", held)], None)
    assert one.rows.uses == [Use("c1", "2026-11", 2, 1), Use("c1", "2026-11", 3, 3)]
    assert len(one.rows.log) == 3


def test_what_one_ask_used_up_is_used_up_for_the_next() -> None:
    held = consent(single_use=True)
    one = sealing(held)
    one.add([ask("a", held)], None)
    with pytest.raises(ConsentUsedUp):
        one.add([ask("b", held)], None)
    assert one.rows.uses == [Use("c1", "", 1, 1)]


def test_an_ask_that_is_undone_used_nothing() -> None:
    held, paused = consent(single_use=True), consent("c2", state=ConsentState.PAUSED)
    one = sealing(held, paused)
    with pytest.raises(ConsentPaused):
        one.add([ask("a", held), ask("b", paused)], None)
    assert (one.rows.uses, one.rows.log) == ([], [])
    one.add([ask("c", held)], None)


def test_a_consent_to_one_client_is_nothing_to_another() -> None:
    held = consent(client="bank-system")
    one = sealing(held)
    one.add([ask("a", held)], None)
    with pytest.raises(ConsentUnknown):
        one.add([ask("b", held, client="bank-officer")], None)
