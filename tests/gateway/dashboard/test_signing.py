"""Signing in: what holds, and every way in which it must not."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re

import httpx
import pytest

from exchange.store.database import Database
from gateway.demo.codes import LASTS_S
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.visitor import BASE, Visitor

TOKEN = "/demo/oauth/token"
CALLBACK = f"{BASE}/dashboard/callback"


def _code(path: str) -> str:
    return httpx.URL(path).params["code"]


async def _redeem(visitor: Visitor, code: str, **changed: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "client_id": "dashboard", "redirect_uri": CALLBACK}
    return await visitor.http.post(TOKEN, data=form | changed)


async def test_somebody_signs_in_and_comes_back_to_the_page_that_was_asked(visitor: Visitor) -> None:
    answer = await visitor.signed_in("sun.hao", "/dashboard?tab=acts")
    assert answer.headers["location"] == "/dashboard?tab=acts"
    page = await visitor.get("/dashboard")
    assert page.status_code == 200
    assert "sun.hao" in page.text
    assert "Look for entries of the log" in page.text


async def test_cookies_are_for_this_server_alone_and_read_by_no_script(visitor: Visitor) -> None:
    answer = await visitor.signed_in("sun.hao")
    [session] = [each for each in answer.headers.get_list("set-cookie") if each.startswith("session=")]
    assert "; HttpOnly" in session
    assert "; SameSite=lax" in session
    assert "; Path=/" in session
    assert "Domain" not in session


async def test_no_page_holds_a_token_of_the_api_or_the_secret(visitor: Visitor) -> None:
    await visitor.signed_in("sun.hao")
    page = await visitor.get("/dashboard")
    assert not re.search(r"eyJ[\w-]+\.", page.text)
    assert visitor.secret
    assert visitor.secret not in page.text


async def test_a_state_of_somebody_else_signs_nobody_in(dashboard: Dashboard) -> None:
    """Login CSRF: the attacker's callback in the victim's browser."""
    attacker, victim = dashboard.visitor(), dashboard.visitor()
    path = await attacker.code("lin.wei")
    for began in (False, True):
        if began:
            await victim.begun()
        answer = await victim.get(path)
        assert answer.status_code == 400
        assert "SIGN_IN_REFUSED" in answer.text
        assert victim.secret is None


@pytest.mark.parametrize("changed", ["state", "code", "none", "twice"])
async def test_a_callback_that_was_changed_signs_nobody_in(visitor: Visitor, changed: str) -> None:
    path = await visitor.code("lin.wei")
    query = dict(httpx.URL(path).params)
    if changed == "twice":
        answer = await visitor.get(f"{path}&code=another")
    else:
        query = {} if changed == "none" else query | {changed: "x" * 43}
        answer = await visitor.http.get("/dashboard/callback", params=query)
    assert answer.status_code in {400, 403}
    assert visitor.secret is None


async def test_a_callback_cannot_be_used_again(visitor: Visitor) -> None:
    path = await visitor.code("lin.wei")
    assert (await visitor.get(path)).status_code == 303
    visitor.http.cookies.delete("session")
    again = await visitor.get(path)
    assert again.status_code == 400
    assert visitor.secret is None


async def test_who_declines_is_told_so(visitor: Visitor) -> None:
    answer = await visitor.chosen(await visitor.begun(), "")
    assert "error=access_denied" in answer.headers["location"]
    page = await visitor.get(answer.headers["location"].removeprefix(BASE))
    assert page.status_code == 403
    assert "SIGN_IN_DECLINED" in page.text


async def test_a_code_needs_its_verifier_and_is_gone_after_one_try(visitor: Visitor) -> None:
    for verifier in ("a" * 43, "", "x"):
        code = _code(await visitor.code("lin.wei"))
        refused = await _redeem(visitor, code, code_verifier=verifier)
        assert refused.status_code == 400
        assert refused.json()["error"] == "invalid_grant"
        assert (await _redeem(visitor, code, code_verifier=verifier)).json()["error"] == "invalid_grant"


async def _own(visitor: Visitor, verifier: str) -> str:
    """A code of a flow whose verifier the test knows."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    address = await visitor.begun()
    answer = await visitor.chosen(address, "lin.wei", code_challenge=challenge)
    return httpx.URL(answer.headers["location"]).params["code"]


@pytest.mark.parametrize(
    "changed", [{"client_id": "other"}, {"redirect_uri": CALLBACK + "/"}, {"redirect_uri": ""}, {"client_id": ""}]
)
async def test_a_code_is_for_one_client_and_one_address(visitor: Visitor, changed: dict[str, str]) -> None:
    verifier = "v" * 43
    code = await _own(visitor, verifier)
    assert (await _redeem(visitor, code, code_verifier=verifier, **changed)).json()["error"] == "invalid_grant"


