"""The line to a department's database: TLS as its url says, and the noticing of a far end that has gone."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from urllib.parse import parse_qsl, urlsplit, urlunsplit

_LOOPBACK = frozenset({"", "127.0.0.1", "::1", "localhost"})
_MODES = ("verify-full", "verify-ca", "disable")
"""Others fall back to no TLS, or encrypt for whoever answers."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What a family of databases calls the options of TLS; those of its own command line."""

    mode: str
    ca: str
    certificate: str
    key: str

    @property
    def known(self) -> tuple[str, ...]:
        return (self.mode, self.ca, self.certificate, self.key)


_POSTGRESQL = _Words("sslmode", "sslrootcert", "sslcert", "sslkey")
_MARIADB = _Words("ssl_mode", "ssl_ca", "ssl_cert", "ssl_key")
_WORDS: Mapping[str, _Words] = {"postgresql": _POSTGRESQL, "mariadb": _MARIADB, "mysql": _MARIADB}
"""By the scheme of the url."""


def line_fault(url: str) -> str | None:
    """Why nothing is sent over this line, without the url."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        return "is not a url"
    words = _WORDS.get(parts.scheme)
    if words is None:
        return None
    if options.keys() - set(words.known):
        return f"the options of such a url are {', '.join(words.known)}"
    mode = options.get(words.mode)
    if mode is not None and mode not in _MODES:
        return f"{words.mode} is one of {', '.join(_MODES)}: any other may end without TLS, or with whoever answers"
    if mode == "disable" and len(options) > 1:
        return f"{words.mode}=disable goes with no other option"
    if host not in _LOOPBACK and not options:
        return (
            f"says nothing of TLS: {words.mode}=verify-full&{words.ca}=…; {words.mode}=disable only where the line"
            " itself is protected"
        )
    try:
        tls(url)
    except (OSError, ValueError):  # a ssl.SSLError is an OSError
        return f"the files of {words.ca}, {words.certificate} and {words.key} cannot be used"
    return None


def tls(url: str) -> ssl.SSLContext | bool | None:
    """How to prove the server: a context; False for no TLS; None where the url says nothing (this machine alone).

    The server's name is checked unless the mode is `verify-ca`, against the file's authorities or those of this
    machine. Raises OSError where a file cannot be used, ValueError for a url.
    """
    parts = urlsplit(url)
    words = _WORDS[parts.scheme]
    options = dict(parse_qsl(parts.query))
    if not options:
        return None
    mode = options.get(words.mode, "verify-full")
    if mode == "disable":
        return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = mode != "verify-ca"
    if words.ca in options:
        context.load_verify_locations(cafile=options[words.ca])
    else:
        context.load_default_certs()
    if words.certificate in options:
        # A key under a passphrase is refused instead of asking at the terminal.
        context.load_cert_chain(options[words.certificate], options.get(words.key), password="")
    return context


def without_options(url: str) -> str:
    """The url of a driver that would read its options in its own way."""
    return urlunsplit(urlsplit(url)._replace(query=""))


def keep_alive(line: socket.socket | None, deadline_s: float) -> None:
    """A far end that has gone without a word is noticed: on an idle line within a minute, on one that was written to
    within the deadline. Between them the probes keep a firewall from forgetting the line."""
    if line is None or line.family == socket.AF_UNIX:
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 30),
        ("TCP_KEEPINTVL", 10),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", ceil(deadline_s * 1000)),
    ):
        if option := getattr(socket, name, None):  # not every system has them all
            line.setsockopt(socket.IPPROTO_TCP, option, value)
