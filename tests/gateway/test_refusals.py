"""docs/refusals.md names every refusal as the code has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exchange import (
    access_refusals,
    act_refusals,
    consent_refusals,
    document_refusals,
    log_refusals,
    refusals,
    session_refusals,
)
from exchange.refusals import Refusal

MODULES = tuple(
    each.__name__
    for each in (
        *(access_refusals, act_refusals, consent_refusals, document_refusals),
        *(log_refusals, refusals, session_refusals),
    )
)
PAGE = Path(__file__).parents[2] / "docs/refusals.md"


def kinds(parent: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for kind in parent.__subclasses__():
        if kind.__module__ in MODULES:
            yield kind
        yield from kinds(kind)


def test_every_code_stands_in_the_page_with_its_status_sentence_and_help() -> None:
    page = PAGE.read_text("utf-8")
    for kind in kinds():
        row = f"| `{kind.code}` | {kind.status} | {kind().message} | {kind.help} |"
        assert row in page, f"docs/refusals.md lacks or contradicts {kind.code}"


def test_codes_are_different() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes)) > 30
