"""A revision: the policies and the standard that decided together, as written, under the name that entries bear.

Pure. `policies.revision` gathers one from its folders and makes it decide again; `exchange.store.revision` keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from exchange.audit import canonical


def digest_of(content: bytes) -> str:
    """SHA-256, hexadecimal: the name under which a content is kept once, whatever revisions share it."""
    return sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Revision:
    id: str
    """As `policies.rulebook.revision_of` gives it, over policies and standard."""
    standard: str
    """The standard's version."""
    files: Mapping[str, bytes]
    """`policies/permits.csv`, `standard/pbc.yaml`, `approval.yaml` → content."""

    @property
    def named(self) -> dict[str, str]:
        """File → digest of its content."""
        return {name: digest_of(content) for name, content in self.files.items()}

    @property
    def digest(self) -> str:
        """SHA-256 over what it consists of: the entry POLICY_IN_FORCE names it."""
        return digest_of(canonical({"files": self.named, "id": self.id, "standard": self.standard}))
