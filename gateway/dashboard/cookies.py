"""The dashboard's cookies. `__Host-` binds them to this host and to TLS; on the demo's plain http that cannot be."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

SESSION, SIGN_IN, LANGUAGE, THEME = "session", "sign-in", "language", "theme"
SIGN_IN_S = 600
"""Seconds that somebody may take to sign in."""
_YEAR_S = 31_536_000
_LANGUAGES, _THEMES = ("en", "zh"), ("light", "dark", "system")


class Cookies:
    def __init__(self, secure: bool) -> None:
        self._secure = secure
        self._prefix = "__Host-" if secure else ""

    def read(self, request: Request, name: str) -> str | None:
        return request.cookies.get(self._prefix + name)

    def begin(self, response: Response, name: str, value: str, max_age: int | None = None) -> None:
        """No script reads it. `lax`: it comes along when a provider's page sends the browser back, and with no other
        site's form."""
        response.set_cookie(
            self._prefix + name,
            value,
            max_age=max_age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def end(self, response: Response, name: str) -> None:
        response.delete_cookie(self._prefix + name, path="/", secure=self._secure, httponly=True, samesite="lax")

    def language(self, request: Request) -> str:
        """What was chosen, else what the browser says, else English."""
        chosen = self.read(request, LANGUAGE)
        if chosen in _LANGUAGES:
            return chosen
        first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
        return "zh" if first.startswith("zh") else "en"

    def theme(self, request: Request) -> str:
        chosen = self.read(request, THEME)
        return chosen if chosen in _THEMES else "system"

    def choose(self, response: Response, name: str, value: str) -> None:
        if value in (_LANGUAGES if name == LANGUAGE else _THEMES):
            self.begin(response, name, value, _YEAR_S)
