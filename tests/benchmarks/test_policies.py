from __future__ import annotations

from pathlib import Path

from benchmarks.policies import DECIDE_US, LOAD_S, measured, write
from exchange.standard.load import read as standard
from policies.rulebook import read


def test_ten_thousand_rules_keep_to_the_limits() -> None:
    found = measured(standard(), 10_000, asks=0)
    assert found.rules == 10_000
    assert found.load_s < LOAD_S
    assert found.plain_us < found.named_us < DECIDE_US


def test_casbin_is_slower_by_orders_of_magnitude() -> None:
    found = measured(standard(), 100, asks=5)
    assert found.enforce_ms * 1e3 > 100 * found.named_us / 168


def test_the_rules_are_those_of_a_city(tmp_path: Path) -> None:
    write(tmp_path, standard(), 500)
    book = read(tmp_path, standard())
    assert (len(book.permits), len(book.forbids)) == (450, 50)
    assert len({rule.role for rule in book.permits}) > 20
    assert any(rule.rows for rule in book.permits)
