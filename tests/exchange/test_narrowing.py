"""A ground only narrows: by its dates, and where an item tells of a second person."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from exchange.catalogue import Kind
from exchange.decision import Decision, Treatment
from exchange.ground import Ground
from exchange.narrowing import RANGE, SECOND, narrowed
from exchange.standard.load import load

CATALOGUE = load(approval=Path("gateway/demo/approval.yaml"))
OPEN = {key: Decision(key, Treatment.FULL, rule="P-1", basis="art") for key in CATALOGUE.items}
OF_TWO = {"CVA01.marital_status", "CVA01.spouse_subject_ref"}


def closed(ground: Ground) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, decision in narrowed(OPEN, CATALOGUE, ground).items():
        if decision.treatment is not Treatment.FULL:
            assert decision.treatment is Treatment.WITHHELD
            assert decision.basis
            found.setdefault(decision.rule, set()).add(key)
    return found


def test_the_items_that_tell_of_a_second_person_are_these() -> None:
    """Guarantees tell a person's own liability and name no debtor; a spouse is named."""
    assert {key for key, item in CATALOGUE.items.items() if item.second_person} == OF_TWO


@pytest.mark.parametrize("kind", ["consent", "application", "contract", "proof"])
def test_what_one_person_did_opens_nothing_of_another(kind: str) -> None:
    assert closed(Ground(kind)) == {SECOND: OF_TWO}
    assert closed(Ground(kind, partner="6b" * 16, partner_consent="c2")) == {}


@pytest.mark.parametrize("kind", ["duty", "authentication", "sandbox"])
def test_a_statute_holds_for_everybody_whom_it_names(kind: str) -> None:
    decisions = narrowed(OPEN, CATALOGUE, Ground(kind))
    assert decisions is OPEN


@pytest.mark.parametrize("bounds", [{"since": date(2025, 1, 1)}, {"until": date(2025, 1, 1)}])
def test_dates_close_every_type_of_record_that_has_none(bounds: dict) -> None:
    found = closed(Ground("consent", partner="6b" * 16, partner_consent="c2", **bounds))
    undated = {key for key, item in CATALOGUE.items.items() if CATALOGUE.records[item.record].since is None}
    assert found == {RANGE: undated}
    assert "PSB01.id_number" in undated
    assert "PBC03.balance" not in undated


def test_every_date_that_may_bound_is_a_day() -> None:
    for record in CATALOGUE.records.values():
        assert record.since is None or record.items[record.since].kind is Kind.DATE


def test_what_was_withheld_keeps_its_rule() -> None:
    denied = {key: Decision(key, Treatment.WITHHELD) for key in CATALOGUE.items}
    assert narrowed(denied, CATALOGUE, Ground("consent", since=date(2025, 1, 1))) is denied
