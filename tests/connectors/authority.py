"""A certificate authority of the tests' own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


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
