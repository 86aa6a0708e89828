"""The workloads, and what each asks of the departments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.catalogue import Catalogue
from exchange.standard.load import load

CATALOGUE: Catalogue = load(approval=Path(__file__).parents[1] / "gateway/demo/approval.yaml")
PORTFOLIO = 100
_REFERENCE = "HT-2024-000117"


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def list_of(record: str) -> str:
    return CATALOGUE.records[record].list_name


def _everything() -> str:
    sections = []
    for department in CATALOGUE.departments.values():
        records = [f"{r.list_name} {{ {' '.join(map(camel, r.items))} }}" for r in department.records.values()]
        sections.append(f"{department.section} {{ {' '.join(records)} }}")
    return " ".join(sections)


@dataclass(frozen=True)
class Workload:
    name: str
    what: str
    client: str
    purpose: str
    selection: str
    people: int = 1
    """In one request."""

    def body(self, numbers: Sequence[str]) -> bytes:
        if self.people == 1:
            root, variables = (
                "person(idNumber: $id, reference: $reference,",
                {"id": numbers[0], "reference": _REFERENCE},
            )
            declared = "$id: IdNumber!, $reference: String"
        else:
            root, variables = (
                "persons(asks: $asks,",
                {"asks": [{"idNumber": number, "reference": _REFERENCE} for number in numbers]},
            )
            declared = "$asks: [PersonAsk!]!"
        query = f"query({declared}) {{ {root} purpose: {self.purpose}) {{ {self.selection} }} }}"
        return json.dumps({"query": query, "variables": variables}).encode()


FIVE = "financial { loanAccounts { accountStatus openedOn loanAmount balance overdueAmount } }"
REVIEW = (
    "financial { loanAccounts { accountStatus fiveCategory balance overdueTerms overdueAmount } "
    "cardAccounts { accountStatus usedAmount overdueAmount } } courts { enforcementCases { caseNumber caseStatus } }"
)
WORKLOADS = (
    Workload("W1", "one person, ten departments, 168 items, all in full", "developer", "SANDBOX", _everything()),
    Workload("W1m", "the same as a bank's system: masks, bands, clocks", "bank-system", "LOAN_APPROVAL", _everything()),
    Workload("W2", "one person, one department, five items", "bank-system", "LOAN_APPROVAL", FIVE),
    Workload("W3", "a portfolio of 100, each as in W1", "developer", "SANDBOX", _everything(), PORTFOLIO),
    Workload("W3r", "a review of 100 after the loan, ten items", "bank-system", "POST_LOAN", REVIEW, PORTFOLIO),
)
