"""A made-up number of each kind that an ask may have to name, for the demo's asks."""

from __future__ import annotations

from exchange.purpose import Purpose
from exchange.reference import ReferenceKind

REFERENCES = {
    ReferenceKind.APPLICATION: "SQ-2026-000117",
    ReferenceKind.CASE: "(2026)云0102执117号",
    ReferenceKind.CONTRACT: "HT-2024-000117",
    ReferenceKind.DOCUMENT: "昆信用办发〔2026〕17号",
}


def reference_for(purpose: Purpose) -> str | None:
    """None where the purpose needs none."""
    return REFERENCES[purpose.reference.kind] if purpose.reference else None
