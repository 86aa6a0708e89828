"""How often a property is tried on what chance makes: some times in every run, many times in `make proof`."""

from __future__ import annotations

import os


def often(always: int, proof: int) -> int:
    """`proof` times where the environment has PROOF."""
    return proof if os.environ.get("PROOF") else always
