"""Statistics, consents and coverage: what is suppressed is told as such, in page and file, and never as zero."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.app import build, now
from gateway.dashboard.pages import PAGES
from gateway.demo.start import prepare
from gateway.settings import load
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.reading import downloaded, text
from tests.gateway.dashboard.visitor import Visitor

COUNTS = ("/dashboard/statistics", "/dashboard/consents", "/dashboard/coverage")


async def test_small_counts_are_told_as_such_and_never_as_nothing(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("he.yan")
    page = text(await visitor.get("/dashboard/statistics?of=asks&by=purpose"))
    assert "Credit card approval <10 <10 <10" in page
    assert "It is never zero" in page
    rows = await downloaded(visitor, "/dashboard/statistics/export.csv", of="asks", by="purpose")
    by = {row["Code"]: row for row in rows}
    assert by["CARD_APPROVAL"]["Asks"] == "<10"
    assert int(by["LOAN_APPROVAL"]["Asks"]) >= 10
    assert {row["Asks"] for row in rows} & {"", "0", "None"} == set()


@pytest.mark.parametrize(
    ("of", "by"),
    [
        *(("asks", by) for by in ("month", "role", "clientKind", "district", "code")),
        *(("releases", by) for by in ("month", "department", "recordType", "treatment", "purpose")),
        *(("states", by) for by in ("month", "department", "state")),
    ],
)
async def test_every_way_of_counting_has_names(filled: Dashboard, of: str, by: str) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("he.yan")
    assert (await visitor.get(f"/dashboard/statistics?of={of}&by={by}")).status_code == 200
    rows = await downloaded(visitor, "/dashboard/statistics/export.csv", of=of, by=by)
    assert rows
    named = [row for row in rows if list(row.values())[1]]
    assert len(named) == len(rows)


async def test_consents_by_month_kind_and_purpose(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("he.yan")
    page = text(await visitor.get("/dashboard/consents"))
    for word in ("Given", "Withdrawn", "Run out", "By kind of client", "By purpose"):
        assert word in page
    rows = await downloaded(visitor, "/dashboard/consents/export.csv")
    bank = next(row for row in rows if row["Code"] == "bank")
    assert int(bank["Given"]) >= 10
    assert bank["Withdrawn"] == "<10"
    await visitor.post("/dashboard/preferences", language="zh", back="/dashboard")
    assert "少于 10" in text(await visitor.get("/dashboard/consents"))


async def test_coverage_is_what_departments_count_to_the_ten_below(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("he.yan")
    page = text(await visitor.get("/dashboard/coverage"))
    assert "counted" in page
    assert "few few" in page
    assert "<10" not in page
    people = {row["People"] for row in await downloaded(visitor, "/dashboard/coverage/export.csv")}
    assert people
    assert all(each == "few" or (int(each) >= 20 and int(each) % 10 == 0) for each in people)


async def test_a_department_that_is_away_is_told_as_away_and_not_as_empty(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await asyncio.to_thread(prepare, data, people=1, database=None, at=now())
    (data / "departments" / "tax.db").unlink()
    app = build(load({}, data=data).settings, environ={})
    async with app.router.lifespan_context(app):
        visitor = Visitor(app)
        await visitor.signed_in("he.yan")
        await visitor.get("/dashboard/coverage")
        rows = await downloaded(visitor, "/dashboard/coverage/export.csv")
        page = text(await visitor.get("/dashboard/coverage"))
    tax = [row for row in rows if row["Department"] == "TAX"]
    assert {row["State"] for row in tax} == {"UNREACHABLE"}
    assert "unavailable UNAVAILABLE" in page
    assert not [row for row in tax if row["People"] == "0"]


@pytest.mark.parametrize(
    "query", ["since=x", "since=2099-01&until=2099-02", "since=2026-13", "until=2020-01&since=2026-01"]
)
@pytest.mark.parametrize("path", COUNTS[:2])
async def test_months_that_are_none_are_refused_by_the_api(filled: Dashboard, path: str, query: str) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("he.yan")
    page = await visitor.get(f"{path}?{query}")
    assert "PERIOD_INVALID" in page.text
    assert "Traceback" not in page.text


@pytest.mark.parametrize("user", ["sun.hao", "chen.jing", "gao.lei", "wu.fang", "self"])
@pytest.mark.parametrize("path", COUNTS)
async def test_statistics_are_for_those_to_whom_the_matrix_gives_them(filled: Dashboard, user: str, path: str) -> None:
    visitor = filled.visitor()
    await visitor.signed_in(user)
    page = await visitor.get(path)
    assert page.status_code == 403
    assert "act STATISTICS_READ" in page.text
    file = await visitor.post(f"{path}/export.csv", form_token=await visitor.form_token())
    assert file.status_code == 403


async def test_an_analyst_sees_statistics_and_nothing_else(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("he.yan")
    menu = (await visitor.get("/dashboard")).text.partition("<nav")[2].partition("</nav>")[0]
    for page in PAGES:
        shown = f'href="/dashboard{page.path}"' in menu
        answer = await visitor.get(f"/dashboard{page.path}")
        if page.act in {"ACTIVITY_READ", "LOG_READ", "ALARM_READ"}:
            assert not shown
            assert answer.status_code == 403 or page.path == "/why"  # which asks nothing before an id is given
        elif shown:
            assert answer.status_code == 200
