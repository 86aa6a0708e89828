from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from exchange.consent import ConsentState
from exchange.refusals import ConsentUnknown, StoreUnavailable
from exchange.store.consent import Consents

REVOKED_AT = datetime(2026, 11, 24, tzinfo=UTC)


async def test_a_consent_comes_back_as_it_was_given(database, make_consent):
    consents = Consents(database)
    given = [
        make_consent("plain"),
        make_consent(
            "narrow",
            items=frozenset({"PBC03.balance", "HRS02.insured_months"}),
            written_items=frozenset({"TAX03.tax_amount"}),
            single_use=True,
            state=ConsentState.CONSUMED,
        ),
        make_consent("nothing", items=frozenset()),
    ]
    assert await consents.add(given) == 3
    assert [await consents.named(each.id) for each in given] == given


async def test_an_unknown_name_is_nobodys(database):
    consents = Consents(database)
    assert await consents.named("nobody") is None
    assert await consents.named("\ud800") is None


async def test_those_of_several_people_come_in_one_query(database, make_consent):
    consents = Consents(database)
    a, b, c = ("aa" * 16, "bb" * 16, "cc" * 16)
    mine = [make_consent("1", person=a), make_consent("2", person=a), make_consent("3", person=b)]
    others = [
        make_consent("4", person=a, organisation="bank-b"),
        make_consent("5", person=b, purposes=frozenset({"CARD_APPROVAL"})),
    ]
    await consents.add([*mine, *others])
    assert await consents.of("bank-a", [a, b, c], "LOAN_APPROVAL") == {a: mine[:2], b: mine[2:], c: []}


async def test_a_consent_that_is_there_stays_as_it_is(database, make_consent):
    consents, consent = Consents(database), make_consent()
    await consents.add([consent])
    await consents.revoke(consent.id, REVOKED_AT)
    assert await consents.add([consent, make_consent("new")]) == 1
    assert await consents.named(consent.id) == replace(consent, state=ConsentState.REVOKED)


async def test_only_what_exists_can_be_revoked(database):
    with pytest.raises(ConsentUnknown):
        await Consents(database).revoke("nobody", REVOKED_AT)


async def test_all_or_none_are_added(database, make_consent):
    consents = Consents(database)
    with pytest.raises(StoreUnavailable):
        await consents.add([make_consent("good"), replace(make_consent("bad"), person=None)])  # type: ignore[arg-type]
    assert await consents.named("good") is None


async def test_a_closed_store_says_so(database, make_consent):
    await database.close()
    with pytest.raises(StoreUnavailable):
        await Consents(database).named("consent-1")
