"""Pages and files as a test reads them."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import httpx

from tests.gateway.dashboard.visitor import Visitor

_TAG = re.compile(r"<[^>]+>")


def text(page: httpx.Response) -> str:
    """What is read of the page's main part, without its tags."""
    main = page.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"[ \t\r\n]+", " ", unescape(_TAG.sub(" ", main)))


async def downloaded(visitor: Visitor, path: str, **fields: str) -> list[dict[str, str]]:
    """The rows of a page's file, after it was looked at from outside."""
    answer = await visitor.post(path, headers=None, form_token=await visitor.form_token(), **fields)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
