"""One entry as it is written: its canonical bytes, and the rows that it is found by.

Pure, and cheap where many asks decide the same. It is `canonical(entry(…))`, byte for byte, and what `exchange.index`
makes of that (tests/exchange/test_written.py); these remain the definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.audit import Event, Link, asked, canonical
from exchange.decided import Decided
from exchange.disclosure import Disclosure
from exchange.index import Exposed, Finding, Indexed
from exchange.tree import SHA256, Hashing


@dataclass(frozen=True, slots=True)
class Written:
    text: bytes
    index: Indexed
    exposed: list[Exposed]
    decided: Decided
    sources: Mapping[str, str]

    def findings(self) -> list[Finding]:
        return self.decided.findings(self.index.decided, self.sources)


def written(
    disclosure: Disclosure,
    decided: Decided,
    *,
    sequence: int,
    previous: str,
    answer: str | None,
    personal: Sequence[Link] = (),
    hashing: Hashing = SHA256,
) -> Written:
    """`decided`: of this disclosure's decisions. Raises EntryUnfit, and TypeError and ValueError as `canonical`."""
    made = asked(disclosure, sequence=sequence, previous=previous, answer=answer, personal=personal, hashing=hashing)
    given, sources = made["sources"], canonical(made["sources"])
    digest = decided.digest(sources)
    text = canonical(made, {"items": decided.items, "bases": decided.bases})
    at, client, event = made["time"], made["client"], made["event"]
    index = Indexed(
        sequence, at, event, made["code"], made["organisation"], client, made["role"], made["purpose"], digest
    )
    people = made["people"] if event == Event.DISCLOSURE.value else ()
    exposed = [Exposed(client, person, at, sequence, digest) for person in dict.fromkeys(people)]
    return Written(text, index, exposed, decided, given)
