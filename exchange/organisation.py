"""An organisation that takes part in the exchange: of what kind, with which licence, on which agreement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum

import msgspec

from exchange.naming import titled, worded
from exchange.refusals import AgreementExpired, AgreementMissing, LicenceExpired, LicenceMissing, Refusal


class OrganisationKind(StrEnum):
    BANK = "bank"
    RURAL_COOPERATIVE = "rural_cooperative"
    AGENCY = "agency"
    """A credit-reporting agency for personal credit (个人征信机构)."""
    DEPARTMENT = "department"
    UTILITY = "utility"
    COURT = "court"
    CREDIT_OFFICE = "credit_office"
    PUBLIC = "public"
    """The people themselves, each about himself or herself."""
    SANDBOX = "sandbox"
    """Developers, on synthetic people."""


LICENCES: Mapping[OrganisationKind, str] = {
    OrganisationKind.BANK: "银行业监督管理法 art 19 (金融许可证); 征信业务管理办法 art 23",
    OrganisationKind.RURAL_COOPERATIVE: "银行业监督管理法 art 19 (金融许可证); 征信业务管理办法 art 23",
    OrganisationKind.AGENCY: "征信业管理条例 arts 6-7 (个人征信业务经营许可证)",
}
"""Kinds that may not be served without a licence, and by what rule."""

_DEPARTMENT = (
    "fund-centre hrs-clerk medical-clerk civil-affairs-clerk market-clerk personnel-officer tax-clerk psb-clerk"
    " department-officer"
)
_OFFICE = "credit-office case-officer court-liaison auditor analyst inspector platform-operator"
ROLES: Mapping[OrganisationKind, frozenset[str]] = {
    kind: frozenset(roles.split())
    for kind, roles in {
        OrganisationKind.BANK: "bank-system bank-officer",
        OrganisationKind.RURAL_COOPERATIVE: "rural-cooperative",
        OrganisationKind.AGENCY: "agency agency-end-user",
        OrganisationKind.DEPARTMENT: _DEPARTMENT,
        OrganisationKind.UTILITY: "utility-clerk",
        OrganisationKind.COURT: "court-liaison",
        OrganisationKind.CREDIT_OFFICE: _OFFICE,
        OrganisationKind.PUBLIC: "person guardian",
        OrganisationKind.SANDBOX: "developer model-developer",
    }.items()
}
"""What the clients of each kind may be. A role that stands nowhere is no client's."""

UNBOUND = frozenset({OrganisationKind.CREDIT_OFFICE, OrganisationKind.PUBLIC, OrganisationKind.SANDBOX})
"""Kinds that need no agreement: the office itself, the person's own right (条例 art 17), synthetic people."""

AGREEMENT_BASIS = "征信业务管理办法 art 23; the city's exchange agreement"


class Licence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: str
    valid_until: date
    """The last day."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contract with the city on what may be asked and how it is kept."""

    number: str
    valid_from: date
    valid_until: date
    """The last day."""


class Organisation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is registered of an organisation."""

    kind: OrganisationKind
    title: str
    title_zh: str = ""
    licence: Licence | None = None
    agreement: Agreement | None = None

    def barred_on(self, day: date) -> Refusal | None:
        """Why nobody of this organisation is served on a day of the city; None = served."""
        rule = LICENCES.get(self.kind)
        if rule is not None and self.licence is None:
            return LicenceMissing(basis=rule)
        if self.licence is not None and day > self.licence.valid_until:
            return LicenceExpired(basis=rule or LICENCES[OrganisationKind.AGENCY])
        if self.agreement is None:
            return None if self.kind in UNBOUND else AgreementMissing(basis=AGREEMENT_BASIS)
        if not self.agreement.valid_from <= day <= self.agreement.valid_until:
            return AgreementExpired(basis=AGREEMENT_BASIS)
        return None

    def widens(self, before: Organisation) -> frozenset[str]:
        """What of it lets more than before; titles and an earlier end do not."""
        wider = {"kind"} if self.kind is not before.kind else set[str]()
        if self.licence and not (before.licence and _within(self.licence, before.licence)):
            wider.add("licence")
        if self.agreement and not (before.agreement and _within(self.agreement, before.agreement)):
            wider.add("agreement")
        if before.licence and not self.licence and self.kind not in LICENCES:
            wider.add("licence")  # whose last day barred it, though none is needed
        if before.agreement and not self.agreement and self.kind in UNBOUND:
            wider.add("agreement")
        if before.agreement and self.agreement and self.agreement.valid_from < before.agreement.valid_from:
            wider.add("agreement")
        return frozenset(wider)

    def admits(self, roles: Collection[str]) -> bool:
        """Whether a client of this organisation may have these roles."""
        return ROLES[self.kind].issuperset(roles)

    def faults(self) -> Iterator[str]:
        """Names of the fields that cannot stand in the register."""
        if not titled(self.title):
            yield "title"
        if self.title_zh and not titled(self.title_zh):
            yield "title_zh"
        if self.licence and not worded(self.licence.number):
            yield "licence"
        if self.agreement and (
            not worded(self.agreement.number) or self.agreement.valid_from > self.agreement.valid_until
        ):
            yield "agreement"


def _within(now: Licence | Agreement, before: Licence | Agreement) -> bool:
    return now.number == before.number and now.valid_until <= before.valid_until
