"""Clients in their default settings run the bank's full query without an exception."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from gql import Client, gql
from gql.transport.httpx import HTTPXTransport

from tests.acceptance.running import Demo

pytestmark = pytest.mark.slow
CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def full_query(everything: str) -> str:
    asked = 'idNumber: $id, purpose: LOAN_APPROVAL, reference: "SQ-1"'
    return f"query Full($id: IdNumber!) {{ person({asked}) {everything} }}"


def test_gql_for_python(demo: Demo, full_query: str) -> None:
    transport = HTTPXTransport(
        f"{demo.url}/graphql", headers={"Authorization": f"Bearer {demo.token('bank-system')}"}, timeout=30
    )
    with Client(transport=transport) as session:
        document = gql(full_query)
        document.variable_values = {"id": demo.people()["clean"]}
        answer = session.execute(document)
    assert answer["person"]["financial"]["loanAccounts"]


@pytest.mark.node
def test_apollo_client_and_graphql_request(demo: Demo, full_query: str) -> None:
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=CLIENTS, check=True)
    for client in ("bank-system", "bank-officer"):
        given = {
            "url": f"{demo.url}/graphql",
            "token": demo.token(client),
            "query": full_query,
            "variables": {"id": demo.people()["clean"]},
        }
        done = subprocess.run(
            ["node", "ask.mjs"], cwd=CLIENTS, input=json.dumps(given), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["apollo"]["person"]["financial"]["loanAccounts"]
        assert answer["request"]["person"]["financial"]["loanAccounts"]
    bands = [entry for entry in answer["banded"] if entry[1].startswith(("[", "(")) or "XX" in entry[1]]
    assert bands
    for name, value, number, moment in bands:
        assert moment is None, (name, value)
        assert number is None or "XX" in value, (name, value)
