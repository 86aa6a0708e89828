"""Pages as they come over the wire: for whom, with what, and what others are told."""

from __future__ import annotations

import re

import pytest

from exchange.wording import Words
from gateway.dashboard.csv import cell, download
from gateway.dashboard.pages import PAGES
from gateway.dashboard.words import WORDS
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.visitor import Visitor

USERS = ("lin.wei", "chen.jing", "sun.hao", "he.yan", "gao.lei", "tang.ning", "wu.fang", "self")


@pytest.mark.parametrize("user", USERS)
async def test_the_menu_holds_what_the_api_permits_and_the_rest_is_refused_by_the_api(
    dashboard: Dashboard, user: str
) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in(user)
    menu = (await visitor.get("/dashboard")).text.partition("<nav")[2].partition("</nav>")[0]
    acts = {code for page in PAGES if (code := page.act) and f'href="/dashboard{page.path}"' in menu}
    engine = dashboard.app.state.gateway.policies.current.engine
    role = {"lin.wei": "credit-office", "chen.jing": "case-officer", "sun.hao": "auditor", "he.yan": "analyst"} | {
        "gao.lei": "court-liaison",
        "tang.ning": "platform-operator",
        "wu.fang": "bank-officer",
        "self": "person",
    }
    assert acts == {page.act for page in PAGES if page.act and engine.may(role[user], page.act) and not page.hidden}
    matrix = await visitor.get("/dashboard/matrix")
    if engine.may(role[user], "MATRIX_READ"):
        assert matrix.status_code == 200
    else:
        assert matrix.status_code == 403
        assert "ACT_NOT_PERMITTED" in matrix.text
        assert "P-LOAN" not in matrix.text


async def test_why_tells_of_an_entry_and_refuses_as_the_api_does(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("wu.fang")
    assert (await visitor.get("/dashboard/matrix")).status_code == 403  # that refusal is an entry now
    entry = (await dashboard.app.state.gateway.log.entries())[-1]
    found = re.search(rb'"id":"([0-9a-f]{32})"', entry)
    assert found
    id = found[1].decode()
    assert (await visitor.get(f"/dashboard/why?entry={id}")).status_code == 403
    await visitor.signed_in("sun.hao")
    page = await visitor.get(f"/dashboard/why?entry={id}")
    assert page.status_code == 200
    assert "ACT_NOT_PERMITTED" in page.text
    assert "MATRIX_READ" in page.text
    assert "wu.fang" in page.text
    token = await visitor.form_token()
    fragment = await visitor.get(f"/dashboard/why/entry?entry={id}", **{"HX-Request": "true", "X-Form-Token": token})
    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    unknown = await visitor.get("/dashboard/why/entry?entry=x", **{"HX-Request": "true", "X-Form-Token": token})
    assert "ENTRY_UNKNOWN" in unknown.text
    assert unknown.headers["hx-retarget"] == "#notice"


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "\u202eabc", "%00"]
)
async def test_what_somebody_writes_into_an_address_is_shown_as_text(visitor: Visitor, text: str) -> None:
    await visitor.signed_in("sun.hao")
    for path in ("/dashboard/why?entry=", "/dashboard/matrix?role=", "/dashboard/matrix?purpose="):
        page = await visitor.http.get(path.split("?")[0], params={path.split("?")[1][:-1]: text})
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "onerror=alert(1)>" not in page.text
        assert "49" not in page.text.partition("<main")[2].partition("value=")[2][:40]


def test_every_word_is_said_in_both_languages() -> None:
    every: dict[str, Words] = dict(WORDS)
    for page in PAGES:
        every |= page.words | {page.path: page.title}
    assert [key for key, word in every.items() if not word.en or not word.zh or word.en == word.zh] == []


def test_every_word_that_a_template_asks_for_is_there() -> None:
    from gateway.dashboard import render

    folder = render.Path(render.__file__).parent / "templates"
    known = set(WORDS).union(*(page.words for page in PAGES))
    asked = {
        key
        for file in folder.glob("*.html")
        for key in re.findall(r"""\bt\(["'](\w+)["']\)""", file.read_text("utf-8"))
    }
    assert asked - known == set()


def test_no_template_has_what_the_policy_blocks() -> None:
    from gateway.dashboard import render

    for file in (render.Path(render.__file__).parent / "templates").glob("*.html"):
        text = file.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:|\|\s*safe\b|https?://", text), file.name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), file.name


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-1+2", "'-1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("\u3000＝1", "'\u3000＝1"),
        (-12, "-12"),
        ("-12.5", "-12.5"),
        (None, ""),
        ("张伟", "张伟"),
    ],
)
def test_no_cell_is_a_formula(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_file_is_for_spreadsheets_and_kept_by_nobody() -> None:
    answer = download("asks", ["day", 'a "b"'], [["2026-11-24", "=x"], ["a\r\nb", 3]])
    assert answer.headers["content-disposition"] == 'attachment; filename="asks.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert bytes(answer.body).decode() == '\ufeff"day","a ""b"""\r\n"2026-11-24","\'=x"\r\n"a\r\nb","3"\r\n'
