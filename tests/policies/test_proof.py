"""The proof finds what is wrong, narrows it down, and keeps it as a case."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from exchange.consent import Ground
from exchange.decision import Decision, GroundState, Treatment
from policies import cases, rulebook
from policies.engine import Engine
from policies.trial import Trial
from tests.policies import proof
from tests.policies.generated import Generated, write

SEEDS = range(901, 905)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_three_readings_agree(catalogue: Catalogue, seed: int) -> None:
    tried = proof.compare(catalogue, seed, rules=110, decisions=1_500, asks=30)
    assert (tried.decisions, tried.asks, tried.differences, tried.first) == (1_500, 30, 0, None)


def test_the_sets_try_everything_that_a_rule_can_say(catalogue: Catalogue, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        write(tmp_path, Generated(catalogue, seed, 110).texts())
        engine = Engine.load(tmp_path, catalogue)
        for role in engine.roles:
            for code in engine.purposes:
                for state in GroundState:
                    for key in catalogue.items:
                        got = engine.verdict(role, code, key, state)
                        seen[got.treatment] += 1
                        seen["rows"] += bool(got.rows)
                        seen["several rows"] += len(got.rows) > 1
                        seen["forbidden"] += got.rule.startswith("F-")
                        seen["written"] += got.ground == "written"
        seen["chains"] += len(engine.book.roles.leaves) < len(engine.book.roles.links)
        seen["wildcards"] += any(rule.item == "*" for rule in engine.book.permits)
        seen["everywhere forbidden"] += any(rule.purpose == "*" for rule in engine.book.forbids)
    words = ("rows", "several rows", "forbidden", "written", "chains", "wildcards", "everywhere forbidden")
    assert [word for word in (*Treatment, *words) if not seen[word]] == []


def _last_rule(engine: Engine, decision: Decision) -> Decision:
    """The last permit of an item in place of the first."""
    named = [rule.id for rule in engine.book.permits if decision.item in engine.book.reach[rule.item]]
    rule = named[-1] if named and decision.treatment is Treatment.FULL else decision.rule
    return Decision(decision.item, decision.treatment, decision.rows, rule, decision.basis, decision.ground)


def _every_row(_: Engine, decision: Decision) -> Decision:
    return Decision(decision.item, decision.treatment, frozenset(), decision.rule, decision.basis, decision.ground)


def _closed_when_banded(_: Engine, decision: Decision) -> Decision:
    return Decision(decision.item, Treatment.WITHHELD) if decision.treatment is Treatment.BANDED else decision


@pytest.mark.parametrize("wrong", [_last_rule, _every_row, _closed_when_banded])
def test_a_wrong_engine_is_found_and_its_case_kept(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong
) -> None:
    decide = Engine.decide

    def wrongly(engine: Engine, role: str, purpose: str, ground: Ground) -> dict[str, Decision]:
        return {key: wrong(engine, decision) for key, decision in decide(engine, role, purpose, ground).items()}

    with monkeypatch.context() as broken:
        broken.setattr(Engine, "decide", wrongly)
        tried = proof.compare(catalogue, 901, rules=40, decisions=400, asks=0)
        assert tried.differences > 0
        assert tried.first is not None
        kept = proof.keep(tried.first, tmp_path)
        assert _missed(catalogue, tmp_path) == [tried.first.ask.item]
    assert kept.name == "generated-901.yaml"
    assert tried.first.texts["permits.csv"].count("\n") <= 2
    assert _missed(catalogue, tmp_path) == []


def _missed(catalogue: Catalogue, folder: Path) -> list[str]:
    """What the kept cases miss of the engine as it is."""
    book = rulebook.read(rulebook.FOLDER, catalogue)
    sheets = cases.read(rulebook.FOLDER, catalogue, book, folder)
    return [miss.item for miss in Trial(catalogue, sheets).misses(book)]


def test_a_difference_from_casbin_is_found_too(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof.Judge, "verdict", lambda *_: (Treatment.WITHHELD, None))
    tried = proof.compare(catalogue, 901, rules=40, decisions=0, asks=60)
    assert tried.first is not None
    assert (tried.first.witness, tried.first.wanted) == ("casbin", (Treatment.WITHHELD, None, None))
    assert tried.first.got.treatment is not Treatment.WITHHELD


def test_a_million_is_a_million() -> None:
    assert proof.SETS * proof.DECISIONS == 1_000_000
    assert proof.WITNESSED * proof.ASKS == 20_000
    assert proof.LARGE >= 100
