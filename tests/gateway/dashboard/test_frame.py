"""Sessions and forms: how they end, whose they are, and what no other page may send."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.types import Message

from gateway.dashboard import render
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.visitor import BASE, SAME, Visitor


async def test_who_signs_out_is_out_in_every_tab(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("sun.hao")
    kept = visitor.secret
    answer = await visitor.post("/dashboard/sign-out", form_token=await visitor.form_token())
    assert answer.status_code == 303
    assert answer.headers["location"] == "/dashboard/signed-out"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert visitor.secret is None
    thief = dashboard.visitor()
    assert kept
    thief.http.cookies.set("session", kept)
    assert (await thief.get("/dashboard")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.invalid"},
        {"Sec-Fetch-Site": "same-site", "Origin": BASE},
        {"Origin": "https://evil.invalid"},
        {"Origin": "null"},
        {},
    ],
)
async def test_another_sites_form_does_nothing_even_with_the_token(visitor: Visitor, headers: dict[str, str]) -> None:
    await visitor.signed_in("sun.hao")
    token = await visitor.form_token()
    answer = await visitor.post("/dashboard/sign-out", headers=headers, form_token=token)
    assert answer.status_code == 403
    assert "FORM_FOREIGN" in answer.text
    assert (await visitor.get("/dashboard")).status_code == 200


async def test_a_form_without_its_token_or_with_another_sessions_does_nothing(dashboard: Dashboard) -> None:
    visitor, other = dashboard.visitor(), dashboard.visitor()
    await visitor.signed_in("sun.hao")
    await other.signed_in("lin.wei")
    for fields, code in (({"a": "b"}, "FORM_FOREIGN"), ({"form_token": ""}, "SESSION_OTHER")):
        answer = await visitor.post("/dashboard/sign-out", **fields)
        assert answer.status_code in {403, 409}
        assert code in answer.text
    answer = await visitor.post("/dashboard/sign-out", form_token=await other.form_token())
    assert answer.status_code == 409
    assert "SESSION_OTHER" in answer.text
    assert (await visitor.get("/dashboard")).status_code == 200


async def test_an_old_tab_does_not_act_as_who_signed_in_since(visitor: Visitor) -> None:
    await visitor.signed_in("sun.hao")
    old = await visitor.form_token()
    await visitor.signed_in("lin.wei")
    answer = await visitor.post("/dashboard/sign-out", form_token=old)
    assert answer.status_code == 409
    fragment = await visitor.get("/dashboard", **{"HX-Request": "true", "X-Form-Token": old})
    assert fragment.status_code == 409
    assert fragment.headers["hx-retarget"] == "#notice"
    assert "lin.wei" not in fragment.text
    assert "lin.wei" in (await visitor.get("/dashboard")).text


async def test_a_session_ends_when_nothing_is_asked_and_at_its_longest(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("sun.hao")
    for _ in range(3):
        dashboard.clock.wait(minutes=29)
        assert (await visitor.get("/dashboard")).status_code == 200
    dashboard.clock.wait(minutes=31)
    assert (await visitor.get("/dashboard")).status_code == 401
    await visitor.signed_in("sun.hao")
    for _ in range(16):
        dashboard.clock.wait(minutes=29)
        await visitor.get("/dashboard")
    dashboard.clock.wait(minutes=17)
    assert (await visitor.get("/dashboard")).status_code == 401


async def test_an_ended_session_leads_to_sign_in_and_back_to_the_page(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("sun.hao")
    token = await visitor.form_token()
    dashboard.clock.wait(hours=9)
    page = await visitor.get("/dashboard/nothing?a=1")
    assert page.status_code == 401
    assert 'href="/dashboard/sign-in?next=%2Fdashboard%2Fnothing%3Fa%3D1"' in page.text
    fragment = await visitor.get("/dashboard", **{"HX-Request": "true", "X-Form-Token": token})
    assert fragment.status_code == 401
    assert fragment.headers["hx-retarget"] == "#notice"
    assert "SESSION_ENDED" in fragment.text
    assert "<html" not in fragment.text
    form = await visitor.post("/dashboard/sign-out", form_token=token)
    assert form.status_code == 303  # out is out


async def test_a_token_that_is_refused_ends_the_session(dashboard: Dashboard) -> None:
    """The client was closed, or the issuer's key is gone: the session is worth nothing more."""
    visitor = dashboard.visitor()
    await visitor.signed_in("sun.hao")
    gateway = dashboard.app.state.gateway
    gateway.endpoint._authenticator._issuers = {}
    gateway.endpoint._authenticator._kept.clear()
    page = await visitor.get("/dashboard")
    assert page.status_code == 401
    assert "Sign in" in page.text


