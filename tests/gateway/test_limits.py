"""Documents that are too much, and those that are not."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query

from exchange.refusals import DocumentTooLarge, SyntaxInvalid
from gateway.limits import Limits, SyntaxInvalidAt
from tests.calls import calls

LIMITS = Limits()
PROFILE = "query P($id: IdNumber!) { person(idNumber: $id) { financial { loanAccounts { provenance { asOf } } } } }"


@pytest.mark.parametrize("text", [PROFILE, get_introspection_query(), "{ __typename }", '{ a(b: "((((((((") }'])
def test_ordinary_documents_pass(text: str) -> None:
    assert LIMITS.parsed(text).definitions


def nested(depth: int, name: str = "a") -> str:
    return "{" + f"{name} {{" * depth + "x" + "}" * depth + "}"


@pytest.mark.parametrize(
    "text",
    [
        nested(15),
        nested(5_000),
        "{" + " ".join(f"a{n}: person" for n in range(1_000)) + "}",
        "{" + "a " * 20_000 + "}",
        "{ a(b: " + "[" * 3_000 + "]" * 3_000 + ") }",
        "{ __schema { types { " + "fields { type { " * 4 + "name" + "} }" * 4 + "} } }",
        "{ __schema { types { " + "ofType { " * 25 + "name" + "}" * 25 + "} } }",
        "{ ...A } fragment A on Q { " + nested(15)[1:-1] + " }",
        "{ ...F0 }" + "".join(f"fragment F{n} on Q {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
        + "fragment F40 on Q { a: b }",
    ],
)  # fmt: skip
def test_documents_that_are_too_much(text: str) -> None:
    def refused() -> None:
        with pytest.raises(DocumentTooLarge):
            LIMITS.parsed(text)

    assert calls(refused) < 500_000


def test_circles_of_fragments_end() -> None:
    assert LIMITS.parsed("{ ...A } fragment A on Q { ...B } fragment B on Q { x ...A }").definitions


def test_introspection_can_be_off() -> None:
    with pytest.raises(DocumentTooLarge):
        Limits(introspection=False).parsed("{ __schema { types { name } } }")


def test_a_fault_of_syntax_names_its_place_and_not_the_text() -> None:
    with pytest.raises(SyntaxInvalidAt) as caught:
        LIMITS.parsed('{ person(idNumber: "530199199003070015"')
    assert (caught.value.line, caught.value.message) == (1, SyntaxInvalid().message)
    for text in ("", "{", "}", '{ a(b: "', "\ud800", "\x00"):
        with pytest.raises(SyntaxInvalid):
            LIMITS.parsed(text)
