"""GB 11643: check digits, the old form, and what is refused without being repeated."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.person import PersonId, check_digit
from exchange.refusals import IdNumberInvalid

VECTORS = ["11010519491231002X", "530199199003070015", "530199198506122046", "530199197801010034"]


@pytest.mark.parametrize("number", VECTORS)
def test_published_vectors(number):
    assert PersonId.parse(number).number == number
    assert check_digit(number[:17]) == number[17]


def test_fifteen_digits_become_eighteen():
    person = PersonId.parse("530199900307001")
    assert person.number == "530199199003070015"
    assert person.old_number == "530199900307001"


@pytest.mark.parametrize(
    "text",
    [
        " 11010519491231002X\n",
        "11010519491231002x",
        "".join(chr(ord(c) + 0xFEE0) for c in "11010519491231002X"),
        "".join(chr(ord(c) + 0xFEE0) for c in "11010519491231002x"),
    ],
)
def test_forgiven_spellings(text):
    assert PersonId.parse(text).number == "11010519491231002X"


@pytest.mark.parametrize(
    "text",
    [
        *("", "53019919900307001", "5301991990030700155", "530199199003070016", "53019919900307001X"),
        *("530199199013070014", "030199199003070015", "٥٣٠١٩٩١٩٩٠٠٣٠٧٠٠١٥", "530199 199003070015", "5" * 41),
        *("53019990030700X", "530199901307001", None, 530199199003070015, b"530199199003070015"),
    ],
)
def test_refused_without_the_text(text):
    with pytest.raises(IdNumberInvalid) as refused:
        PersonId.parse(text)
    assert str(text) not in str(refused.value) or not text
    assert str(refused.value) == "ID_NUMBER_INVALID"


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(100000, 999999),
    st.integers(0, 999),
)
def test_round_trip(born, division, serial):
    body = f"{division}{born:%Y%m%d}{serial:03d}"
    person = PersonId.parse(body + check_digit(body))
    assert person.born == born
    if born.year < 2000:
        assert person.old_number is not None
        assert PersonId.parse(person.old_number) == person
    else:
        assert person.old_number is None


@given(st.sampled_from(VECTORS), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_caught(number, place, change):
    wrong = (int(number[place]) + change) % 10
    with pytest.raises(IdNumberInvalid):
        PersonId.parse(f"{number[:place]}{wrong}{number[place + 1 :]}")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        person = PersonId.parse(text)
    except IdNumberInvalid:
        return
    assert check_digit(person.number[:17]) == person.number[17]


def test_age_and_division():
    person = PersonId.parse("530199199003070015")
    assert person.synthetic
    assert not PersonId.parse("11010519491231002X").synthetic
    assert (person.age_on(date(2008, 3, 6)), person.age_on(date(2008, 3, 7))) == (17, 18)


def test_repr_shows_nothing():
    assert "5301" not in repr(PersonId.parse("530199199003070015"))
