"""The proxy does what its modes say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.proxy import Mode, Proxy

heard: list[bytes] = []
"""What the server behind the proxy was asked."""


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Before a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(100):
            heard.append(piece)
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = await Proxy(server.sockets[0].getsockname()[1]).start()
    yield proxy
    await proxy.stop()
    server.close()


class Link:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, proxy: Proxy) -> Link:
        return cls(*await asyncio.open_connection("127.0.0.1", proxy.port))

    async def say(self, text: bytes = b"hello", within_s: float = 1.0) -> bytes:
        self.writer.write(text)
        async with asyncio.timeout(within_s):
            return await self.reader.read(100)


async def test_it_passes_and_delays(proxy: Proxy) -> None:
    link = await Link.open(proxy)
    assert await link.say() == b"hello"
    await proxy.set(delay_s=0.2)
    with pytest.raises(TimeoutError):
        await link.say(within_s=0.1)
    assert proxy.accepted == 1


async def test_it_refuses_and_cuts_and_listens_again_at_the_same_port(proxy: Proxy) -> None:
    link = await Link.open(proxy)
    assert await link.say() == b"hello"
    await proxy.set(Mode.REFUSE)
    with pytest.raises(ConnectionError):
        await link.say()
    with pytest.raises(ConnectionRefusedError):
        await Link.open(proxy)
    await proxy.set()
    assert await (await Link.open(proxy)).say() == b"hello"


async def test_it_hangs(proxy: Proxy) -> None:
    old = await Link.open(proxy)
    assert await old.say() == b"hello"
    await proxy.set(Mode.HANG)
    for link in (old, await Link.open(proxy)):
        with pytest.raises(TimeoutError):
            await link.say(within_s=0.1)


async def test_half_open_is_silent_on_what_was_open_alone(proxy: Proxy) -> None:
    old = await Link.open(proxy)
    assert await old.say() == b"hello"
    await proxy.set(Mode.HALF_OPEN)
    with pytest.raises(TimeoutError):
        await old.say(within_s=0.1)
    assert await (await Link.open(proxy)).say() == b"hello"


async def test_mute_loses_the_answers_of_what_was_open_alone(proxy: Proxy) -> None:
    old = await Link.open(proxy)
    assert await old.say() == b"hello"
    await proxy.set(Mode.MUTE)
    heard.clear()
    with pytest.raises(TimeoutError):
        await old.say(b"lost", within_s=0.1)
    assert heard == [b"lost"]
    assert await (await Link.open(proxy)).say() == b"hello"


async def test_it_resets_within_an_answer(proxy: Proxy) -> None:
    link = await Link.open(proxy)
    assert await link.say() == b"hello"
    await proxy.set(reset_after=3, resets=1)
    assert await link.say() == b"hel"
    with pytest.raises(ConnectionResetError):
        await link.reader.read(100)
    assert await (await Link.open(proxy)).say() == b"hello"


async def test_it_hangs_up(proxy: Proxy) -> None:
    await proxy.set(Mode.CLOSE)
    link = await Link.open(proxy)
    assert await link.reader.read(100) == b""
