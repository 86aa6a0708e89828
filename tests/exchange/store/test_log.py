from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.audit import Fault, Head, entry_hash
from exchange.change import Change, Statement
from exchange.checkpoint import Signer
from exchange.decision import Decision, Treatment
from exchange.disclosure import Administrative
from exchange.evidence import heading, line, verify_export
from exchange.refusals import (
    AuditUnavailable,
    ChangedMeanwhile,
    ConsentExpired,
    ConsentRevoked,
    ConsentUnknown,
    ConsentUsedUp,
    Internal,
)
from exchange.store.consent import Consents
from exchange.store.database import StoreConflict
from exchange.store.evidence import Evidence
from exchange.store.log import Log
from tests.exchange.store.fences import unfenced


async def test_seals_an_entry_that_can_be_found_and_verified(log, make_disclosure):
    disclosure = make_disclosure()
    await log.seal([disclosure], "ab" * 32)
    text = await log.find(disclosure.id)
    assert json.loads(text)["answer"] == "ab" * 32
    assert await log.head() == Head(1, entry_hash(text))
    assert await log.entries() == [text]
    assert (await log.verify()).sound


async def test_the_persons_of_an_entry_are_indexed(log, database, make_disclosure):
    people = ("aa" * 16, "bb" * 16)
    await log.seal([make_disclosure(people=people)], None)
    assert await database.read("SELECT person, sequence FROM log_person") == [(people[0], 1), (people[1], 1)]


async def test_of_200_concurrent_uses_of_a_single_use_consent_one_succeeds(
    log, database, make_consent, make_disclosure
):
    consent = make_consent(single_use=True)
    await Consents(database).add([consent])
    seals = (log.seal([make_disclosure(consent)], None) for _ in range(200))
    outcomes = await asyncio.gather(*seals, return_exceptions=True)
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ConsentUsedUp) for outcome in outcomes) == 199
    assert (await log.head()).sequence == 1
    assert await database.read("SELECT consent, sequence FROM consent_use") == [(consent.id, 1)]


async def test_a_standing_consent_carries_many(log, database, make_consent, make_disclosure):
    consent = make_consent()
    await Consents(database).add([consent])
    await asyncio.gather(*(log.seal([make_disclosure(consent)], None) for _ in range(20)))
    assert (await log.head()).sequence == 20


async def test_one_answer_with_two_roots_is_one_use(log, database, make_consent, make_disclosure):
    consent = make_consent(single_use=True)
    await Consents(database).add([consent])
    await log.seal([make_disclosure(consent), make_disclosure(consent)], None)
    with pytest.raises(ConsentUsedUp):
        await log.seal([make_disclosure(consent)], None)
    assert (await log.head()).sequence == 2


def act(change):
    return {"administrative": Administrative("CLIENT_SUSPEND", "client:a"), "changes": (change,)}


async def test_an_act_is_written_with_its_entry_or_not_at_all(log, database, make_consent, make_disclosure):
    consent = make_consent()
    await Consents(database).add([consent])
    guard = Statement("SELECT state FROM consent WHERE id = ?", (consent.id,))
    write = Statement("UPDATE consent SET state = 'revoked' WHERE id = ?", (consent.id,))
    broken = Statement("UPDATE consent SET state = 'no such state' WHERE id = ?", (consent.id,))
    with pytest.raises(AuditUnavailable):
        await log.seal([make_disclosure(**act(Change(guard, [("active",)], (write, broken))))], None)
    assert await database.read(guard.sql.replace("?", f"'{consent.id}'")) == [("active",)]
    assert await log.entries() == []
    await log.seal([make_disclosure(**act(Change(guard, [("active",)], (write,))))], None)
    assert await database.read(guard.sql.replace("?", f"'{consent.id}'")) == [("revoked",)]
    assert json.loads((await log.entries())[0])["event"] == "administration"


async def test_of_200_acts_at_once_on_one_record_one_is_done(log, database, make_consent, make_disclosure):
    consent = make_consent()
    await Consents(database).add([consent])
    guard = Statement("SELECT state FROM consent WHERE id = ?", (consent.id,))
    write = Statement("UPDATE consent SET state = 'revoked' WHERE id = ?", (consent.id,))
    change = Change(guard, [("active",)], (write,))
    seals = (log.seal([make_disclosure(**act(change))], None) for _ in range(200))
    outcomes = await asyncio.gather(*seals, return_exceptions=True)
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ChangedMeanwhile) for outcome in outcomes) == 199
    assert (await log.head()).sequence == 1


