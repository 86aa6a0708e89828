"""Invariants 1, 6 and 7: sealed first, on a ground that holds now, under names."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import exchange.sealing
import resolvers.planning
from exchange.audit import Fault
from exchange.consent import NO_GROUND
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.app import now
from resolvers.context import Context
from resolvers.plan import Plan
from tests.acceptance.in_process import (
    Asked,
    disclosure_of,
)
from tests.invariants.checks import LOAN, about, codes, nothing_of, person


async def test_no_answer_leaves_before_its_disclosure_is_sealed_and_durable(asked: Asked, broken: Any) -> None:
    log, durable = asked.gateway.log, asyncio.Event()
    sealed = log.seal

    async def slow(*given: Any) -> None:
        await sealed(*given)
        await durable.wait()

    broken(log, "seal", slow)
    asking = asyncio.create_task(about(asked, "clean"))
    done, _ = await asyncio.wait({asking}, timeout=0.3)
    assert not done
    durable.set()
    assert await log.find(disclosure_of(await asking)["id"])


@pytest.mark.parametrize("error", [AuditUnavailable(), sqlite3.OperationalError("disk I/O error"), MemoryError()])
async def test_if_the_log_is_down_nothing_is_disclosed(asked: Asked, broken: Any, error: Exception) -> None:
    async def fails(*_: Any) -> None:
        raise error

    broken(asked.gateway.log, "seal", fails)
    answer = await about(asked, "clean")
    assert codes(answer) == ["AUDIT_UNAVAILABLE"]
    assert nothing_of(answer)


async def test_an_answer_that_was_not_sealed_shows_in_the_log(asked: Asked, broken: Any) -> None:
    async def unsealed(answer: dict[str, Any]) -> bool:
        return await asked.gateway.log.find(disclosure_of(answer)["id"]) is None

    async def forgets(*_: Any) -> None:
        return None

    assert not await unsealed(await about(asked, "clean"))
    broken(asked.gateway.log, "seal", forgets)
    assert await unsealed(await about(asked, "clean"))


async def test_a_revocation_holds_from_the_seal_on(asked: Asked, broken: Any) -> None:
    log, consents = asked.gateway.log, asked.gateway.consents
    answer = await about(asked, "card-at-95-percent")
    consent = disclosure_of(answer)["ground"]["consent"]
    sealed = log.seal

    async def revoked_meanwhile(*given: Any) -> None:
        await consents.revoke(consent, now())
        await sealed(*given)

    broken(log, "seal", revoked_meanwhile)
    answer = await about(asked, "card-at-95-percent")
    assert codes(answer) == ["CONSENT_REVOKED"]
    assert nothing_of(answer)
    entry = await asked.last_entry()
    assert (entry["event"], entry["code"], entry["items"]) == ("refusal", "CONSENT_REVOKED", {})


@pytest.mark.parametrize("mechanism", ["sound", "the seal checks nothing"])
async def test_of_two_uses_of_a_single_use_consent_one_gets_nothing(asked: Asked, broken: Any, mechanism: str) -> None:
    """Broken, the store's own fence holds: the primary key of `consent_use`."""
    used = {"sound": "consent-single-use-1", "the seal checks nothing": "consent-single-use-2"}[mechanism]
    if mechanism != "sound":
        broken(exchange.sealing, "checked", lambda *_: (used,))
    both = await asyncio.gather(*(about(asked, "consent-single-use", consent=used) for _ in range(2)))
    assert sorted(map(nothing_of, both)) == [False, True]


async def test_a_consent_is_read_on_every_request(asked: Asked, broken: Any) -> None:
    """A store that remembers what it once read would let a revoked consent through; the seal does not."""
    whose = asked.digests.person(person("guarantor-of-bad-debt"))
    held = await asked.gateway.consents.of("bank-a", [whose], LOAN)

    async def remembered(*_: Any) -> Any:
        return held

    assert not nothing_of(await about(asked, "guarantor-of-bad-debt"))
    for consent in next(iter(held.values())):
        await asked.gateway.consents.revoke(consent.id, now())
    broken(asked.gateway.consents, "of", remembered)
    answer = await about(asked, "guarantor-of-bad-debt")
    assert codes(answer) == ["CONSENT_REVOKED"]
    assert nothing_of(answer)


# 7


def unnamed(entry: Mapping[str, Any]) -> set[str]:
    """What an entry of a disclosure fails to name."""
    needed = ("purpose", "operator", "organisation", "client", "role", "items", "policy", "standard", "people")
    missing = {name for name in needed if not entry[name]}
    if entry["ground"]["kind"] in ("", "none"):
        missing.add("ground")
    for item in entry["items"].values():
        missing |= {"rule"} if not item["rule"] else set()
        missing |= {"basis"} if not entry["bases"].get(item["rule"]) else set()
    return missing


LOST = [("purpose", None), ("ground", NO_GROUND), ("decisions", {}), ("people", ()), ("operator", None), ("policy", "")]


@pytest.mark.parametrize(("lost", "value"), LOST, ids=[name for name, _ in LOST])
async def test_every_disclosure_names_purpose_ground_operator_fields_revision(
    asked: Asked, broken: Any, lost: str, value: Any
) -> None:
    await about(asked, "clean")
    assert unnamed(await asked.last_entry()) == set()
    whole = Context.disclosure

    def losing(context: Context, **given: Any) -> Disclosure:
        made = whole(context, **given)
        if lost == "operator":
            return replace(made, requester=replace(made.requester, operator=""))
        return replace(made, **{lost: value})

    broken(Context, "disclosure", losing)
    await about(asked, "clean")
    assert {"decisions": "items"}.get(lost, lost) in unnamed(await asked.last_entry())


async def test_every_withheld_item_names_its_rule_and_legal_basis(asked: Asked, broken: Any) -> None:
    def nameless(answer: dict[str, Any]) -> list[str]:
        entries = disclosure_of(answer)["withheld"]
        assert entries
        return [entry["item"] for entry in entries if not entry["rule"] or not entry["basis"]]

    amount = "housingFund { housingFundAccount { balance } }"
    assert nameless(await about(asked, "clean", amount)) == []
    planned = resolvers.planning.plan_of

    def silent(*given: Any) -> Plan:
        plan = planned(*given)
        denied = tuple(replace(one, decision=replace(one.decision, rule="", basis="")) for one in plan.denied)
        return replace(plan, denied=denied)

    broken(resolvers.planning, "plan_of", silent)
    assert nameless(await about(asked, "clean", amount)) == ["HPF01.balance"]


async def test_a_log_that_was_changed_afterwards_says_so(asked: Asked, data: Path, tmp_path: Path) -> None:
    await about(asked, "clean")
    await about(asked, "clean")
    with sqlite3.connect(data / "gateway.db") as store, sqlite3.connect(tmp_path / "copy.db") as copy:
        store.backup(copy)
        copy.execute("DROP TRIGGER log_keeps")
        edit = 'CAST(replace(CAST(entry AS TEXT), \'"client":"\', \'"client":"another-\') AS BLOB)'
        copy.execute(f"UPDATE log SET entry = {edit} WHERE sequence = 1")
    database = await Database.open(f"sqlite:///{tmp_path / 'copy.db'}")
    changed = Log(database)
    try:
        assert (await asked.gateway.log.verify()).sound
        assert (await changed.verify()).fault is Fault.EDITED
    finally:
        changed.close()
        await database.close()
