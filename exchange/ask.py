"""What an ask says of itself beside its purpose: the reference that it belongs to."""

from __future__ import annotations

import re

from exchange.person import bears_id_number
from exchange.refusals import ReferenceInvalid

_NUMBER = re.compile(r"(?=.*[0-9])[A-Za-z0-9()\[\]\-_/.:]{1,64}")
_CASE_NUMBER = re.compile(
    r"[(（][0-9]{4}[)）][\u4e00-\u9fff]{1,3}[0-9]{0,4}[\u4e00-\u9fff]{1,4}[0-9]{1,8}号(之[一二三四五六七八九十0-9]{1,3})?"
)


def checked_reference(text: str | None) -> str | None:
    """A case, application or contract number fit for the log: short, and nothing like an id number in it.

    Raises ReferenceInvalid.
    """
    if text is None:
        return None
    fits = _NUMBER.fullmatch(text) or _CASE_NUMBER.fullmatch(text)
    if not fits or bears_id_number(text):
        raise ReferenceInvalid()
    return text
