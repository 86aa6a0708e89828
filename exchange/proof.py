"""How it can be shown that a person agreed: the form that was put before him or her, and the evidence of the act."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Form:
    """The text that the person agreed to. A standard form must be conspicuous and explained (征信业管理条例 art 19)."""

    version: str
    digest: str
    """SHA-256 of the form, hexadecimal."""


class ProofKind(StrEnum):
    OWN_ACT = "own_act"
    """The person's own authenticated act at this gateway; its sealed entry is the evidence."""
    PAPER = "paper"
    """A signed paper that the organisation keeps."""
    E_SIGNATURE = "e_signature"
    """A reliable electronic signature (电子签名法 art 13) that the organisation keeps."""


@dataclass(frozen=True, slots=True)
class Proof:
    kind: ProofKind
    evidence: str = ""
    """SHA-256 of what the organisation keeps, hexadecimal; "" for the person's own act."""


BY_HAND = Proof(ProofKind.OWN_ACT)
