"""A source's text becomes a canonical value, or bad."""

from __future__ import annotations

import pytest

from connectors.place import Place
from connectors.sql.decode import CONFLICT, SEPARATOR, decoder
from exchange.catalogue import Item, Kind
from exchange.records import Bad, Conflict, Held, Value
from tests.connectors.small import CATALOGUE, item


def decode(text: str | None, place: Place, of: Item) -> Value:
    return decoder(place, of, CATALOGUE)(text)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("123450", "fen", "1234.5"),
        ("1", "fen", "0.01"),
        ("-1", "fen", "-0.01"),
        ("0", "fen", "0"),
        ("-0.00", "yuan", "0"),
        ("1234.50", "yuan", "1234.5"),
        ("0.1", "wan", "1000"),
        ("12.3456", "wan", "123456"),
        ("1e3", "yuan", "1000"),
        ("99999999999999999", "fen", Bad.VALUE),
        ("1,234", "yuan", Bad.VALUE),
        ("NaN", "yuan", Bad.VALUE),
        ("Infinity", "yuan", Bad.VALUE),
        ("1_0", "yuan", Bad.VALUE),
        ("1e999999", "yuan", Bad.VALUE),
        ("much", "yuan", Bad.VALUE),
    ],
)
def test_amounts_are_exact_yuan(text: str, unit: str, value: Value) -> None:
    of = item("PBC03003", "balance", Kind.DECIMAL, format="n..15,2")
    assert decode(text, Place(1, Kind.DECIMAL, column="a", unit=unit), of) == value


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), ("12.0", 12), ("12.5", Bad.VALUE), ("1000", Bad.VALUE), ("x", Bad.VALUE)]
)
def test_counts(text: str, value: Value) -> None:
    assert (
        decode(text, Place(1, Kind.INTEGER, column="a"), item("PBC03006", "terms", Kind.INTEGER, format="n..3"))
        == value
    )


def test_codes() -> None:
    of = item("PBC03004", "account_status", Kind.CODE, code_list="status")
    mapped = Place(1, Kind.CODE, column="a", values={"0": "1"})
    assert [decode(text, mapped, of) for text in ("0", "1", None)] == ["1", Bad.VALUE, None]
    assert decode("x", Place(1, Kind.CODE, column="a", values={"0": "1"}, otherwise="3"), of) == "3"
    assert [decode(text, Place(1, Kind.CODE, column="a"), of) for text in ("1", "4")] == ["1", Bad.VALUE]


def test_booleans() -> None:
    of = item("PBC03008", "joint", Kind.BOOLEAN)
    assert [decode(text, Place(1, Kind.BOOLEAN, column="a"), of) for text in ("1", "f", "true", "Y")] == [
        True,
        False,
        True,
        Bad.VALUE,
    ]
    mapped = Place(1, Kind.BOOLEAN, column="a", values={"Y": "true"}, otherwise="false")
    assert [decode(text, mapped, of) for text in ("Y", "1")] == [True, False]


@pytest.mark.parametrize(
    ("more", "good", "bad"),
    [
        ({"pattern": r"^1[3-9]\d{9}$"}, "13800000001", "23800000001"),
        ({"format": "an14"}, "B10110000H0001", "B1"),
        ({"format": "C..4"}, "昆明水务", "昆明水务局"),
        ({}, "阿依·古丽𠅤", "a\x00b"),
    ],
)
def test_strings(more: dict[str, object], good: str, bad: str) -> None:
    of = item("PBC01001", "mobile", Kind.STRING, **more)
    place = Place(1, Kind.STRING, column="a")
    assert decode(good, place, of) == good
    assert decode(bad, place, of) is Bad.VALUE


def test_dates_of_several_styles() -> None:
    place = Place(1, Kind.DATE, column="a", formats=("%Y%m%d", "%Y-%m-%d"))
    of = item("PBC03002", "opened_on", Kind.DATE)
    assert [decode(text, place, of) for text in ("20240229", "2024-02-29", "20230229")] == [
        "2024-02-29",
        "2024-02-29",
        Bad.VALUE,
    ]


def test_a_conflict_stays_one() -> None:
    place, of = Place(1, Kind.DATE, column="a"), item("PBC03002", "opened_on", Kind.DATE)
    told = SEPARATOR.join((CONFLICT, "2026-03-01", "2026-02-01"))
    assert decode(told, place, of) == Conflict((Held("2026-02-01"), Held("2026-03-01")))
    lacking = SEPARATOR.join((CONFLICT, "2026-02-01", "2026-02-01", ""))
    assert decode(lacking, place, of) == Conflict((Held("2026-02-01"), Held(None)))
    same = SEPARATOR.join((CONFLICT, "2026-02-01", "2026-02-01 10:00:00"))
    assert decode(same, place, of) == "2026-02-01"
    assert decode(CONFLICT, place, of) is Bad.VALUE
