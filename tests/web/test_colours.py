"""Each colour stands once, for both schemes, and text can be read on its ground in both."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
_TOKEN = re.compile(r"^\s*(--[\w-]+): (.+);$", re.MULTILINE)
_PAIR = re.compile(r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
_GROUNDS = ("--ground", "--surface", "--surface-2")
PAIRS = {
    WEB / "dashboard" / "tokens.css": [
        *((text, ground) for text in ("--text", "--text-soft", "--accent") for ground in _GROUNDS),
        *((f"--{kind}", f"--{kind}-ground") for kind in ("good", "warn", "bad", "accent")),
        *(("--on-heat", f"--{treatment}") for treatment in ("full", "masked", "banded", "exists")),
        ("--on-accent", "--accent"),
        ("--text", "--accent-ground"),
        ("--text", "--bad-ground"),
        ("--text-soft", "--accent-ground"),
    ],
    WEB / "src" / "explorer.css": [
        *(("--bar-text", ground) for ground in ("--bar-ground", "--bar-field", "--bar-tag")),
        ("--bar-soft", "--bar-ground"),
        ("--bar-accent", "--bar-ground"),
        ("--bar-on-accent", "--bar-accent"),
        ("--bar-bad", "--bar-ground"),
    ],
    WEB / "src" / "exchange" / "exchange.css": [
        (f"--{treatment}-text", f"--{treatment}-ground")
        for treatment in ("full", "masked", "banded", "exists", "withheld")
    ],
}
"""Text and what it stands on, by the file that names both."""
_LEAST = 4.5


@pytest.mark.parametrize("file", PAIRS, ids=lambda file: file.name)
def test_text_can_be_read_on_its_ground_in_both_schemes(file: Path) -> None:
    colours = {name: found.groups() for name, said in _TOKEN.findall(_text(file)) if (found := _PAIR.fullmatch(said))}
    for text, ground in PAIRS[file]:
        for scheme in (0, 1):
            assert _contrast(colours[text][scheme], colours[ground][scheme]) >= _LEAST, (text, ground, scheme)


@pytest.mark.parametrize("file", PAIRS, ids=lambda file: file.name)
def test_no_colour_stands_twice(file: Path) -> None:
    named = Counter(name for name, said in _TOKEN.findall(_text(file)) if "#" in said)
    assert named
    assert [name for name, times in named.items() if times > 1] == []


def _text(file: Path) -> str:
    return file.read_text("utf-8")


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
