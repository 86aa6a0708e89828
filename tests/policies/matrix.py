"""Who may see what, as the domain's matrix has it: copied out by hand, cell by cell, and read by nothing but tests.

F full, M masked, B banded, X yes/no, - denied. Footnotes stand as words after the row. Nothing here is derived from the
policy files or from code of `policies`, nor from the table of treatments that the gateway itself uses.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.catalogue import Catalogue, Item, Kind

GROUPS = {
    "ID": "identity",
    "CT": "contact",
    "MR": "marital",
    "EM": "occupation",
    "LC": "loans_cards",
    "RP": "repayment",
    "IQ": "inquiries",
    "SI": "social_insurance",
    "MI": "medical_enrolment",
    "W": "consent_amounts",
    "HF": "housing_fund",
    "TX": "tax",
    "CO": "court",
    "PE": "penalties",
    "LH": "licences_honours",
    "UT": "utilities",
    "SA": "social_assistance",
}
COLUMN = {group: column for column, group in GROUPS.items()} | {"follows_annotated_record": "annotations"}

WRITTEN = {"HRS02.contribution_base", "HPF01.monthly_contribution", "HPF01.balance", "TAX03.tax_paid_amount"}
LENDERS = {"PBC03.institution_code", "PBC04.institution_code", "PBC08.inquirer_code"}
BANK = ("bank-system", "bank-officer")

# fmt: off
# role or roles, purpose,        ID CT MR EM LC RP IQ SI MI W  HF TX CO PE LH UT SA   footnotes
ROWS = (
    ("bank-system", "LOAN_APPROVAL",
     "M - - M F F M B - - B F F F - X -", "other lenders pseudonymous; written consent"),
    ("bank-officer", "LOAN_APPROVAL",
     "M - - M B F B X - - X X F X - X -", "written consent"),
    ("rural-cooperative", "LOAN_APPROVAL",
     "M - - M F F M B - - B F F F - X -", "other lenders pseudonymous"),
    (BANK, "CARD_APPROVAL",
     "M - - M B F B X - - X X F X - X -", ""),
    (BANK, "POST_LOAN",
     "M M - - B F - - - - - X F X - - -", ""),
    (BANK, "GUARANTEE_REVIEW",
     "M - - M B F B X - - X X F X - - -", ""),
    (BANK, "REPRESENTATIVE_CHECK",
     "M - - - B B - - - - - X F X X - -", ""),
    ("fund-centre", "FUND_LOAN",
     "M M X F B B - X - - F - F - - - -", "married now: yes or no"),
    ("fund-centre", "FUND_WITHDRAWAL",
     "M - X F X - - - - - F - X - - - -", "married now: yes or no"),
    ("hrs-clerk", "BENEFIT_ELIGIBILITY",
     "F M - F X - - F X - - - X F X - X", "insurance fraud only"),
    ("medical-clerk", "MEDICAL_ENROLMENT",
     "F M - F - - - X F - - - - - - - -", ""),
    ("civil-affairs-clerk", "ASSISTANCE_ELIGIBILITY",
     "F M F X - - - X - X X - - X - - F", "income band with written authorisation"),
    ("market-clerk", "LICENSING",
     "F - - - - - - - - - - X X F F - -", ""),
    ("personnel-officer", "PERSONNEL_REVIEW",
     "M - - - - - - - - - - X X X X - -", ""),
    ("tax-clerk", "ARREARS_ENFORCEMENT",
     "F M - F - - - - - F - F X - - - -", "own department's amounts"),
    ("psb-clerk", "IDENTITY_CHECK",
     "F F - - - - - - - - - - - - - - -", ""),
    ("utility-clerk", "UTILITY_DISPUTE",
     "M M - - - - - - - - - - - - - F -", "own provider"),
    ("court-liaison", "JUDICIAL_INQUIRY",
     "F F F F F B - F - F F F F F F F -", ""),
    ("case-officer", "DISPUTE_OR_REPAIR",
     "M - - - F F - F - - F F F F F F -", "disputed record only; annotations"),
    ("agency", "REPORT_PRODUCT",
     "F M - M F F M B - - B F F F X B -", "other lenders pseudonymous"),
    ("agency-end-user", "REPORT_PRODUCT",
     "M - - - - - - - - - - - X X X - -", ""),
    ("person", "SELF_QUERY",
     "F F F F F F F F F F F F F F F F F", "nothing of the spouse; annotations"),
    ("guardian", "ESTATE",
     "M - - - F - - - - - F F F F - F -", ""),
    ("auditor", "AUDIT",
     "M - - - M M M M - - M M M M M M -", ""),
    ("developer", "SANDBOX",
     "F F F F F F F F F F F F F F F F F", "annotations"),
)
# fmt: on

DENIED_ROLES = (
    "credit-office",
    "analyst",
    "department-officer",
    "inspector",
    "model-developer",
    "operator",
    "platform-operator",
)
"""Roles whose rows say A, 'by case', 'own records', 'sample' or nothing: closed until their workflow is there."""


@dataclass(frozen=True)
class Cell:
    role: str
    purpose: str
    column: str
    letter: str
    footnotes: str


def cells() -> list[Cell]:
    found = []
    for roles, purpose, letters, footnotes in ROWS:
        for role in (roles,) if isinstance(roles, str) else roles:
            row = [
                *zip(GROUPS, letters.split(), strict=True),
                ("annotations", "F" if "annotations" in footnotes else "-"),
            ]
            found += [Cell(role, purpose, column, letter, footnotes) for column, letter in row]
    return found


def expected(cell: Cell, item: Item, written: bool) -> tuple[str, frozenset[str]]:
    """(treatment, row conditions) of an item of the cell's group."""
    treatment, rows = _by_footnote(cell, item, written) or (_by_letter(cell.letter, item), frozenset[str]())
    if treatment != "WITHHELD":
        if "disputed record only" in cell.footnotes and cell.column not in ("ID",):
            rows = frozenset({"disputed_record_only"})
        if "own provider" in cell.footnotes and cell.column == "UT":
            rows = frozenset({"own_provider"})
    return treatment, rows


