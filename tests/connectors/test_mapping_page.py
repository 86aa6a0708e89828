"""docs/mapping.md: each example is read as a mapping of the real standard, and each key has one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors import placing
from connectors.mapping import read_all
from exchange.standard.load import read

PAGE = Path(__file__).parents[2] / "docs" / "mapping.md"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
WHOLE: dict[str, Any] = yaml.load(EXAMPLES[0], Loader=yaml.BaseLoader)
ENVIRON = {"GATEWAY_PBC_URL": "sqlite:///somewhere.db", "GATEWAY_PBC_KEY": "k"}


def _laid_over(base: dict[str, Any], more: dict[str, Any], *, deep: bool) -> dict[str, Any]:
    """The whole example with what another one says in its place: records and items one by one."""
    found = dict(base)
    for key, value in more.items():
        inner = deep and key in ("records", "PBC03", "items") and key in base
        found[key] = _laid_over(base[key], value, deep=True) if inner else value
    return found


def _ours(example: dict[str, Any]) -> bool:
    """Other kinds and several sources have examples of their own."""
    return example.keys() <= WHOLE.keys() | {"encoding"}


PARTS = [part for part in (yaml.load(text, Loader=yaml.BaseLoader) for text in EXAMPLES) if _ours(part)]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: ",".join(part)[:30])
def test_each_example_is_read(part: dict[str, Any], tmp_path: Path) -> None:
    text = yaml.safe_dump(_laid_over(WHOLE, part, deep=True), allow_unicode=True)
    (tmp_path / "pbc.yaml").write_text(text, "utf-8")
    _, faults = read_all(tmp_path, read(), ENVIRON, date(2026, 11, 24))
    assert [str(fault) for fault in faults if "has no place" not in fault.text] == []


def _keys(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _keys(value)
    elif isinstance(node, list):
        for each in node:
            yield from _keys(each)


def test_each_key_has_an_example() -> None:
    shown = {key for part in PARTS for key in _keys(part)}
    assert placing.KEYS - shown == {"source", "same_by"}, "these two have the example of several sources"


def test_the_example_of_several_sources_is_read(tmp_path: Path) -> None:
    (text,) = [text for text in EXAMPLES if "\nsources:" in text]
    assert set(_keys(yaml.load(text, Loader=yaml.BaseLoader))) >= {"source", "same_by", "stale_after"}
    (tmp_path / "hrs.yaml").write_text(text, "utf-8")
    environ = {"GATEWAY_HRS_POSTS_URL": "sqlite:///a.db", "GATEWAY_HRS_OLD_POSTS_URL": "sqlite:///b.db"}
    mappings, faults = read_all(tmp_path, read(), environ, date(2026, 11, 24))
    assert [str(fault) for fault in faults] == []
    posts, old_posts = mappings["HRS"].sources
    assert (posts.name, posts.stale_after, old_posts.encoding) == ("posts", 45, "gbk")
    assert posts.records["HRS01"].merged
    assert old_posts.records["HRS01"].same_by == ("started_on",)
