"""Client credentials at the demo's issuer: who gets a token, for whom, and what is refused with which error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from joserfc.jwk import OKPKey

from gateway.app import build, now
from gateway.certificate import thumbprint
from gateway.demo.secrets import Secrets
from gateway.demo.start import prepare
from gateway.settings import load
from tests.connectors.http.test_tls import Authority
from tests.gateway.keys import signed
from tests.gateway.published import new_key

TOKEN = "/demo/oauth/token"
KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = {"grant_type": "client_credentials", "operator": "li.wei"}
ISSUER = "https://issuer.demo.invalid"


@dataclass
class Served:
    http: httpx.AsyncClient
    folder: Path

    @property
    def basic(self) -> httpx.BasicAuth:
        return httpx.BasicAuth("bank-system", Secrets(self.folder).make("bank-system"))

    async def me(self, token: str, **headers: str) -> httpx.Response:
        query = {"query": "{ me { client operator role } }"}
        return await self.http.post("/graphql", json=query, headers={"Authorization": f"Bearer {token}", **headers})


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    data = tmp_path_factory.mktemp("oauth")

    def made() -> None:
        prepare(data, people=5, database=None, at=now())

    await asyncio.to_thread(made)
    app = build(load({}, data=data, trusted_proxies="127.0.0.1").settings, environ={})
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://g") as http:
        yield Served(http, data / "issuer")


async def test_a_secret_gives_a_token_for_the_operator(served: Served) -> None:
    answer = await served.http.post(TOKEN, data=FORM, auth=served.basic)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    given = answer.json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    found = (await served.me(given["access_token"])).json()["data"]["me"]
    assert found == {"client": "bank-system", "operator": "li.wei", "role": "bank-system"}


async def test_the_secret_is_readable_by_its_owner_alone_and_stays(served: Served) -> None:
    made = Secrets(served.folder).make("bank-officer")
    assert Secrets(served.folder).make("bank-officer") == made != Secrets(served.folder).make("auditor")
    assert (served.folder / "secrets.json").stat().st_mode & 0o777 == 0o600


async def test_through_the_trusted_proxy_the_token_is_bound(served: Served, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    mine, other = (quote(authority.issue(name)[0].read_text()) for name in ("mine", "other"))
    answer = await served.http.post(TOKEN, data=FORM, auth=served.basic, headers={"X-Client-Cert": mine})
    token = answer.json()["access_token"]
    assert (await served.me(token, **{"X-Client-Cert": mine})).json()["data"]["me"]["operator"] == "li.wei"
    for headers in ({}, {"X-Client-Cert": other}):
        assert (await served.me(token, **headers)).status_code == 401
    assert thumbprint(mine) != thumbprint(other)
    junk = await served.http.post(TOKEN, data=FORM, auth=served.basic, headers={"X-Client-Cert": "junk"})
    assert junk.status_code == 401


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"operator": None}, "invalid_request"),
        ({"operator": ""}, "invalid_request"),
        ({"operator": "530199199003070015"}, "invalid_request"),
        ({"operator": "a b"}, "invalid_request"),
        ({"operator": "a" * 65}, "invalid_request"),
        ({"operator": ["li.wei", "wang.fang"]}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"client_secret": "anything"}, "invalid_request"),
        ({"client_id": "auditor"}, "invalid_client"),
        ({"client_assertion": "a.b.c"}, "invalid_request"),
    ],
)
async def test_a_wrong_request(served: Served, changed: dict[str, Any], error: str) -> None:
    form = {name: value for name, value in {**FORM, **changed}.items() if value is not None}
    answer = await served.http.post(TOKEN, data=form, auth=served.basic)
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert "530199" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_who_does_not_prove_which_client_it_is(served: Served) -> None:
    right = Secrets(served.folder).make("bank-system")
    wrong = [
        ("bank-system", "wrong"),
        ("bank-system", ""),
        ("bank-system", right + "x"),
        ("bank-system", right[:-1]),
        ("bank-b-system", right),
        ("nobody", right),
        ("", ""),
    ]
    answers = [await served.http.post(TOKEN, data=FORM, auth=httpx.BasicAuth(*each)) for each in wrong]
    for header in ("", "Basic", "Basic !", "Basic YQ==", "Bearer x", "Basic /w=="):
        answers.append(await served.http.post(TOKEN, data=FORM, headers={"Authorization": header}))
    answers.append(await served.http.post(TOKEN, data=FORM))
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert right not in answer.text


async def test_a_person_has_no_such_grant(served: Served) -> None:
    auth = httpx.BasicAuth("person", Secrets(served.folder).make("person"))
    assert (await served.http.post(TOKEN, data=FORM, auth=auth)).json()["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"{}", "application/json"),
        (b"grant_type=client_credentials", "text/plain"),
        (b"\xff=\xff", "application/x-www-form-urlencoded"),
        (b"%ff=%ff", "application/x-www-form-urlencoded"),
        (b"a", "application/x-www-form-urlencoded"),
        (b"a=1&" * 40 + b"b=1", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"a=" + b"a" * 20_000, "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form(served: Served, content: bytes, media_type: str) -> None:
    answer = await served.http.post(TOKEN, content=content, headers={"Content-Type": media_type}, auth=served.basic)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_get(served: Served) -> None:
    assert (await served.http.get(TOKEN)).status_code == 405


async def test_metadata_and_keys(served: Served) -> None:
    found = (await served.http.get("/demo/.well-known/oauth-authorization-server")).json()
    assert found["issuer"] == ISSUER
    assert found["token_endpoint"] == f"http://g{TOKEN}"
    assert found["grant_types_supported"] == ["authorization_code", "client_credentials"]
    assert found["tls_client_certificate_bound_access_tokens"] is True
    keys = (await served.http.get(found["jwks_uri"])).json()["keys"]
    assert [set(key) & {"d", "kid"} for key in keys] == [{"kid"}]


# private_key_jwt


OWN = new_key("own")


@pytest.fixture(scope="module")
def left_with_us(served: Served) -> None:
    (served.folder / "clients").mkdir()
    keys = {"keys": [OWN.as_dict(private=False)]}
    (served.folder / "clients/bank-system.json").write_text(json.dumps(keys))


def assertion(key: OKPKey = OWN, **changed: Any) -> str:
    at = int(datetime.now(UTC).timestamp())
    said = {"iss": "bank-system", "sub": "bank-system", "aud": ISSUER, "iat": at, "exp": at + 60, "jti": "once"}
    return signed(key, {name: value for name, value in (said | changed).items() if value is not None})


async def shown(served: Served, text: str, **more: str) -> httpx.Response:
    form = {**FORM, "client_assertion_type": KIND, "client_assertion": text, **more}
    return await served.http.post(TOKEN, data=form)


@pytest.mark.usefixtures("left_with_us")
async def test_an_assertion_gives_a_token_once(served: Served) -> None:
    text = assertion(jti="first")
    answer = await shown(served, text)
    assert (await served.me(answer.json()["access_token"])).json()["data"]["me"]["client"] == "bank-system"
    assert (await shown(served, text)).json()["error"] == "invalid_client"


@pytest.mark.usefixtures("left_with_us")
@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "auditor"},
        {"sub": "auditor"},
        {"iss": "auditor", "sub": "auditor"},
        {"iss": "../secrets", "sub": "../secrets"},
        {"iss": "../jwks", "sub": "../jwks"},
        {"aud": "https://elsewhere.invalid"},
        {"aud": []},
        {"exp": 1},
        {"exp": 99_999_999_999},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
        {"jti": ""},
        {"jti": None},
        {"exp": None},
        {"aud": None},
    ],
)
async def test_an_assertion_that_proves_nothing(served: Served, changed: dict[str, Any]) -> None:
    answer = await shown(served, assertion(**({"jti": f"wrong-{changed}"} | changed)))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.usefixtures("left_with_us")
async def test_an_assertion_of_another_key_of_no_key_and_with_two_ways_at_once(served: Served) -> None:
    assert (await shown(served, assertion(new_key("own"), jti="x1"))).json()["error"] == "invalid_client"
    assert (await shown(served, "a.b.c")).json()["error"] == "invalid_client"
    assert (await shown(served, assertion(jti="x2"), client_id="auditor")).json()["error"] == "invalid_client"
    other = await shown(served, assertion(jti="x3"), client_assertion_type="urn:other")
    assert other.json()["error"] == "invalid_request"
    form = {**FORM, "client_assertion_type": KIND, "client_assertion": assertion(jti="x4")}
    both = await served.http.post(TOKEN, data=form, auth=served.basic)
    assert both.json()["error"] == "invalid_request"


@pytest.mark.usefixtures("left_with_us")
async def test_a_token_of_the_issuer_is_no_assertion_and_an_assertion_no_token(served: Served) -> None:
    given = (await shown(served, assertion(jti="y1"))).json()["access_token"]
    assert (await shown(served, given)).json()["error"] == "invalid_client"
    assert (await served.me(assertion(jti="y2"))).status_code == 401