async def test_a_page_that_is_not_there_says_so_within_the_frame(visitor: Visitor) -> None:
    await visitor.signed_in("sun.hao")
    page = await visitor.get("/dashboard/nothing")
    assert page.status_code == 404
    assert "PAGE_UNKNOWN" in page.text
    assert "sun.hao" in page.text


async def test_language_and_colours_are_kept_and_nothing_else(visitor: Visitor) -> None:
    answer = await visitor.post("/dashboard/preferences", language="zh", theme="dark", back="/dashboard")
    assert answer.headers["location"] == "/dashboard"
    page = await visitor.get("/dashboard")
    assert '<html lang="zh-CN" data-theme="dark">' in page.text
    assert "登录" in page.text
    await visitor.post("/dashboard/preferences", language="fr", theme='"><script>', back="https://evil.invalid")
    page = await visitor.get("/dashboard")
    assert '<html lang="zh-CN" data-theme="dark">' in page.text
    assert (await visitor.post("/dashboard/preferences", headers={}, theme="light")).status_code == 403


async def test_a_choice_of_language_keeps_what_the_address_asks_for(visitor: Visitor) -> None:
    await visitor.signed_in("sun.hao")
    page = await visitor.get("/dashboard/asks?by=role&span=90")
    assert 'name="back" value="/dashboard/asks?by=role&amp;span=90"' in page.text
    answer = await visitor.post("/dashboard/preferences", language="zh", back="/dashboard/asks?by=role&span=90")
    assert answer.headers["location"] == "/dashboard/asks?by=role&span=90"
    for back in ("/dashboard?next=//evil.invalid", "/dashboard?x=\u202e", "/dashboard/asks?" + "x" * 5000):
        answer = await visitor.post("/dashboard/preferences", language="zh", back=back)
        assert answer.headers["location"] == "/dashboard"


async def test_who_has_no_dashboard_sees_whom_he_is_and_nothing_more(visitor: Visitor) -> None:
    await visitor.signed_in("wu.fang")
    page = await visitor.get("/dashboard")
    assert page.status_code == 200
    assert "LOG_READ" not in page.text


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=1&a=2", b"x" * 70_000, b"&".join([b"a=1"] * 300)])
async def test_a_form_that_is_none_is_refused(visitor: Visitor, body: bytes) -> None:
    await visitor.signed_in("sun.hao")
    headers = SAME | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await visitor.http.post("/dashboard/sign-out", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert "BODY_" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/dashboard/sign-out", "/dashboard/preferences", "/demo/oauth/authorize", "/demo/oauth/token", "/demo/token"],
)
async def test_who_leaves_in_the_middle_of_a_form_breaks_nothing(visitor: Visitor, path: str) -> None:
    heard = iter([{"type": "http.request", "body": b"theme=", "more_body": True}, {"type": "http.disconnect"}])
    told: list[Message] = []

    async def receive() -> Message:
        return next(heard)

    async def send(message: Message) -> None:
        told.append(message)

    headers = SAME | {"Host": "127.0.0.1", "Content-Type": "application/x-www-form-urlencoded"}
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await visitor.app(scope, receive, send)
    assert 400 <= told[0]["status"] < 500


async def test_without_the_built_files_a_page_says_how_to_build_them(
    visitor: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "BUILT", tmp_path)
    assert "make web" in (await visitor.get("/dashboard")).text
    await visitor.signed_in("sun.hao")
    assert "make web" in (await visitor.get("/dashboard")).text
