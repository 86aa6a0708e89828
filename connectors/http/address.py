"""Which addresses a service may have."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def address_fault(url: str) -> str | None:
    """Why this is not the address of a service, without the address."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a url"
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        return "is not a url"
    if parts.username is not None or parts.query or parts.fragment:
        return "a service's url holds no user, password, query or fragment; see 'service: auth'"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "a service is reached by https://; http:// is for this machine alone"
    return None if parts.scheme in ("http", "https") else "a service's url begins with https://"
