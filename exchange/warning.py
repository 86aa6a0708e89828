"""The warning before a written consent (征信业管理条例 art 14(2)): what may follow if these items are given away.

Income, deposits, securities, commercial insurance, real estate and tax amounts may be collected only after the person
was told clearly of the adverse consequences, and agreed in writing. A text that was published is never changed: a
consent names the version that the person saw, and its hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Warning:
    version: str
    zh: str
    en: str

    @property
    def digest(self) -> str:
        """SHA-256 of both texts, hexadecimal."""
        return sha256(f"{self.version}\n{self.zh}\n{self.en}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Warned:
    """That a person was warned: by which text, of exactly which items, and when."""

    version: str
    digest: str
    items: frozenset[str]
    at: datetime

    @property
    def genuine(self) -> bool:
        """Whether the text is one that was published."""
        known = WARNINGS.get(self.version)
        return known is not None and known.digest == self.digest


_TEXTS = (
    Warning(
        "2026-1",
        "您即将书面同意提供下列信息：收入、存款、有价证券、商业保险、不动产或者纳税数额。提供后，信息使用者可能"
        "据此认为您的偿债能力不足，从而拒绝贷款、降低额度或者提高利率；信息一经提供，撤回同意只对以后有效。"
        "您可以不同意，不同意不影响您就其他信息作出的同意。"
        "（《征信业管理条例》第十四条第二款）",
        "You are about to agree in writing that the items listed below be given: income, deposits, securities, "
        "commercial insurance, real estate or tax amounts. The receiver may conclude from them that you cannot carry a "
        "debt, and refuse a loan, lower a limit or raise a rate. What was given cannot be taken back: a withdrawal "
        "holds only for the future. You may say no, and what you agreed to otherwise is not affected. "
        "(征信业管理条例 art 14(2))",
    ),
)
WARNINGS: Mapping[str, Warning] = MappingProxyType({text.version: text for text in _TEXTS})
CURRENT = _TEXTS[-1]


def warned(items: frozenset[str], at: datetime, text: Warning = CURRENT) -> Warned:
    return Warned(text.version, text.digest, items, at)