def _by_footnote(cell: Cell, item: Item, written: bool) -> tuple[str, frozenset[str]] | None:
    notes, every = cell.footnotes, frozenset[str]()
    if "other lenders pseudonymous" in notes and item.key in LENDERS:
        return "MASKED", every
    if "written consent" in notes and item.key in WRITTEN and written:
        return "FULL", every
    if "married now" in notes and item.key == "CVA01.marital_status":
        return "EXISTS", frozenset({"currently_married"})
    if "insurance fraud only" in notes and cell.column == "PE":
        return ("FULL", frozenset({"insurance_fraud_only"})) if item.record == "HRS07" else ("WITHHELD", every)
    if "income band" in notes and cell.column == "W":
        if not written:
            return "WITHHELD", every
        return ("BANDED" if item.key == "HRS02.contribution_base" else "EXISTS"), every
    if "own department's amounts" in notes and cell.column == "W":
        return ("FULL" if item.record == "TAX03" else "WITHHELD"), every
    if "nothing of the spouse" in notes and item.key == "CVA01.spouse_subject_ref":
        return "WITHHELD", every
    return None


def _by_letter(letter: str, item: Item) -> str:
    if letter == "-" or (item.sensitivity == 4 and letter != "F"):
        return "WITHHELD"
    if letter in "FX":
        return {"F": "FULL", "X": "EXISTS"}[letter]
    match item.kind:
        case Kind.DECIMAL | Kind.INTEGER | Kind.DATE:
            return "BANDED"
        case Kind.YEAR_MONTH:
            return "FULL"
        case Kind.STRING:
            return "MASKED" if item.key in MASKED_STRINGS else "WITHHELD"
        case _:
            return "FULL" if letter == "B" and item.sensitivity <= 2 else "WITHHELD"


MASKED_STRINGS = {
    "PSB01.id_number", "PSB01.name", "PSB02.registered_address", "PBC01.mobile_phone", "PBC01.residence_address",
    "PBC02.employer_name", "HRS01.employer_name", "PBC03.account_id", "PBC04.account_id", "PBC05.account_id",
    "PBC06.account_id", "PBC03.institution_code", "PBC04.institution_code", "PBC08.inquirer_code",
    "UTL01.provider_code", "UTL01.account_number", "CRT01.case_number", "CRT02.case_number", "CRT03.case_number",
    "CRT04.case_number",
}  # fmt: skip
"""Strings for which the domain's notes on masking give a rule."""


def items_of(catalogue: Catalogue, column: str) -> list[Item]:
    return [item for item in catalogue.items.values() if COLUMN[item.group] == column]
