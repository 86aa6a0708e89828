"""What is wrong with a folder of policies: every fault at once, each with its file and line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    file: str
    """Name inside the folder, `permits.csv`."""
    line: int
    """From 1; 0 = the file as a whole."""
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class PolicyFaulty(Exception):
    """The policies do not hold together, so nothing is decided by them."""

    code = "POLICY_FAULTY"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def unknown(kind: str, word: str, known: Iterable[str]) -> str:
    """`unknown role 'bnak'; did you mean 'bank'?`"""
    near = get_close_matches(word, sorted(known), n=1)
    return f"unknown {kind} {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")
