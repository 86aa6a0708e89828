"""What may never be collected (征信业管理条例 art 14(1)), looked for in names and descriptions, English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from exchange.standard.document import Place
from exchange.standard.draft import Draft
from exchange.standard.fault import Fault

_KEYS = ("name", "name_zh", "description", "list", "type")
_NEVER = "(?!)"
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Forbidden:
    """One forbidden item and the ways in which it may be spelt."""

    title: str
    basis: str
    words: tuple[str, ...]

    def found_in(self, text: str) -> bool:
        plain = " ".join(_HUMP.sub(" ", text).replace("_", " ").replace("-", " ").casefold().split())
        return self._spelt.search(plain) is not None

    @cached_property
    def _spelt(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_pattern, self.words)) or _NEVER, re.ASCII)


def forbidden_items(draft: Draft) -> tuple[Forbidden, ...]:
    return tuple(
        Forbidden(
            f"{place.text('zh')} ({place.text('en')})",
            place.text("basis") or "",
            tuple(w for w in (place.text("zh"), place.text("en"), *(place.child("words").data or ())) if w),
        )
        for place in draft.catalogue.root.child("forbidden_items").children()
    )


def faults(draft: Draft) -> Iterator[Fault]:
    forbidden = forbidden_items(draft)
    for record in draft.records():
        yield from _search(record, forbidden, "")
        for attribute in record.child("attributes").children():
            yield from _search(attribute, forbidden, attribute.name)
        for item in draft.items(record):
            yield from _search(item, forbidden, item.name)


def _search(place: Place, forbidden: tuple[Forbidden, ...], own_name: str) -> Iterator[Fault]:
    texts = [(own_name, ())] + [(text, (key,)) for key in _KEYS if (text := place.text(key))]
    for text, below in texts:
        for item in forbidden:
            if item.found_in(text):
                yield place.fault("FORBIDDEN_ITEM", f"{place.name} speaks of {item.title}: {item.basis}", *below)


def _pattern(word: str) -> str:
    """Chinese anywhere, English as a whole word with its plural."""
    plain = re.escape(word.casefold())
    return rf"\b{plain}(?:s|es)?\b" if word.isascii() else plain
