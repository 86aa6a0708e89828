"""An issuer that changes its keys while many ask: no request fails, and a key that is taken out ends its tokens."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from tests.acceptance.in_process import Asked, made, opened
from tests.gateway.keys import claims, signed
from tests.gateway.published import issuers_file, new_key, publishing

_ISS, _AUDIENCE = "https://login.bank-a.invalid", "gateway-of-the-city"
_ROTATIONS = 6
_AT_ONCE = 12


def token(key: OKPKey, operator: str) -> str:
    now = int(datetime.now(UTC).timestamp())
    said = claims(iss=_ISS, aud=_AUDIENCE, iat=now, nbf=now, exp=now + 600, sub=operator)
    return signed(key, said)


async def me(asked: Asked, text: str) -> str:
    """`answered`, or the code of the refusal."""
    answer = await asked.http.post(
        "/graphql", json={"query": "{ me { client } }"}, headers={"Authorization": f"Bearer {text}"}
    )
    found = answer.json()
    return "answered" if found.get("data") else found["errors"][0]["extensions"]["code"]


async def test_keys_rotate_under_load_and_no_request_fails(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await asyncio.to_thread(made, data)
    with publishing() as issuer:
        keys = [new_key(f"key-{n}") for n in range(_ROTATIONS + 1)]
        issuer.publish(keys[0])
        issuer.delay_s = 0.05
        entry: dict[str, Any] = {"iss": _ISS, "audience": _AUDIENCE, "jwks": issuer.url, "clients": ["bank-system"]}
        path = issuers_file(tmp_path, **{"bank-a": entry})
        async with opened(data, {}, issuers=path, jwks_pause_s=0.1) as asked:
            signing = [keys[0]]
            outcomes: Counter[str] = Counter()
            junk: Counter[str] = Counter()
            done = asyncio.Event()

            async def bank(n: int) -> None:
                while not done.is_set():
                    outcomes[await me(asked, token(signing[0], f"operator-{n}"))] += 1
                    await asyncio.sleep(0.02)

            async def flood(n: int) -> None:
                while not done.is_set():
                    junk[await me(asked, token(new_key(f"unknown-{n}"), "nobody"))] += 1

            async def rotate() -> None:
                for old, new in pairwise(keys):
                    asked_before, reads = outcomes.total(), issuer.count
                    while issuer.count == reads:  # noqa: ASYNC110  the worst moment: the answer under way is the old one
                        await asyncio.sleep(0.001)
                    issuer.publish(old, new)  # both, and the new one signs from this moment on
                    signing[0] = new
                    while outcomes.total() < asked_before + 4 * _AT_ONCE:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                issuer.publish(keys[-1])
                done.set()

            await asyncio.gather(rotate(), *map(bank, range(_AT_ONCE)), *map(flood, range(3)))
            assert outcomes.keys() == {"answered"}
            assert outcomes.total() >= _ROTATIONS * 4 * _AT_ONCE
            assert junk.keys() == {"TOKEN_INVALID"}
            await me(asked, token(new_key("one-more"), "nobody"))  # a read that began after the last key was taken out
            assert await me(asked, token(keys[0], "operator-0")) == "TOKEN_INVALID"
            assert await me(asked, token(keys[-1], "operator-0")) == "answered"


async def test_a_key_that_is_taken_out_ends_the_tokens_that_were_accepted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await asyncio.to_thread(made, data)
    old, new = new_key("old"), new_key("new")
    with publishing() as issuer:
        issuer.publish(old)
        entry = {"iss": _ISS, "audience": _AUDIENCE, "jwks": issuer.url, "clients": ["bank-system"]}
        path = issuers_file(tmp_path, **{"bank-a": entry})
        async with opened(data, {}, issuers=path, jwks_pause_s=0.1) as asked:
            text = token(old, "li.wei")
            assert await me(asked, text) == await me(asked, text) == "answered"
            issuer.publish(new)
            assert await me(asked, token(new, "li.wei")) == "answered"
            assert await me(asked, text) == "TOKEN_INVALID"
            metrics = (await asked.http.get("/metrics")).text
            assert 'gateway_issuer_keys_total{issuer="bank-a",outcome="READ"}' in metrics
            issuer.status = 500
            assert await me(asked, token(new_key("unknown"), "li.wei")) == "TOKEN_INVALID"
            assert await me(asked, token(new, "li.wei")) == "answered"
            assert _ISS not in metrics


async def test_an_issuer_that_never_answered_is_told_as_503(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await asyncio.to_thread(made, data)
    with publishing() as issuer:
        issuer.status = 500
        entry = {"iss": _ISS, "audience": _AUDIENCE, "jwks": issuer.url, "clients": ["bank-system"]}
        path = issuers_file(tmp_path, **{"bank-a": entry})
        async with opened(data, {}, issuers=path, jwks_pause_s=0.1) as asked:
            key = new_key("a")
            answer = await asked.http.post(
                "/graphql",
                json={"query": "{ __typename }"},
                headers={"Authorization": f"Bearer {token(key, 'li.wei')}"},
            )
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
            assert "www-authenticate" not in answer.headers
            issuer.publish(key)
            issuer.status = 200
            assert await me(asked, token(key, "li.wei")) == "answered"
