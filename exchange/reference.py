"""What an ask says of itself beside its purpose: the application, case, contract or document that it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from exchange.person import bears_id_number
from exchange.refusals import ReferenceInvalid

LONGEST = 64
_NUMBER = re.compile(r"(?=.*[0-9])[A-Za-z0-9()\[\]\-_/.:]{1,64}")
_CASE_NUMBER = re.compile(
    r"[(（][0-9]{4}[)）][\u4e00-\u9fff]{1,3}[0-9]{0,4}[\u4e00-\u9fff]{1,4}[0-9]{1,8}号(之[一二三四五六七八九十0-9]{1,3})?"
)
_DOCUMENT_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,12}[〔\[(（][0-9]{4}[〕\])）]第?[0-9]{1,6}号")
_FORMS = (_NUMBER, _CASE_NUMBER, _DOCUMENT_NUMBER)


class ReferenceKind(StrEnum):
    APPLICATION = "application"
    """The person's application: for a loan, a card, a benefit, a correction."""
    CASE = "case"
    """A case of a court, of the credit office, of a department."""
    CONTRACT = "contract"
    """The contract with the person on which the ask rests (PIPL art 13(2))."""
    DOCUMENT = "document"
    """The document by which a duty was ordered, or a right proven (PIPL art 34)."""


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """What an ask for a purpose must name."""

    kind: ReferenceKind
    pattern: str
    """A regular expression that the whole number fits."""

    def __str__(self) -> str:
        return f"{self.kind} {self.pattern}"

    def fits(self, reference: str) -> bool:
        """`reference` is one that `checked_reference` let pass, so it is short."""
        return re.fullmatch(self.pattern, reference) is not None


def checked_reference(text: str | None) -> str | None:
    """A number fit for the log: short, of a known form, and nothing like an id number in it.

    Raises ReferenceInvalid.
    """
    if text is None:
        return None
    if not any(form.fullmatch(text) for form in _FORMS) or bears_id_number(text):
        raise ReferenceInvalid()
    return text
