"""What is a GraphQL request and what is not."""

from __future__ import annotations

import pytest

from exchange.refusals import BodyInvalid
from gateway.body import parsed


def test_a_whole_request() -> None:
    posted = parsed(b'{"query": "{a}", "variables": {"x": [1]}, "operationName": "A", "extensions": {}}')
    assert (posted.query, posted.variables, posted.operation_name) == ("{a}", {"x": [1]}, "A")
    assert parsed(b'{"query": "{a}", "variables": null, "operationName": ""}').operation_name is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null", b"1", b"[]", b'"x"', b"{}", b"{", b"\xff\xfe", b'{"query": "\xff"}', b'{"query": "\\ud800"}',
        b'{"query": null}', b'{"query": 1}', b'{"query": "{a}", "variables": []}',
        b'{"query": "{a}", "variables": "x"}',
        b'{"query": "{a}", "operationName": 1}', b'{"query": "{a}", "extensions": 1}', b'{"query": "{a}"} x',
        b'{"query": "{a}", "variables": {"x": NaN}}', b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000,
        b'{"query": "{a}", "variables": {"x": ' + b"[" * 500 + b"]" * 500 + b"}}",
    ],
)  # fmt: skip
def test_anything_else(content: bytes) -> None:
    with pytest.raises(BodyInvalid):
        parsed(content)
