"""Keys that an issuer publishes over HTTP: read anew, at most so often, kept while it is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from exchange.refusals import IssuerUnavailable
from gateway.jwks import KeysFaulty
from gateway.keyring import Keyring
from gateway.keysource import Published, SourceFailed, fresh_s, permitted
from tests.gateway.published import JwksServer, new_key, publishing

A, B, C = new_key("a"), new_key("b"), new_key("c")


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with publishing() as found:
        found.publish(A)
        yield found


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def keyring(server: JwksServer, *, first: bool = True, **options: object) -> AsyncIterator[Keyring]:
    source = Published(server.url)
    found = Keyring("test", source, **{"pause_s": 0.0, **options})  # type: ignore[arg-type]
    if first:
        await found.read()
    async with found.watching():
        yield found
    await source.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_known_key_needs_no_read(server: JwksServer) -> None:
    async with keyring(server) as keys:
        for _ in range(100):
            assert await keys.find("a")
        assert server.count == 1


async def test_an_unknown_kid_brings_the_new_keys_at_once(server: JwksServer) -> None:
    async with keyring(server) as keys:
        server.publish(A, B)
        assert await keys.find("b")
        assert await keys.find("a")
        assert server.count == 2


async def test_a_removed_key_is_gone_with_the_next_read(server: JwksServer) -> None:
    async with keyring(server) as keys:
        key = await keys.find("a")
        assert key
        assert keys.holds(key)
        server.publish(B)
        assert keys.holds(key)
        assert await keys.find("b")
        assert not keys.holds(key)
        assert await keys.find("a") is None


async def test_a_flood_of_unknown_kids_is_one_read(server: JwksServer) -> None:
    async with keyring(server, pause_s=0.2) as keys:
        found = await asyncio.gather(*(keys.find(f"unknown-{n}") for n in range(900)))
        assert found == [None] * 900
        assert server.count == 2


async def test_more_than_may_wait_are_refused_at_once(server: JwksServer) -> None:
    async with keyring(server, most_waiting=3) as keys:
        server.delay_s = 0.2
        waiting = [asyncio.create_task(keys.find("b")) for _ in range(3)]
        await asyncio.sleep(0)
        server.publish(A, B)
        assert await asyncio.wait_for(keys.find("b"), 0.1) is None
        assert all(await asyncio.gather(*waiting))


async def test_a_read_under_way_proves_nothing_about_a_key_that_was_published_since(server: JwksServer) -> None:
    """The issuer answers slowly what it had before; the new key comes with the next read, and nobody is refused."""
    async with keyring(server) as keys:
        server.delay_s = 0.2
        early = asyncio.create_task(keys.find("nobody"))
        await until(lambda: server.count == 2)
        server.publish(A, B)
        assert await keys.find("b")
        assert await early is None
        assert server.count == 3


async def test_a_slow_issuer_keeps_nobody_waiting_who_has_a_known_key(server: JwksServer) -> None:
    async with keyring(server) as keys:
        server.delay_s = 3
        unknown = asyncio.create_task(keys.find("b"))
        await until(lambda: server.count == 2)
        assert await keys.find("a")
        assert not unknown.done()
        unknown.cancel()


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b""),
        (404, b"{}"),
        (302, b""),
        (200, b"<html>"),
        (200, b'{"keys": [{"kty": "oct", "kid": "b", "k": "AAAA"}]}'),
        (200, b'{"keys": ["' + b"a" * 300_000 + b'"]}'),
    ],
)
async def test_the_last_good_keys_go_on_while_the_issuer_fails(server: JwksServer, status: int, content: bytes) -> None:
    clock = Clock()
    async with keyring(server, stale_s=60, clock=clock) as keys:
        server.status, server.content, server.headers = status, content, {"Location": server.url}
        clock.now += 60
        key = await keys.find("a")
        assert key
        assert keys.holds(key)
        assert await keys.find("b") is None
        clock.now += 1
        assert not keys.holds(key)
        with pytest.raises(IssuerUnavailable):
            await keys.find("a")
        server.status, server.headers = 200, {}
        server.publish(A)
        assert await keys.find("a")
        assert keys.holds(key)


async def test_an_issuer_that_was_never_reached_is_unavailable_until_it_is(server: JwksServer) -> None:
    server.status = 503
    async with keyring(server, first=False) as keys:
        with pytest.raises(IssuerUnavailable):
            await keys.find("a")
        server.status = 200
        assert await keys.find("a")


async def test_a_failure_is_logged_once_when_it_begins_and_once_when_it_ends_without_an_address(
    server: JwksServer,
) -> None:
    told: list[tuple[str, str]] = []
    source = Published(server.url)
    keys = Keyring("bank-a", source, noted=lambda name, outcome: told.append((name, outcome)))
    with capture_logs() as logs:
        await keys.attempt()
        server.status = 500
        for _ in range(5):
            await keys.attempt()
        server.status = 200
        await keys.attempt()
    await source.close()
    assert [line["event"] for line in logs] == ["issuer_keys_failed", "issuer_keys_read_again"]
    assert logs[0] == {"event": "issuer_keys_failed", "issuer": "bank-a", "reason": "STATUS", "log_level": "warning"}
    assert told == [("bank-a", outcome) for outcome in ("READ", *["FAILED"] * 5, "READ")]


async def test_keys_that_are_due_are_read_without_being_asked_for(server: JwksServer) -> None:
    class Short(Published):
        async def read(self) -> tuple[bytes, float]:
            return (await super().read())[0], 0.05

    source = Short(server.url)
    keys = Keyring("test", source, pause_s=0.0)
    await keys.read()
    key = await keys.find("a")
    assert key
    async with keys.watching():
        server.publish(B)
        await until(lambda: not keys.holds(key))
        assert server.count >= 2
    await source.close()


async def test_nothing_waits_for_a_keyring_that_is_closed(server: JwksServer) -> None:
    async with keyring(server) as keys:
        server.delay_s = 3
        waiting = asyncio.create_task(keys.find("b"))
        await until(lambda: server.count == 2)
    assert await waiting is None
    assert await keys.find("c") is None


@pytest.mark.parametrize("steps", range(6))
async def test_a_keyring_closes_also_in_the_moment_in_which_it_is_asked(server: JwksServer, steps: int) -> None:
    """A cancellation that comes together with the event must not be lost."""
    async with asyncio.timeout(20):
        async with keyring(server) as keys:
            await asyncio.sleep(0.01)
            waiting = asyncio.create_task(keys.find("b"))
            for _ in range(steps):
                await asyncio.sleep(0)
        await waiting


async def test_where_nobody_listens() -> None:
    with publishing() as server:
        pass
    source = Published(server.url)
    with pytest.raises(SourceFailed, match="UNREACHABLE"):
        await source.read()
    await source.close()


async def test_a_set_that_is_faulty_says_so_at_the_first_read(server: JwksServer) -> None:
    server.content = b"{}"
    with pytest.raises(KeysFaulty):
        async with keyring(server):
            pass


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 300),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "public, MAX-AGE=600, must-revalidate"}, 600),
        ({"cache-control": 'max-age="600"'}, 600),
        ({"cache-control": "max-age=600, max-age=60"}, 60),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "max-age=600", "age": "900"}, 30),
        ({"cache-control": "max-age=0"}, 30),
        ({"cache-control": "max-age=1000000"}, 3_600),
        ({"cache-control": "max-age=99999999999999999999"}, 300),
        ({"cache-control": "max-age=-1"}, 300),
        ({"cache-control": "no-store, max-age=600"}, 30),
        ({"cache-control": "no-cache"}, 30),
        ({"cache-control": "s-maxage=5"}, 300),
        ({"cache-control": "max-age=600", "age": "-5"}, 600),
    ],
)
def test_how_long_a_set_is_fresh(headers: dict[str, str], seconds: float) -> None:
    assert fresh_s(headers) == seconds


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://issuer.test.invalid/jwks.json", True),
        ("http://127.0.0.1:1/jwks.json", True),
        ("http://[::1]:1/jwks.json", True),
        ("http://issuer.test.invalid/jwks.json", False),
        ("http://10.0.0.1/jwks.json", False),
        ("http://localhost/jwks.json", False),
        ("https://user:secret@issuer.test.invalid/", False),
        ("https://issuer.test.invalid/#a", False),
        ("ftp://issuer.test.invalid/", False),
        ("file:///etc/passwd", False),
        ("https://", False),
    ],
)
def test_where_keys_may_be_read_from(url: str, may: bool) -> None:
    assert permitted(url) is may
