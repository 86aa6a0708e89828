"""A city's own provider, over HTTP on another address: what it signs is believed, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from exchange.store.register import Register
from gateway.app import build, now
from gateway.dashboard.provider import at_hash
from gateway.demo.issuer import Issuer
from gateway.settings import SettingsFaulty, load
from tests.gateway.dashboard.visitor import Visitor
from tests.web.conftest import _served as served

PUBLIC = "https://credit.example"
SECRET = "s3cret:with/signs"


@dataclass
class City:
    """The provider. What a test puts into `claims`, `answer` or `document` takes the place of what is right."""

    key: OKPKey = field(default_factory=lambda: OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True))
    published: OKPKey | None = None
    issuer: str = ""
    access: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    nonce: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    key_reads: int = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovered),
                Route("/keys", self._keys),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovered(self, _: Request) -> JSONResponse:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/in",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(found | {"token_endpoint": f"{self.issuer}/token"} | self.document)

    async def _keys(self, _: Request) -> JSONResponse:
        self.key_reads += 1
        return JSONResponse({"keys": [(self.published or self.key).as_dict(private=False)]})

    async def _token(self, request: Request) -> JSONResponse:
        body = (await request.body()).decode()
        self.asked.append({"authorization": request.headers.get("authorization", ""), "body": body})
        at = int(now().timestamp())
        claims = {"iss": self.issuer, "sub": "sun.hao", "aud": "dashboard-7", "iat": at, "exp": at + 60}
        claims |= {"nonce": self.nonce, "at_hash": at_hash("Ed25519", self.access)} | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode({"alg": "Ed25519", "kid": self.key.kid}, claims, self.key, algorithms=["Ed25519"])
        found = {"access_token": self.access, "token_type": "Bearer", "expires_in": 600, "id_token": signed}
        return JSONResponse(found | self.answer, self.status)


@dataclass
class Signing:
    city: City
    visitor: Visitor

    async def back(self) -> httpx.Response:
        """Off to the provider, and back with a code."""
        address = await self.visitor.begun()
        assert str(address).startswith(f"{self.city.issuer}/in?")
        assert address.params["redirect_uri"] == f"{PUBLIC}/dashboard/callback"
        assert address.params["code_challenge_method"] == "S256"
        assert len(address.params["code_challenge"]) == 43
        self.city.nonce = address.params["nonce"]
        return await self.visitor.http.get(
            "/dashboard/callback", params={"code": "c-1", "state": address.params["state"]}
        )


@pytest.fixture
def city() -> Iterator[City]:
    found = City()
    with served(found.app()) as address:
        found.issuer = address
        yield found


@pytest.fixture
async def signing(city: City, demo_data: Path) -> AsyncIterator[Signing]:
    environ = {"GATEWAY_SIGN_IN_SECRET": SECRET}
    settings = load(
        environ, data=demo_data, sign_in_issuer=city.issuer, sign_in_client="dashboard-7", public_url=PUBLIC
    ).settings
    app = build(settings, environ={})
    async with app.router.lifespan_context(app):
        register: Register = app.state.gateway.services.registrar.register
        client = await register.served("auditor")
        assert client
        issuer = Issuer.open(demo_data / "issuer", issuer=settings.issuer, audience=settings.audience)
        city.access = issuer.token(
            "auditor", client.client.content, at=now(), lasts=timedelta(minutes=10), operator="sun.hao"
        )
        yield Signing(city, Visitor(app, PUBLIC))


async def test_who_the_provider_says_is_signed_in_over_tls_with_a_host_cookie(signing: Signing) -> None:
    answer = await signing.back()
    assert answer.status_code == 303, answer.text
    [cookie] = [each for each in answer.headers.get_list("set-cookie") if "__Host-session=" in each]
    assert all(part in cookie for part in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=lax"))
    assert "Domain" not in cookie
    page = await signing.visitor.get("/dashboard")
    assert page.status_code == 200
    assert "sun.hao" in page.text
    [asked] = signing.city.asked
    assert httpx.BasicAuth("dashboard-7", "s3cret%3Awith%2Fsigns")._auth_header == asked["authorization"]
    assert "code_verifier=" in asked["body"]
    assert "s3cret" not in asked["body"]


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.invalid"},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": ["dashboard-7", "another"]},
        {"azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"sub": ""},
    ],
    ids=str,
)
async def test_an_id_token_that_does_not_hold_signs_nobody_in(signing: Signing, claims: dict[str, Any]) -> None:
    signing.city.claims = claims
    answer = await signing.back()
    assert answer.status_code == 400
    assert "SIGN_IN_REFUSED" in answer.text
    assert "__Host-session" not in signing.visitor.http.cookies


async def test_the_issuer_as_the_only_audience_or_with_azp_is_taken(signing: Signing) -> None:
    signing.city.claims = {"aud": ["dashboard-7", "another"], "azp": "dashboard-7"}
    assert (await signing.back()).status_code == 303


async def test_an_id_token_by_another_key_signs_nobody_in(signing: Signing) -> None:
    signing.city.published = OKPKey.generate_key("Ed25519", {"use": "sig", "kid": signing.city.key.kid})
    assert (await signing.back()).status_code == 400


@pytest.mark.parametrize("answer", [{"id_token": "a.b.c"}, {"id_token": ""}])
async def test_an_id_token_that_is_none_signs_nobody_in(signing: Signing, answer: dict[str, Any]) -> None:
    signing.city.answer = answer
    assert (await signing.back()).status_code == 400


async def test_an_unsigned_id_token_signs_nobody_in(signing: Signing) -> None:
    signing.city.answer = {"id_token": "eyJhbGciOiJub25lIiwia2lkIjoiYSJ9.e30."}
    assert (await signing.back()).status_code == 400


async def test_a_token_that_the_gateway_does_not_accept_is_no_session(signing: Signing) -> None:
    signing.city.access = "not-a-token"
    answer = await signing.back()
    assert answer.status_code == 401
    assert "TOKEN_INVALID" in answer.text
    assert (await signing.visitor.get("/dashboard")).status_code == 401


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.invalid"},
        {"token_endpoint": "http://evil.invalid/token"},
        {"jwks_uri": "http://evil.invalid/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "//evil.invalid"},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint": None},
    ],
    ids=str,
)
async def test_a_provider_that_says_something_else_is_not_used(signing: Signing, document: dict[str, Any]) -> None:
    signing.city.document = document
    answer = await signing.visitor.get("/dashboard/sign-in")
    assert answer.status_code == 503
    assert "SIGN_IN_UNAVAILABLE" in answer.text


@pytest.mark.parametrize("status", [302, 401, 500])
async def test_a_provider_that_fails_signs_nobody_in(signing: Signing, status: int) -> None:
    signing.city.status = status
    answer = await signing.back()
    assert answer.status_code == 503
    assert "__Host-session" not in signing.visitor.http.cookies


async def test_a_code_that_the_provider_declines(signing: Signing) -> None:
    signing.city.status = 400
    answer = await signing.back()
    assert answer.status_code == 403
    assert "SIGN_IN_DECLINED" in answer.text


async def test_a_session_ends_with_its_token(signing: Signing) -> None:
    signing.city.answer = {"expires_in": 0}
    await signing.back()
    assert (await signing.visitor.get("/dashboard")).status_code == 401


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"sign_in_issuer": "https://op.example"}, "public_url"),
        ({"sign_in_issuer": "http://op.example", "public_url": PUBLIC}, "sign_in_issuer"),
        ({"sign_in_issuer": "https://op.example", "public_url": "http://credit.example"}, "public_url"),
        ({"public_url": "https://u:p@credit.example"}, "public_url"),
        ({"public_url": "https://credit.example/base"}, "public_url"),
        ({"public_url": "https://credit.example?x"}, "public_url"),
    ],
)
def test_addresses_that_anybody_could_read_along_stop_the_start(given: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsFaulty, match=fault):
        load({}, **given)


def test_the_secret_stands_in_no_file(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text("sign_in_secret = 'x'\n")
    with pytest.raises(SettingsFaulty, match="secret"):
        load({}, file)
