"""Pages: all of them, and no more than the bounds allow."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from connectors.http.asking import MOST_PAGES
from exchange.records import Delivered, Unavailable
from tests.connectors.http.conftest import Open, ask
from tests.connectors.http.lying import RECORDS, RESOURCE, Lying, row, rows
from tests.connectors.http.served import served
from tests.connectors.small import NEW

ALL = [row(NEW.number, str(n)) for n in range(23)]
BY_PAGE = "    paging: {page: p.no, first: 0, size: p.size, rows: 10"
BY_CURSOR = "    paging: {cursor: data.next, send: after}\n"


def page(body: dict[str, Any], most: int = 10) -> list[Any]:
    return ALL[body["p"]["no"] * most :][:most]


def last(body: dict[str, Any]) -> Response:
    return rows(*page(body), last=body["p"]["no"] == 2)


def total(body: dict[str, Any]) -> Response:
    return rows(*page(body), total=str(len(ALL)))


def unsaid(body: dict[str, Any]) -> Response:
    return rows(*page(body))


def capped(body: dict[str, Any]) -> Response:
    """Gives five, although ten were asked."""
    return rows(*page(body, 5))


def cursor(body: dict[str, Any]) -> Response:
    at = int(body.get("after", "0"))
    return rows(*ALL[at : at + 10], **({"next": at + 10} if at + 10 < len(ALL) else {}))


@pytest.mark.parametrize(
    ("paging", "answer", "calls"),
    [
        (BY_PAGE + ", last: data.last}\n", last, 3),
        (BY_PAGE + ", total: data.total}\n", total, 3),
        (BY_PAGE + "}\n", unsaid, 4),
        (BY_PAGE + "}\n", capped, 6),
        (BY_CURSOR, cursor, 3),
    ],
)
async def test_all_pages(connect: Open, paging: str, answer: Any, calls: int) -> None:
    service = Lying(answer)
    with served(service) as url:
        http = connect(url, RESOURCE + paging)
        assert await http.faults() == ()
        service.asked.clear()
        outcome = await ask(http)
    assert isinstance(outcome, Delivered), outcome
    assert len(outcome.answers[NEW][0]) == len(ALL)  # type: ignore[arg-type]
    assert len(service.asked) == calls


@pytest.mark.parametrize(
    ("paging", "answer", "code", "most"),
    [
        (BY_PAGE + ", last: data.last}\n", lambda body: rows(ALL[0], last=False), "FAILED", MOST_PAGES),
        (BY_PAGE + ", last: data.last}\n", lambda body: rows(last=False), "FAILED", 1),
        (BY_PAGE + ", last: data.last}\n", lambda body: rows(ALL[0]), "SHAPE_CHANGED", 1),
        (BY_PAGE + ", last: data.last}\n", lambda body: rows(ALL[0], last="perhaps"), "SHAPE_CHANGED", 1),
        (BY_PAGE + ", total: data.total}\n", lambda body: rows(total=3), "FAILED", 1),
        (BY_PAGE + ", total: data.total}\n", lambda body: rows(ALL[0], total=-1), "SHAPE_CHANGED", 1),
        (BY_PAGE + ", total: data.total}\n", lambda body: rows(ALL[0], total="9" * 99), "SHAPE_CHANGED", 1),
        (BY_PAGE + "}\n", lambda body: rows(*ALL * 100), "FAILED", 9),
        (BY_CURSOR, lambda body: rows(ALL[0], next="x"), "FAILED", 2),
        (BY_CURSOR, lambda body: rows(ALL[0], next=int(body.get("after", 0)) + 1), "FAILED", MOST_PAGES),
    ],
)
async def test_pages_that_do_not_end(connect: Open, paging: str, answer: Any, code: str, most: int) -> None:
    service = Lying(lambda body: rows(last=True, total=0))
    with served(service) as url:
        http = connect(url, RESOURCE + paging)
        assert await http.faults() == ()
        service.asked.clear()
        service.answer = answer
        outcome = await ask(http)
    assert isinstance(outcome, Unavailable)
    assert outcome.why == code
    assert len(service.asked) <= most


BANKS = """\
  BANKS:
    method: GET
    path: /banks
    paging: {page: page, size: size, rows: 2}
    rows: data.list
    columns: [CODE, KEPT]
"""
JOINED = RECORDS.replace(
    "from: PAY\n",
    "from: \"SELECT p.N, p.ID_NO, p.FEN, p.DAY FROM PAY AS p JOIN BANKS AS b ON b.CODE = p.N WHERE b.KEPT = 'true'\"\n",
)


async def test_a_join_with_a_list_about_nobody(connect: Open) -> None:
    kept = [{"CODE": str(n), "KEPT": n % 2 == 0} for n in range(5)]
    service = Lying(lambda body: rows(*ALL[:5]))
    whole = service.__call__

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/banks":
            return await whole(scope, receive, send)
        query = dict(each.split("=") for each in scope["query_string"].decode().split("&"))
        assert scope["method"] == "GET"
        assert query["size"] == "2"
        at = (int(query["page"]) - 1) * 2
        return await JSONResponse({"data": {"list": kept[at : at + 2]}})(scope, receive, send)

    with served(app) as url:
        http = connect(url, RESOURCE + BANKS, records=JOINED)
        assert await http.faults() == ()
        outcome = await ask(http)
        await http.close()
    assert isinstance(outcome, Delivered), outcome
    assert len(outcome.answers[NEW][0]) == 3  # type: ignore[arg-type]


async def test_a_record_of_a_list_about_nobody_is_refused(connect: Open) -> None:
    with served(Lying(lambda body: rows())) as url:
        http = connect(url, RESOURCE + BANKS, records=RECORDS.replace("from: PAY", "from: BANKS"))
        assert "given everybody's rows" in str((await http.faults())[0])
