"""The joint of the roots, with acts of the test's own: permitted by policy, one in each operation, all noted.

Annotations stand unquoted here: `Purpose` is made from data.
"""

import pytest
import strawberry
from graphql import parse

from exchange.change import Change, Statement
from exchange.refusals import ChangedMeanwhile
from exchange.requester import Requester
from policies.current import Current
from resolvers.acting import acting, reading
from resolvers.context import Services
from resolvers.mutations import Words
from resolvers.operation import Executed, Operations
from resolvers.schema import build
from tests.resolvers.conftest import CATALOGUE, DIGESTS, ENGINE, NOW, Departments, Store

WRITE = Change(Statement("SELECT 1"), [(1,)], (Statement("SELECT 2"),))


@strawberry.type
class Reads:
    @strawberry.field
    def register(self, info: strawberry.Info) -> list[str] | None:
        with reading(info.context, "CLIENT_READ", "client"):
            return ["bank-a"]


@strawberry.type
class Acts:
    @strawberry.mutation
    def suspend(self, info: strawberry.Info, id: str, already: bool = False) -> str | None:
        with acting(info.context, "CLIENT_SUSPEND", f"client:{id}", reason="BREACH", reference="doc 12") as act:
            if id == "moved":
                raise ChangedMeanwhile()
            if not already:
                act.lay_down(WRITE, digest="a" * 64)
        return "suspended"

    @strawberry.mutation
    def unheard_of(self, info: strawberry.Info) -> str | None:
        with acting(info.context, "CLIENT_EAT", "client:a"):
            return "eaten"


def _with_purpose(words: Words) -> type:
    purpose = words.Purpose

    @strawberry.type
    class WithPurpose:
        @strawberry.mutation
        def choose(self, info: strawberry.Info, purpose: purpose) -> str | None:  # type: ignore[valid-type]
            with acting(info.context, "CLIENT_PROPOSE", "client:a"):
                return purpose.value

    return WithPurpose


SCHEMA = build(CATALOGUE, ENGINE, (Reads,), (Acts, _with_purpose))


async def run(query: str, role: str = "credit-office") -> Executed:
    store = Store()
    services = Services(CATALOGUE, Current(ENGINE), Departments({}), store, store, DIGESTS, lambda: NOW)
    requester = Requester("credit-office", role, "op", role)
    return await Operations(SCHEMA, services).run(requester, parse(query), query, None, None)


def code(executed: Executed) -> str:
    return executed.body["errors"][0]["extensions"]["code"]


async def test_an_act_lays_down_its_change_with_its_entry() -> None:
    executed = await run('mutation { suspend(id: "a") }')
    assert executed.body == {"data": {"suspend": "suspended"}}
    (noted,) = executed.disclosures
    assert noted.administrative is not None
    assert noted.code is None
    assert (noted.administrative.act, noted.administrative.object) == ("CLIENT_SUSPEND", "client:a")
    assert (noted.administrative.reason, noted.administrative.digest) == ("BREACH", "a" * 64)
    assert noted.administrative.changed
    assert noted.changes == (WRITE,)
    assert noted.reference == "doc 12"


async def test_an_act_that_finds_everything_done_says_so() -> None:
    (noted,) = (await run('mutation { suspend(id: "a", already: true) }')).disclosures
    assert noted.administrative
    assert not noted.administrative.changed
    assert noted.changes == ()


@pytest.mark.parametrize("role", ["bank-system", "auditor", "person", "operator-of-nothing"])
async def test_a_role_that_may_not_is_refused_by_the_policy_that_says_so(role: str) -> None:
    executed = await run('mutation { suspend(id: "a") }', role)
    assert executed.body["data"] == {"suspend": None}
    assert code(executed) == "ACT_NOT_PERMITTED"
    assert executed.body["errors"][0]["extensions"]["rule"] == "act CLIENT_SUSPEND"
    (noted,) = executed.disclosures
    assert noted.code == "ACT_NOT_PERMITTED"
    assert noted.changes == ()
    assert noted.administrative
    assert noted.administrative.object == "client:a"


async def test_an_act_that_no_policy_names_is_nobodys() -> None:
    assert code(await run("mutation { unheardOf }")) == "ACT_NOT_PERMITTED"


async def test_a_refusal_within_the_act_is_noted_with_it() -> None:
    executed = await run('mutation { suspend(id: "moved") }')
    (noted,) = executed.disclosures
    assert code(executed) == noted.code == "CHANGED_MEANWHILE"
    assert noted.administrative
    assert noted.administrative.object == "client:moved"
    assert noted.changes == ()


async def test_one_act_in_each_operation() -> None:
    executed = await run('mutation { a: suspend(id: "a") b: suspend(id: "b") }')
    assert code(executed) == "ONE_MUTATION_PER_OPERATION"
    assert executed.body["data"] == {"a": None, "b": None}
    (noted,) = executed.disclosures
    assert noted.code == "ONE_MUTATION_PER_OPERATION"
    assert noted.changes == ()


async def test_words_from_data_reach_the_arguments_of_an_act() -> None:
    executed = await run("mutation { choose(purpose: LOAN_APPROVAL) }")
    assert executed.body == {"data": {"choose": "LOAN_APPROVAL"}}
    assert code(await run("mutation { choose(purpose: FUN) }")) == "PURPOSE_UNKNOWN"


async def test_what_only_some_may_read() -> None:
    assert (await run("{ register }")).body == {"data": {"register": ["bank-a"]}}
    assert (await run("{ register }", "auditor")).disclosures == ()
    executed = await run("{ register }", "bank-officer")
    assert code(executed) == "ACT_NOT_PERMITTED"
    assert [noted.code for noted in executed.disclosures] == ["ACT_NOT_PERMITTED"]


async def test_a_refusal_at_the_seal_takes_the_change_with_it() -> None:
    executed = (await run('mutation { suspend(id: "a") }')).refused(ChangedMeanwhile())
    assert executed.body["data"] == {"suspend": None}
    (noted,) = executed.disclosures
    assert (noted.code, noted.changes) == ("CHANGED_MEANWHILE", ())


async def test_a_subscription_is_no_operation_of_this_endpoint() -> None:
    assert code(await run("subscription { a }")) == "GRAPHQL_VALIDATION_FAILED"


def test_two_modules_may_not_have_a_field_of_one_name() -> None:
    with pytest.raises(TypeError, match="suspend"):
        build(CATALOGUE, ENGINE, (), (Acts, Acts))
