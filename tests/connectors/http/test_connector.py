"""What a service does, and the code or values that come of it."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from connectors.http.client import MOST_BYTES
from connectors.recorder import Recorder
from exchange.records import Bad, Delivered, Outcome, Unavailable, Wanted
from tests.connectors.http.conftest import PAYMENTS, Open, ask
from tests.connectors.http.lying import HEAD, RECORDS, RESOURCE, Lying, row, rows
from tests.connectors.http.served import served
from tests.connectors.small import NEW, OLD, OTHER


def values(outcome: Outcome, person=NEW) -> list[tuple[Any, ...]]:
    assert isinstance(outcome, Delivered), outcome
    (found,) = outcome.answers[person]
    assert isinstance(found, Sequence)
    return [each.values for each in found]


def why(outcome: Outcome) -> str:
    assert isinstance(outcome, Unavailable), outcome
    return outcome.why


def text(body: str | bytes, content_type: str = "application/json") -> Response:
    return Response(body, media_type=None, headers={"content-type": content_type})


def only_for_somebody(answer: Response):
    """Nobody is answered well, so that the shape is known."""
    return lambda body: rows() if body["ids"] == ["0" * 18] else answer


ENDLESS = '{"data": {"list": [' + "[" * 100_000


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(status_code=404), "SHAPE_CHANGED"),
        (Response(status_code=410), "SHAPE_CHANGED"),
        (Response(status_code=429), "BUSY"),
        (Response(status_code=503, headers={"retry-after": "7"}), "BUSY"),
        (Response(status_code=503), "UNREACHABLE"),
        (Response(status_code=502), "UNREACHABLE"),
        (Response(status_code=504), "TIMEOUT"),
        (Response(status_code=500), "FAILED"),
        (Response(status_code=400), "FAILED"),
        (Response(status_code=401), "FAILED"),
        (Response(status_code=403), "FAILED"),
        (Response(status_code=204), "FAILED"),
        (RedirectResponse("http://127.0.0.1:1/"), "FAILED"),
        (text(""), "FAILED"),
        (text("<html>"), "FAILED"),
        (text(ENDLESS), "FAILED"),
        (text('{"data": {"list": []}}', "application/json; charset=klingon"), "FAILED"),
        (text('{"data": {"list": []}}', "application/json; charset=zlib"), "FAILED"),
        (text(json.dumps({"data": "昆明"}, ensure_ascii=False).encode("gb18030")), "FAILED"),
        (text("[]"), "SHAPE_CHANGED"),
        (text("null"), "SHAPE_CHANGED"),
        (text('{"data": {}}'), "SHAPE_CHANGED"),
        (text('{"data": {"list": null}}'), "SHAPE_CHANGED"),
        (text('{"data": {"list": {}}}'), "SHAPE_CHANGED"),
        (text('{"data": {"list": [1]}}'), "SHAPE_CHANGED"),
        (rows({"no": "1", "person": {"id": NEW.number}, "day": "2026-01-01"}), "SHAPE_CHANGED"),
        (rows(*[row(NEW.number, str(n)) for n in range(20_001)]), "FAILED"),
        (rows(row(NEW.number, day="x" * 10_000_000)), "FAILED"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
async def test_each_wrong_answer_has_its_code(connect: Open, answer: Response, code: str) -> None:
    with served(Lying(only_for_somebody(answer))) as url:
        http = connect(url)
        assert why(await ask(http)) == code


async def test_a_source_recovers_by_itself(connect: Open) -> None:
    service = Lying(only_for_somebody(Response(status_code=404)))
    with served(service) as url:
        http = connect(url)
        assert why(await ask(http)) == "SHAPE_CHANGED"
        service.answer = lambda body: rows(row(NEW.number))
        assert values(await ask(http)) == [("1", "2026-01-01")]


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("7", 7, 7),
        ("0", 1, 1),
        ("999999", 3600, 3600),
        ("soon", 1, 60),
        ("9" * 400, 1, 60),
    ],
)
async def test_the_service_says_when_to_come_again(connect: Open, said: str, least: int, most: int) -> None:
    with served(Lying(only_for_somebody(Response(status_code=503, headers={"retry-after": said})))) as url:
        outcome = await ask(connect(url))
    assert isinstance(outcome, Unavailable)
    assert least <= outcome.retry_after_s <= most


async def test_the_service_says_at_what_time_to_come_again(connect: Open) -> None:
    said = format_datetime(datetime.now(UTC) + timedelta(seconds=300))
    with served(Lying(only_for_somebody(Response(status_code=503, headers={"retry-after": said})))) as url:
        outcome = await ask(connect(url))
    assert isinstance(outcome, Unavailable)
    assert 200 <= outcome.retry_after_s <= 300


async def test_refused_and_unknown_hosts_are_unreachable(connect: Open) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert why(await ask(connect(f"http://127.0.0.1:{port}"))) == "UNREACHABLE"
    assert why(await ask(connect("https://no-such-department.invalid"))) == "UNREACHABLE"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{", b"SSH-2.0\r\n", b"\0" * 99])
async def test_a_connection_that_breaks_off_is_unreachable(connect: Open, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(said)
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        assert why(await ask(connect(f"http://127.0.0.1:{server.getsockname()[1]}"))) == "UNREACHABLE"
        thread.join()


async def test_a_service_that_hangs_is_answered_for_at_the_deadline(connect: Open) -> None:
    service = Lying(lambda body: rows(row(NEW.number)))
    with served(service) as url:
        http = connect(url)
        assert await http.faults() == ()
        service.delay_s = 3
        began = time.monotonic()
        assert why(await ask(http, seconds=0.2)) == "TIMEOUT"
        assert time.monotonic() - began < 2  # and not the three seconds
        service.delay_s = 0
        assert values(await ask(http)) == [("1", "2026-01-01")]


async def test_a_restarted_service_is_found_again(connect: Open) -> None:
    lying = Lying(lambda body: rows(row(NEW.number)))
    with served(lying) as url:
        http = connect(url)
        assert values(await ask(http)) == [("1", "2026-01-01")]
    assert why(await ask(http)) == "UNREACHABLE"
    with served(lying, port=int(url.rpartition(":")[2])):
        assert values(await ask(http)) == [("1", "2026-01-01")]


async def test_a_million_rows_end_at_the_bound(connect: Open) -> None:
    sent, gone = 0, threading.Event()

    async def million() -> AsyncIterator[bytes]:
        nonlocal sent
        some = json.dumps(row(NEW.number)).encode()
        yield b'{"data": {"list": [' + some
        for _ in range(1_000_000):
            if gone.is_set():
                return
            sent += len(some)
            yield b"," + some
        yield b"]}}"

    answer = StreamingResponse(million(), media_type="application/json")
    with served(Lying(only_for_somebody(answer))) as url:
        assert why(await ask(connect(url))) == "FAILED"
        gone.set()
    assert sent < 4 * MOST_BYTES


async def test_what_is_compressed_unasked_is_not_unpacked(connect: Open) -> None:
    bomb = Response(gzip.compress(b" " * 50_000_000), headers={"content-encoding": "gzip"})
    service = Lying(only_for_somebody(bomb))
    with served(service) as url:
        assert why(await ask(connect(url))) == "FAILED"
    assert service.headers[0]["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("fen", "yuan"),
    [
        ("100", "1"),
        ("9007199254740993", "90071992547409.93"),
        ("110.0", "1.1"),
        ('"120"', "1.2"),
        ("1e2", "1"),
        ("null", None),
        ("NaN", Bad.VALUE),
        ("-Infinity", Bad.VALUE),
        ("true", Bad.VALUE),
        ("{}", Bad.VALUE),
        ("[1]", Bad.VALUE),
        ('100, "fen": 200', Bad.VALUE),
        ("1" * 5000, Bad.VALUE),
        ("1e999999", Bad.VALUE),
        ('"<b>1</b>"', Bad.VALUE),
        ('"1\\u0000"', Bad.VALUE),
        ('"\\ud800"', Bad.VALUE),
    ],
)
async def test_values_keep_their_exact_text_or_do_not_fit(connect: Open, fen: str, yuan: object) -> None:
    said = json.dumps({"data": {"list": [row(NEW.number, fen="@")]}}).replace('"@"', fen)
    with served(Lying(only_for_somebody(text(said)))) as url:
        outcome = await ask(connect(url))
    assert values(outcome) == [(yuan, "2026-01-01")]
    assert isinstance(outcome, Delivered)
    assert outcome.invalid == (yuan is Bad.VALUE)


async def test_a_number_as_number_finds_its_person(connect: Open) -> None:
    said = json.dumps({"data": {"list": [row("@")]}}).replace('"@"', NEW.number)
    with served(Lying(only_for_somebody(text(said)))) as url:
        assert values(await ask(connect(url))) == [("1", "2026-01-01")]


async def test_rows_about_somebody_else_reach_nobody(connect: Open) -> None:
    with served(Lying(lambda body: rows(row(OTHER.number), row(NEW.number, fen=200)))) as url:
        outcome = await ask(connect(url))
    assert values(outcome) == [("2", "2026-01-01")]
    assert isinstance(outcome, Delivered)
    assert list(outcome.answers) == [NEW]


async def test_a_field_that_one_row_lacks_does_not_fit(connect: Open) -> None:
    lacking = {name: value for name, value in row(NEW.number, "2").items() if name != "day"}
    with served(Lying(lambda body: rows(row(NEW.number), lacking))) as url:
        assert values(await ask(connect(url))) == [("1", "2026-01-01"), ("1", Bad.VALUE)]
        http = connect(url, RESOURCE + "    may_lack: [DAY]\n")
        assert values(await ask(http)) == [("1", "2026-01-01"), ("1", None)]


@pytest.mark.parametrize(
    ("head", "content_type"), [("encoding: gbk\n", "application/json"), ("", "text/json;charset=GBK")]
)
async def test_gbk(connect: Open, head: str, content_type: str) -> None:
    records = RECORDS.replace("from: PAY\n", "from: PAY\n    where: \"DAY = '一月'\"\n")
    found = [row(NEW.number, day="一月"), row(NEW.number, "2", day="二月")]
    said = json.dumps({"data": {"list": found}}, ensure_ascii=False).encode("gbk")
    with served(Lying(lambda body: text(said, content_type))) as url:
        assert values(await ask(connect(url, head=HEAD + head, records=records))) == [("1", Bad.VALUE)]


async def test_success_is_said_by_the_service(connect: Open) -> None:
    service = Lying(lambda body: JSONResponse({"code": 0, "data": {"list": None}}))
    with served(service) as url:
        http = connect(url, RESOURCE + '    success: {field: code, is: ["0", "200"]}\n')
        assert values(await ask(http)) == []
        service.answer = lambda body: JSONResponse({"code": 500, "data": {"list": []}})
        assert why(await ask(http)) == "FAILED"
        service.answer = lambda body: JSONResponse({"data": {"list": []}})
        assert why(await ask(http)) == "FAILED"


async def test_people_go_in_batches_and_in_the_body_alone(connect: Open) -> None:
    service, recorder = Lying(lambda body: rows(*map(row, body["ids"]))), Recorder()
    with served(service) as url:
        http = connect(url, recorder=recorder)
        await http.faults()
        service.asked.clear()
        outcome = await ask(http, (NEW, OLD, OTHER, NEW))
    assert [len(values(outcome, person)) for person in (NEW, OLD, OTHER)] == [1, 1, 1]
    assert sorted(len(body["ids"]) for body in service.asked) == [1, 2]
    assert sorted(number for body in service.asked for number in body["ids"]) == sorted(
        person.number for person in (NEW, OLD, OTHER)
    )
    assert set(service.queries) == {""}
    assert set(service.methods) == {"POST"}
    assert [plan.statement for plan in recorder.plans] == ["POST /pay [no, person.id, amount.fen, day]"]
    assert recorder.people == [3]


async def test_one_at_a_time_where_the_service_takes_no_list(connect: Open) -> None:
    service = Lying(lambda body: rows(row(body["query"]["id"])))
    with served(service) as url:
        http = connect(url, RESOURCE.replace("field: ids", "field: query.id").replace(", batch: 2", ""))
        outcome = await ask(http, (NEW, OLD))
    assert [len(values(outcome, person)) for person in (NEW, OLD)] == [1, 1]


async def test_fields_that_the_plan_does_not_need_are_not_asked(connect: Open) -> None:
    service = Lying(lambda body: rows())
    with served(service) as url:
        http = connect(url, RESOURCE + "    fields: fields\n")
        assert await http.faults() == ()
        assert service.asked[-1]["fields"] == ["no", "person.id", "amount.fen", "day"]
        await ask(http, wanted=(Wanted("PBC06", PAYMENTS.columns[:1]),))
        assert service.asked[-1]["fields"] == ["no", "person.id", "amount.fen"]
        await ask(http, wanted=(Wanted("PBC06", exists=True),))
        assert service.asked[-1]["fields"] == ["no", "person.id"]


async def test_no_ask_where_nothing_is_held(connect: Open) -> None:
    service = Lying(lambda body: rows())
    with served(service) as url:
        http = connect(url)
        await http.faults()
        before = len(service.asked)
        outcome = await ask(http, wanted=(Wanted("PBC01", exists=True),))
        assert isinstance(outcome, Delivered)
        assert len(service.asked) == before


async def test_connections_are_bounded_and_kept(connect: Open) -> None:
    service = Lying(lambda body: rows(*map(row, body["ids"])))
    service.delay_s = 0.02
    with served(service) as url:
        http = connect(url, head=HEAD + "guards: {at_once: 3}\n")
        outcomes = await asyncio.gather(*(ask(http) for _ in range(20)))
        assert all(isinstance(each, Delivered) for each in outcomes)
        assert http.connections == 3
