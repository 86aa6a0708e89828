from __future__ import annotations

import pytest

from exchange.catalogue import Catalogue
from exchange.consent import Ground
from exchange.decision import GroundState
from policies.backwards import Opening, what, who
from policies.engine import Engine
from policies.explain import WordUnknown


def test_both_ways_tell_of_the_same_openings(engine: Engine, catalogue: Catalogue) -> None:
    by_item = [opening for item in catalogue.items for opening in who(engine, catalogue, item)]
    by_role = [opening for role in engine.roles for opening in what(engine, catalogue, role)]
    assert sorted(by_item, key=_cell) == sorted(by_role, key=_cell)
    assert len(by_item) > 1_000


def test_an_item_is_told_open_exactly_where_it_is_open(engine: Engine, catalogue: Catalogue) -> None:
    for item in catalogue.items:
        told: dict[tuple[str, str, bool], Opening] = {
            (opening.role, opening.purpose, opening.written): opening for opening in who(engine, catalogue, item)
        }
        for role in engine.roles:
            for purpose in engine.purposes:
                for state in (GroundState.ORDINARY, GroundState.WRITTEN):
                    decision = engine.verdict(role, purpose, item, state)
                    opening = told.get((role, purpose, False))
                    if state is GroundState.WRITTEN:
                        opening = told.get((role, purpose, True), opening)
                    if opening is None:
                        assert decision.treatment == "WITHHELD", (role, purpose, item, state)
                    else:
                        assert (opening.treatment, opening.rule) == (decision.treatment, decision.rule)
                        assert {row.name for row in opening.rows} == decision.rows


def test_what_is_told_open_is_released_on_that_ground_and_not_without(engine: Engine, catalogue: Catalogue) -> None:
    for opening in what(engine, catalogue, "bank-system"):
        named = frozenset({opening.item}) if opening.written else frozenset()
        decided = engine.decide("bank-system", opening.purpose, Ground(opening.ground, written_items=named))
        assert decided[opening.item].treatment == opening.treatment
        assert engine.decide("bank-system", opening.purpose, Ground("none"))[opening.item].treatment == "WITHHELD"


def test_written_consent_is_told_apart(engine: Engine, catalogue: Catalogue) -> None:
    banks = [o for o in who(engine, catalogue, "HPF01.balance") if o.role.startswith("bank")]
    assert [(o.purpose, o.ground, o.written, o.treatment) for o in banks] == [
        ("LOAN_APPROVAL", "consent", True, "FULL")
    ] * 2


def test_rows_and_place_stand_beside(engine: Engine, catalogue: Catalogue) -> None:
    (clerk,) = (o for o in who(engine, catalogue, "UTL02.arrears_amount") if o.role == "utility-clerk")
    assert [row.name for row in clerk.rows] == ["own_provider"]
    assert clerk.place == f"permits.csv:{engine.rule(clerk.rule).line}"
    assert clerk.basis == engine.rule(clerk.rule).basis


def test_a_role_that_sees_nothing_is_told_nothing(engine: Engine, catalogue: Catalogue) -> None:
    assert what(engine, catalogue, "operator") == ()


def test_only_words_that_a_request_may_name(engine: Engine, catalogue: Catalogue) -> None:
    with pytest.raises(WordUnknown, match=r"unknown item 'PBC03\.balence'; did you mean 'PBC03\.balance'"):
        who(engine, catalogue, "PBC03.balence")
    with pytest.raises(WordUnknown, match="unknown role 'bank'"):
        what(engine, catalogue, "bank")


def _cell(opening: Opening) -> tuple[str, str, str, bool]:
    return opening.role, opening.purpose, opening.item, opening.written
