"""An issuer's server for tests: real HTTP on the loopback, whose keys, headers and faults a test may change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey
from starlette.requests import Request
from starlette.responses import Response

from tests.connectors.http.served import served


class JwksServer:
    """`content` is what it publishes; `count` is how often it was asked."""

    def __init__(self) -> None:
        self.content = b'{"keys": []}'
        self.headers: dict[str, str] = {}
        self.status = 200
        self.delay_s = 0.0
        self.count = 0
        self.url = ""

    def publish(self, *keys: Any) -> None:
        self.content = json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content = self.content  # as the keys are when the request comes, however long the answer takes
        self.count += 1
        await asyncio.sleep(self.delay_s)
        await Response(content, self.status, self.headers)(scope, receive, send)
        assert Request(scope).method == "GET"


@contextmanager
def publishing(**settings: Any) -> Iterator[JwksServer]:
    server = JwksServer()
    with served(server, **settings) as url:
        server.url = f"{url}/jwks.json"
        yield server


def new_key(kid: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid})


def issuers_file(folder: Path, **issuers: dict[str, Any]) -> Path:
    """JSON is YAML."""
    path = folder / "issuers.yaml"
    path.write_text(json.dumps({"issuers": issuers}))
    return path
