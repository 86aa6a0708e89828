"""An ask: who wants which items about whom, for what, on what ground."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from exchange.person import bears_id_number
from exchange.refusals import ReferenceInvalid
from exchange.requester import Requester

_REFERENCE = re.compile(r"[\w()（）\[\]\-/.: 号]{1,64}")
_ID_LIKE = re.compile(r"\d{15}|\d{17}[\dXx]")


@dataclass(frozen=True, slots=True)
class Ask:
    """One ask, after its arguments were checked and before anything was decided.

    `people` holds keyed digests, one for each person asked about; the id numbers stay with the caller.
    """

    requester: Requester
    purpose: str
    people: tuple[str, ...]
    items: frozenset[str]
    at: datetime
    consent: str | None = None
    reference: str | None = None


def checked_reference(text: str | None) -> str | None:
    """A case, application or contract number fit for the log: short, and nothing like an id number in it.

    Raises ReferenceInvalid.
    """
    if text is None:
        return None
    if not _REFERENCE.fullmatch(text) or _ID_LIKE.search(text) or bears_id_number(text):
        raise ReferenceInvalid()
    return text
