"""Signing in and out: the browser's way to the provider and back (OpenID Connect, code flow with PKCE).

State, nonce and PKCE verifier are derived from a secret that only this browser holds while it signs in, so that a code
that was begun elsewhere is worth nothing here, and every process of the gateway can end what another began.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime, timedelta

from exchange.refusals import SignInDeclined, SignInRefused
from exchange.session import Secret, Session
from exchange.store.session import Sessions
from gateway.dashboard.origin import local
from gateway.dashboard.provider import Provider, challenge_of

CALLBACK = "/dashboard/callback"
_LONGEST_STATE = 128


class Signing:
    def __init__(self, provider: Provider, sessions: Sessions) -> None:
        self._provider = provider
        self._sessions = sessions

    async def begun(self, redirect_uri: str, back: str) -> tuple[str, str]:
        """Where the browser goes, and what it keeps meanwhile. Raises SignInUnavailable."""
        secret = Secret.new()
        address = await self._provider.address(
            redirect_uri, secret.text_of("state"), secret.text_of("nonce"), challenge_of(secret.text_of("verifier"))
        )
        return address, f"{secret.text}.{base64.urlsafe_b64encode(local(back).encode()).decode()}"

    async def tokens(self, kept: str | None, query: dict[str, str], redirect_uri: str) -> tuple[str, int | None, str]:
        """Access token, its seconds, and the path to go back to.

        Raises SignInRefused, SignInDeclined or SignInUnavailable; then nobody is signed in.
        """
        text, _, back = (kept or "").partition(".")
        secret, state = Secret.parse(text), query.get("state", "")
        if (
            secret is None
            or len(state) > _LONGEST_STATE
            or not hmac.compare_digest(state.encode("utf-8", "replace"), secret.text_of("state").encode())
        ):
            raise SignInRefused()
        if "error" in query:
            raise SignInDeclined()
        found = await self._provider.signed_in(
            query.get("code", ""), secret.text_of("verifier"), secret.text_of("nonce"), redirect_uri
        )
        return found.access_token, found.expires_in, local(_decoded(back))

    async def session(self, token: str, lasts_s: int | None, at: datetime, before: Secret | None) -> Session:
        """A new one, with a new secret; that of before in the same browser ends."""
        if before is not None:
            await self._sessions.end(before)
        # Without a word from the provider the session's own longest time holds; the API looks at the token each time.
        until = at + (timedelta(days=1) if lasts_s is None else timedelta(seconds=min(max(lasts_s, 0), 86_400)))
        return await self._sessions.begin(token, until, at)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