async def test_an_act_that_comes_again_after_a_lost_acknowledgement_is_done_once(
    log, database, make_consent, make_disclosure
):
    consent = make_consent()
    await Consents(database).add([consent])
    guard = Statement("SELECT state FROM consent WHERE id = ?", (consent.id,))
    write = Statement("UPDATE consent SET state = 'revoked' WHERE id = ?", (consent.id,))
    disclosure = make_disclosure(**act(Change(guard, [("active",)], (write,))))
    await log.seal([disclosure], None)
    await log.seal([disclosure], None)
    assert (await log.head()).sequence == 1


async def test_a_revocation_between_ask_and_seal_holds(log, database, make_consent, make_disclosure):
    consents, consent = Consents(database), make_consent()
    await consents.add([consent])
    disclosure = make_disclosure(consent)
    await consents.revoke(consent.id, disclosure.at)
    with pytest.raises(ConsentRevoked):
        await log.seal([disclosure], None)
    assert await log.entries() == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"organisation": "bank-b"}, ConsentUnknown),
        ({"person": "cc" * 16}, ConsentUnknown),
        ({"purposes": frozenset({"CARD_APPROVAL"})}, ConsentUnknown),
        ({"valid_until": "now"}, ConsentExpired),
    ],
)
async def test_the_seal_checks_the_stored_consent_itself(
    log, database, make_consent, make_disclosure, changes, refusal
):
    disclosure = make_disclosure(make_consent())
    if "valid_until" in changes:
        changes = {"valid_until": disclosure.at}
    await Consents(database).add([make_consent(**changes)])
    with pytest.raises(refusal):
        await log.seal([disclosure], None)
    assert await log.entries() == []


async def test_a_consent_that_is_not_stored_carries_nothing(log, make_consent, make_disclosure):
    with pytest.raises(ConsentUnknown):
        await log.seal([make_disclosure(make_consent("never-stored"))], None)


