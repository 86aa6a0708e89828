"""Whom an ask is about: the citizen identification number of GB 11643, old and new form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from operator import mul

from exchange.refusals import IdNumberInvalid

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_HALFWIDTH = {ord("\uff10") + n: str(n) for n in range(10)} | dict.fromkeys(map(ord, "\uff38\uff58"), "X")
"""Full-width digits and X, as many forms are filled in."""

SYNTHETIC_DIVISION = "530199"
"""Unassigned in GB/T 2260: no real person can bear a number of it."""


def check_digit(first17: str) -> str:
    """The 18th character for 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(map(mul, _WEIGHTS, map(int, first17))) % 11]


@dataclass(frozen=True, slots=True, repr=False)
class PersonId:
    """A valid id number in its 18-character form. Its `repr` shows nothing."""

    number: str

    def __hash__(self) -> int:
        """The text keeps its own; it is looked up for each answer about the person."""
        return hash(self.number)

    @classmethod
    def parse(cls, text: object) -> PersonId:
        """Read 18 characters or 15 digits, with blanks, full-width digits and a small x forgiven.

        Raises IdNumberInvalid, without the text.
        """
        if not isinstance(text, str) or len(text) > 40:
            raise IdNumberInvalid()
        number = text.strip().translate(_HALFWIDTH).upper()
        if len(number) == 15 and number.isascii() and number.isdigit():
            body = number[:6] + "19" + number[6:]
            number = body + check_digit(body)
        if len(number) != 18 or not number.isascii() or not number[:17].isdigit() or number[0] == "0":
            raise IdNumberInvalid()
        if check_digit(number[:17]) != number[17]:
            raise IdNumberInvalid()
        try:
            born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        except ValueError:
            raise IdNumberInvalid() from None
        if born.year < 1800:
            raise IdNumberInvalid()
        return cls(number)

    @property
    def old_number(self) -> str | None:
        """The form of 15 digits that was in use until 2013; only those born in 19xx ever had one."""
        return self.number[:6] + self.number[8:17] if self.number[6:8] == "19" else None

    @property
    def born(self) -> date:
        return date(int(self.number[6:10]), int(self.number[10:12]), int(self.number[12:14]))

    @property
    def synthetic(self) -> bool:
        return self.number.startswith(SYNTHETIC_DIVISION)

    def age_on(self, day: date) -> int:
        """Full years on `day`; negative before birth."""
        born = self.born
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def __repr__(self) -> str:
        return "PersonId(…)"


_DIGITS_APART = re.compile(r"(?<![0-9A-Za-z])\d(?:[\W_]*\d){14}(?![0-9A-Za-z])")
_NO_DIGITS = re.compile(r"\D+")
_BETWEEN = re.compile(r"[\W_]+")


def bears_id_number(text: str) -> bool:
    """Whether an id number stands in a text, in either form, even split by blanks or other signs."""
    if len(_NO_DIGITS.sub("", text)) < 15:
        return False
    squeezed = _BETWEEN.sub("", text)
    new = (squeezed[start : start + 18] for start in range(len(squeezed) - 17))
    old = (_BETWEEN.sub("", found) for found in _DIGITS_APART.findall(text))
    return any(_reads_as_id(part) for part in (*new, *old))


def _reads_as_id(text: str) -> bool:
    try:
        PersonId.parse(text)
    except IdNumberInvalid:
        return False
    return True
