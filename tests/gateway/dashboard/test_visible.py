"""What others wrote: escaped, and nothing of it hidden."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from gateway.dashboard.csv import cell
from gateway.dashboard.visible import visible
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.reading import text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("银行甲 & Söhne", "银行甲 &amp; Söhne"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a\u200bb", 'a<span class="unseen">U+200B</span>b'),
        ("\u202eevil", '<span class="unseen">U+202E</span>evil'),
        ("\u2066x\u2069", '<span class="unseen">U+2066</span>x<span class="unseen">U+2069</span>'),
        ("a\u00adb\ufeff", 'a<span class="unseen">U+00AD</span>b<span class="unseen">U+FEFF</span>'),
        ("a\x00\x1b[31m", 'a<span class="unseen">U+0000</span><span class="unseen">U+001B</span>[31m'),
        ("ㅤ\U000e0041", '<span class="unseen">U+3164</span><span class="unseen">U+E0041</span>'),
        ("مصرف", "مصرف"),
    ],
)
def test_nothing_is_hidden_and_nothing_is_markup(said: str, shown: str) -> None:
    assert visible(said) == f"<bdi>{shown}</bdi>"


@pytest.mark.parametrize("said", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "＝1", "\u200b=1", " =1"])
def test_no_cell_is_a_formula(said: str) -> None:
    assert cell(said) == f"'{said}"
    assert cell("-12.5") == "-12.5"


@contextmanager
def called(dashboard: Dashboard, name: str) -> Iterator[None]:
    """The bank officer's client has this name, put there by hand: the register itself refuses such a one."""
    with closing(sqlite3.connect(dashboard.data / "gateway.db")) as store:
        [(before,)] = store.execute("SELECT content FROM client WHERE id = 'bank-officer'").fetchall()
        hostile = json.dumps(json.loads(before) | {"title": name, "title_zh": name})
        for content in (hostile, before):
            store.execute("UPDATE client SET content = ? WHERE id = 'bank-officer'", (content,))
            store.commit()
            if content == hostile:
                yield


async def test_a_hostile_name_in_the_register_is_shown_as_it_is(dashboard: Dashboard) -> None:
    with called(dashboard, '<img src=x onerror="alert(1)">\u202egnaf\u200b'):
        visitor = dashboard.visitor()
        await visitor.signed_in("wu.fang")
        assert (await visitor.get("/dashboard/asks")).status_code == 403  # which is an entry now
        await visitor.signed_in("sun.hao")
        page = await visitor.get("/dashboard/refusals?code=ACT_NOT_PERMITTED")
        assert "<img src=x" not in page.text
        assert "\u202e" not in page.text
        assert '<img src=x onerror="alert(1)"> U+202E gnaf U+200B' in text(page)
