"""Every code that an entry may hold has words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exchange import wording
from exchange.decision import Treatment
from exchange.purpose import GROUNDS
from exchange.records import Bad, Conflict
from exchange.refusals import ConsentRequired
from exchange.standard.load import load
from policies.engine import Engine
from tests.gateway.test_refusals import kinds

CATALOGUE = load(approval=Path("gateway/demo/approval.yaml"))
_CODES = re.compile(r"[A-Za-z][A-Za-z./_-]{2,}[A-Za-z]")
_SAID = re.compile(r'"code": "([A-Z_]+)"')
STATES = re.compile(r"states\[\w+\] = (.+)|return (.+) if rules")


def _states() -> set[str]:
    """As the code that sets them names them."""
    text = Path("resolvers/assembly.py").read_text("utf-8")
    return {word for found in STATES.findall(text) for word in re.findall(r'"([A-Z_]{4,})"', "".join(found))} | set(
        re.findall(r'return "(NOT_CONSENTED)".*else "WITHHELD"', text)
    )


def test_roles_grounds_treatments_and_states_have_words() -> None:
    assert set(wording.ROLES) == Engine.load(None, CATALOGUE).roles
    assert set(wording.GROUNDS) == set(GROUNDS)
    assert set(wording.TREATMENTS) == {each.value for each in Treatment}
    assert _states() >= {"DELIVERED", "ABSENT", "TIMEOUT", "CONFLICT", "NOT_CONSENTED"}
    assert _states() <= set(wording.STATES)


@pytest.mark.parametrize("table", [wording.ROLES, wording.GROUNDS, wording.TREATMENTS, wording.STATES])
def test_words_are_in_both_languages(table: dict[str, wording.Words]) -> None:
    for words in table.values():
        assert words.en.isascii()
        assert re.search("[一-鿿]", words.zh)


def test_an_unknown_code_is_its_own_word() -> None:
    assert wording.of(wording.ROLES, "new-role") == ("new-role", "new-role")
    assert wording.sentence("OF_TOMORROW") == ("OF_TOMORROW", "OF_TOMORROW")
    assert wording.sentence("CONSENT_REQUIRED").en == ConsentRequired().message


def test_every_refusal_says_what_it_is_and_what_to_do_in_both_languages() -> None:
    for kind in kinds():
        own = vars(kind)
        assert {"help", "zh", "help_zh"} <= own.keys(), kind
        for words in (wording.sentence(kind.code), wording.advice(kind.code)):
            assert re.search("[a-z]", words.en), kind
            assert re.search("[一-鿿]", words.zh), kind
            assert words.zh.endswith("。"), kind
        assert set(_CODES.findall(own["zh"] + own["help_zh"])) <= set(_CODES.findall(kind().message + own["help"])), (
            kind
        )


def test_every_error_beside_data_has_words() -> None:
    found = {code for path in Path("resolvers").glob("*.py") for code in _SAID.findall(path.read_text("utf-8"))}
    assert found | {Bad.VALUE.value, Conflict.code} == set(wording.SHORTFALLS)
    for pair in wording.SHORTFALLS.values():
        for words in pair:
            assert re.search("[a-z]", words.en)
            assert re.search("[一-鿿]", words.zh)
