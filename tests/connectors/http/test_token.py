"""OAuth 2: one token for all, renewed in time, once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response

from connectors.http.token import Token
from exchange.records import Delivered, Unavailable
from tests.connectors.http.conftest import Open, ask
from tests.connectors.http.lying import HEAD, Lying, row, rows
from tests.connectors.http.served import served
from tests.connectors.small import NEW


def head(url: str) -> str:
    said = f"{url}/token, client_id: gateway, client_secret: '${{SECRET}}', scope: read"
    return f"{HEAD}service:\n  auth: {{token_url: {said}}}\n"


def secured(**more: Any) -> Lying:
    return Lying(lambda body: rows(row(NEW.number)), secured=True, **more)


async def test_one_token_serves_all_who_ask_at_once(connect: Open) -> None:
    service = secured()
    with served(service) as url:
        http = connect(url, head=head(url))
        outcomes = await asyncio.gather(*(ask(http) for _ in range(20)))
    assert all(isinstance(each, Delivered) for each in outcomes)
    assert service.tokens == 1
    assert {each["authorization"] for each in service.headers} == {"Bearer t1"}


async def test_a_token_refused_before_its_end_is_renewed_once_for_all(connect: Open) -> None:
    service = secured()
    with served(service) as url:
        http = connect(url, head=head(url))
        await ask(http)
        service.refused.add("t1")
        outcomes = await asyncio.gather(*(ask(http) for _ in range(20)))
        assert all(isinstance(each, Delivered) for each in outcomes)
        assert service.tokens == 2


async def test_a_client_that_is_refused_for_good_fails_after_one_renewal(connect: Open) -> None:
    service = secured()
    with served(service) as url:
        http = connect(url, head=head(url))
        await ask(http)
        service.refused |= {f"t{n}" for n in range(1, 9)}
        before = len(service.headers)
        outcome = await ask(http)
        assert isinstance(outcome, Unavailable)
        assert outcome.why == "FAILED"
        assert (service.tokens, len(service.headers) - before) == (2, 2)


@pytest.mark.parametrize(
    ("expires_in", "after_s", "tokens"),
    [
        (100, 85, 1),
        (100, 91, 2),
        (3600, 3560, 1),
        (3600, 3571, 2),
        (None, 200, 1),
        (None, 301, 2),
        ("NaN", 200, 1),
        (-5, 0, 2),
        (1e300, 80_000, 1),
        ([], 200, 1),
    ],
)
async def test_a_token_is_renewed_shortly_before_its_end(
    connect: Open, monkeypatch: pytest.MonkeyPatch, expires_in: Any, after_s: float, tokens: int
) -> None:
    service, now = secured(expires_in=expires_in), 1000.0
    monkeypatch.setattr("connectors.http.token.monotonic", lambda: now)
    with served(service) as url:
        http = connect(url, head=head(url))
        assert await http.faults() == ()
        asked = service.tokens
        now += after_s
        assert isinstance(await ask(http), Delivered)
        assert service.tokens - asked == tokens - 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(status_code=401), "FAILED"),
        (Response(status_code=400), "FAILED"),
        (Response(status_code=503), "UNREACHABLE"),
        (Response(status_code=503, headers={"retry-after": "7"}), "BUSY"),
        (RedirectResponse("http://127.0.0.1:1/"), "FAILED"),
        (JSONResponse({}), "FAILED"),
        (JSONResponse([]), "FAILED"),
        (JSONResponse({"access_token": "a\r\nx: y"}), "FAILED"),
        (JSONResponse({"access_token": "a" * 9000}), "FAILED"),
        (JSONResponse({"access_token": {}}), "FAILED"),
    ],
)
async def test_a_token_service_that_gives_none(connect: Open, answer: Response, code: str) -> None:
    service = secured(token_answer=answer)
    with served(service) as url:
        outcome = await ask(connect(url, head=head(url)))
    assert isinstance(outcome, Unavailable)
    assert outcome.why == code
    assert service.headers == []


async def test_who_goes_away_while_renewing_leaves_the_others_served(connect: Open) -> None:
    service = secured()
    with served(service) as url:
        http = connect(url, head=head(url))
        first = asyncio.ensure_future(ask(http))
        await asyncio.sleep(0.02)
        others = [asyncio.ensure_future(ask(http)) for _ in range(5)]
        first.cancel()
        outcomes = await asyncio.gather(*others)
    assert all(isinstance(each, Delivered) for each in outcomes)


async def test_a_token_shows_no_secret(connect: Open) -> None:
    with served(secured()) as url:
        http = connect(url, head=head(url))
        token = http._asking._token
    assert isinstance(token, Token)
    assert "cret" not in repr((token, token._auth, http._place, http._place.options))
