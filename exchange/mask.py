"""Masks: texts of which only so much is left that a requester can compare, not identify.

Each mask takes the canonical text and what it must know of the requester, and answers Bad.VALUE where the text has not
the form that the mask relies on: an unread text is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from exchange.records import Bad


class Reader(Protocol):
    """What masks need to know of the requester."""

    @property
    def institution(self) -> str | None: ...
    def pseudonym(self, value: str) -> str: ...
    def districts(self) -> tuple[str, ...]: ...


_COMPOUND_SURNAME = re.compile(
    "欧阳|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|"
    "慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|闾丘|亓官|司寇|巫马|公西|颛孙|壤驷|漆雕|乐正|宰父|谷梁|拓跋|夹谷|"
    "轩辕|令狐|段干|百里|呼延|东郭|南门|羊舌|微生|梁丘|左丘|西门|南荣|即墨|达奚|褚师|纳兰|完颜|耶律"
)
_CHARACTER = re.compile("[^\ufe00-\ufe0f\U000e0100-\U000e01ef][\ufe00-\ufe0f\U000e0100-\U000e01ef]*", re.DOTALL)
"""One written character: a variation selector belongs to the character before it."""
_DOTS = str.maketrans(dict.fromkeys("\u2022\u2027\u2219\u22c5\u30fb\uff65", "·"))
_BRACKETS = str.maketrans({"\uff08": "(", "\uff09": ")", "〔": "(", "〕": ")", "[": "(", "]": ")"})
_CASE = re.compile(r"(\([0-9]{4}\).*\D)[0-9]+号.*")
_CITY = re.compile(r"(?:[^\d省市区县]{2,10}(?:省|自治区))?[^\d省市区县街路镇乡村号]{2,12}(?:市|自治州|地区|盟)")
_DISTRICT = re.compile(
    r"[^\d街路道镇乡村号巷弄栋幢楼苑园]{1,12}?(?:(?<![小社园校厂宅属])区|县|(?<![超菜门夜集花])市|旗)"
)


def id_number(text: str, reader: Reader) -> str | Bad:
    """First and last character: hides division, day of birth and sex."""
    return f"{text[0]}{'*' * 16}{text[-1]}" if len(text) == 18 else Bad.VALUE


def name(text: str, reader: Reader) -> str | Bad:
    """Surname and one `*` for each further character; of a dotted name the first character of each part."""
    parts = [_CHARACTER.findall(part) for part in text.strip().translate(_DOTS).split("·")]
    if not all(parts):
        return Bad.VALUE
    if len(parts) == 1:
        (characters,) = parts
        if len(characters) == 1:
            return "*"
        kept = 2 if len(characters) > 2 and _COMPOUND_SURNAME.match(text.strip()) else 1
        return "".join(characters[:kept]) + "*" * (len(characters) - kept)
    return "·".join(part[0] + "*" * (len(part) - 1) for part in parts)


def mobile(text: str, reader: Reader) -> str | Bad:
    return f"{text[:3]}****{text[-4:]}" if len(text) == 11 and text.isascii() and text.isdigit() else Bad.VALUE


def address(text: str, reader: Reader) -> str | Bad:
    """Down to the district or county; less where the text does not say it plainly."""
    text = text.strip()
    city = _CITY.match(text)
    rest = text[city.end() :] if city else text
    start = text[: city.end()] if city else ""
    known = next((district for district in reader.districts() if rest.startswith(district)), None)
    if known:
        return f"{start}{known}***"
    district = _DISTRICT.match(rest) if city else None
    return f"{start}{district[0] if district else ''}***"


def account(text: str, reader: Reader) -> str | Bad:
    """A pseudonym: the requester can tell accounts apart and join them, and two requesters cannot compare theirs."""
    return f"acc_{reader.pseudonym(text)}"


def institution(text: str, reader: Reader) -> str | Bad:
    """The requester's own code stays; another's becomes a pseudonym."""
    return text if text == reader.institution else f"机构#{reader.pseudonym(text)}"


def employer(text: str, reader: Reader) -> str | Bad:
    text = text.strip()
    return f"{text[: min(2, len(text) - 1)]}***" if text else Bad.VALUE


def case_number(text: str, reader: Reader) -> str | Bad:
    """Year and court: `(2024)云01执***号`."""
    found = _CASE.fullmatch(text.strip().translate(_BRACKETS))
    return f"{found[1]}***号" if found else Bad.VALUE


MASKS: Mapping[str, Callable[[str, Reader], str | Bad]] = {
    mask.__name__: mask for mask in (id_number, name, mobile, address, account, institution, employer, case_number)
}
"""By the name that an item of the standard gives."""
