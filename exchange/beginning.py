"""Where entries begin that are not the log's first: those before are archived, and a few hashes stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.audit import START, Head
from exchange.tree import Growing, Hashing

_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Beginning:
    head: Head = START
    """Of the entry before."""
    peaks: tuple[bytes, ...] = ()
    """Roots of the perfect subtrees over all entries before, the largest first."""

    def growing(self, hashing: Hashing) -> Growing:
        return Growing(hashing, self.head.sequence, list(self.peaks))

    def said(self) -> dict[str, Any]:
        peaks = [peak.hex() for peak in self.peaks]
        return {"after": self.head.sequence, "peaks": peaks, "previous": self.head.hash}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Beginning:
        """Raises ValueError, KeyError, TypeError."""
        after, previous = said["after"], said["previous"]
        peaks = tuple(bytes.fromhex(peak) for peak in said["peaks"])
        whole = type(after) is int and after >= 0 and len(peaks) == after.bit_count()
        if not whole or any(len(peak) != _HASH_BYTES for peak in peaks) or not isinstance(previous, str):
            raise ValueError("not a beginning")
        if after == 0 and previous != START.hash:
            raise ValueError("not a beginning")
        return cls(Head(after, previous), peaks)


WHOLE = Beginning()
"""Of a log from its first entry on."""
