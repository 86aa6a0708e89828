from __future__ import annotations

from pathlib import Path

from benchmarks.rules import EVERYTHING, benchmark_policies
from benchmarks.workloads import CATALOGUE
from exchange.consent import Ground
from policies.current import candidate


def test_one_role_is_released_everything_in_full_on_consent(tmp_path: Path) -> None:
    """`candidate` proves the stated properties too."""
    engine = candidate(benchmark_policies(tmp_path / "policies"), CATALOGUE)
    assert engine.purposes[EVERYTHING].ground == "consent"
    written = frozenset(key for key, item in CATALOGUE.items.items() if item.written_consent_only)
    assert written
    ground = Ground("consent", written_items=written, names="other", partner="other", partner_consent="theirs")
    found = engine.decide("developer", EVERYTHING, ground)
    assert {key: each.treatment for key, each in found.items()} == dict.fromkeys(CATALOGUE.items, "FULL")
