from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from exchange.consent import Act, ConsentState
from exchange.consenting import Party, acted
from exchange.disclosure import Administrative, Disclosure
from exchange.frequency import Frequency, Period
from exchange.proof import Form, Proof, ProofKind
from exchange.refusals import ChangedMeanwhile, ConsentUnknown, StoreUnavailable
from exchange.requester import Requester
from exchange.store.consent import Consents
from exchange.warning import warned

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
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
        make_consent(
            "whole",
            purposes=frozenset({"LOAN_APPROVAL", "CARD_APPROVAL"}),
            groups=frozenset({"court"}),
            written_items=frozenset({"HPF01.balance"}),
            warned=warned(frozenset({"HPF01.balance"}), REVOKED_AT),
            client="bank-system",
            since=date(2020, 2, 29),
            until=date(2026, 1, 1),
            frequency=Frequency(3, Period.MONTH),
            period="2026-11",
            period_uses=2,
            form=Form("form-3", "cd" * 32),
            proof=Proof(ProofKind.PAPER, "ab" * 32),
            partner="bb" * 16,
            relation="spouse",
            state=ConsentState.PAUSED,
            last_act=Act.PAUSE,
            made_at=REVOKED_AT,
            changed_at=REVOKED_AT,
        ),
    ]
    assert await consents.add(given) == 4
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
    revoked = replace(consent, state=ConsentState.REVOKED, last_act=Act.REVOKE, changed_at=REVOKED_AT)
    assert await consents.named(consent.id) == revoked


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


async def test_those_who_name_a_person_as_their_second_are_found(database, make_consent):
    consents = Consents(database)
    a, b, c = ("aa" * 16, "bb" * 16, "cc" * 16)
    named = make_consent("1", person=b, partner=a, relation="spouse")
    others = [
        make_consent("2", person=b),
        make_consent("3", person=b, partner=a, relation="spouse", organisation="bank-b"),
        make_consent("4", person=b, partner=a, relation="spouse", purposes=frozenset({"CARD_APPROVAL"})),
    ]
    await consents.add([named, *others])
    assert await consents.naming("bank-a", [a, c], "LOAN_APPROVAL") == {a: [named], c: []}


async def test_lists_are_newest_first_and_ones_own(database, make_consent):
    consents = Consents(database)
    a, b = ("aa" * 16, "bb" * 16)
    given = [
        make_consent("old", person=a),
        make_consent("new", person=a, made_at=REVOKED_AT),
        make_consent("other", person=b, made_at=REVOKED_AT),
        make_consent("elsewhere", person=a, organisation="bank-b", made_at=REVOKED_AT),
    ]
    await consents.add(given)
    assert [each.id for each in await consents.by(a)] == ["elsewhere", "new", "old"]
    assert [each.id for each in await consents.to("bank-a")] == ["new", "other", "old"]
    assert [each.id for each in await consents.to("bank-a", a)] == ["new", "old"]
    assert [each.id for each in await consents.to("bank-a", most=1)] == ["new"]


def act(consent, change, **given):
    requester = Requester("self-service", "self", "op-1", "person", person=consent.person)
    said = Administrative("CONSENT_PAUSE", f"consent:{consent.id}")
    return Disclosure(
        secrets.token_hex(16), NOW, requester, people=(consent.person,), administrative=said, changes=(change,), **given
    )


async def test_an_act_stands_with_its_entry(database, log, make_consent):
    consents, consent = Consents(database), make_consent("new", made_at=NOW)
    await log.seal([act(consent, consents.adding(consent))], None)
    assert await consents.named("new") == consent
    paused = acted(consent, Act.PAUSE, Party.PERSON, NOW)
    await log.seal([act(consent, consents.changing(consent, paused))], None)
    assert await consents.named("new") == paused
    assert (await log.head()).sequence == 2


async def test_of_two_acts_at_once_one_finds_it_changed(database, log, make_consent):
    consents, consent = Consents(database), make_consent()
    await consents.add([consent])
    after = [acted(consent, each, Party.PERSON, NOW) for each in (Act.PAUSE, Act.REVOKE)]
    waiting = [log.seal([act(consent, consents.changing(consent, one))], None) for one in after]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in outcomes if each] == [ChangedMeanwhile]
    kept = await consents.named(consent.id)
    assert kept in after


async def test_a_counted_use_in_between_holds_up_no_revocation(database, log, make_consent, make_disclosure):
    consents, consent = Consents(database), make_consent(frequency=Frequency(9, Period.DAY))
    await consents.add([consent])
    revoked = acted(consent, Act.REVOKE, Party.PERSON, NOW)
    await log.seal([make_disclosure(consent)], None)
    await log.seal([act(consent, consents.changing(consent, revoked))], None)
    kept = await consents.named(consent.id)
    assert kept is not None
    assert (kept.state, kept.period_uses) == (ConsentState.REVOKED, 1)
