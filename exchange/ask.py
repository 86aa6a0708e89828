"""An ask: who wants which items about whom, for what, on what ground."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from exchange.person import bears_id_number
from exchange.refusals import ReferenceInvalid
from exchange.requester import Requester

_NUMBER = re.compile(r"(?=.*[0-9])[A-Za-z0-9()\[\]\-_/.:]{1,64}")
_CASE_NUMBER = re.compile(
    r"[(（][0-9]{4}[)）][\u4e00-\u9fff]{1,3}[0-9]{0,4}[\u4e00-\u9fff]{1,4}[0-9]{1,8}号(之[一二三四五六七八九十0-9]{1,3})?"
)
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
    fits = _NUMBER.fullmatch(text) or _CASE_NUMBER.fullmatch(text)
    if not fits or _ID_LIKE.search(text) or bears_id_number(text):
        raise ReferenceInvalid()
    return text
