"""A browser without a window: cookies, redirects one by one, forms; for what must be seen on the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
from starlette.applications import Starlette

BASE = "http://127.0.0.1"
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Clock:
    """Time that a test moves on."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def wait(self, **time: float) -> None:
        self.ahead += timedelta(**time)


@dataclass
class Visitor:
    app: Starlette
    base: str = BASE
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=self.base)

    async def begun(self, back: str = "") -> httpx.URL:
        """The provider's address that sign-in leads to."""
        answer = await self.http.get("/dashboard/sign-in", params={"next": back} if back else {})
        assert answer.status_code == 303, answer.text
        return httpx.URL(answer.headers["location"])

    async def chosen(self, address: httpx.URL, user: str, **changed: str) -> httpx.Response:
        """Somebody is chosen at the demo's provider."""
        fields = dict(parse_qsl(address.query.decode(), keep_blank_values=True)) | {"user": user} | changed
        return await self.http.post(address.path, data=fields, headers=SAME)

    async def code(self, user: str, back: str = "") -> str:
        """Path and query of the callback."""
        answer = await self.chosen(await self.begun(back), user)
        assert answer.status_code == 303, answer.text
        found = urlsplit(answer.headers["location"])
        return f"{found.path}?{found.query}"

    async def signed_in(self, user: str, back: str = "") -> httpx.Response:
        answer = await self.http.get(await self.code(user, back))
        assert answer.status_code == 303, answer.text
        return answer

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def post(self, path: str, *, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        return await self.http.post(path, data=fields, headers=SAME if headers is None else headers)

    async def form_token(self) -> str:
        found = _TOKEN.search((await self.get("/dashboard")).text)
        assert found
        return found[1]

    @property
    def secret(self) -> str | None:
        return self.http.cookies.get("session")
