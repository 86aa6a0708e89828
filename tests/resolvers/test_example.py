from __future__ import annotations

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from exchange.standard.load import read
from resolvers.example import example

CATALOGUE = read()
SCHEMA = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text("utf-8"))


@pytest.mark.parametrize("exists", [False, True])
def test_an_example_for_every_item_fits_the_schema(exists: bool) -> None:
    for item in CATALOGUE.items:
        document = example(CATALOGUE, item, "LOAN_APPROVAL", exists=exists)
        assert validate(SCHEMA, parse(document)) == [], document


def test_it_asks_for_the_item_and_for_nothing_else() -> None:
    assert example(CATALOGUE, "PBC03.balance", "POST_LOAN") == (
        "query($id: IdNumber!, $reference: String) { person(idNumber: $id, purpose: POST_LOAN, reference: $reference)"
        " { financial { loanAccounts { balance } } } }"
    )
    assert "{ hasLoanAccounts }" in example(CATALOGUE, "PBC03.balance", "POST_LOAN", exists=True)
