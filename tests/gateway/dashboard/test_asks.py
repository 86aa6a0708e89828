"""How much was asked: as the log has it, for those who may read the log."""

from __future__ import annotations

from collections import Counter

import pytest

from exchange.refusals import StoreUnavailable
from exchange.store.activity import Activity
from gateway.dashboard.asks import percent
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.reading import downloaded, text
from tools.shots.history import entries


@pytest.mark.parametrize("by", ["purpose", "role", "client"])
async def test_asks_by_each_way_are_the_logs_own(filled: Dashboard, by: str) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("lin.wei")
    page = await visitor.get(f"/dashboard/asks?by={by}&span=365")
    assert page.status_code == 200
    assert "Asks over time" in text(page)
    told: Counter[str] = Counter()
    for row in await downloaded(visitor, "/dashboard/asks/export.csv", by=by, span="365"):
        told[row["Code"]] += int(row["Asks"])
    sealed = Counter(
        str(each.purpose) if by == "purpose" else str(getattr(each.requester, by))
        for each in entries(filled.app.state.gateway, filled.clock(), 70)
    )
    if by == "purpose":
        assert {code: told[code] for code in sealed} == sealed
    assert all(told[code] >= count for code, count in sealed.items())  # and what other tests were refused


async def test_what_was_refused_counts_among_the_asks(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("lin.wei")
    page = await visitor.get("/dashboard/asks?by=purpose&span=365")
    sealed = [each for each in entries(filled.app.state.gateway, filled.clock(), 70) if each.purpose == "POST_LOAN"]
    refused = sum(each.code is not None for each in sealed)
    assert 0 < refused < len(sealed)
    assert f"POST_LOAN {len(sealed)} {len(sealed) - refused} {refused} {percent(refused, len(sealed))}" in text(page)


async def test_a_year_is_told_by_month_and_less_by_day(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    months = await downloaded(visitor, "/dashboard/asks/export.csv", by="role", span="365")
    days = await downloaded(visitor, "/dashboard/asks/export.csv", by="role", span="7")
    assert {len(row["Day or month"]) for row in months} == {7}
    assert {len(row["Day or month"]) for row in days} == {10}
    assert len({row["Day or month"] for row in days}) <= 7


@pytest.mark.parametrize(
    "query", ["by=person", "by=operator&span=-1", "span=100000", "by=%00&span=%ff", "by=" + "x" * 5000]
)
async def test_what_the_address_says_wrongly_is_as_if_it_said_nothing(filled: Dashboard, query: str) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    page = await visitor.get(f"/dashboard/asks?{query}")
    assert page.status_code == 200
    assert 'aria-current="page">Purpose' in page.text


@pytest.mark.parametrize("user", ["he.yan", "chen.jing", "gao.lei", "wu.fang", "self"])
@pytest.mark.parametrize("path", ["/dashboard/asks", "/dashboard/refusals"])
async def test_who_may_not_read_the_log_is_refused_by_the_api(filled: Dashboard, user: str, path: str) -> None:
    visitor = filled.visitor()
    await visitor.signed_in(user)
    page = await visitor.get(path)
    assert page.status_code == 403
    assert "ACT_NOT_PERMITTED" in page.text
    assert "act ACTIVITY_READ" in page.text
    file = await visitor.post(f"{path}/export.csv", form_token=await visitor.form_token())
    assert file.status_code == 403
    assert "LOAN_APPROVAL" not in page.text + file.text


async def test_a_store_that_is_down_is_told_with_what_to_do(filled: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("lin.wei")

    async def gone(self: Activity) -> int:
        raise StoreUnavailable()

    monkeypatch.setattr(Activity, "catch_up", gone)
    page = await visitor.get("/dashboard/asks")
    assert page.status_code == 503
    assert "STORE_UNAVAILABLE" in page.text
    assert "Try again later" in page.text


async def test_acts_of_administration_are_no_asks(filled: Dashboard) -> None:
    reader, analyst = filled.visitor(), filled.visitor()
    await reader.signed_in("lin.wei")
    await analyst.signed_in("he.yan")

    async def asks() -> list[dict[str, str]]:
        return await downloaded(reader, "/dashboard/asks/export.csv", by="role", span="7")

    before = await asks()
    assert (await analyst.get("/dashboard/statistics")).status_code == 200  # a read that is sealed
    assert await asks() == before
