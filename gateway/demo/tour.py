"""The tour that `gateway demo` prints: three asks to paste, and who may see what."""

from __future__ import annotations

import json

from exchange.reference import ReferenceKind
from gateway.demo.people import TEST_PEOPLE, TestPerson
from gateway.demo.references import REFERENCES

_APPLICATION = REFERENCES[ReferenceKind.APPLICATION]
_BANK = """query Profile($id: IdNumber!, $purpose: Purpose!, $reference: String) {
  person(idNumber: $id, purpose: $purpose, reference: $reference) {
    idNumber
    financial { loanAccounts { institutionCode balance overdueAmount accountStatus } hasCardAccounts }
    courts { enforcementCases { caseNumber caseStatus } }
    disclosure { id complete withheld { selection item rule } sources { department state } }
  }
}"""
_OWN = """query Own($id: IdNumber!) {
  person(idNumber: $id, purpose: SELF_QUERY) {
    idNumber
    financial { loanAccounts { institutionCode balance delinquencyEndedOn } }
    disclosure { id complete }
  }
}"""
_PREVIEW = """{ access(purpose: LOAN_APPROVAL) { role permitted items { item treatment rule } } }"""


def tagged(tag: str) -> TestPerson:
    return next(person for person in TEST_PEOPLE if tag in person.tags)


def tour(url: str, command: str, folder: str) -> str:
    """`command` and `folder`: how this shell starts `gateway`, and the option for the data folder, or nothing."""
    clean, defaulted = tagged("clean").id_number, tagged("default-ended-5y1m").id_number
    asks = (
        (
            "A bank, for a loan",
            "bank-system",
            _BANK,
            {"id": clean, "purpose": "LOAN_APPROVAL", "reference": _APPLICATION},
        ),
        (
            "A person, about himself or herself: also what the bank no longer sees",
            f"person --id {defaulted}",
            _OWN,
            {"id": defaulted},
        ),
        ("A loan officer: what would I see? No person is asked about", "bank-officer", _PREVIEW, {}),
    )
    lines = [f"The gateway serves {url}/graphql. Synthetic people only (division 530199).", ""]
    for number, (title, client, query, variables) in enumerate(asks, 1):
        lines += [f"{number}. {title}:", "", _curl(url, f"{command} token {client}{folder}", query, variables), ""]
    lines += [
        f"GraphiQL with a picker of client, purpose and person: {url}/graphql (build it once with 'make web')",
        f"The dashboard, as whoever you choose to be: {url}/dashboard (references DEMO-PAST-…: a made-up year)",
        f"Test people: '{command} demo people'.  What a role may see: '{command} policy explain --help'.",
        f"Who has seen what: '{command} audit list{folder}'.  Is the log whole: '{command} audit verify{folder}'.",
        "Stop with Ctrl-C.",
    ]
    return "\n".join(lines)


def _curl(url: str, token: str, query: str, variables: dict[str, str]) -> str:
    body = json.dumps({"query": " ".join(query.split()), "variables": variables}, ensure_ascii=False)
    return (
        f"curl -s -w '\\n' {url}/graphql -H 'Content-Type: application/json' \\\n"
        f'  -H "Authorization: Bearer $({token})" \\\n'
        f"  -d '{body}'"
    )
