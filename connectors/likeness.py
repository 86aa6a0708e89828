"""How like a name of a department's database is to a name of the standard: English, pinyin, Chinese, comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_ENGLISH = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_ASIDE = re.compile(r"[(（,，;；:：/\s]")
_UNITS = {"W": "wan", "WAN": "wan", "FEN": "fen", "F": "fen", "Y": "yuan", "YUAN": "yuan"}
_USUAL = {
    "no": "number",
    "num": "number",
    "org": "institution",
    "biz": "business",
    "ym": "month",
    "mon": "month",
    "txn": "transaction",
    "pct": "rate",
    "qty": "count",
}
_PERSON = re.compile(
    r"(ID_?(NO|NUM|NUMBER|CARD|CARD_?NO)|CERT_?(NO|NUM|ID)|IDENTITY_?(NO|CARD)?|SFZ|SFZH|SFZHM|SFZJHM|ZJHM|ZJH|GMSFHM|GMSFZH)",
    re.I,
)
_PERSON_ZH = re.compile(r"身份(证|号)|公民身份|证件号|居民身份")


@dataclass(frozen=True, slots=True, order=True)
class Likeness:
    score: float
    """0 to 1."""
    reason: str


NONE = Likeness(0.0, "")


def likeness(column: str, comment: str, english: Sequence[str], chinese: str, context: Sequence[str] = ()) -> Likeness:
    """`english`: the words of the standard's name; `context`: those of the table's, which say nothing new."""
    stem = _without_unit(column)
    found = [_by_words(stem, english, context), _by_pinyin(stem, chinese)]
    if _CHINESE.search(column):
        found.append(_by_chinese(column, chinese, "Chinese name"))
    if comment:
        found.append(_by_chinese(_ASIDE.split(comment)[0], chinese, "comment"))
    return max(found)


def person_likeness(column: str, comment: str) -> Likeness:
    if _PERSON.fullmatch(column):
        return Likeness(0.9, "name of an id column")
    if _PERSON_ZH.search(column) or _PERSON_ZH.search(comment):
        return Likeness(0.9, "Chinese name or comment")
    return NONE


def unit_of(column: str, comment: str) -> str | None:
    """`fen`, `yuan` or `wan` where name or comment says so."""
    for sign, unit in (("万元", "wan"), ("(万)", "wan"), ("（万）", "wan"), ("单位:分", "fen"), ("单位：分", "fen")):
        if sign in comment or sign in column:
            return unit
    if re.search(r"[(（]分[)）]", comment):
        return "fen"
    if re.search(r"[(（]元[)）]|单位[:：]元", comment):
        return "yuan"
    return _UNITS.get(column.rpartition("_")[2].upper()) if "_" in column else None


def words(name: str) -> tuple[str, ...]:
    """`LN_BAL`, `lnBal` → `("ln", "bal")`; digits fall away."""
    return tuple(part.lower() for part in _ENGLISH.findall(name) if not part.isdigit())


def _without_unit(column: str) -> str:
    head, _, tail = column.rpartition("_")
    return head if head and tail.upper() in _UNITS else column


def _by_words(column: str, english: Sequence[str], context: Sequence[str]) -> Likeness:
    left, sum_, own = list(english), 0.0, 0
    for token in words(column):
        token = _USUAL.get(token, token)
        best = max(left, key=lambda word: _abbreviates(token, word), default="")
        if best and (quality := _abbreviates(token, best)):
            left.remove(best)
            sum_ += quality
            own += 1
        elif not any(_abbreviates(token, word) for word in context):
            own += 1
    if not sum_:
        return NONE
    score = 0.95 * 2 * sum_ / (len(english) + own)
    return Likeness(round(score, 2), "name" if words(column) == tuple(english) else "abbreviated name")


def _abbreviates(token: str, word: str) -> float:
    if token == word:
        return 1.0
    if len(token) < 2 or token[0] != word[0]:
        return 0.0
    if word.startswith(token):
        return 0.95
    letters = iter(word)
    return 0.85 if all(letter in letters for letter in token) else 0.0


def _by_pinyin(column: str, chinese: str) -> Likeness:
    plain = re.sub(r"[^a-z]", "", column.lower())
    initials, whole = _pinyin(chinese)
    if not plain or not initials:
        return NONE
    if plain == whole:
        return Likeness(0.95, "pinyin")
    if plain == initials:
        return Likeness(0.9 if len(plain) > 2 else 0.8, "pinyin initials")
    ratio = SequenceMatcher(None, plain, initials, autojunk=False).ratio()
    return Likeness(round(0.7 * ratio, 2), "pinyin initials in part") if ratio >= 0.65 else NONE


@lru_cache(maxsize=4096)
def _pinyin(chinese: str) -> tuple[str, str]:
    text = re.sub(r"[(（].*?[)）]|[\W\d]", "", chinese)
    first = lazy_pinyin(text, style=Style.FIRST_LETTER)
    return "".join(first).lower(), "".join(lazy_pinyin(text)).lower()


def _by_chinese(text: str, chinese: str, reason: str) -> Likeness:
    text, chinese = ("".join(_CHINESE.findall(each)) for each in (text, chinese))
    if not text or not chinese:
        return NONE
    if text == chinese:
        return Likeness(0.97, reason)
    if min(len(text), len(chinese)) > 1 and (chinese in text or text in chinese):
        return Likeness(round(0.6 + 0.3 * min(len(text), len(chinese)) / max(len(text), len(chinese)), 2), reason)
    ratio = SequenceMatcher(None, text, chinese, autojunk=False).ratio()
    return Likeness(round(0.75 * ratio, 2), reason + " in part") if ratio >= 0.5 else NONE