async def test_of_many_who_show_a_code_at_once_one_gets_a_token(visitor: Visitor) -> None:
    verifier = "v" * 43
    code = await _own(visitor, verifier)
    answers = await asyncio.gather(*(_redeem(visitor, code, code_verifier=verifier) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 11]


async def test_a_code_holds_for_a_minute(dashboard: Dashboard) -> None:
    visitor, verifier = dashboard.visitor(), "v" * 43
    code = await _own(visitor, verifier)
    dashboard.clock.wait(seconds=LASTS_S + 1)
    assert (await _redeem(visitor, code, code_verifier=verifier)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.invalid/dashboard/callback"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": CALLBACK.replace("127.0.0.1", "127.0.0.1.evil.invalid")},
        {"client_id": "bank-system"},
        {"redirect_uri": ""},
    ],
)
async def test_the_provider_sends_nobody_to_an_address_that_is_not_registered(
    visitor: Visitor, changed: dict[str, str]
) -> None:
    address = await visitor.begun()
    answer = await visitor.chosen(address, "lin.wei", **changed)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert (await visitor.http.get(address.path, params=dict(address.params) | changed)).status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
    ],
)
async def test_the_provider_refuses_a_flow_without_pkce(visitor: Visitor, changed: dict[str, str], error: str) -> None:
    answer = await visitor.chosen(await visitor.begun(), "lin.wei", **changed)
    assert httpx.URL(answer.headers["location"]).params["error"] == error


async def test_another_site_cannot_choose_for_somebody(visitor: Visitor) -> None:
    address = await visitor.begun()
    fields = dict(address.params) | {"user": "lin.wei"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.invalid"}, {}):
        answer = await visitor.http.post(address.path, data=fields, headers=headers)
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.invalid/",
        "//evil.invalid",
        "/\\evil.invalid",
        "/dashboard//evil.invalid",
        "/dashboard/../demo",
        "/dashboardevil",
        "/graphql",
        "javascript:alert(1)",
        "/dashboard\r\nSet-Cookie: a=b",
        "/dashboard/\u202e",
        "/dashboard/" + "x" * 2_000,
    ],
)
async def test_nobody_is_led_elsewhere_after_signing_in(visitor: Visitor, back: str) -> None:
    answer = await visitor.signed_in("sun.hao", back)
    assert answer.headers["location"] == "/dashboard"


async def test_a_session_that_was_there_before_is_not_gone_on_with(dashboard: Dashboard) -> None:
    """Fixation: whoever planted a secret before, or knew it, has nothing after."""
    visitor = dashboard.visitor()
    planted = "A" * 43
    visitor.http.cookies.set("session", planted, domain="127.0.0.1", path="/")
    await visitor.signed_in("sun.hao")
    first = visitor.http.cookies.get("session", domain="127.0.0.1", path="/")
    assert first != planted
    await visitor.signed_in("lin.wei")
    thief = dashboard.visitor()
    for secret in (planted, first):
        assert secret
        thief.http.cookies.clear()
        thief.http.cookies.set("session", secret)
        assert (await thief.get("/dashboard")).status_code == 401


async def test_the_store_alone_opens_no_session(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("sun.hao")
    assert visitor.secret
    database = await Database.open(f"sqlite:///{dashboard.data / 'gateway.db'}")
    try:
        rows = await database.read("SELECT * FROM session")
    finally:
        await database.close()
    text = repr(rows)
    assert rows
    assert visitor.secret not in text
    assert not re.search(r"eyJ[\w-]+\.", text)  # a token has points; what is sealed has them nowhere
    for row in rows:
        thief = dashboard.visitor()
        thief.http.cookies.set("session", str(row[0])[:43])
        assert (await thief.get("/dashboard")).status_code == 401


async def test_a_silent_provider_is_said_to_be_silent(dashboard: Dashboard) -> None:
    frame = dashboard.app.state.gateway.dashboard
    frame.signing._provider._discovery = f"{BASE}/nothing-here"
    answer = await dashboard.visitor().get("/dashboard/sign-in")
    assert answer.status_code == 503
    assert "SIGN_IN_UNAVAILABLE" in answer.text


async def test_headers_of_every_answer(visitor: Visitor) -> None:
    answers = [
        await visitor.get("/dashboard"),
        await visitor.get("/dashboard/sign-in"),
        await visitor.get("/dashboard/callback?code=x&state=y"),
        await visitor.get("/dashboard/signed-out"),
        await visitor.post("/dashboard/preferences", theme="dark"),
        await visitor.post("/dashboard/sign-out"),
        await visitor.http.get((await visitor.begun()).raw_path.decode()),
        await visitor.signed_in("sun.hao"),
        await visitor.get("/dashboard"),
        await visitor.get("/dashboard/nothing"),
        await visitor.get("/dashboard", **{"HX-Request": "true"}),
        await visitor.post("/dashboard/sign-in"),
        *[await visitor.http.request(method, "/dashboard/log") for method in ("OPTIONS", "TRACE", "DELETE", "POST")],
        await visitor.get("/static/dashboard/nothing.js"),
        await visitor.get("/"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer"}
