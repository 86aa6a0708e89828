"""What each treatment makes of each kind of item, and that no parser is fooled by it."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.catalogue import Item, Kind
from exchange.decision import Treatment
from exchange.digests import Digests
from exchange.mask import MASKS
from exchange.records import Bad, Conflict, Held
from exchange.standard.load import read
from exchange.treatment import BANDS, Masker, apply, band_of, effective, money, scale_of

CATALOGUE = read()
ITEMS = CATALOGUE.items
TWO = Conflict((Held("1"), Held("2")))
MASKER = Masker(Digests(b"key"), "bank-a", "B10110000H0001", CATALOGUE.code_lists)
FULL, MASKED, BANDED, WITHHELD = Treatment.FULL, Treatment.MASKED, Treatment.BANDED, Treatment.WITHHELD


@pytest.mark.parametrize(
    ("item", "masked", "banded"),
    [
        ("PSB01.name", MASKED, MASKED),
        ("CRT01.court_name", WITHHELD, WITHHELD),
        ("PBC09.content", WITHHELD, WITHHELD),
        ("PBC03.balance", BANDED, BANDED),
        ("PBC03.overdue_terms", BANDED, BANDED),
        ("PBC03.opened_on", BANDED, BANDED),
        ("PSB01.birth_date", BANDED, BANDED),
        ("PBC05.month", FULL, FULL),
        ("HRS02.enrolment_status", WITHHELD, FULL),
        ("TAX03.declared_on_time", WITHHELD, FULL),
        ("PBC05.repayment_status", WITHHELD, WITHHELD),
        ("HRS04.benefit_receiving", WITHHELD, WITHHELD),
    ],
)
def test_the_table(item, masked, banded):
    assert effective(ITEMS[item], MASKED) is masked
    assert effective(ITEMS[item], BANDED) is banded


@pytest.mark.parametrize("treatment", [FULL, Treatment.EXISTS, WITHHELD])
def test_full_exists_and_withheld_stay_for_every_item(treatment):
    assert {effective(item, treatment) for item in ITEMS.values()} == {treatment}


def test_effective_is_settled_after_one_step():
    for item, treatment in product(ITEMS.values(), Treatment):
        once = effective(item, treatment)
        assert effective(item, once) is once


@pytest.mark.parametrize("item", ["PBC03.balance", "PBC03.overdue_terms", "PBC03.opened_on"])
def test_without_a_band_there_is_nothing_to_release(item):
    bare = replace(ITEMS[item], band=None)
    assert effective(bare, BANDED) is effective(bare, MASKED) is WITHHELD
    assert apply(bare, BANDED, "2024-05-01", MASKER) is None


@pytest.mark.parametrize(
    ("number", "band"),
    [
        ("-0.01", "(-∞,0)"),
        ("-5", "(-∞,0)"),
        ("0", "[0,1)"),
        ("0.99", "[0,1)"),
        ("1", "[1,1000)"),
        ("999.99", "[1,1000)"),
        ("1000", "[1000,5000)"),
        ("5000", "[5000,10000)"),
        ("9999.99", "[5000,10000)"),
        ("10000", "[10000,50000)"),
        ("50000", "[50000,100000)"),
        ("100000.00", "[100000,500000)"),
        ("500000", "[500000,1000000)"),
        ("999999.99", "[500000,1000000)"),
        ("1000000", "[1000000,∞)"),
        ("999999999999999", "[1000000,∞)"),
    ],
)
def test_amount_bands(number, band):
    assert band_of("amount", number) == band
    assert band_of("amount", Decimal(number)) == band
    assert apply(ITEMS["PBC03.balance"], BANDED, number, MASKER) == band
    assert apply(ITEMS["PBC03.balance"], MASKED, number, MASKER) == band


def test_months_of_24():
    bands = [band_of("months24", n) for n in range(25)]
    expected = ["[0,1)"] + ["[1,12)"] * 11 + ["[12,18)"] * 6 + ["[18,24)"] * 6 + ["[24,25)"]
    assert bands == expected
    assert band_of("months24", 25) is band_of("months24", -1) is Bad.VALUE


def test_counts():
    assert [band_of("count", n) for n in range(6)] == ["[0,1)", "[1,2)", "[2,4)", "[2,4)", "[4,∞)", "[4,∞)"]
    assert band_of("count", -1) is Bad.VALUE


@pytest.mark.parametrize(
    "value", ["", "1e3", "NaN", "Infinity", "1,000", " 1", "\u0661", None, True, Bad.VALUE, TWO, Decimal("NaN")]
)
def test_what_is_no_number_has_no_band_and_no_text(value):
    assert band_of("amount", value) is Bad.VALUE
    assert money(value, 2) is Bad.VALUE


def test_an_unknown_band_releases_nothing():
    assert band_of("decile", 5) is Bad.VALUE


def test_days():
    assert apply(ITEMS["PBC03.opened_on"], BANDED, "2024-05-17", MASKER) == "2024-05-XX"
    assert apply(ITEMS["PSB01.birth_date"], MASKED, "1990-03-07", MASKER) == "1990-XX-XX"
    assert apply(ITEMS["PBC03.opened_on"], FULL, "2024-05-17", MASKER) == "2024-05-17"
    assert apply(ITEMS["PBC03.opened_on"], BANDED, "20240517", MASKER) is Bad.VALUE
    assert apply(ITEMS["PBC05.month"], MASKED, "2024-05", MASKER) == "2024-05"


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        ("1234.5", 2, "1234.50"),
        ("1234", 2, "1234.00"),
        ("1234.567", 2, "1234.567"),
        ("1234.500", 0, "1234.50"),
        ("1234.00", 0, "1234"),
        ("100", 0, "100"),
        ("0", 2, "0.00"),
        ("-0.00", 2, "0.00"),
        ("-12.3", 2, "-12.30"),
        ("999999999999999999999999999999.99", 2, "999999999999999999999999999999.99"),
    ],
)
def test_money_is_exact(value, scale, text):
    assert money(value, scale) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), st.integers(0, 6))
def test_money_keeps_the_value(number, scale):
    text = money(number, scale)
    assert isinstance(text, str)
    assert Decimal(text) == number
    assert len(text.partition(".")[2]) >= scale


def test_scale_of_the_standard():
    assert scale_of(ITEMS["PBC03.balance"]) == 0
    assert scale_of(ITEMS["TAX01.arrears_amount"]) == 2
    assert apply(ITEMS["TAX01.arrears_amount"], FULL, "12.5", MASKER) == "12.50"


def test_none_stays_none_and_bad_stays_bad():
    for item, treatment in product(ITEMS.values(), Treatment):
        assert apply(item, treatment, None, MASKER) is None
        assert apply(item, treatment, Bad.VALUE, MASKER) is Bad.VALUE
        assert apply(item, treatment, TWO, MASKER) is TWO


def test_exists_and_withheld_release_no_value():
    for item, treatment in product(ITEMS.values(), (Treatment.EXISTS, WITHHELD)):
        assert apply(item, treatment, "1", MASKER) is None


def test_full_values_pass_as_they_are():
    assert apply(ITEMS["PBC03.account_status"], FULL, "3", MASKER) == "3"
    assert apply(ITEMS["TAX03.declared_on_time"], BANDED, True, MASKER) is True
    assert apply(ITEMS["PBC03.overdue_terms"], FULL, 3, MASKER) == "3", "counts leave as text, like their bands"
    assert apply(ITEMS["PBC03.institution_code"], MASKED, "B10110000H0001", MASKER) == "B10110000H0001"


def test_a_value_of_the_wrong_type_is_not_released():
    assert apply(ITEMS["PSB01.name"], MASKED, 17, MASKER) is Bad.VALUE
    assert apply(ITEMS["PBC03.opened_on"], BANDED, 17, MASKER) is Bad.VALUE


def parses(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        pass
    else:
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


BANDABLE = [item for item in ITEMS.values() if item.band in BANDS]
MASKABLE = [item for item in ITEMS.values() if item.mask]


@given(
    st.sampled_from(BANDABLE),
    st.one_of(
        st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
        st.integers(-5, 60),
        st.dates().map(str),
    ),
)
def test_no_banded_output_parses(item: Item, value: str | int):
    released = apply(item, BANDED, value, MASKER)
    assert released is Bad.VALUE or (isinstance(released, str) and not parses(released))
    if isinstance(released, str):
        assert not re.match(r"\s*[+-]?\.?\d+(?![-\d])", released), "parseFloat would read a number"


OWN_CODE = st.text(min_size=1, max_size=40)


@given(
    st.sampled_from(MASKABLE), st.one_of(OWN_CODE, st.from_regex(r"[0-9]{1,20}", fullmatch=True), st.dates().map(str))
)
def test_no_masked_output_parses(item: Item, value: str):
    released = apply(item, MASKED, value, MASKER)
    assert released is Bad.VALUE or (isinstance(released, str) and not parses(released))


def test_every_kind_of_the_standard_is_covered():
    assert {item.kind for item in ITEMS.values()} == set(Kind)


def test_the_page_shows_every_mask_and_interval():
    page = (Path(__file__).parents[2] / "docs" / "treatments.md").read_text()
    for name in (*MASKS, *BANDS):
        assert f"| `{name}` |" in page
    amounts = (-1, 0, 1, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)
    for band, numbers in {"amount": amounts, "months24": range(25), "count": range(9)}.items():
        for number in numbers:
            assert f"`{band_of(band, number)}`" in page
