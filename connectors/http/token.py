"""The access token of OAuth 2 client credentials: kept until shortly before its end, renewed once for all who wait."""

from __future__ import annotations

import asyncio
import math
import re
from base64 import b64encode
from time import monotonic
from typing import Any
from urllib.parse import quote

from connectors.http.client import Client
from connectors.http.document import at
from connectors.http.service import Auth
from connectors.sql.runner import SourceFailed

_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_EARLY_S = 30.0
"""So long before its end a token is renewed, or a tenth of its life where that is less."""
_UNSAID_S = 300.0
"""How long a token lasts whose answer does not say."""
_LONGEST_S = 86_400.0


class Token:
    def __init__(self, auth: Auth, client: Client) -> None:
        self._auth = auth
        self._client = client
        self._renewing = asyncio.Lock()
        self._text: str | None = None
        self._until = 0.0

    async def text(self, refused: str | None = None) -> str:
        """A token that holds, and not the one that was `refused`. Raises SourceFailed."""
        async with self._renewing:
            if self._text is None or self._text == refused or monotonic() >= self._until:
                await self._renew()
            return self._text or ""

    async def _renew(self) -> None:
        self._text = None
        auth = self._auth
        basic = b64encode(f"{quote(auth.client_id, safe='')}:{quote(auth.client_secret, safe='')}".encode()).decode()
        form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
        asked = monotonic()
        found = await self._client.json("POST", auth.token_url, form=form, headers={"authorization": f"Basic {basic}"})
        text, lasts = _said(found, "access_token"), _seconds(_said(found, "expires_in"))
        if not isinstance(text, str) or not _TOKEN.fullmatch(text):
            raise SourceFailed("FAILED")
        self._until = asked + lasts - min(_EARLY_S, lasts / 10)
        self._text = text


def _said(document: Any, name: str) -> Any:
    try:
        return at(document, (name,))
    except KeyError:
        return None


def _seconds(said: Any) -> float:
    try:
        lasts = float(said)
    except (TypeError, ValueError, OverflowError):
        return _UNSAID_S
    return min(max(lasts, 0.0), _LONGEST_S) if math.isfinite(lasts) else _UNSAID_S
