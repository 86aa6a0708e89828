"""An answer that is written without graphql-core is the answer that graphql-core would give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exchange.dispute import Dispute
from exchange.person import PersonId
from resolvers.completing import Completed, Program
from tests.acceptance.in_process import serving
from tests.resolvers.conftest import DIGESTS, PERSON, Gateway, Made
from tests.resolvers.equality import Ways

LOANS = {"PBC03": [{"key": "1", "institution_code": "B10110000H0001", "balance": "12345", "as_of": "2026-11-01"}]}
DISPUTE = Dispute(
    "d1", "dispute", DIGESTS.person(PersonId(PERSON)), "PBC03", "1", opened_on=date(2026, 11, 2), statement="Paid."
)
QUERY = """query($id: IdNumber!) {
  person(idNumber: $id, purpose: LOAN_APPROVAL, reference: "A-1") {
    __typename
    financial {
      loanAccounts { was: balance balance provenance { source asOf __typename } dispute { since statement } }
    }
    disclosure { complete withheld { item nearest { treatment } } sources { department state } }
  }
}"""


@pytest.fixture
def completed(monkeypatch: pytest.MonkeyPatch) -> list[Completed | None]:
    """What came of each answer that could be written without graphql-core."""
    found: list[Completed | None] = []
    whole = Program.completed

    def watched(program: Program, answered: Any) -> Completed | None:
        found.append(whole(program, answered))
        return found[-1]

    monkeypatch.setattr(Program, "completed", watched)
    return found


async def _asked(made: Gateway, query: str = QUERY) -> dict[str, Any]:
    return (await made.run(query, id=PERSON)).body["data"]


async def test_the_second_ask_is_written_without_graphql_core(gateway: Made, completed: list[Any]) -> None:
    made = gateway(LOANS, disputes=[DISPUTE])
    first = await _asked(made)
    assert completed == []
    assert first["person"]["financial"]["loanAccounts"][0]["dispute"] == {"since": "2026-11-02", "statement": "Paid."}
    assert await _asked(made) == first
    assert [done.value for done in completed] == [first["person"]]


async def test_it_can_be_switched_off(gateway: Made, completed: list[Any]) -> None:
    made = gateway(LOANS)
    made.operations.services = replace(made.operations.services, completes=False)
    assert await _asked(made) == await _asked(made)
    assert completed == []


async def test_a_value_of_another_type_is_left_to_graphql_core(
    gateway: Made, completed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text where the schema says Boolean: graphql-core's own coercion decides what becomes of it."""
    made = gateway({"PBC03": [{"key": "1", "institution_code": "B10110000H0001", "balance": True}]})
    monkeypatch.setattr("resolvers.assembly.apply", lambda item, treatment, value, masker: value)
    query = QUERY.replace("was: balance ", "")
    first = await made.run(query, id=PERSON)
    again = await made.run(query, id=PERSON)
    assert completed == [None]
    assert again.body["data"] == first.body["data"]


@pytest.mark.slow
async def test_documents_made_by_chance_are_answered_alike_in_both_ways(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as asked:
        done = await Ways(asked).compare(400)
    assert done.differing == ()
    assert done.completed > done.asks / 4
