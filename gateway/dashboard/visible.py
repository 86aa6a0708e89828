"""Text of others as it is shown: harmless, and with what cannot be seen made visible.

Registers and departments hold names that others wrote. Characters without width and those that turn the direction of
writing can make one name look like another; so each is shown by its number, and a text keeps its direction to itself.
"""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cs", "Zl", "Zp"})
_FILLERS = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def visible(text: object) -> Markup:
    """Escaped; `<span class="unseen">U+202E</span>` for what has no look of its own."""
    parts = [_mark(each) if _unseen(each) else escape(each) for each in str(text)]
    return Markup("<bdi>") + Markup("").join(parts) + Markup("</bdi>")


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or character in _FILLERS


def _mark(character: str) -> Markup:
    return Markup('<span class="unseen">U+{:04X}</span>').format(ord(character))
