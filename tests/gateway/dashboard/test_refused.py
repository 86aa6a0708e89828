"""What a page says when it is refused: in the reader's language, with the way on that there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import orjson
import pytest
import uvicorn
from playwright.async_api import Browser, expect
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message

from exchange.refusals import (
    ActNotPermitted,
    ClientSuspended,
    CountsPending,
    PeriodInvalid,
    QuotaExceeded,
    RateLimited,
    Refusal,
    StoreUnavailable,
)
from exchange.wording import sentence
from gateway.dashboard import frame as framed
from gateway.dashboard.api import Answers
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.reading import downloaded, text
from tests.gateway.dashboard.seeing import signed_in
from tests.gateway.test_refusals import kinds

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}


@dataclass
class Refusing:
    """The endpoint, which refuses what is about this field so many times."""

    endpoint: Answers
    refusal: Refusal
    about: str
    times: int = 1_000_000
    asked: int = 0

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        if self.about in orjson.loads(body)["query"] and self.asked < self.times:
            self.asked += 1
            found = {"message": self.refusal.message, "path": [self.about], "extensions": self.refusal.extensions()}
            return JSONResponse({"errors": [found], "data": None}, self.refusal.status)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        return await self.endpoint.answer(Request(request.scope, again))


def refusing(dashboard: Dashboard, refusal: Refusal, about: str = "statistics", times: int = 1_000_000) -> Refusing:
    gateway = dashboard.app.state.gateway
    stub = Refusing(gateway.dashboard.endpoint, refusal, about, times)
    dashboard.app.state.gateway = replace(gateway, dashboard=replace(gateway.dashboard, endpoint=stub))
    return stub


async def test_a_page_that_is_refused_says_so_in_chinese_and_keeps_the_code(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("he.yan")
    page = await visitor.get("/dashboard/log", **CHINESE)
    said = text(page)
    assert page.status_code == 403
    assert ActNotPermitted.code in said
    assert ActNotPermitted.zh in said
    assert ActNotPermitted.help_zh in said
    assert ActNotPermitted().message not in said


@pytest.mark.parametrize("about", ["statistics", "me {"], ids=["within the frame", "without"])
async def test_every_refusal_is_told_in_both_languages(dashboard: Dashboard, about: str) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("he.yan")
    stub = refusing(dashboard, StoreUnavailable(), about)
    for kind in kinds():
        if kind.status == 401 or kind is CountsPending:
            continue  # who is not signed in any more is told so; what is being counted comes by itself
        stub.refusal = kind()
        for headers, words in (({}, (kind().message, kind.help)), (CHINESE, (kind.zh, kind.help_zh))):
            said = text(await visitor.get("/dashboard/statistics", **headers))
            assert kind.code in said
            assert all(each in said for each in words), kind


async def test_a_choice_that_is_none_leads_back_to_the_page_without_it(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("he.yan")
    page = await visitor.get("/dashboard/statistics?since=zz")
    assert PeriodInvalid.code in page.text
    assert '<a class="button" href="/dashboard/statistics">Show the page without this choice</a>' in page.text
    page = await visitor.get("/dashboard/log?x=y")
    assert ActNotPermitted.code in page.text
    assert "without this choice" not in page.text


async def test_reasons_in_lists_and_files_are_chinese_too(filled: Dashboard) -> None:
    visitor = filled.visitor()
    visitor.http.cookies.set("language", "zh")
    await visitor.signed_in("lin.wei")
    said = text(await visitor.get("/dashboard/refusals?span=90"))
    rows = await downloaded(visitor, "/dashboard/refusals/export.csv", span="90")
    assert rows
    for row in rows:
        assert row["含义"] == sentence(row["代码"]).zh
        assert sentence(row["代码"]).zh in said


@pytest.mark.parametrize(
    ("refusal", "when", "whenzh"),
    [
        (RateLimited(rule="operator.per_minute 300", retry_after_s=7), "in 7 seconds", "7 秒后"),
        (QuotaExceeded(rule="client.per_day 9", retry_after_s=5_000), "in 84 minutes", "84 分钟后"),
        (QuotaExceeded(rule="client.per_month 9", retry_after_s=90_000), "in 25 hours", "25 小时后"),
    ],
    ids=["seconds", "minutes", "hours"],
)
@pytest.mark.parametrize("about", ["statistics", "me {"], ids=["within the frame", "without"])
async def test_too_much_says_when_to_try_again_and_offers_it(
    dashboard: Dashboard, refusal: Refusal, when: str, whenzh: str, about: str
) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("he.yan")
    refusing(dashboard, refusal, about)
    path = "/dashboard/statistics?by=purpose"
    page = await visitor.get(path)
    assert page.status_code == 429
    assert page.headers["retry-after"] == str(refusal.retry_after_s)
    assert f"Try again {when}" in text(page)
    assert f'<a class="button" href="{path}">Try again</a>' in page.text
    assert "Sign in again" not in page.text
    assert whenzh in text(await visitor.get(path, **CHINESE))


async def test_a_real_flood_is_told_so(dashboard: Dashboard) -> None:
    """And the session stands: afterwards the same page is there."""
    visitor = dashboard.visitor()
    await visitor.signed_in("he.yan")
    page = await visitor.get("/dashboard")
    for _ in range(400):
        if page.status_code == 429:
            break
        page = await visitor.get("/dashboard")
    assert page.status_code == 429
    assert RateLimited.code in page.text
    assert "Sign in again" not in page.text
    assert int(page.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("refusal", "first"),
    [(ClientSuspended(rule="client"), "Sign in again"), (StoreUnavailable(), "Try again")],
    ids=["who is not served", "what is down"],
)
async def test_the_first_way_on_is_the_one_that_may_help(dashboard: Dashboard, refusal: Refusal, first: str) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("he.yan")
    refusing(dashboard, refusal, "me {")
    page = await visitor.get("/dashboard/statistics")
    actions = page.text.partition('<p class="panel-actions">')[2]
    assert actions.partition("</a>")[0].endswith(f">{first}")


async def test_counts_that_are_pending_are_asked_for_again_within_bounds(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("he.yan")
    token = await visitor.form_token()
    refusing(dashboard, CountsPending())
    page = await visitor.get("/dashboard/statistics?by=purpose")
    assert page.status_code == 202
    assert 'hx-get="/dashboard/statistics?by=purpose"' in page.text
    assert '"X-Attempt": "1"' in page.text
    asking = {"HX-Request": "true", "X-Form-Token": token}
    for said, following in (("1", "2"), ("39", "40"), ("40", None), ("999", None), ("99999", "1"), ("x", "1")):
        page = await visitor.get("/dashboard/statistics?by=purpose", **asking, **{"X-Attempt": said})
        assert page.status_code == 202
        assert ("hx-get" in page.text) == (following is not None), said
        assert following is None or f'"X-Attempt": "{following}"' in page.text
        assert 'href="/dashboard/statistics?by=purpose">Try again' in page.text


async def test_asking_for_counts_keeps_no_idle_session_alive(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("he.yan")
    token = await visitor.form_token()
    refusing(dashboard, CountsPending())
    asking = {"HX-Request": "true", "X-Form-Token": token, "X-Attempt": "1"}
    answers = []
    for _ in range(4):
        dashboard.clock.wait(minutes=8)
        answers.append(await visitor.get("/dashboard/statistics", **asking))
    assert [answer.status_code for answer in answers] == [202, 202, 202, 401]
    assert "SESSION_ENDED" in answers[-1].text


@asynccontextmanager
async def serving(dashboard: Dashboard) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(dashboard.app, port=0, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn tells it in no other way)
        await asyncio.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framed, "_EVERY_S", 0.2)


@pytest.mark.browser
@pytest.mark.node
@pytest.mark.usefixtures("often")
async def test_the_page_comes_by_itself_when_it_is_counted_and_says_so(
    build,  # type: ignore[no-untyped-def]
    browser: Browser,
    filled: Dashboard,
) -> None:
    build.build_dashboard()
    async with serving(filled) as address, signed_in(browser, address, "he.yan") as seen:
        page = seen.page
        stub = refusing(filled, CountsPending(), times=4)
        await page.goto(f"{address}/dashboard/statistics?of=asks&by=purpose")
        await expect(page.get_by_role("status").filter(has_text="asks again by itself")).to_be_visible()
        await seen.accessible()
        await expect(page.get_by_role("table", name="Asks")).to_be_visible()
        await expect(page.locator("#said")).to_have_text("Counted: the page shows it now.")
        await expect(page.locator("select[name=by]")).to_have_value("purpose")
        assert stub.asked == 4
        assert page.url == f"{address}/dashboard/statistics?of=asks&by=purpose"
        await seen.accessible()
        assert seen.complaints == []
