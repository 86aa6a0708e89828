"""What is wrong with a standard, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of a file. Names words of the standard only, never a person's data."""

    file: str
    line: int
    """Counted from 1; 0 where the file as a whole is meant."""
    code: str
    """Stable: `KEY_UNKNOWN`, `CLOCK_MISSING`, …; docs/adding-an-item.md lists them."""
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code}: {self.message}"


class StandardFaulty(Exception):
    """The standard has faults; nothing of it is loaded."""

    code = "STANDARD_FAULTY"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class StandardNotInForce(Exception):
    """This version of the standard is not in force; nothing of it is served."""

    code = "STANDARD_NOT_IN_FORCE"

    def __init__(self, version: str, state: str, faults: Sequence[Fault] = ()) -> None:
        reasons = "".join(f"\n{fault}" for fault in faults)
        super().__init__(f"version {version} is in state {state}, not in_force{reasons}")
        self.version = version
        self.state = state
        self.faults = tuple(faults)
        """Why an approval record did not put it in force."""
