"""Junk from nobody cannot stop the city: the logs stay bounded, and a bank goes on asking."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from gateway.settings import Settings
from tests.acceptance.running import Demo

pytestmark = pytest.mark.slow

POSTS = 100_000
CONNECTIONS = 24
_ASK = "financial { hasLoanAccounts loanAccounts { balance } }"
_BODIES = [
    b"",
    b"null",
    b"1",
    b"\xff\xfe\x00junk",
    b"[" * 5000,
    b'{"query": "{ __typename }"}',
    b'{"query": "{ person(idNumber: \\"530199199003070015\\", purpose: LOAN_APPROVAL, reference: \\"A-1\\")'
    b' { idNumber } }"}',
    b"{" + b" " * 20_000 + b"}",
]
_CREDENTIALS = [
    b"",
    b"Authorization: Bearer junk\r\n",
    b"Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.\r\n",
    b"Authorization: Basic Zm9vOmJhcg==\r\n",
]


def _junk() -> list[bytes]:
    """Requests in every combination, and under several content types."""
    kinds = cycle([b"application/json", b"text/plain", b"application/graphql"])
    return [
        b"POST /graphql HTTP/1.1\r\nHost: flood\r\nContent-Type: %b\r\n%bContent-Length: %d\r\n\r\n%b"
        % (next(kinds), credentials, len(body), body)
        for body in _BODIES
        for credentials in _CREDENTIALS
    ]


async def _post(port: int, requests: Iterator[bytes], statuses: Counter[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length
        await reader.readexactly(int(length[1]))
        statuses[int(head[9:12])] += 1
    writer.close()


async def _asks_until(flooded: asyncio.Event, demo: Demo) -> int:
    """How many asks of a bank were answered in full meanwhile."""
    answered = 0
    while not flooded.is_set():
        _check(await asyncio.to_thread(demo.ask, "bank-system", "LOAN_APPROVAL", "clean", _ASK))
        answered += 1
        await asyncio.sleep(0.5)
    return answered


def _check(answer: dict) -> None:
    assert "errors" not in answer
    assert answer["data"]["person"]["financial"]["loanAccounts"]


def _size(folder: Path) -> int:
    """Without SQLite's write-ahead logs: up to 4 MB each, they keep their length whatever is in them."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-wal"))


def _resident_bytes(demo: Demo) -> float:
    found = re.search(r"^process_resident_memory_bytes (\S+)", demo.http.get(f"{demo.url}/metrics").text, re.MULTILINE)
    assert found
    return float(found[1])


def _noted(demo: Demo) -> int:
    """Posts that the security log tells of."""
    files = demo.data.glob("security.jsonl*")
    return sum(json.loads(line)["count"] for file in files for line in file.read_text("utf-8").splitlines())


async def test_a_hundred_thousand_junk_posts(demo: Demo) -> None:
    _check(demo.ask("bank-system", "LOAN_APPROVAL", "clean", _ASK))
    await asyncio.sleep(1.5)  # what earlier tests sent is written by now
    entries, noted, resident = len(demo.entries()), _noted(demo), _resident_bytes(demo)
    printed = demo.data.parent / f"{demo.data.name}.log"
    kept, said = _size(demo.data), printed.stat().st_size

    statuses: Counter[int] = Counter()
    requests = islice(cycle(_junk()), POSTS)
    flooded = asyncio.Event()
    asking = asyncio.create_task(_asks_until(flooded, demo))
    try:
        await asyncio.gather(*(_post(demo.port, requests, statuses) for _ in range(CONNECTIONS)))
    finally:
        flooded.set()
    during = await asking
    _check(demo.ask("bank-system", "LOAN_APPROVAL", "clean", _ASK))

    assert statuses == {401: POSTS}
    assert during >= 3
    for _ in range(200):  # it is written a moment later
        if _noted(demo) - noted >= POSTS:
            break
        await asyncio.sleep(0.1)
    security = [file.stat().st_size for file in demo.data.glob("security.jsonl*")]
    assert security
    assert max(security) <= Settings().security_log_bytes
    assert _noted(demo) - noted == POSTS, "counted, each of them, in a few lines"
    assert sum(security) < 100_000
    assert len(demo.entries()) - entries == during + 1, "nothing of nobody's is sealed"
    assert _size(demo.data) - kept < 1 << 20
    assert printed.stat().st_size - said < 10_000
    assert _resident_bytes(demo) - resident < 64 << 20
