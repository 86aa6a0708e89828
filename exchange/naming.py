"""What organisations, clients and documents may be called: nothing that bears an id number, nothing that is no text."""

from __future__ import annotations

import re

from exchange.person import bears_id_number

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TITLE = re.compile(r"[^\W_](?:[\w \-·,.:()（）、，。/&'—]{0,119})")
_WORD = re.compile(r"[\w()（）〔〕\[\]\-/.: 号]{1,64}")


def identifies(text: str) -> bool:
    """Whether a text may be the id of an organisation or client: `bank-system`."""
    return bool(_ID.fullmatch(text)) and not bears_id_number(text)


def titled(text: str) -> bool:
    """Whether it may be a title: up to 120 letters, digits and plain signs."""
    return bool(_TITLE.fullmatch(text)) and not bears_id_number(text)


def worded(text: str) -> bool:
    """Whether it may be the number of a licence, an agreement or a code: up to 64 signs, no blank ends."""
    return bool(_WORD.fullmatch(text)) and text == text.strip() and not bears_id_number(text)
