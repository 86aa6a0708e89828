"""Invariants 2 to 5: only what may be seen is read; denied, absent and unreachable are three; unknown means no."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import resolvers.loading
import resolvers.planning
from exchange.records import Column, Unavailable
from gateway.app import now
from gateway.auth import Authenticator
from policies.engine import Engine
from policies.faults import PolicyFaulty
from resolvers.loading import Loaded
from resolvers.plan import Plan
from tests.acceptance.in_process import (
    CATALOGUE,
    EVERYTHING,
    PEOPLE,
    Asked,
    disclosure_of,
    read_beyond,
    released,
    serving,
)
from tests.invariants.checks import BANK, CLEAN, LOAN, SOME, about, codes, nothing_of, person, told_apart
from tests.policies.test_matrix import CELLS, differing


async def test_what_may_not_be_seen_is_never_read(asked: Asked, broken: Any) -> None:
    planned = resolvers.planning.plan_of

    def greedy(*given: Any) -> Plan:
        plan = planned(*given)
        wider = tuple(
            replace(one, columns=(*one.columns, Column("contribution_base"))) if one.record == "HRS02" else one
            for one in plan.wanted["HRS"]
        )
        return replace(plan, wanted={**plan.wanted, "HRS": wider})

    answer, recorder = await asked.ask(BANK, LOAN, CLEAN, EVERYTHING)
    permitted = released(answer)
    assert read_beyond(permitted, recorder) == set()
    broken(resolvers.planning, "plan_of", greedy)
    answer, recorder = await asked.ask(BANK, LOAN, CLEAN, EVERYTHING)
    assert read_beyond(permitted, recorder) == {("HRS02", "AAC040")}
    assert nothing_of(answer), "a column that nobody planned for does not fit the answer"


async def test_a_widened_treatment_is_no_longer_the_matrix(policies: Path) -> None:
    file = policies / "permits.csv"
    text = file.read_text("utf-8")
    line = next(line for line in text.splitlines() if "P-LOAN-BANKSYS-SI," in line)
    file.write_text(text.replace(line, line.replace("BANDED", "FULL")), "utf-8")
    sound, widened = Engine.load(None, CATALOGUE), Engine.load(policies, CATALOGUE)
    assert not [cell for cell in CELLS if differing(sound, CATALOGUE, cell)]
    (cell,) = [cell for cell in CELLS if differing(widened, CATALOGUE, cell)]
    assert (cell.role, cell.purpose, cell.column) == (BANK, LOAN, "SI")


def _without_probes() -> tuple[Any, str, Any]:
    planned = resolvers.planning.plan_of
    return resolvers.planning, "plan_of", lambda *given: replace(planned(*given), probes=())


def _asked_whoever_it_is() -> tuple[Any, str, Any]:
    return resolvers.loading, "asked_about", lambda person, *_: person


@pytest.mark.parametrize(("tag", "mechanism"), [("deceased", _without_probes), ("minor", _asked_whoever_it_is)])
async def test_no_such_person_and_not_permitted_cannot_be_told_apart(
    asked: Asked, broken: Any, tag: str, mechanism: Any
) -> None:
    selection = "idNumber publicSecurity { hasPersonIdentity }"
    nobody = await about(asked, "nobody", selection)
    assert not told_apart(nobody, await about(asked, tag, selection))
    broken(*mechanism())
    assert told_apart(nobody, await about(asked, tag, selection))


async def test_unavailable_is_not_absent(asked: Asked, broken: Any) -> None:
    async def unreachable(*_: Any) -> Unavailable:
        return Unavailable(now(), "UNREACHABLE")

    whole = await about(asked, "clean")
    assert disclosure_of(whole)["complete"] is True
    assert whole["data"]["person"]["summary"]["loanBalance"]
    broken(asked.gateway.directory._connectors["PBC"]._inner, "fetch", unreachable)
    answer = await about(asked, "clean")
    assert answer["data"]["person"]["financial"] == {"loanAccounts": None, "hasLoanAccounts": None}
    assert answer["data"]["person"]["summary"]["loanBalance"] is None
    assert set(codes(answer)) == {"SOURCE_UNAVAILABLE"}
    assert disclosure_of(answer)["complete"] is False
    # Even where an unreachable department were read as an empty one, the answer would say that it is not whole.
    broken(Loaded, "answer", lambda loaded, slot: ())
    answer = await about(asked, "clean", "financial { loanAccounts { balance } }")
    assert answer["data"]["person"]["financial"] == {"loanAccounts": []}
    assert set(codes(answer)) == {"SOURCE_UNAVAILABLE"}
    assert disclosure_of(answer)["sources"]["PBC"]["state"] == "UNAVAILABLE"
    assert disclosure_of(answer)["complete"] is False


async def test_an_unknown_role_is_denied(asked: Asked, broken: Any) -> None:
    known = Authenticator.requester

    async def stranger(self: Authenticator, *given: Any) -> Any:
        return replace(await known(self, *given), role="chief-of-everything")

    broken(Authenticator, "requester", stranger)
    answer, recorder = await asked.ask(BANK, LOAN, CLEAN, SOME)
    assert codes(answer) == ["PURPOSE_NOT_PERMITTED"]
    assert nothing_of(answer)
    assert recorder.plans == []


@pytest.mark.parametrize(
    "line",
    [
        "p, nobody-we-know, LOAN_APPROVAL, PBC03.balance, FULL, , ordinary, P-X, LENDING",
        "p, bank-system, CURIOSITY, PBC03.balance, FULL, , ordinary, P-X, LENDING",
        "p, bank-system, LOAN_APPROVAL, PBC03.wealth, FULL, , ordinary, P-X, LENDING",
        "p, bank-system, LOAN_APPROVAL, PBC03.balance, GLIMPSE, , ordinary, P-X, LENDING",
        "p, bank-system, LOAN_APPROVAL, PBC03.balance, FULL, everybody, ordinary, P-X, LENDING",
        "p, bank-system, LOAN_APPROVAL, PBC03.balance, FULL, , hearsay, P-X, LENDING",
    ],
)
async def test_an_unknown_word_in_a_policy_stops_the_start(policies: Path, data: Path, line: str) -> None:
    with (policies / "permits.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(PolicyFaulty):
        async with serving(data, policies=policies):
            raise AssertionError("it started")


async def test_an_unknown_state_of_a_consent_is_denied(asked: Asked, data: Path) -> None:
    with sqlite3.connect(data / "gateway.db") as store:
        state = "UPDATE consent SET state = ? WHERE person = ? AND purposes LIKE ?"
        whose = asked.digests.person(person("thin-file"))
        with pytest.raises(sqlite3.IntegrityError):
            store.execute(state, ("suspended", whose, f"%{LOAN}%"))
        store.execute("PRAGMA ignore_check_constraints = ON")
        store.execute(state, ("suspended", whose, f"%{LOAN}%"))
        store.commit()
        try:
            answer, recorder = await asked.ask(BANK, LOAN, PEOPLE["thin-file"], SOME)
        finally:
            store.execute(state, ("active", whose, f"%{LOAN}%"))
    assert nothing_of(answer)
    assert recorder.plans == []
