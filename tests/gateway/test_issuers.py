"""Several issuers in one file: what is refused at the start, and that one that is silent stops nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exchange.refusals import IssuerUnavailable, TokenInvalid
from gateway.auth import Authenticator
from gateway.issuers import opened
from gateway.jwks import KeysFaulty
from gateway.settings import Settings
from tests.connectors.http.test_tls import Authority
from tests.gateway.keys import AUDIENCE, NOW, claims, clients, issuer, private_key, signed
from tests.gateway.published import issuers_file, new_key, publishing

GOOD = {"iss": "https://a.invalid", "audience": AUDIENCE, "jwks": "https://a.invalid/jwks.json", "clients": ["*"]}


def settings(folder: Path, **issuers: dict[str, Any]) -> Settings:
    return Settings(data=folder, issuers=issuers_file(folder, **issuers), jwks_pause_s=0.1)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": ""},
        {"audience": ""},
        {"clients": []},
        {"roles": []},
        {"clients": None},
        {"algorithms": []},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": ["RS512"]},
        {"jwks": "http://a.invalid/jwks.json"},
        {"jwks": "ftp://a.invalid/jwks.json"},
        {"jwks": "nowhere.json"},
        {"ca": "nowhere.pem"},
        {"leeway": 1},
    ],
)
async def test_a_faulty_issuer_stops_the_start(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(KeysFaulty):
        async with opened(settings(tmp_path, a=GOOD | changed)):
            pass


@pytest.mark.parametrize("left_out", ["iss", "audience", "jwks", "clients"])
async def test_what_every_issuer_must_say(tmp_path: Path, left_out: str) -> None:
    """`clients` too: whose tokens an issuer may write is never taken for granted."""
    with pytest.raises(KeysFaulty, match=left_out):
        async with opened(settings(tmp_path, a={k: v for k, v in GOOD.items() if k != left_out})):
            pass


@pytest.mark.parametrize(
    "issuers", [{}, {"a": GOOD, "b": GOOD}, {"A": GOOD}, {"a" * 33: GOOD}, {"https://a.invalid": GOOD}]
)
async def test_a_faulty_list(tmp_path: Path, issuers: dict[str, Any]) -> None:
    with pytest.raises(KeysFaulty):
        async with opened(settings(tmp_path, **issuers)):
            pass


@pytest.mark.parametrize("content", [b"issuers: [", b"\xff", b"- a", b""])
async def test_no_file_of_issuers(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "issuers.yaml").write_bytes(content)
    with pytest.raises(KeysFaulty):
        async with opened(Settings(data=tmp_path, issuers=tmp_path / "issuers.yaml")):
            pass


async def test_every_fault_at_once(tmp_path: Path) -> None:
    with pytest.raises(KeysFaulty) as caught:
        async with opened(settings(tmp_path, a=GOOD | {"iss": ""}, b=GOOD | {"clients": [], "algorithms": ["none"]})):
            pass
    assert len(caught.value.faults) == 3


async def test_one_issuer_of_the_settings(tmp_path: Path) -> None:
    issuer(tmp_path / "issuer")
    async with opened(Settings(data=tmp_path, issuer="https://x.invalid", audience="us")) as found:
        (only,) = found.values()
    assert (only.iss, only.audience, only.speaks_for("anybody", "any-role")) == ("https://x.invalid", "us", True)


async def test_a_silent_issuer_stops_neither_the_start_nor_the_others(tmp_path: Path) -> None:
    key = new_key("a")
    with publishing() as server:
        server.publish(key)
    issuer(tmp_path)
    here = {**GOOD, "iss": "https://b.invalid", "jwks": str(tmp_path / "jwks.json")}
    async with opened(settings(tmp_path, a=GOOD | {"jwks": server.url}, b=here)) as found:
        gate = Authenticator(found, clients(), clock=lambda: NOW)
        own = private_key(tmp_path)
        assert (await gate.requester([f"Bearer {signed(own, claims(iss='https://b.invalid'))}"])).client
        with pytest.raises(IssuerUnavailable):
            await gate.requester([f"Bearer {signed(key, claims(iss='https://a.invalid'))}"])


async def test_a_file_of_keys_that_is_replaced_is_read_again(tmp_path: Path) -> None:
    issuer(tmp_path / "old")
    issuer(tmp_path / "new")
    path = tmp_path / "jwks.json"
    path.write_bytes((tmp_path / "old/jwks.json").read_bytes())
    old, new = private_key(tmp_path / "old"), private_key(tmp_path / "new")
    async with opened(settings(tmp_path, a=GOOD | {"jwks": str(path)})) as found:
        gate = Authenticator(found, clients(), clock=lambda: NOW)
        said = claims(iss="https://a.invalid")
        assert (await gate.requester([f"Bearer {signed(old, said)}"])).client
        path.write_bytes((tmp_path / "new/jwks.json").read_bytes())
        assert (await gate.requester([f"Bearer {signed(new, said)}"])).client
        with pytest.raises(TokenInvalid):
            await gate.requester([f"Bearer {signed(old, said)}"])


async def test_keys_over_tls_need_a_server_that_the_authority_vouches_for(tmp_path: Path) -> None:
    right, wrong = Authority(tmp_path, "right"), Authority(tmp_path, "wrong")
    certificate, private = right.issue("server")
    key = new_key("a")
    with publishing(ssl_certfile=str(certificate), ssl_keyfile=str(private)) as server:
        server.publish(key)
        text = f"Bearer {signed(key, claims(iss='https://a.invalid'))}"
        async with opened(settings(tmp_path, a=GOOD | {"jwks": server.url, "ca": str(right.ca)})) as found:
            assert (await Authenticator(found, clients(), clock=lambda: NOW).requester([text])).client
        for ca in ({}, {"ca": str(wrong.ca)}):
            async with opened(settings(tmp_path, a=GOOD | {"jwks": server.url, **ca})) as found:
                with pytest.raises(IssuerUnavailable):
                    await Authenticator(found, clients(), clock=lambda: NOW).requester([text])
