"""One synthetic person's life as facts, before any department writes them down in its own way.

Amounts are whole fen. Codes are the standard's. A day that did not come is None.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Contact:
    mobile: str
    address: str
    residence_status: str


@dataclass(frozen=True, slots=True)
class Spell:
    """An employment; `fund` = the employer pays into the housing fund."""

    employer: str
    started_on: date
    ended_on: date | None
    fund: bool
    monthly_pay: int


@dataclass(frozen=True, slots=True)
class Loan:
    account: str
    institution: str
    account_type: str
    business_type: str
    opened_on: date
    due_on: date
    amount: int
    guarantee_type: str
    status: str
    five_category: str
    balance: int
    due_this_month: int
    overdue_terms: int
    overdue_amount: int
    delinquency_ended_on: date | None
    closed_on: date | None
    months: tuple[tuple[int, str], ...]
    """(month, repayment status), oldest first, without gaps."""


@dataclass(frozen=True, slots=True)
class Card:
    account: str
    institution: str
    account_type: str
    opened_on: date
    limit: int
    status: str
    used: int
    average_used: int
    due_this_month: int
    overdue_amount: int
    delinquency_ended_on: date | None
    closed_on: date | None
    months: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class SpecialTransaction:
    account: str
    kind: str
    occurred_on: date


@dataclass(frozen=True, slots=True)
class Liability:
    kind: str
    amount: int
    five_category: str
    delinquency_ended_on: date | None


@dataclass(frozen=True, slots=True)
class Inquiry:
    on: date
    inquirer_type: str
    inquirer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Annotation:
    object: str
    kind: str
    content: str
    added_on: date


@dataclass(frozen=True, slots=True)
class Insurance:
    """One branch of social insurance: 110 pension, 210 unemployment, 310 medical, 410 work injury, 510 maternity."""

    branch: str
    status: str
    first_month: int
    base: int
    paid_months: tuple[int, ...]
    """Within the last 24 settled months."""
    arrears_months: int = 0
    arrears_cleared_on: date | None = None
    receiving: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """A formal decision of a fund or the tax office against the person."""

    kind: str
    decided_on: date
    fulfilled_on: date | None
    listed: bool = False
    delisted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Qualification:
    name: str
    revoked_on: date | None = None


@dataclass(frozen=True, slots=True)
class HousingFund:
    status: str
    first_month: int
    months_paid: int
    monthly: int
    balance: int


@dataclass(frozen=True, slots=True)
class FundLoan:
    amount: int
    balance: int
    status: str
    overdue_terms: int = 0
    overdue_amount: int = 0
    delinquency_ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class TaxArrears:
    amount: int
    counted_on: date
    cleared_on: date | None


@dataclass(frozen=True, slots=True)
class TaxYear:
    year: int
    on_time: bool
    paid: int


@dataclass(frozen=True, slots=True)
class Judgment:
    court: str
    case_number: str
    cause: str
    effective_on: date
    amount: int
    fulfilled_on: date | None


@dataclass(frozen=True, slots=True)
class Enforcement:
    case_number: str
    status: str
    amount: int
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class DishonestListing:
    case_number: str
    performance: str
    published_on: date
    ends_on: date
    delisted_on: date | None


@dataclass(frozen=True, slots=True)
class Restriction:
    case_number: str
    ordered_on: date
    lifted_on: date | None


@dataclass(frozen=True, slots=True)
class BusinessRole:
    entity: str
    role: str


@dataclass(frozen=True, slots=True)
class Penalty:
    decision_number: str
    authority: str
    violation: str
    kind: str
    decided_on: date
    severity: str
    publicity_ends_on: date | None
    fulfilled_on: date | None
    repaired_on: date | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    name: str
    valid_until: date
    status: str


@dataclass(frozen=True, slots=True)
class Listing:
    list_name: str
    listed_on: date
    delisted_on: date | None


@dataclass(frozen=True, slots=True)
class UtilityAccount:
    service: str
    provider: str
    number: str
    in_arrears: bool
    record: str
    """24 signs, newest last."""


@dataclass(frozen=True, slots=True)
class UtilityArrears:
    service: str
    provider: str
    amount: int
    months: int
    notice_given_on: date
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class Marriage:
    status: str
    own_ref: str
    spouse_ref: str | None


@dataclass(frozen=True, slots=True)
class Assistance:
    kind: str
    status: str
    fraud_decided_on: date | None = None
    fulfilled_on: date | None = None


@dataclass(frozen=True, slots=True)
class Honour:
    title: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class Measure:
    code: str
    legal_ground: str
    source: str
    started_on: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Repair:
    target: str
    decided_on: date
    result: str


@dataclass(slots=True)
class Life:
    serial: int
    """Place in the city; begins every record key that the departments give."""
    number: str
    name: str
    sex: str
    born: date
    division: str
    address: str
    registration: str = "1"
    document_status: str = "1"
    old_in: frozenset[str] = frozenset()
    """Native tables that still hold this person under the 15-digit number."""
    contacts: list[Contact] = field(default_factory=list)
    employment_status: str | None = None
    spells: list[Spell] = field(default_factory=list)
    insurances: list[Insurance] = field(default_factory=list)
    insurance_violations: list[Violation] = field(default_factory=list)
    qualifications: list[Qualification] = field(default_factory=list)
    fund: HousingFund | None = None
    fund_loans: list[FundLoan] = field(default_factory=list)
    fund_violations: list[Violation] = field(default_factory=list)
    loans: list[Loan] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    special_transactions: list[SpecialTransaction] = field(default_factory=list)
    liabilities: list[Liability] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    tax_arrears: list[TaxArrears] = field(default_factory=list)
    tax_violations: list[Violation] = field(default_factory=list)
    tax_years: list[TaxYear] = field(default_factory=list)
    judgments: list[Judgment] = field(default_factory=list)
    enforcements: list[Enforcement] = field(default_factory=list)
    dishonest_listings: list[DishonestListing] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)
    roles: list[BusinessRole] = field(default_factory=list)
    penalties: list[Penalty] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    utilities: list[UtilityAccount] = field(default_factory=list)
    utility_arrears: list[UtilityArrears] = field(default_factory=list)
    marriage: Marriage | None = None
    assistance: list[Assistance] = field(default_factory=list)
    honours: list[Honour] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)

    def number_in(self, table: str) -> str:
        """The id number as that native table holds it: 18 characters, or the old 15 digits."""
        return self.number[:6] + self.number[8:17] if table in self.old_in else self.number

    def key(self, place: int) -> str:
        """The key that a department gives this person's record of that place in its table."""
        return f"{self.serial:08d}{place:03d}"
