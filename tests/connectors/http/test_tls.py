"""Certificates on both sides: made here, on a real TLS server."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.faults import MappingFaulty
from exchange.records import Delivered, Unavailable
from tests.connectors.http import conftest
from tests.connectors.http.conftest import Open, ask
from tests.connectors.http.lying import HEAD, Lying, row, rows
from tests.connectors.http.served import served
from tests.connectors.small import NEW

TLS = "service:\n  tls: {ca: '${CA}', certificate: '${CERT}', key: '${KEY}'}\n"


@dataclass(frozen=True)
class Authority:
    """Signs certificates into files of its folder."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.issue(None)

    @property
    def ca(self) -> Path:
        return self.folder / f"{self.name}.pem"

    def issue(self, subject: str | None, passphrase: bytes | None = None) -> tuple[Path, Path]:
        """Certificate and key of the subject, or of the authority itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        whose = subject or self.name
        path, key_path = self.folder / f"{whose}.pem", self.folder / f"{whose}.key"
        signing = key if subject is None else self._key()
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(_named(whose))
            .issuer_name(_named(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=subject is None, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(True, False, False, False, False, subject is None, subject is None, False, False), True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(signing, hashes.SHA256())
        )
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        kept = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept))
        return path, key_path

    def _key(self) -> ec.EllipticCurvePrivateKey:
        found = serialization.load_pem_private_key((self.folder / f"{self.name}.key").read_bytes(), None)
        assert isinstance(found, ec.EllipticCurvePrivateKey)
        return found


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


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
