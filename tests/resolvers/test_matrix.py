"""The policies as a picture: for those who supervise, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.resolvers.conftest import CATALOGUE, ENGINE
from tests.resolvers.reading import Reading, opened

QUERY = """query($role: String, $purpose: String) { matrix(role: $role, purpose: $purpose) {
  revision roles { code en zh }
  purposes { purpose { code en zh } ground basis phase open }
  groups { group { code } items }
  cells { role purpose group treatment written counts { treatment items } rules { rule text basis treatment rows } }
} }"""


@pytest.fixture
async def reading(store_url: str) -> AsyncIterator[Reading]:
    async with opened(store_url) as one:
        yield one


async def test_the_whole_and_one_role_or_purpose_of_it(reading: Reading) -> None:
    whole = (await reading.run("auditor", QUERY))["data"]["matrix"]
    assert whole["revision"] == ENGINE.revision
    assert {one["code"] for one in whole["roles"]} == ENGINE.roles
    assert sum(one["items"] for one in whole["groups"]) == len(CATALOGUE.items)
    pairs = {(cell["role"], cell["purpose"]) for cell in whole["cells"]}
    assert len(pairs) > 20
    one = (await reading.run("analyst", QUERY, role="bank-officer", purpose="LOAN_APPROVAL"))["data"]["matrix"]
    assert {(cell["role"], cell["purpose"]) for cell in one["cells"]} == {("bank-officer", "LOAN_APPROVAL")}
    assert (await reading.run("office", QUERY, role="nobody"))["data"]["matrix"]["cells"] == []


@pytest.mark.parametrize("who", ["bank", "person"])
async def test_who_does_not_supervise_is_refused_and_that_is_sealed(reading: Reading, who: str) -> None:
    body = await reading.run(who, QUERY)
    assert body["data"] == {"matrix": None}
    assert body["errors"][0]["extensions"]["code"] == "ACT_NOT_PERMITTED"
    last = (await reading.entries())[-1]
    assert (last["code"], last["administrative"]["act"]) == ("ACT_NOT_PERMITTED", "MATRIX_READ")


async def test_me_tells_the_acts_of_the_own_role_alone(reading: Reading) -> None:
    for who, role in (("auditor", "auditor"), ("bank", "bank-system"), ("person", "person")):
        acts = (await reading.run(who, "{ me { acts { code en zh basis } } }"))["data"]["me"]["acts"]
        assert {one["code"] for one in acts} == {code for code, act in ENGINE.book.acts.items() if role in act.roles}
        assert all(one["en"] and one["zh"] and one["basis"] for one in acts)
