"""What deciding costs at many rules, counted in calls: times are for `python -m benchmarks.policies`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.policies import measured, write
from exchange.catalogue import Catalogue
from exchange.consent import Ground
from exchange.decision import GroundState
from exchange.standard.load import read as standard
from policies.engine import Engine
from policies.judge import Judge
from policies.rulebook import read
from tests.calls import calls

FEW, MANY = 1_000, 10_000


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return standard()


@pytest.fixture(scope="module")
def engines(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Engine]:
    """Each with so many rules."""
    found = {}
    for rules in (FEW, MANY):
        folder = tmp_path_factory.mktemp(f"policies{rules}")
        write(folder, catalogue, rules)
        found[rules] = Engine.load(folder, catalogue)
    return found


@pytest.mark.parametrize("each_named", [False, True], ids=["plain", "each item named"])
def test_a_decision_costs_the_same_at_any_number_of_rules(
    catalogue: Catalogue, engines: dict[int, Engine], each_named: bool
) -> None:
    ground = Ground("consent", items=frozenset(catalogue.items) if each_named else None)
    few, many = engines[FEW], engines[MANY]
    pairs = [(role, code) for role in sorted(few.roles) for code in few.purposes]

    def cost(engine: Engine) -> int:
        return calls(lambda: [engine.decide(role, code, ground) for role, code in pairs])

    # At most a few for each pair; naming each of the items asks about each of them.
    most = len(pairs) * (10 + 3 * len(catalogue.items) * each_named)
    assert cost(many) <= most
    assert cost(many) <= 1.2 * cost(few)


def test_loading_costs_in_proportion_to_the_rules(catalogue: Catalogue, tmp_path: Path) -> None:
    cost = {}
    for rules in (200, 2_000):
        folder = tmp_path / str(rules)
        folder.mkdir()
        write(folder, catalogue, rules)
        cost[rules] = calls(lambda folder=folder: Engine.load(folder, catalogue))
    assert cost[2_000] < 10 * cost[200]


def test_casbin_asks_rule_by_rule(catalogue: Catalogue, engines: dict[int, Engine]) -> None:
    first, second, *_ = catalogue.items
    asked = ("bank-system", "LOAN_APPROVAL")
    for engine in engines.values():
        judge = Judge(catalogue, engine.book)
        judge.verdict(*asked, first, GroundState.ORDINARY)  # what Casbin prepares once
        one = calls(lambda judge=judge: judge.verdict(*asked, second, GroundState.ORDINARY))
        every = calls(lambda engine=engine: engine.decide(*asked, Ground("consent")))
        assert one > 1_000 * every


def test_what_is_measured_is_what_was_asked_for(catalogue: Catalogue) -> None:
    found = measured(catalogue, 300, asks=2)
    assert found.rules == 300
    assert min(found.load_s, found.plain_us, found.named_us, found.enforce_ms) > 0
    assert measured(catalogue, 100, asks=0).enforce_ms == 0


def test_the_rules_are_those_of_a_city(catalogue: Catalogue, tmp_path: Path) -> None:
    write(tmp_path, catalogue, 500)
    book = read(tmp_path, catalogue)
    assert (len(book.permits), len(book.forbids)) == (450, 50)
    assert len({rule.role for rule in book.permits}) > 20
    assert any(rule.rows for rule in book.permits)
