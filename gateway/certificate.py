"""The client certificate of a request, as the TLS terminator in front hands it over (RFC 8705; nginx)."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.requests import Request

from exchange.refusals import TokenInvalid
from gateway.networks import Networks

HEADER = "x-client-cert"
"""URL-encoded PEM: `$ssl_client_escaped_cert` of nginx."""
_LONGEST = 16_384


def presented(request: Request, trusted: Networks) -> str | None:
    """Base64url of the SHA-256 of the certificate (`x5t#S256`, RFC 8705 §3.1), or None where there is none.

    From anybody but a trusted proxy the header is no certificate, as if it were not there. Raises TokenInvalid where a
    trusted proxy sends something else than one certificate: then it is not set up as it should be.
    """
    if not trusted.holds(request.client.host if request.client else None):
        return None
    values = request.headers.getlist(HEADER)
    if not values:
        return None
    if len(values) > 1 or len(values[0]) > _LONGEST:
        raise TokenInvalid()
    try:
        return thumbprint(values[0])
    except ValueError:
        raise TokenInvalid() from None


@lru_cache(maxsize=1_024)
def thumbprint(escaped: str) -> str:
    """Raises ValueError for anything but one certificate."""
    (found,) = x509.load_pem_x509_certificates(unquote_to_bytes(escaped))
    return base64.urlsafe_b64encode(hashlib.sha256(found.public_bytes(Encoding.DER)).digest()).rstrip(b"=").decode()
