"""One line of `permits.csv` or `forbids.csv`."""

from __future__ import annotations

from dataclasses import dataclass

PERMITS = "permits.csv"
FORBIDS = "forbids.csv"
COLUMNS = ("role", "purpose", "item", "treatment", "rows", "ground", "id", "basis")


@dataclass(frozen=True, slots=True)
class Rule:
    role: str
    purpose: str
    item: str
    """An item's key, or a group of items: see `policies.reach`."""
    treatment: str
    rows: str
    """Name of a row condition, or blank for every row."""
    ground: str
    """`ordinary` or `written`; blank in a forbid."""
    id: str
    basis_key: str
    basis: str
    """The legal basis in words."""
    file: str
    line: int

    @property
    def fields(self) -> tuple[str, ...]:
        """As Casbin is given it."""
        return (
            self.role, self.purpose, self.item, self.treatment, self.rows, self.ground, self.id, self.basis_key
        )  # fmt: skip

    @property
    def text(self) -> str:
        """The rule as a sentence."""
        if self.file == FORBIDS:
            what = "at all" if self.treatment == "*" else self.treatment
            return f"{self.role} may not see {self.item} {what} for {self.purpose}"
        ground = "a written consent that names the item" if self.ground == "written" else "the purpose's own ground"
        rows = f", only rows {self.rows}" if self.rows else ""
        return f"{self.role} may see {self.item} {self.treatment} for {self.purpose}{rows}, on {ground}"
