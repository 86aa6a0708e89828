"""Certificates on both sides: made here, on a real TLS server."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.faults import MappingFaulty
from exchange.records import Delivered, Unavailable
from tests.connectors.authority import Authority
from tests.connectors.http import conftest
from tests.connectors.http.conftest import Open, ask
from tests.connectors.http.lying import HEAD, Lying, row, rows
from tests.connectors.http.served import served
from tests.connectors.small import NEW

TLS = "service:\n  tls: {ca: '${CA}', certificate: '${CERT}', key: '${KEY}'}\n"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "city")


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    """Of a service that lets in only whom the city's authority has certified."""
    certificate, key = authority.issue("department")
    with served(
        Lying(lambda body: rows(row(NEW.number))),
        ssl_certfile=str(certificate),
        ssl_keyfile=str(key),
        ssl_ca_certs=str(authority.ca),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    ) as url:
        yield url


def believed(monkeypatch: pytest.MonkeyPatch, ca: Path, certificate: Path, key: Path) -> None:
    for name, path in (("CA", ca), ("CERT", certificate), ("KEY", key)):
        monkeypatch.setitem(conftest.ENVIRON, name, str(path))


async def test_both_sides_know_each_other(
    connect: Open, authority: Authority, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    believed(monkeypatch, authority.ca, *authority.issue("gateway"))
    assert isinstance(await ask(connect(url, head=HEAD + TLS)), Delivered)


async def test_who_is_not_certified_reaches_nothing(
    connect: Open, authority: Authority, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "stranger")
    believed(monkeypatch, authority.ca, *stranger.issue("gateway"))
    outcome = await ask(connect(url, head=HEAD + TLS))
    assert isinstance(outcome, Unavailable)
    assert outcome.why == "UNREACHABLE"


async def test_a_service_that_is_not_believed_is_asked_nothing(
    connect: Open, authority: Authority, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "stranger")
    believed(monkeypatch, stranger.ca, *authority.issue("gateway"))
    for head in (HEAD + TLS, HEAD):
        outcome = await ask(connect(url, head=head))
        assert isinstance(outcome, Unavailable)
        assert outcome.why == "UNREACHABLE"


def test_files_that_are_not_what_they_should_be_are_a_fault(
    connect: Open, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate, _ = authority.issue("gateway")
    _, other = authority.issue("other")
    _, locked = authority.issue("locked", b"open sesame")
    for wrong in (tmp_path / "none.pem", certificate, other, locked):
        believed(monkeypatch, authority.ca, certificate, wrong)
        with pytest.raises(MappingFaulty, match="are not there, or are not") as caught:
            connect("https://127.0.0.1:1", head=HEAD + TLS)
        assert str(tmp_path) not in str(caught.value)
