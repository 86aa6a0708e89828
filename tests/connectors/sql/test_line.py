"""TLS to real servers, with certificates made here; what a url may say of it; and lines whose far end has gone."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncmy
import asyncpg
import pytest

from connectors.kinds import KINDS
from connectors.place import GuardsPlace
from connectors.sql.line import keep_alive, line_fault
from connectors.sql.mariadb import MariaDbRunner
from connectors.sql.postgres import PostgresRunner
from connectors.sql.runner import Runner, SourceFailed
from gateway.demo.cluster import cluster
from gateway.demo.mariadb_server import mariadb_server
from tests.connectors.authority import Authority

POSTGRES = ("sslmode", "sslrootcert", "sslcert", "sslkey")
MARIADB = ("ssl_mode", "ssl_ca", "ssl_cert", "ssl_key")


@dataclass(frozen=True)
class Served:
    """A server with a certificate for 127.0.0.1, and one for its user `reader`, who must show it."""

    url: str
    """`scheme://USER@HOST:port/database`"""
    words: tuple[str, str, str, str]
    city: Authority
    other: Authority
    ciphers: str
    """A statement that says whether its own session is encrypted."""

    def runner(self, *values: str | Path | None, user: str = "open", host: str = "127.0.0.1") -> Runner:
        options = "&".join(f"{word}={value}" for word, value in zip(self.words, values, strict=False) if value)
        url = self.url.replace("USER", user).replace("HOST", host) + "?" + options
        assert KINDS["sql"].url_fault(url) is None
        return (PostgresRunner if url.startswith("postgresql") else MariaDbRunner)(url)

    async def encrypted(self, *values: str | Path | None, user: str = "open", host: str = "127.0.0.1") -> bool:
        runner = self.runner(*values, user=user, host=host)
        try:
            return bool((await runner.run(self.ciphers, []))[0][0])
        finally:
            await runner.close()


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    folder = tmp_path_factory.mktemp("authorities")
    city, other = Authority(folder, "city"), Authority(folder, "other")
    for name in ("server", "reader"):
        city.issue(name)
    other.issue("stranger")
    return city, other


@pytest.fixture(scope="module")
def on_postgres(authorities: tuple[Authority, Authority]) -> Iterator[Served]:
    with cluster() as url:
        asyncio.run(_with_tls(f"{url}/postgres", authorities[0].folder))
        port = urlsplit(url).port
        ciphers = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        yield Served(f"postgresql://USER@HOST:{port}/postgres", POSTGRES, *authorities, ciphers)


async def _with_tls(url: str, folder: Path) -> None:
    admin = await asyncpg.connect(url)
    data = Path(await admin.fetchval("SHOW data_directory"))
    _placed(folder, data)
    await admin.execute("CREATE ROLE open LOGIN; CREATE ROLE reader LOGIN")
    for name, value in (("ssl", "on"), ("ssl_ca_file", "root.crt")):
        await admin.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.close()
    for _ in range(100):
        admin = await asyncpg.connect(url)
        on = await admin.fetchval("SHOW ssl")
        await admin.close()
        if on == "on":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the server has no TLS")


def _placed(folder: Path, data: Path) -> None:
    owner = data.stat()
    for name, there in (("server.pem", "server.crt"), ("server.key", "server.key"), ("city.pem", "root.crt")):
        shutil.copy(folder / name, data / there)
        os.chown(data / there, owner.st_uid, owner.st_gid)
        (data / there).chmod(0o600)
    hba = data / "pg_hba.conf"
    hba.write_text(f"hostssl all reader 127.0.0.1/32 cert\n{hba.read_text()}")


@pytest.fixture(scope="module")
def on_mariadb(authorities: tuple[Authority, Authority]) -> Iterator[Served]:
    folder = authorities[0].folder
    files = {"cert": "server.pem", "key": "server.key", "ca": "city.pem"}
    with mariadb_server(*(f"--ssl-{what}={folder / name}" for what, name in files.items())) as url:
        port = urlsplit(url).port or 0
        asyncio.run(_with_users(port))
        ciphers = "SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'"
        yield Served(f"mariadb://USER@HOST:{port}/mysql", MARIADB, *authorities, ciphers)


async def _with_users(port: int) -> None:
    admin = await asyncmy.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
    async with admin.cursor() as cursor:
        for user, need in (("open", "NONE"), ("reader", "X509")):
            await cursor.execute(f"CREATE USER {user}@'127.0.0.1' REQUIRE {need}")
            await cursor.execute(f"GRANT SELECT ON mysql.* TO {user}@'127.0.0.1'")
    await admin.ensure_closed()


@pytest.fixture(
    params=[pytest.param("postgres", marks=pytest.mark.postgres), pytest.param("mariadb", marks=pytest.mark.mariadb)]
)
def at(request: pytest.FixtureRequest) -> Served:
    return request.getfixturevalue(f"on_{request.param}")


async def test_the_right_authority(at: Served) -> None:
    assert await at.encrypted("verify-full", at.city.ca)
    assert await at.encrypted(None, at.city.ca)
    assert await at.encrypted("verify-ca", at.city.ca)
    assert not await at.encrypted("disable")


async def test_a_wrong_authority_is_unreachable_and_says_nothing(at: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for mode, authority in (("verify-full", at.other.ca), ("verify-ca", at.other.ca), ("verify-full", None)):
        with pytest.raises(SourceFailed, match=r"^UNREACHABLE$") as found:
            await at.encrypted(mode, authority)
        assert found.value.__suppress_context__
    port = str(urlsplit(at.url).port)
    assert port not in caplog.text
    assert "127.0.0.1" not in caplog.text


async def test_a_certificate_for_another_name_is_unreachable(at: Served) -> None:
    with pytest.raises(SourceFailed, match="UNREACHABLE"):
        await at.encrypted("verify-full", at.city.ca, host="localhost")
    assert await at.encrypted("verify-ca", at.city.ca, host="localhost")


async def test_a_server_that_asks_for_a_certificate_gets_it(at: Served) -> None:
    folder = at.city.folder
    assert await at.encrypted(None, at.city.ca, folder / "reader.pem", folder / "reader.key", user="reader")
    for certificate in (None, folder / "stranger.pem"):
        with pytest.raises(SourceFailed, match="UNREACHABLE"):
            await at.encrypted(None, at.city.ca, certificate, certificate and folder / "stranger.key", user="reader")


async def test_a_statement_whose_ask_has_gone_is_ended_over_tls_too(at: Served) -> None:
    nap = "SELECT pg_sleep(9)" if at.words is POSTGRES else "SELECT sleep(9)"
    runner = at.runner("verify-full", at.city.ca)
    await runner.run("SELECT 1", [])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await runner.run(nap, [])
    async with asyncio.timeout(3):
        await runner.close()
    assert runner.connections == 0


@pytest.mark.postgres
@pytest.mark.mariadb
@pytest.mark.parametrize("server", ["postgres_url", "mariadb_url"])
async def test_a_server_without_tls_is_not_spoken_to_in_the_clear(
    server: str, authorities: tuple[Authority, Authority], request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server)
    if server == "postgres_url":
        runner: Runner = PostgresRunner(f"{url}?sslrootcert={authorities[0].ca}")
    else:
        runner = MariaDbRunner(f"{url}/mysql?ssl_ca={authorities[0].ca}")
    with pytest.raises(SourceFailed, match="UNREACHABLE"):
        await runner.run("SELECT 1", [])
    await runner.close()


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("postgresql://u:Geheim@db.example.cn/x", "says nothing of TLS"),
        ("mysql://u:Geheim@10.0.0.7/x", "ssl_mode=verify-full&ssl_ca"),
        ("postgresql://u:Geheim@db.example.cn/x?sslmode=prefer", "may end without TLS"),
        ("postgresql://u:Geheim@127.0.0.1/x?sslmode=require", "may end without TLS"),
        ("mariadb://u:Geheim@db.example.cn/x?ssl_verify=0", "the options of such a url are ssl_mode"),
        ("postgresql://u:Geheim@127.0.0.1/x?search_path=other", "the options of such a url are sslmode"),
        ("postgresql://u:Geheim@db.example.cn/x?sslmode=disable&sslrootcert=a", "goes with no other option"),
        ("postgresql://u:Geheim@db.example.cn/x?sslrootcert=/Geheim.pem", "cannot be used"),
        ("mariadb://u:Geheim@db.example.cn/x?ssl_cert=/Geheim.pem", "cannot be used"),
        ("mariadb://u:Geheim@db.example.cn:Geheim/x", "is not a url"),
    ],
)
def test_what_a_url_may_not_say(rest: str, told: str) -> None:
    fault = KINDS["sql"].url_fault(rest)
    assert fault
    assert told in fault
    for secret in ("Geheim", "example", "10.0.0.7"):
        assert secret not in fault


def test_a_key_under_a_passphrase_is_refused_and_asks_nobody(authorities: tuple[Authority, Authority]) -> None:
    certificate, key = authorities[0].issue("locked", b"passphrase")
    fault = line_fault(f"postgresql://u@db.example.cn/x?sslcert={certificate}&sslkey={key}")
    assert fault == "the files of sslrootcert, sslcert and sslkey cannot be used"


@pytest.mark.parametrize("rest", ["sqlite:///a.db", "postgresql://u@localhost/x", "mariadb://u@[::1]/x"])
def test_this_machine_needs_no_tls(rest: str) -> None:
    assert line_fault(rest) is None


async def test_lines_are_watched(at: Served) -> None:
    runner = at.runner("verify-full", at.city.ca)
    await runner.run("SELECT 1", [])
    watched = [line for line in _lines(urlsplit(at.url).port or 0) if line.getsockopt(*_KEEPALIVE)]
    await runner.close()
    assert [(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)) for line in watched] == [2500]
    for line in watched:
        line.close()


_KEEPALIVE = (socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def _lines(port: int) -> Iterator[socket.socket]:
    """Copies of this process's sockets that lead to the port."""
    seen: set[int] = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            about = os.stat(int(name))
        except OSError:
            continue
        # Nothing else is copied: a pipe that stayed open twice would keep its reader waiting for the end.
        if not stat.S_ISSOCK(about.st_mode) or about.st_ino in seen:
            continue
        seen.add(about.st_ino)
        found = socket.socket(fileno=os.dup(int(name)))
        try:
            leads = found.family == socket.AF_INET and found.getpeername()[1] == port
        except OSError:
            leads = False
        if leads:
            yield found
        else:
            found.close()


def test_a_socket_of_this_machine_is_left_as_it_is() -> None:
    one, other = socket.socketpair()
    keep_alive(one, GuardsPlace().deadline_s)
    keep_alive(None, 1)
    assert one.getsockopt(*_KEEPALIVE) == 0
    one.close()
    other.close()
