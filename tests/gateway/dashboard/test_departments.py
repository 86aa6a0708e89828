"""The departments, live: one that goes down shows without anybody's loading the page again."""

from __future__ import annotations

import asyncio

import pytest

from exchange.refusals import ActNotPermitted, LimitsUnavailable, RateLimited, Refusal, StoreUnavailable
from exchange.session import Secret
from gateway.dashboard import live
from gateway.dashboard.api import ApiRefused, Told
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.reading import downloaded, text
from tests.gateway.dashboard.visitor import Visitor


async def address(visitor: Visitor) -> str:
    page = await visitor.get("/dashboard/departments")
    assert page.status_code == 200
    return page.text.partition('data-live-from="')[2].partition('"')[0].replace("&amp;", "&")


async def test_who_supervises_sees_how_sources_answer_and_others_the_state_alone(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    rows = await downloaded(visitor, "/dashboard/departments/export.csv")
    assert {row["Department"] for row in rows} >= {"PSB", "PBC", "HPF"}
    assert {row["Asks"] for row in rows} != {""}
    await visitor.signed_in("he.yan")
    assert "/dashboard/departments" not in (await visitor.get("/dashboard")).text.partition("</nav>")[0]
    page = await visitor.get("/dashboard/departments")
    assert "told to those who supervise" in text(page)
    assert {row["Asks"] for row in await downloaded(visitor, "/dashboard/departments/export.csv")} == {""}


async def test_a_stream_belongs_to_the_session_of_its_page(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    old = await address(visitor)
    assert visitor.secret
    assert visitor.secret not in old
    assert await visitor.form_token() not in old
    await visitor.signed_in("lin.wei")
    for path in (old, "/dashboard/departments/live", "/dashboard/departments/live?of=%ff"):
        answer = await visitor.get(path)
        assert answer.status_code == 409
        assert "SESSION_OTHER" in answer.text
    visitor.http.cookies.clear()
    assert (await visitor.get(old)).status_code == 401


async def test_what_is_the_same_is_not_sent_again_and_sign_out_ends_the_stream(
    filled: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test's transport gives an answer when it is whole; so the stream must end by itself."""
    monkeypatch.setattr(live, "EVERY_S", 0.05)
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    path, token = await address(visitor), await visitor.form_token()
    waiting = asyncio.create_task(visitor.http.get(path))
    await asyncio.sleep(1)
    assert len(live._open) == 1
    leaver = filled.visitor()
    leaver.http.cookies.set("session", visitor.secret or "")
    await leaver.post("/dashboard/sign-out", form_token=token)
    answer = await asyncio.wait_for(waiting, 10)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count("event: shown\n") == 1
    assert ": as before" in answer.text
    assert answer.text.endswith("event: ended\ndata: \n\n")
    assert not live._open


async def test_a_stream_ends_by_itself_and_only_so_many_are_open(
    filled: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LASTS_S", 0.0)
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    path = await address(visitor)
    assert "event: ended" not in (await visitor.get(path)).text
    monkeypatch.setattr(live, "MOST", 0)
    answer = await visitor.get(path)
    assert answer.status_code == 503
    assert LimitsUnavailable.code in answer.text


async def test_no_session_takes_the_streams_of_the_others(filled: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LASTS_S", 0.0)
    greedy, other = filled.visitor(), filled.visitor()
    await greedy.signed_in("sun.hao")
    await other.signed_in("lin.wei")
    secret = Secret.parse(greedy.secret)
    assert secret
    for n in range(live.MOST_OF_ONE):
        monkeypatch.setitem(live._open, f"stream {n}", secret.id)
    assert (await greedy.get(await address(greedy))).status_code == 503
    assert (await other.get(await address(other))).status_code == 200


@pytest.mark.parametrize(
    ("refusal", "ends"), [(RateLimited(), False), (StoreUnavailable(), False), (ActNotPermitted(), True)]
)
async def test_what_passes_ends_no_stream_and_what_was_taken_away_does(
    filled: Dashboard, monkeypatch: pytest.MonkeyPatch, refusal: Refusal, ends: bool
) -> None:
    monkeypatch.setattr(live, "LASTS_S", 0.2)
    monkeypatch.setattr(live, "EVERY_S", 0.01)
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    path = await address(visitor)
    status = refusal.status if refusal.status != 200 else 403

    async def refused(*_: object, **__: object) -> None:
        raise ApiRefused(Told.of(refusal), status)

    monkeypatch.setattr("gateway.dashboard.visit.api", refused)
    assert ("event: ended" in (await visitor.get(path)).text) is ends


async def test_a_stream_that_fails_leaves_no_trace(filled: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    path = await address(visitor)
    monkeypatch.setattr("gateway.dashboard.visit.api", broken)
    assert (await visitor.get(path)).text.endswith("event: ended\ndata: \n\n")


async def test_a_page_that_only_looks_keeps_no_idle_session_alive(
    filled: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LASTS_S", 0.1)
    monkeypatch.setattr(live, "EVERY_S", 0.05)
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    path = await address(visitor)
    filled.clock.wait(minutes=16)
    assert (await visitor.get(path)).status_code == 200
    filled.clock.wait(minutes=16)
    assert (await visitor.get(path)).status_code == 401
