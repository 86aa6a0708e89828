"""The register of market access in the store: acts as they are sealed, and what two at once come to."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from exchange.change import Change, Statement
from exchange.client import Client, Words
from exchange.disclosure import Administrative
from exchange.organisation import Agreement, Licence, Organisation, OrganisationKind
from exchange.refusals import (
    AuditUnavailable,
    ChangedMeanwhile,
    ProposalStale,
    RegistrationClosed,
    RegistrationInvalid,
    RegistrationUnknown,
    TwoPersonsNeeded,
)
from exchange.registration import Kind, State, Step
from exchange.store.database import Database
from exchange.store.log import Log
from exchange.store.register import Register, digest_of, founding
from exchange.store.registrar import Decided, Registrar
from tests.exchange.store.conftest import NOW

LAST = date(2027, 12, 31)
BANK = Organisation(
    kind=OrganisationKind.BANK,
    title="Bank A",
    title_zh="甲银行",
    licence=Licence(number="B0001", valid_until=LAST),
    agreement=Agreement(number="云信协 2026-1", valid_from=date(2026, 1, 1), valid_until=LAST),
)
DESK = Client(organisation="bank-a", roles=("bank-system",), title="Loans", purposes=("LOAN_APPROVAL",))
WIDER = Client(organisation="bank-a", roles=("bank-system",), title="Loans", purposes=("LOAN_APPROVAL", "POST_LOAN"))
WORDS = Words({"bank-system"}, {"LOAN_APPROVAL", "POST_LOAN"}, {"530102"})
Seal = Callable[[Decided], Any]


@pytest.fixture
def registrar(database: Database) -> Registrar:
    return Registrar(Register(database), WORDS)


@pytest.fixture
def seal(log: Log, make_disclosure) -> Seal:
    async def sealed(done: Decided) -> None:
        said = Administrative("CLIENT_CHANGE", f"{done.registration.kind}:{done.registration.id}", digest=done.digest)
        changes = (done.change,) if done.change else ()
        await log.seal([make_disclosure(administrative=said, changes=changes, people=(), decisions={})], None)

    return sealed


@pytest.fixture
async def founded(registrar: Registrar, log: Log, make_disclosure) -> Registrar:
    await log.seal([make_disclosure(changes=(founding({"bank-a": BANK}, {"desk": DESK}),))], None)
    return registrar


def asking(by: str = "li.wei") -> dict[str, Any]:
    return {"id": secrets.token_hex(16), "by": by, "at": NOW}


async def state(registrar: Registrar) -> tuple[State, int, Any]:
    found = await registrar.register.find(Kind.CLIENT, "desk")
    assert found
    return found.state, found.version, found.content


async def test_the_first_ones_stand_as_they_were_written(founded: Registrar) -> None:
    served = await founded.register.served("desk")
    assert served
    assert (served.client.content, served.client.state, served.client.version) == (DESK, State.ACTIVE, 1)
    assert (served.organisation.id, served.organisation.content) == ("bank-a", BANK)
    assert await founded.register.served("nobody") is None
    assert not await founded.register.empty()


async def test_the_first_ones_are_written_only_into_an_empty_register(founded: Registrar, log, make_disclosure) -> None:
    again = founding({"bank-b": BANK}, {"other": DESK})
    with pytest.raises(ChangedMeanwhile):
        await log.seal([make_disclosure(changes=(again,))], None)
    assert [each.id for each in await founded.register.all(Kind.ORGANISATION)] == ["bank-a"]


async def test_from_proposed_to_active_by_two(registrar: Registrar, seal: Seal) -> None:
    for kind, id, content in ((Kind.ORGANISATION, "bank-a", BANK), (Kind.CLIENT, "desk", DESK)):
        proposed = await registrar.propose(kind, id, content, **asking())
        await seal(proposed)
        waiting = await registrar.register.waiting(kind, id)
        assert waiting
        assert (waiting.step, waiting.by, waiting.content, waiting.at) == (Step.REGISTER, "li.wei", content, NOW)
        with pytest.raises(TwoPersonsNeeded):
            await registrar.approve(waiting, by="LI.WEI", at=NOW)
        await seal(await registrar.approve(waiting, by="zhang.min", at=NOW))
        assert await registrar.register.waiting(kind, id) is None
    assert await state(registrar) == (State.ACTIVE, 2, DESK)
    assert await registrar.register.proposals() == []


async def test_a_retry_of_each_act_lays_nothing_down(founded: Registrar, seal: Seal) -> None:
    first = await founded.propose(Kind.CLIENT, "desk", WIDER, **asking())
    await seal(first)
    assert (await founded.propose(Kind.CLIENT, "desk", WIDER, **asking())).change is None
    assert first.proposal
    proposal = await founded.proposal(first.proposal.id)
    await seal(await founded.approve(proposal, by="zhang.min", at=NOW))
    again = await founded.approve(await founded.proposal(proposal.id), by="zhang.min", at=NOW)
    assert again.change is None
    await seal(await founded.suspend(Kind.CLIENT, "desk", at=NOW))
    assert (await founded.suspend(Kind.CLIENT, "desk", at=NOW)).change is None
    await seal(await founded.close(Kind.CLIENT, "desk", at=NOW))
    assert (await founded.close(Kind.CLIENT, "desk", at=NOW)).change is None
    assert await state(founded) == (State.CLOSED, 4, WIDER)


async def test_suspended_and_resumed_by_two(founded: Registrar, seal: Seal) -> None:
    await seal(await founded.suspend(Kind.CLIENT, "desk", at=NOW))
    resume = await founded.resume(Kind.CLIENT, "desk", **asking())
    await seal(resume)
    assert (await state(founded))[0] is State.SUSPENDED
    assert resume.proposal
    await seal(await founded.approve(resume.proposal, by="zhang.min", at=NOW))
    assert (await state(founded))[0] is State.ACTIVE


async def test_another_proposal_takes_the_place_of_the_first(founded: Registrar, seal: Seal) -> None:
    first = await founded.propose(Kind.CLIENT, "desk", WIDER, **asking())
    await seal(first)
    second = await founded.propose(Kind.CLIENT, "desk", WIDER, **asking("wang.fang"))
    await seal(second)
    assert [each.by for each in await founded.register.proposals()] == ["wang.fang"]
    assert first.proposal
    assert (await founded.proposal(first.proposal.id)).verdict == "superseded"


async def test_what_was_decided_on_an_older_state_is_not_written(founded: Registrar, seal: Seal) -> None:
    proposed = await founded.propose(Kind.CLIENT, "desk", WIDER, **asking())
    await seal(proposed)
    assert proposed.proposal
    approved = await founded.approve(proposed.proposal, by="zhang.min", at=NOW)
    await seal(await founded.suspend(Kind.CLIENT, "desk", at=NOW))
    with pytest.raises(ChangedMeanwhile):
        await seal(approved)
    assert await state(founded) == (State.SUSPENDED, 2, DESK)


async def test_of_40_acts_at_once_on_one_record_one_is_done(founded: Registrar, seal: Seal, log: Log) -> None:
    acts = [await founded.suspend(Kind.CLIENT, "desk", at=NOW) for _ in range(20)]
    acts += [await founded.propose(Kind.CLIENT, "desk", WIDER, **asking()) for _ in range(20)]
    outcomes = await asyncio.gather(*map(seal, acts), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert sum(isinstance(each, ChangedMeanwhile) for each in outcomes) == 39
    assert (await log.head()).sequence == 2


async def test_the_entry_names_what_was_laid_down(founded: Registrar, seal: Seal, log: Log) -> None:
    done = await founded.propose(Kind.CLIENT, "desk", WIDER, **asking())
    await seal(done)
    said = json.loads((await log.entries())[-1])["administrative"]
    assert said["digest"] == digest_of(WIDER)
    waiting = await founded.register.waiting(Kind.CLIENT, "desk")
    assert waiting
    assert digest_of(waiting.content) == said["digest"]


@pytest.mark.parametrize(
    ("id", "content", "rule"),
    [
        ("Desk 1", DESK, "field id"),
        ("530199199003070015", DESK, "field id"),
        ("", DESK, "field id"),
        ("desk", Client(organisation="bank-b", roles=("bank-system",), title="x"), "field organisation"),
        ("desk", Client(organisation="bank-a", roles=("auditor",), title="x"), "field roles"),
    ],
)
async def test_what_cannot_stand_there_is_not_proposed(founded: Registrar, id: str, content: Client, rule: str) -> None:
    with pytest.raises(RegistrationInvalid) as caught:
        await founded.propose(Kind.CLIENT, id, content, **asking())
    assert caught.value.rule == rule


async def test_what_is_not_there_and_what_is_closed(founded: Registrar, seal: Seal) -> None:
    for act in (founded.suspend, founded.close):
        with pytest.raises(RegistrationUnknown):
            await act(Kind.CLIENT, "nobody", at=NOW)
    with pytest.raises(RegistrationUnknown):
        await founded.proposal("nothing")
    await seal(await founded.close(Kind.CLIENT, "desk", at=NOW))
    with pytest.raises(RegistrationClosed):
        await founded.propose(Kind.CLIENT, "desk", DESK, **asking())
    await seal(await founded.close(Kind.ORGANISATION, "bank-a", at=NOW))
    with pytest.raises(RegistrationInvalid):
        await founded.propose(Kind.CLIENT, "other", DESK, **asking())


async def test_a_proposal_of_before_a_change_is_stale(founded: Registrar, seal: Seal) -> None:
    first = await founded.propose(Kind.CLIENT, "desk", WIDER, **asking())
    await seal(first)
    await seal(await founded.propose(Kind.CLIENT, "desk", Client(**{**_fields(DESK), "purposes": ()}), **asking()))
    assert first.proposal
    with pytest.raises(ProposalStale):
        await founded.approve(first.proposal, by="zhang.min", at=NOW)


def _fields(client: Client) -> dict[str, Any]:
    return {name: getattr(client, name) for name in client.__struct_fields__}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE proposal SET verdict = 'approved', decided_by = 'Li.Wei'",
        "INSERT INTO proposal SELECT 'p9', kind, subject, step, content, base, proposed_by, proposed_at, verdict,"
        " decided_by, decided_at FROM proposal",
        "UPDATE client SET state = 'free'",
        "UPDATE client SET organisation = 'nobody'",
    ],
)
async def test_the_tables_own_fences_hold(founded: Registrar, seal: Seal, log, make_disclosure, sql: str) -> None:
    await seal(await founded.propose(Kind.CLIENT, "desk", WIDER, **asking()))
    forced = Change(Statement("SELECT 1"), [(1,)], (Statement(sql),))
    with pytest.raises(AuditUnavailable):
        await log.seal([make_disclosure(changes=(forced,))], None)
    assert await state(founded) == (State.ACTIVE, 1, DESK)
