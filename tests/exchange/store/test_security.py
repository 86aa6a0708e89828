from __future__ import annotations

import json

import pytest

from exchange.digests import Digests
from exchange.store.security import SecurityLog
from tests.calls import calls

DIGESTS = Digests(b"k" * 32)


@pytest.fixture
def clock():
    return [1_000_000.0]


@pytest.fixture
def security(tmp_path, clock):
    security = SecurityLog(tmp_path / "security.jsonl", DIGESTS, limit_bytes=2_000, every_s=60, clock=lambda: clock[0])
    yield security
    security._stop.set()


def lines(tmp_path):
    return [json.loads(line) for line in (tmp_path / "security.jsonl").read_text().splitlines()]


def test_counts_by_code_and_second(security, clock, tmp_path):
    for _ in range(3):
        security.note("TOKEN_INVALID", "203.0.113.7")
    security.note("UNAUTHENTICATED")
    clock[0] += 1
    security.note("TOKEN_INVALID")
    security.flush()
    found = [(line["time"], line["code"], line["count"]) for line in lines(tmp_path)]
    assert found == [
        ("1970-01-12T13:46:40Z", "TOKEN_INVALID", 3),
        ("1970-01-12T13:46:40Z", "UNAUTHENTICATED", 1),
        ("1970-01-12T13:46:41Z", "TOKEN_INVALID", 1),
    ]


def test_holds_neither_input_nor_address(security, tmp_path):
    security.note("530199199003070015", "203.0.113.7")
    security.note("TOKEN_INVALID", "\ud800")
    security.flush()
    text = (tmp_path / "security.jsonl").read_text()
    assert "530199199003070015" not in text
    assert "203.0.113.7" not in text
    assert lines(tmp_path)[0] == {
        "time": "1970-01-12T13:46:40Z",
        "code": "OTHER",
        "count": 1,
        "peers": [DIGESTS.peer("203.0.113.7")],
    }


def test_100_000_junk_posts_stay_small_and_cheap(security, tmp_path):
    def posts(count: int) -> int:
        return calls(lambda: [security.note("UNAUTHENTICATED", f"203.0.113.{n % 250}") for n in range(count)])

    posts(250)
    assert posts(99_750) < 20 * 99_750
    security.flush()
    assert [line["count"] for line in lines(tmp_path)] == [100_000]
    assert (tmp_path / "security.jsonl").stat().st_size < 1_000


def test_two_files_at_most(security, clock, tmp_path):
    for _ in range(200):
        clock[0] += 1
        security.note("UNAUTHENTICATED", "203.0.113.7")
        security.flush()
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["security.jsonl", "security.jsonl.1"]
    assert all(file.stat().st_size <= 2_000 for file in tmp_path.iterdir())


def test_a_disk_that_fails_disturbs_nobody(tmp_path):
    (tmp_path / "file").write_text("")
    security = SecurityLog(tmp_path / "file" / "security.jsonl", DIGESTS)
    security.note("UNAUTHENTICATED")
    security.flush()
    security.close()
    assert (tmp_path / "file").read_text() == ""


def test_memory_is_bounded_where_nothing_is_written(security, clock):
    for number in range(1_000):
        clock[0] += 1
        security.note(f"CODE_{number}")
    assert len(security._counts) == 64


def test_close_writes_what_was_counted(tmp_path):
    security = SecurityLog(tmp_path / "security.jsonl", DIGESTS)
    security.note("UNAUTHENTICATED")
    security.close()
    assert lines(tmp_path)[0]["count"] == 1
