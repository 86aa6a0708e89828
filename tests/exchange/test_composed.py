from __future__ import annotations

import pytest
import yaml

from exchange.composed import composed


@pytest.mark.parametrize("text", ["a: 1\nb: [x, {y: z}]\n", "- 'é'\n- |\n  two\n  lines\n", b"\xef\xbb\xbfa: b"])
def test_it_reads_as_the_slower_one_does(text: str | bytes) -> None:
    found, expected = composed(text), yaml.compose(text, Loader=yaml.SafeLoader)
    assert found
    assert expected
    assert yaml.serialize(found) == yaml.serialize(expected)


def test_an_empty_text_is_nothing() -> None:
    assert composed("") is None


def test_what_only_the_slower_one_takes_is_taken() -> None:
    found = composed('"\\ud800"')
    assert isinstance(found, yaml.ScalarNode)
    assert found.value == "\ud800"


def test_a_fault_has_its_line() -> None:
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        composed("a: 1\nb: c: d\n")
    assert caught.value.problem_mark
    assert caught.value.problem_mark.line == 1


@pytest.mark.parametrize("depth", [1_000, 200_000])
@pytest.mark.parametrize("opened", ["[", "{a: ", "- "])
def test_what_is_nested_too_deep_is_told_and_takes_nothing_down(depth: int, opened: str) -> None:
    with pytest.raises(RecursionError):
        composed(opened * depth)
