"""Where an issuer's key set is read from: a file, or a URL that the issuer publishes."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import httpx

_LARGEST_BYTES = 262_144
_READ_S = 5.0
_FRESH_S = 300.0
_LEAST_FRESH_S, _MOST_FRESH_S = 30.0, 3_600.0
_FILE_FRESH_S = 30.0
_MAX_AGE = re.compile(r'\s*max-age\s*=\s*"?(\d{1,9})"?\s*', re.IGNORECASE)
_NEVER_KEPT = frozenset({"no-store", "no-cache"})


class SourceFailed(Exception):
    """The key set could not be read; `reason` is UNREACHABLE, TIMEOUT, STATUS or TOO_LARGE."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Source(Protocol):
    name: str
    """For messages to the operator; never in a log."""

    async def read(self) -> tuple[bytes, float]:
        """The key set, and the seconds for which it is fresh. Raises SourceFailed."""
        ...


class KeyFile:
    """A file that somebody else may replace."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    async def read(self) -> tuple[bytes, float]:
        try:
            return await asyncio.to_thread(self._path.read_bytes), _FILE_FRESH_S
        except OSError:
            raise SourceFailed("UNREACHABLE") from None


class Published:
    """A URL, over TLS; `http` on the loopback only. No redirect is followed, no proxy of the environment used."""

    def __init__(self, url: str, ca: Path | None = None) -> None:
        """`ca`: file of the authorities that may vouch for the issuer's server; none = the system's. Raises OSError or
        ssl.SSLError for a file that is none."""
        self.name = url
        self._url = url
        context = ssl.create_default_context(cafile=ca)
        self._http = httpx.AsyncClient(verify=context, trust_env=False, follow_redirects=False, timeout=_READ_S)

    async def read(self) -> tuple[bytes, float]:
        try:
            async with (
                asyncio.timeout(_READ_S),
                self._http.stream("GET", self._url, headers={"Accept": "application/jwk-set+json"}) as response,
            ):
                if response.status_code != 200:
                    raise SourceFailed("STATUS")
                content = bytearray()
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > _LARGEST_BYTES:
                        raise SourceFailed("TOO_LARGE")
                return bytes(content), fresh_s(response.headers)
        except (TimeoutError, httpx.TimeoutException):
            raise SourceFailed("TIMEOUT") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError):
            raise SourceFailed("UNREACHABLE") from None

    async def close(self) -> None:
        await self._http.aclose()


def permitted(url: str) -> bool:
    """Whether keys may be read from here: whoever can change them on their way can sign tokens."""
    try:
        parsed = httpx.URL(url)
        if parsed.userinfo or parsed.fragment or not parsed.host:
            return False
        return parsed.scheme == "https" or (parsed.scheme == "http" and ip_address(parsed.host).is_loopback)
    except (httpx.InvalidURL, ValueError):
        return False


def fresh_s(headers: Mapping[str, str]) -> float:
    """Seconds until the set is read again: `max-age` less `Age` (RFC 9111 §4.2), within bounds."""
    directives = headers.get("cache-control", "").lower().split(",")
    if _NEVER_KEPT & {each.strip() for each in directives}:
        return _LEAST_FRESH_S
    ages = [float(found[1]) for each in directives if (found := _MAX_AGE.fullmatch(each))]
    age = headers.get("age", "0").strip()
    spent = float(age) if age.isdecimal() and len(age) < 10 else 0.0
    return min(max(min(ages) - spent, _LEAST_FRESH_S), _MOST_FRESH_S) if ages else _FRESH_S
