"""Which media type answers which Accept header."""

from __future__ import annotations

import pytest

from exchange.refusals import NotAcceptable
from gateway.media import GRAPHQL, JSON, accepted


@pytest.mark.parametrize(
    ("header", "media"),
    [
        (None, GRAPHQL),
        ("", GRAPHQL),
        ("*/*", GRAPHQL),
        ("application/*", GRAPHQL),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/graphql-response+json;q=0.1, application/json", JSON),
        ("text/html, application/json;q=0.5", JSON),
        ("application/json, */*;q=0", JSON),
    ],
)
def test_accepted(header: str | None, media: str) -> None:
    assert accepted(header) == media


@pytest.mark.parametrize(
    "header", ["text/html", "application/xml", "application/json;q=0", "application/json;q=x", ";;"]
)
def test_not_acceptable(header: str) -> None:
    with pytest.raises(NotAcceptable):
        accepted(header)
