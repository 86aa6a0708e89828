from __future__ import annotations

import pytest

from exchange.catalogue import Catalogue
from exchange.decision import GroundState
from policies.engine import Engine
from policies.explain import WordUnknown, explain


def test_every_ground_state_with_its_rule(engine: Engine, catalogue: Catalogue) -> None:
    found = explain(engine, catalogue, "bank-system", "LOAN_APPROVAL", "HPF01.balance")
    assert (found.ground, found.item.key, found.revision) == ("consent", "HPF01.balance", engine.revision)
    none, ordinary, written = found.verdicts
    assert [v.state for v in found.verdicts] == list(GroundState)
    assert ordinary.decision.treatment == "WITHHELD"
    assert ordinary.place is None
    assert "no rule permits" in ordinary.rule
    assert none.nearest == ordinary.nearest
    assert ordinary.nearest is not None
    assert "written consent" in ordinary.nearest.because
    assert written.decision.treatment == "FULL"
    assert written.nearest is None
    assert written.place == f"permits.csv:{engine.rule(written.decision.rule).line}"
    assert "on a written consent that names the item" in written.rule


def test_row_conditions_come_with_their_words(engine: Engine, catalogue: Catalogue) -> None:
    found = explain(engine, catalogue, "utility-clerk", "UTILITY_DISPUTE", "UTL02.arrears_amount")
    rows = found.verdicts[1].rows
    assert [row.name for row in rows] == ["own_provider"]
    assert rows[0].en == "only records of the requester's own utility provider"
    assert found.verdicts[0].rule.startswith("the purpose's ground is missing")


@pytest.mark.parametrize(
    ("role", "purpose", "item", "message"),
    [
        ("bank", "LOAN_APPROVAL", "PBC03.balance", "unknown role 'bank'"),
        ("bank-system", "lending", "PBC03.balance", "unknown purpose 'lending'"),
        ("bank-system", "LOAN_APPROVAL", "group:court", "unknown item 'group:court'"),
    ],
)
def test_only_words_that_a_request_may_name(
    engine: Engine, catalogue: Catalogue, role: str, purpose: str, item: str, message: str
) -> None:
    with pytest.raises(WordUnknown, match=message):
        explain(engine, catalogue, role, purpose, item)
