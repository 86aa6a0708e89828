"""Text whose bytes are GBK or GB 18030 though its database does not know.

A database that takes such bytes for text of no encoding can be asked in two ways: it hands the bytes over and they are
read here, or every byte travels as one character of latin-1, there and back. Nothing is guessed and nothing replaced:
bytes that are no text of the encoding become `INVALID`, and that one value is withheld.
"""

from __future__ import annotations

LEGACY = ("gbk", "gb18030", "gb2312")
"""What `encoding` of a mapping may name besides UTF-8."""

INVALID = "\x1aINVALID"
"""Stands for bytes that are no text; no source's trimmed text begins so, and no cleaning changes it."""

FULL_WIDTH = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
"""The full-width forms of ASCII, and the blank …"""
HALF_WIDTH = "".join(map(chr, range(0x21, 0x7F))) + " "
"""… and what each stands for, in the same order."""
_HALVES = str.maketrans(FULL_WIDTH, HALF_WIDTH)


def legible(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return INVALID


def encoded(text: str, encoding: str) -> bytes:
    """A sign that the encoding lacks becomes a reference (`&#…;`), which equals nothing there."""
    return text.encode(encoding, "xmlcharrefreplace")


def bytewise(text: str, encoding: str) -> str:
    """One character of latin-1 for each byte."""
    return encoded(text, encoding).decode("latin-1")


def from_bytewise(text: str, encoding: str) -> str:
    return legible(text.encode("latin-1"), encoding)


def halfwidth(text: str) -> str:
    return text.translate(_HALVES)
