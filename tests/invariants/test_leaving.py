"""Invariants 8 to 12: what stands in no log, what leaves to nobody, what nobody shares, and what bad input gets."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors.sql.connector import Sql
from connectors.sql.statement import Statement
from exchange.audit import UNFIT
from exchange.condition import ALWAYS
from exchange.digests import Digests
from exchange.disclosure import Disclosure
from exchange.purpose import Purpose
from exchange.records import Wanted
from exchange.retention import Retention
from exchange.store.security import SecurityLog
from resolvers.context import Context
from resolvers.plan import PlannedFigure
from resolvers.profile import Asking, PersonAsk
from tests.acceptance.in_process import EVERYTHING, PEOPLE, Asked, disclosure_of, read_beyond, released
from tests.acceptance.test_profile import LATE, NEGATIVE
from tests.invariants.checks import BANK, CLEAN, LOAN, SOME, about, codes, nothing_of

# 8


async def test_the_audit_log_holds_keyed_digests_not_id_numbers(asked: Asked, broken: Any) -> None:
    await asked.ask("developer", "SANDBOX", CLEAN, SOME)
    assert CLEAN not in json.dumps(await asked.last_entry())
    broken(Digests, "person", lambda self, one: one.number)
    with capture_logs() as printed:
        answer, _ = await asked.ask("developer", "SANDBOX", CLEAN, SOME)
    assert codes(answer) == ["INTERNAL"]
    assert nothing_of(answer)
    entry = await asked.last_entry()
    assert (entry["code"], entry["people"]) == ("INTERNAL", [UNFIT])
    assert CLEAN not in json.dumps(entry) + json.dumps(answer) + str(printed)


@pytest.mark.parametrize("field", ["reference", "purpose", "document"])
async def test_an_entry_with_an_id_number_in_any_field_is_not_sealed(asked: Asked, broken: Any, field: str) -> None:
    whole = Context.disclosure
    broken(Context, "disclosure", lambda context, **given: _with(whole(context, **given), field))
    answer = await about(asked, "clean")
    assert nothing_of(answer)
    assert CLEAN not in json.dumps(await asked.last_entry())


def _with(disclosure: Disclosure, field: str) -> Disclosure:
    object.__setattr__(disclosure, field, CLEAN)
    return disclosure


async def test_id_numbers_and_values_are_in_no_log_metric_or_answer_of_a_failure(asked: Asked, broken: Any) -> None:
    async def careless(*_: Any) -> Any:
        raise ValueError(f"no rows for {CLEAN} 张伟 balance 123456.78")

    broken(asked.gateway.directory._connectors["PBC"]._inner, "fetch", careless)
    with capture_logs() as printed:
        answer = await about(asked, "clean")
    assert codes(answer) == ["INTERNAL"]
    assert nothing_of(answer)
    metrics = (await asked.http.get("/metrics")).text
    for text in (str(printed), json.dumps(answer, ensure_ascii=False), metrics, json.dumps(await asked.last_entry())):
        for secret in (CLEAN, "张伟", "123456.78"):
            assert secret not in text
    assert printed, "that it happened is told"


# 9


def expired(answer: dict[str, Any]) -> set[str]:
    """Where something shows of a default that ended more than five years ago."""
    one = answer["data"]["person"]
    financial, courts, summary = one["financial"], one["courts"], one["summary"]
    shown = {
        "list": any(month["repaymentStatus"] in LATE for month in financial["repaymentMonths"]),
        "has": financial["hasSpecialTransactions"] or courts["hasEnforcementCases"],
        "summary": summary["lateMonths"] != "0" or summary["enforcementCases"] != "0",
        "item": any(loan["delinquencyEndedOn"] for loan in financial["loanAccounts"]),
    }
    return {place for place, seen in shown.items() if seen}


@pytest.mark.parametrize(("keeper", "noticed"), [("kept", {"list", "has", "summary"}), ("shown", {"item"})])
async def test_expired_records_leave_to_nobody_but_the_person(
    asked: Asked, broken: Any, keeper: str, noticed: set[str]
) -> None:
    assert expired(await about(asked, "default-ended-5y1m", NEGATIVE)) == set()
    own, _ = await asked.ask("person", "SELF_QUERY", PEOPLE["default-ended-5y1m"], NEGATIVE, own=True)
    assert expired(own) == {"list", "has", "summary", "item"}
    broken(Retention, keeper, lambda *_: ALWAYS)
    assert expired(await about(asked, "default-ended-5y1m", NEGATIVE)) == noticed


@pytest.mark.parametrize(
    ("tag", "question"),
    [
        ("repaired-penalty", "marketRegulation { hasAdministrativePenalties }"),
        ("delisted-debtor", "courts { hasDishonestJudgmentDebtors }"),
        ("display-period-ended", "marketRegulation { hasAdministrativePenalties }"),
    ],
)
async def test_repaired_and_delisted_records_leave_to_nobody(
    asked: Asked, broken: Any, tag: str, question: str
) -> None:
    def shown(answer: dict[str, Any]) -> bool:
        return any(any(section.values()) for section in answer["data"]["person"].values())

    assert not shown(await about(asked, tag, question))
    broken(Retention, "kept", lambda _: ALWAYS)
    assert shown(await about(asked, tag, question))


# 10


async def test_a_derived_value_carries_the_highest_class_of_its_inputs(asked: Asked, broken: Any) -> None:
    def exact(answer: dict[str, Any]) -> bool:
        try:
            Decimal(answer["data"]["person"]["summary"]["loanBalance"])
        except InvalidOperation:
            return False
        return True

    answer = await about(asked, "clean", SOME, "bank-officer")
    assert disclosure_of(answer)["treatments"]["PBC03.balance"] == "BANDED"
    assert not exact(answer)
    broken(PlannedFigure, "__init__", _unbanded(PlannedFigure.__init__))
    assert exact(await about(asked, "clean", SOME, "bank-officer"))


def _unbanded(made: Any) -> Any:
    return lambda self, selected, banded, slots: made(self, selected, False, slots)


# 11


async def test_nothing_is_shared_across_what_requesters_may_see(asked: Asked, broken: Any) -> None:
    """A cache of statements that forgets whose columns they are hands a bank what a developer may read."""
    answer, recorder = await asked.ask(BANK, LOAN, CLEAN, EVERYTHING)
    permitted = released(answer)
    assert read_beyond(permitted, recorder) == set()
    compiled, kept = Sql._statement, dict[tuple[str, ...], Statement]()

    async def blind(self: Sql, wanted: tuple[Wanted, ...]) -> Statement:
        key = (self.department,)
        if key not in kept:
            kept[key] = await compiled(self, wanted)
        return kept[key]

    broken(Sql, "_statement", blind)
    await asked.ask("developer", "SANDBOX", CLEAN, EVERYTHING)
    _, recorder = await asked.ask(BANK, LOAN, CLEAN, EVERYTHING)
    assert ("HRS02", "AAC040") in read_beyond(permitted, recorder)


# 12


HOSTILE = ["", "1", "5301991990030700", "530199199003070016", "𝟝𝟛𝟘", "\u0000" * 18, "5" * 10_000]


@pytest.mark.parametrize("number", HOSTILE, ids=range(len(HOSTILE)))
async def test_bad_input_gets_a_refusal_with_a_stable_code(asked: Asked, number: str) -> None:
    answer, recorder = await asked.ask(BANK, LOAN, number, SOME)
    assert codes(answer) == ["ID_NUMBER_INVALID"]
    assert recorder.plans == []
    assert (await asked.last_entry())["code"] == "ID_NUMBER_INVALID"


async def test_input_that_nobody_thought_of_discloses_nothing_and_is_sealed(asked: Asked, broken: Any) -> None:
    def surprised(_: Asking, ask: PersonAsk, purpose: Purpose) -> None:
        raise RecursionError(f"what is {ask.id_number} for {purpose}?")

    broken(Asking, "_person", surprised)
    with capture_logs() as printed:
        answer = await about(asked, "clean")
    assert codes(answer) == ["INTERNAL"]
    assert nothing_of(answer)
    assert CLEAN not in json.dumps(answer) + str(printed)
    assert (await asked.last_entry())["code"] == "INTERNAL"


async def test_a_refusal_of_an_authenticated_ask_that_was_not_sealed_is_missed(asked: Asked, broken: Any) -> None:
    async def sealed() -> bool:
        before = (await asked.gateway.log.head()).sequence
        assert codes(await about(asked, "no-consent")) == ["CONSENT_REQUIRED"]
        return (await asked.gateway.log.head()).sequence == before + 1

    assert await sealed()
    broken(Context, "refused", lambda *_, **__: None)
    assert not await sealed()


async def test_junk_from_nobody_cannot_stop_the_city_though_the_security_log_hangs(asked: Asked, broken: Any) -> None:
    broken(SecurityLog, "flush", lambda _: None)
    for number in range(2_000):
        await asked.http.post("/graphql", content=b"junk", headers={"Authorization": f"Bearer {number}"})
    security = asked.gateway.endpoint._security
    assert sum(found.count for found in security._counts.values()) >= 2_000
    assert len(security._counts) <= 64
    assert not nothing_of(await about(asked, "clean"))
