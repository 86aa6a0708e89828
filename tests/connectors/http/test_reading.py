"""Every kind of fault in what a mapping says of a service, with its line; nothing of the environment in its text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.faults import MappingFaulty
from connectors.http.address import address_fault
from connectors.http.service import Service
from connectors.mapping import read
from tests.connectors.http.lying import HEAD, RECORDS, RESOURCE
from tests.connectors.small import CATALOGUE, write_mapping

SERVICE = """\
service:
  auth: {token_url: "${TOKEN}", client_id: gateway, client_secret: "${SECRET}"}
"""
PAGED = "    paging: {page: page, size: size, last: last}\n"
CURSOR = "    paging: {cursor: next, send: after}\n"
WHOLE = HEAD + SERVICE + RESOURCE + PAGED + RECORDS
ENVIRON = {"URL": "https://loans.example:8443/base", "TOKEN": "https://who.example/token", "SECRET": "hunter2"}


def faults(folder: Path, text: str, **environ: str) -> list[tuple[int, str]]:
    write_mapping(folder, text)
    with pytest.raises(MappingFaulty) as caught:
        read(folder, CATALOGUE, ENVIRON | environ, date(2026, 11, 24))
    assert "hunter2" not in str(caught.value)
    assert "example" not in str(caught.value)
    return [(fault.line, fault.text) for fault in caught.value.faults]


def test_a_service_is_read_whole(tmp_path: Path) -> None:
    place = read(write_mapping(tmp_path, WHOLE), CATALOGUE, ENVIRON, date(2026, 11, 24))["PBC"].sources[0]
    service = place.options
    assert isinstance(service, Service)
    pay = service.resources["pay"]
    assert (pay.method, pay.rows, pay.columns["FEN"]) == ("POST", ("data", "list"), ("amount", "fen"))
    assert pay.people
    assert (pay.people.field, pay.people.batch) == (("ids",), 2)
    assert "hunter2" not in repr(place)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("path: /pay", "path: /pay/{id}", "people are named in the body"),
        ("path: /pay", "path: /pay?id=1", "people are named in the body"),
        ("path: /pay", "path: /../pay", "people are named in the body"),
        ("path: /pay", "path: //evil.test/pay", "people are named in the body"),
        ("path: /pay", "method: GET\n    path: /pay", "where an id number must not be"),
        ("path: /pay", "method: PUT\n    path: /pay", "POST or GET"),
        ("    people: {field: ids, formats: [id18], batch: 2}\n", "", "'people' is missing"),
        ("batch: 2", "batch: many", "whole number"),
        ("batch: 2", "batch: 0.5", "whole number"),
        ("batch: 2", "batch: 99999", "at most 1000"),
        ("batch: 2", "batch: 0", "at least 1"),
        ("formats: [id18]", "formats: [id19]", "id18, id15 or"),
        ("field: ids", "field: a..b", "a field path is"),
        ("rows: data.list", "rows: data.list.", "a field path is"),
        ("rows: data.list", "row: data.list", "unknown key 'row'"),
        ("  PAY:", "  'PAY; DROP TABLE x':", "not a plain name"),
        ("N: no", "'N\"': no", "not a plain name"),
        ("N: no", "n: no, N: no", "differ in case alone"),
        ("columns: {N: no, ID_NO: person.id, FEN: amount.fen, DAY: day}", "columns: []", "names no column"),
        ("last: last", "last: last, total: n", "not both"),
        ("last: last", "cursor: next", "by number"),
        ("last: last", "send: x", "other kind of paging"),
        (PAGED, CURSOR.replace(", send: after", ""), "'send' is missing"),
        (PAGED, CURSOR.replace("}", ", total: n}"), "other kind of paging"),
        ("size: size", "size: ids", "two things are sent in the field"),
        ("size: size", "size: page.size", "two things are sent in the field"),
        (PAGED, "    may_lack: [NOTHING]\n", "'columns' has no NOTHING"),
        ('"${SECRET}"', "hunter2", "a secret stands in the environment"),
        ('"${SECRET}"', '"${NONE}"', "NONE is not set"),
        (", client_id: gateway", "", "'client_id' is missing"),
        ("  auth:", "  headers: {x-key: hunter2}\n  auth:", "unknown key 'headers'"),
        ("  auth:", "  tls: {certificate: a}\n  auth:", "go together"),
        ("connector: http", "connector: sql", "is not for the connector sql"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert WHOLE.count(old) >= 1
    text = WHOLE.replace(old, new, 1)
    found = faults(tmp_path, text)
    assert any(says in said for _, said in found), found
    first = next(n for n, (a, b) in enumerate(zip(WHOLE.splitlines(), text.splitlines(), strict=False), 1) if a != b)
    assert any(abs(line - first) <= 7 for line, said in found if says in said)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://user:secret@a.test/", "no user, password"),
        ("https://a.test/?id=1", "no user, password"),
        ("https://a.test/#x", "no user, password"),
        ("http://a.test/", "reached by https"),
        ("http://127.0.0.1.a.test/", "reached by https"),
        ("http://[::1", "is not a url"),
        ("https://", "is not a url"),
        ("https://a.test:x/", "is not a url"),
        ("https://a.test/\r\nx", "is not a url"),
        ("ftp://a.test/", "begins with https"),
    ],
)
def test_an_address_that_will_not_do(tmp_path: Path, url: str, says: str) -> None:
    assert says in (address_fault(url) or "")
    assert any(says in said for _, said in faults(tmp_path, WHOLE, TOKEN=url))
    assert faults(tmp_path, WHOLE, URL=url)


@pytest.mark.parametrize("url", ["https://a.test", "https://a.test:8443/v1", "http://127.0.0.1:9/", "http://[::1]:9"])
def test_an_address_that_will_do(url: str) -> None:
    assert address_fault(url) is None
