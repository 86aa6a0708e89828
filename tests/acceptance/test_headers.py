"""No role, purpose or identity from a plain header: each of them changes neither the answer nor the sealed entry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.acceptance.in_process import PEOPLE, REFERENCE, Asked, serving

CLEAN = PEOPLE["clean"]
BANK, LOAN = "bank-system", "LOAN_APPROVAL"

HEADERS = {
    "X-Role": "auditor",
    "X-Roles": "auditor,credit-office",
    "X-User-Role": "auditor",
    "X-Purpose": "SELF_QUERY",
    "Purpose": "SELF_QUERY",
    "X-User": "wang.fang",
    "X-User-Id": "wang.fang",
    "X-Username": "wang.fang",
    "X-Operator": "wang.fang",
    "X-On-Behalf-Of": "wang.fang",
    "X-Impersonate-User": "wang.fang",
    "Impersonate-User": "wang.fang",
    "Remote-User": "wang.fang",
    "X-Remote-User": "wang.fang",
    "X-Forwarded-User": "wang.fang",
    "X-Forwarded-Email": "wang.fang@bank-b.invalid",
    "X-Forwarded-Preferred-Username": "wang.fang",
    "X-Forwarded-Groups": "auditor",
    "X-Forwarded-Access-Token": "e30.e30.e30",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "bank-b.invalid",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "127.0.0.1",
    "X-Client-IP": "127.0.0.1",
    "True-Client-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=bank-b.invalid;proto=https",
    "Via": "1.1 bank-b.invalid",
    "From": "wang.fang@bank-b.invalid",
    "X-Auth-Request-User": "wang.fang",
    "X-Auth-Request-Groups": "auditor",
    "X-Authenticated-User": "wang.fang",
    "X-Authenticated-Userid": "wang.fang",
    "X-Webauth-User": "wang.fang",
    "X-Token": "e30.e30.e30",
    "X-Access-Token": "e30.e30.e30",
    "X-Api-Key": "secret",
    "X-Client": "auditor",
    "X-Client-Id": "auditor",
    "X-Organisation": "bank-b",
    "X-Org": "bank-b",
    "X-Tenant": "bank-b",
    "X-Districts": "530102",
    "X-Consent": "consent-of-somebody",
    "X-Hasura-Role": "admin",
    "X-Hasura-Admin-Secret": "secret",
    "X-Apollo-Client": "admin",
    "X-Client-Cert": "-----BEGIN%20CERTIFICATE-----",
    "X-Ssl-Client-Cert": "-----BEGIN%20CERTIFICATE-----",
    "X-Client-Verify": "SUCCESS",
    "X-Ssl-Client-Verify": "SUCCESS",
    "X-Ssl-Client-S-Dn": "CN=bank-b",
    "X-Client-Dn": "CN=bank-b",
    "X-Forwarded-Client-Cert": 'Hash=00;Subject="CN=bank-b"',
    "Client-Cert": ":AAAA:",
    "X-Original-Url": "/metrics",
    "X-Rewrite-Url": "/metrics",
    "X-Http-Method-Override": "GET",
    "Cookie": "role=auditor; session=admin; access_token=e30.e30.e30",
    "Proxy-Authorization": "Bearer e30.e30.e30",
    "X-Debug": "1",
    "X-Internal": "true",
    "X-Bypass": "1",
}


@pytest.fixture(scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    async with serving(tmp_path_factory.mktemp("headers")) as found:
        yield found


async def told(asked: Asked, more: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answer and sealed entry, without what is different of any two entries."""
    reference = REFERENCE[LOAN]["reference"]
    query = (
        f"query($id: IdNumber!) {{ me {{ client operator role organisation }} person(idNumber: $id, purpose: {LOAN}, "
        f'reference: "{reference}") {{ idNumber financial {{ loanAccounts {{ balance }} }} }} }}'
    )
    answer = await asked.http.post(
        "/graphql",
        json={"query": query, "variables": {"id": CLEAN}},
        headers={"Authorization": f"Bearer {asked.token(BANK)}", **more},
    )
    return answer.json()["data"], await asked.last_entry()


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


async def test_the_entry_holds_whose_ask_it_was(asked: Asked) -> None:
    data, entry = await told(asked, {})
    assert data["me"]["client"] == entry["client"] == BANK
    assert data["person"]["financial"]["loanAccounts"]


@pytest.mark.parametrize("name", HEADERS)
async def test_a_plain_header_changes_nothing(asked: Asked, name: str) -> None:
    data, entry = await told(asked, {})
    again, same = await told(asked, {})
    by_itself = changed(entry, same)
    assert data == again
    assert not by_itself & {"client", "operator", "role", "organisation", "purpose", "decisions", "ground"}
    with_header, sealed = await told(asked, {name: HEADERS[name]})
    assert with_header == data
    assert changed(entry, sealed) <= by_itself
    assert HEADERS[name] in str(entry) or HEADERS[name] not in str(sealed)


@pytest.mark.parametrize("name", HEADERS)
async def test_a_plain_header_opens_nothing(asked: Asked, name: str) -> None:
    answer = await asked.http.post("/graphql", json={"query": "{ me { client } }"}, headers={name: HEADERS[name]})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_all_of_them_at_once(asked: Asked) -> None:
    data, entry = await told(asked, {})
    by_itself = changed(entry, (await told(asked, {}))[1])
    with_headers, sealed = await told(asked, HEADERS)
    assert with_headers == data
    assert changed(entry, sealed) <= by_itself