async def test_a_refusal_is_alone_and_its_neighbours_are_sealed(log, database, make_consent, make_disclosure):
    good = [make_disclosure() for _ in range(10)]
    bad = make_disclosure(make_consent("never-stored"))
    outcomes = await asyncio.gather(
        *(log.seal([each], None) for each in (*good[:5], bad, *good[5:])), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [ConsentUnknown]
    assert (await log.head()).sequence == 10
    assert await log.find(bad.id) is None
    assert (await log.verify()).sound


async def test_an_ask_is_sealed_whole_or_not_at_all(log, database, make_consent, make_disclosure):
    consent = make_consent(single_use=True)
    await Consents(database).add([consent])
    with pytest.raises(ConsentUnknown):
        await log.seal([make_disclosure(consent), make_disclosure(make_consent("never-stored"))], None)
    assert await log.entries() == []
    assert (await Consents(database).named(consent.id)) == consent


async def test_a_refused_ask_consumes_nothing(log, database, make_consent, make_disclosure):
    consent = make_consent(single_use=True)
    await Consents(database).add([consent])
    await log.seal([make_disclosure(consent, code="CONSENT_EXPIRED")], None)
    assert await Consents(database).named(consent.id) == consent
    assert json.loads((await log.entries())[0])["event"] == "refusal"


async def test_the_same_id_is_not_written_twice(log, database, make_consent, make_disclosure):
    consent = make_consent(single_use=True)
    await Consents(database).add([consent])
    disclosure = make_disclosure(consent)
    await log.seal([disclosure], "ab" * 32)
    await log.seal([disclosure], "ab" * 32)
    await log.seal([replace(disclosure, code="INTERNAL")], None)
    assert (await log.head()).sequence == 1


async def test_an_id_that_stands_for_something_else_carries_no_disclosure(log, make_disclosure):
    refused = make_disclosure(code="CONSENT_REQUIRED")
    await log.seal([refused], None)
    with pytest.raises(AuditUnavailable):
        await log.seal([replace(refused, code=None)], None)


async def test_what_may_not_be_written_down_is_not_disclosed(log, make_disclosure):
    with pytest.raises(Internal):
        await log.seal([make_disclosure(reference="530199199003070015")], None)
    await log.seal([make_disclosure()], None)
    assert (await log.head()).sequence == 1


async def test_commits_are_shared_by_those_who_wait(store_url, database, make_disclosure, monkeypatch):
    commits = 0
    kind = type(await database.connect())
    commit = kind.commit

    async def counted(connection):
        nonlocal commits
        commits += 1
        await commit(connection)

    monkeypatch.setattr(kind, "commit", counted)
    log = Log(database)
    await asyncio.gather(*(log.seal([make_disclosure()], None) for _ in range(300)))
    log.close()
    assert (await log.head()).sequence == 300
    assert 1 <= commits <= 30


async def test_clients_that_leave_do_not_disturb_the_others(log, make_disclosure):
    tasks = [asyncio.ensure_future(log.seal([make_disclosure()], None)) for _ in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(outcome is None for outcome in outcomes[1::2])
    await log.seal([make_disclosure()], None)
    assert (await log.verify()).sound


async def test_a_closed_log_seals_nothing(log, make_disclosure):
    await log.seal([make_disclosure()], None)
    log.close()
    assert not await log.health()
    with pytest.raises(AuditUnavailable):
        await log.seal([make_disclosure()], None)
    assert (await log.head()).sequence == 1


async def test_verify_sees_a_row_that_was_changed_or_cut_off(log, database, make_disclosure):
    for _ in range(5):
        await log.seal([make_disclosure()], None)
    known = await log.head()
    assert (await log.verify(known)).sound
    edited = (await log.entries())[2].replace(b"BANDED", b"MASKED")
    async with database.write() as tx:
        await unfenced(tx)
        await tx.run("UPDATE log SET entry = ? WHERE sequence = 3", (edited,))
    assert ((await log.verify()).fault, (await log.verify()).at) == (Fault.EDITED, 3)
    async with database.write() as tx:
        await tx.run("DELETE FROM log_person")
        await tx.run("DELETE FROM log WHERE sequence >= 3")
    assert ((await log.verify(known)).fault, (await log.verify(known)).at) == (Fault.TRUNCATED, 3)


@pytest.mark.parametrize("statement", ["UPDATE log SET entry = entry", "DELETE FROM log", "DELETE FROM log_node"])
async def test_the_tables_themselves_refuse_changes(log, database, make_disclosure, statement):
    await log.seal([make_disclosure()], None)
    with pytest.raises(StoreConflict):
        async with database.write() as tx:
            await tx.run(statement)
    assert (await log.verify()).sound


async def test_entries_are_paged(log, make_disclosure):
    for _ in range(5):
        await log.seal([make_disclosure()], None)
    pages = [await log.entries(after=after, limit=2) for after in (0, 2, 4, 5)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [json.loads(text)["sequence"] for page in pages for text in page] == [1, 2, 3, 4, 5]


async def test_health_writes_for_real(log, database):
    assert await log.health()
    assert await database.read("SELECT beat FROM pulse") == [(1,)]


async def test_a_clock_that_goes_back_changes_no_order_and_revives_no_consent(
    log, database, make_consent, make_disclosure
):
    used, revoked = make_consent("used", single_use=True), make_consent("revoked")
    await Consents(database).add([used, revoked])
    first = make_disclosure(used)
    earlier = first.at - timedelta(hours=1)
    await Consents(database).revoke(revoked.id, first.at)
    await log.seal([first], None)
    for consent, refusal in ((used, ConsentUsedUp), (revoked, ConsentRevoked)):
        with pytest.raises(refusal):
            await log.seal([make_disclosure(consent, at=earlier)], None)
    for hours in (2, 1, 3):
        await log.seal([make_disclosure(at=first.at - timedelta(hours=hours))], None)
    found = [json.loads(text) for text in await log.entries()]
    assert [entry["sequence"] for entry in found] == [1, 2, 3, 4]
    assert [int(entry["time"][11:13]) for entry in found] == [first.at.hour - hours for hours in (0, 2, 1, 3)]
    assert (await log.verify()).sound


async def test_an_entry_of_ten_megabytes_is_sealed_proven_and_exported(store_url, database, make_disclosure):
    keys = [f"X.item_{number:06}" for number in range(180_000)]
    big = make_disclosure(decisions={key: Decision(key, Treatment.FULL, rule="P-1") for key in keys})
    log, signer = Log(database, budget_s=30), Signer.make("log.example.invalid")
    await log.seal([make_disclosure()], None)
    await log.seal([big], None)
    await log.seal([make_disclosure()], None)
    text = await log.find(big.id)
    assert text is not None
    assert len(text) > 10_000_000
    assert (await log.verify()).sound
    evidence = Evidence(log, signer)
    proof = await evidence.prove(big.id, entry=text)
    assert proof
    assert proof.holds(signer.verifier)
    _, note = await evidence.checkpoint()
    assert note
    export = heading(note) + b"".join([line(entry) async for entry in log.pages(3)])
    assert verify_export(io.BytesIO(export), signer.verifier).sound
    log.close()
