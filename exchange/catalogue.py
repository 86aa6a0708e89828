"""The city's data catalogue in memory: departments, record types, items, code lists, legal bases.

Pure words; `exchange.standard` reads them from its files and refuses a faulty or unapproved version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from exchange.retention import Retention


class Kind(StrEnum):
    STRING = "string"
    CODE = "code"
    DATE = "date"
    YEAR_MONTH = "year_month"
    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Item:
    """One field of the catalogue."""

    code: str
    """`PBC03012`; never reused."""
    name: str
    """`balance`."""
    record: str
    """`PBC03`."""
    name_zh: str
    kind: Kind
    group: str
    """Release group: what policies speak of."""
    basic: bool
    """基本指标 (must be supplied) or 补充指标."""
    sensitivity: int
    """1 public … 4 written or separate consent only."""
    negative: bool
    basis: str
    """Key into `Catalogue.legal_bases`."""
    scoring: str
    description: str
    collection: str | None = None
    """`written_consent_only`, `separate_consent` or None."""
    code_list: str | None = None
    pattern: str | None = None
    format: str | None = None
    unit: str | None = None
    mask: str | None = None
    """Name of the mask for MASKED; None = withheld under MASKED. Strings only."""
    band: str | None = None
    """Name of the bands for BANDED: `amount`, `months24`, `count`, `month`, `year`."""
    second_person: str | None = None
    """Of whom the item tells beside the person: `spouse`; that one's own ground is needed too."""

    @property
    def key(self) -> str:
        """`PBC03.balance`."""
        return f"{self.record}.{self.name}"

    @property
    def written_consent_only(self) -> bool:
        return self.collection == "written_consent_only"


@dataclass(frozen=True, slots=True)
class RecordType:
    code: str
    name: str
    name_zh: str
    list_name: str
    """GraphQL field: `loanAccounts` (many) or `pensionInsurance` (one)."""
    type_name: str
    """GraphQL type: `LoanAccount`."""
    department: str
    many: bool
    group: str
    basis: str
    description: str
    retention: Retention
    items: Mapping[str, Item]
    since: str | None = None
    """The date item that the argument `since` filters and by which rows are ordered, newest first."""
    attributes: Mapping[str, Kind] = field(default_factory=dict)
    """Facts that conditions may use in WHERE and that are never returned: a month's account's delinquency_ended_on."""

    @property
    def has_name(self) -> str:
        """GraphQL field of the yes/no question: `hasLoanAccounts`."""
        return "has" + self.list_name[0].upper() + self.list_name[1:]


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    name: str
    name_zh: str
    name_today_zh: str
    domain: str
    section: str
    """GraphQL field of the department's part of a profile: `financial`."""
    records: Mapping[str, RecordType]
    """By code, `PBC03`."""

    @property
    def type_name(self) -> str:
        return self.section[0].upper() + self.section[1:]


@dataclass(frozen=True, slots=True)
class CodeList:
    name: str
    source: str
    values: Mapping[str, str]
    """Code → Chinese meaning; historic and local codes included."""
    subsets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Codes that rules speak of by a name: `negative`, `pilot_2008` …"""


@dataclass(frozen=True)
class Catalogue:
    """One version of the standard."""

    id: str
    version: str
    state: str
    title_zh: str
    title_en: str
    departments: Mapping[str, Department]
    code_lists: Mapping[str, CodeList]
    legal_bases: Mapping[str, str]
    revision: str
    """Hash over everything above."""

    @cached_property
    def records(self) -> dict[str, RecordType]:
        return {code: record for d in self.departments.values() for code, record in d.records.items()}

    @cached_property
    def items(self) -> dict[str, Item]:
        """All items by key, in catalogue order."""
        return {item.key: item for record in self.records.values() for item in record.items.values()}

    @cached_property
    def written_only(self) -> frozenset[str]:
        """Keys of the items that only a consent in writing opens."""
        return frozenset(key for key, item in self.items.items() if item.written_consent_only)

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(item.group for item in self.items.values())

    @cached_property
    def grouped(self) -> dict[str, frozenset[str]]:
        """Release group → keys of its items."""
        found: dict[str, set[str]] = {}
        for key, item in self.items.items():
            found.setdefault(item.group, set()).add(key)
        return {group: frozenset(keys) for group, keys in found.items()}

    def items_of(self, record: str) -> Iterator[Item]:
        yield from self.records[record].items.values()
