"""Whose word about a client certificate is taken, and what must stand in it."""

from __future__ import annotations

import base64
import hashlib
import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.requests import Request

from exchange.refusals import TokenInvalid
from gateway.certificate import presented
from gateway.networks import NOBODY, Networks
from tests.connectors.http.test_tls import Authority

PROXY = Networks("10.0.0.1, 192.168.0.0/24,fd00::/8")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    return Authority(tmp_path_factory.mktemp("ca"), "ca").issue("bank")[0].read_text()


def request(*values: str, host: str | None = "10.0.0.1") -> Request:
    headers = [(b"x-client-cert", value.encode()) for value in values]
    return Request({"type": "http", "headers": headers, "client": (host, 1) if host else None})


def test_the_certificate_of_a_trusted_proxy(pem: str) -> None:
    expected = base64.urlsafe_b64encode(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()).rstrip(b"=").decode()
    for host in ("10.0.0.1", "192.168.0.255", "fd00::1", "::ffff:10.0.0.1"):
        assert presented(request(quote(pem), host=host), PROXY) == expected


@pytest.mark.parametrize(
    "host", ["10.0.0.2", "127.0.0.1", "::1", "192.168.1.0", "fe80::1%eth0", "/run/socket", "", None]
)
def test_the_header_of_a_stranger_is_no_certificate(pem: str, host: str | None) -> None:
    assert presented(request(quote(pem), host=host), PROXY) is None
    assert presented(request("junk", host=host), PROXY) is None


def test_without_a_setting_nobody_is_trusted(pem: str) -> None:
    for host in ("10.0.0.1", "127.0.0.1", "::1"):
        assert presented(request(quote(pem), host=host), NOBODY) is None


def test_no_header_is_no_certificate() -> None:
    assert presented(request(), PROXY) is None


@pytest.mark.parametrize("value", ["", "junk", "%", "%00", quote("-----BEGIN CERTIFICATE-----"), "a" * 20_000])
def test_junk_of_a_trusted_proxy(value: str) -> None:
    with pytest.raises(TokenInvalid):
        presented(request(value), PROXY)


def test_two_certificates(pem: str) -> None:
    with pytest.raises(TokenInvalid):
        presented(request(quote(pem), quote(pem)), PROXY)
    with pytest.raises(TokenInvalid):
        presented(request(quote(pem + pem)), PROXY)


def test_a_key_is_no_certificate(tmp_path: Path) -> None:
    key = Authority(tmp_path, "ca").issue("bank")[1].read_text()
    with pytest.raises(TokenInvalid):
        presented(request(quote(key)), PROXY)


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "10.0.0", "*", "10.0.0.1;10.0.0.2", "::g"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match="addresses or networks") as caught:
        Networks(text)
    assert text not in str(caught.value)


def test_networks_as_text_and_as_a_list() -> None:
    assert Networks("10.0.0.1,fd00::/8") == Networks(["10.0.0.1/32", "fd00::/8"])
    assert str(Networks("")) == "–"
    assert str(PROXY) == "10.0.0.1/32, 192.168.0.0/24, fd00::/8"
