"""Built files: what they say of themselves, and what is not given."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateway.built import Built


@pytest.fixture
def files(tmp_path: Path) -> httpx.AsyncClient:
    (tmp_path / "page.js").write_text("1")
    (tmp_path / ".sources").write_text("digest")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("secret")
    app = Built(directory=tmp_path, headers={"Cache-Control": "immutable"})
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://g")


async def test_a_file_is_never_taken_for_something_else(files: httpx.AsyncClient) -> None:
    answer = await files.get("/page.js")
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["cache-control"] == "immutable"


@pytest.mark.parametrize("path", ["/.sources", "/.git/config", "/%2esources", "/../conftest.py", "/%00", "/"])
async def test_what_is_hidden_is_not_there(files: httpx.AsyncClient, path: str) -> None:
    assert (await files.get(path)).status_code != 200
