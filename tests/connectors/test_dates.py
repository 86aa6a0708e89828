"""Textual dates of fixed width."""

import pytest

from connectors.dates import date_format, date_formats, formats_of


@pytest.mark.parametrize(
    ("pattern", "text", "day"),
    [
        ("%Y%m%d", "20240229", "2024-02-29"),
        ("%Y%m%d", "20230229", None),
        ("%Y%m%d", "00000000", None),
        ("%Y%m%d", "2024022", None),
        ("%Y%m%d", "202402290", None),
        ("%Y%m%d", "２0240229", None),
        ("%d.%m.%Y", "29.02.2024", "2024-02-29"),
        ("%Y年%m月%d日", "2024年02月29日", "2024-02-29"),
        ("%Y%m", "202413", None),
        ("%Y%m", "202412", "2024-12"),
        ("%Y-%m-%d %H:%M:%S", "2024-02-29 23:59:59", "2024-02-29"),
    ],
)
def test_read(pattern: str, text: str, day: str | None) -> None:
    assert date_format(pattern).read(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-05", "2024-01-05"),
        ("2024-01-05 00:30:00", "2024-01-05"),
        ("2024-01-05T00:30:00.125", "2024-01-05"),
        ("2024-01-05 00:30:00+08", "2024-01-05"),
        ("2024-01-05T00:30:00+08:00", "2024-01-05"),
        ("2024-01-05T00:30:00+0800", "2024-01-05"),
        ("2024-01-04T16:30:00Z", None),
        ("2024-01-04T16:30:00+00:00", None),
        ("2024-01-04 16:30:00+00", None),
        ("2024-01-04T08:30:00-08:00", None),
        ("2024-01-05T01:30:00+09:00", None),
        ("0044-03-15 00:00:00 BC", None),
    ],
)
def test_a_time_of_day_in_another_zone_may_be_of_another_day(text: str, day: str | None) -> None:
    (shape,) = formats_of((), month=False)
    assert shape.read(text) == day


WITHOUT = ["%Y", "%m%d", "%y%m%d", "%Y%m%", "%Y%m%m", "%j%Y%m", "%-Y/%m", "%Y%-m%d", "%Y/%-m1", "%Y/%m/%-m", "%Y%-"]


@pytest.mark.parametrize("pattern", WITHOUT)
def test_patterns_without_meaning(pattern: str) -> None:
    with pytest.raises(ValueError, match="%"):
        date_formats(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "day"),
    [
        ("%Y/%-m/%-d", "2024/1/5", "2024-01-05"),
        ("%Y/%-m/%-d", "2024/10/5", "2024-10-05"),
        ("%Y/%-m/%-d", "2024/1/15", "2024-01-15"),
        ("%Y/%-m/%-d", "2024/01/05", "2024-01-05"),
        ("%Y/%-m/%-d", "2024/12/31", "2024-12-31"),
        ("%Y/%-m/%-d", "2024/0/5", None),
        ("%Y/%-m/%-d", "2024/1/0", None),
        ("%Y/%-m/%-d", "2024/13/1", None),
        ("%Y/%-m/%-d", "2024/2/30", None),
        ("%Y/%-m/%-d", "2024/1/5 ", None),
        ("%Y/%-m/%-d", "2024//15", None),
        ("%Y年%-m月%-d日", "2024年1月5日", "2024-01-05"),
        ("%-m/%d/%Y", "1/05/2024", "2024-01-05"),
        ("%-m/%d/%Y", "1/5/2024", None),
        ("%Y-%-m", "2024-9", "2024-09"),
    ],
)
def test_one_digit_or_two(pattern: str, text: str, day: str | None) -> None:
    found = [read for each in formats_of((pattern,), month=False) if (read := each.read(text))]
    assert found == ([day] if day else [])


def test_a_name_of_a_file_has_one_width() -> None:
    with pytest.raises(ValueError, match="%"):
        date_format("%Y-%-m-%d")


@pytest.mark.parametrize("text", ["2024-02-29", "2024-02-29 10:00:00+08", "2024-02-29T10:00:00"])
def test_columns_of_the_database_s_own_date_types(text: str) -> None:
    assert formats_of((), month=False)[0].read(text) == "2024-02-29"
    assert formats_of((), month=True)[0].read(text) == "2024-02"
    assert formats_of((), month=False)[0].read("2024-02-29x") is None


@pytest.mark.parametrize("text", ["0044-03-15 BC", "0044-03-15 10:00:00 BC", "2024-02-29 ", "2024-02-29 noon"])
def test_what_follows_a_day_is_a_time_of_our_era(text: str) -> None:
    assert formats_of((), month=False)[0].read(text) is None
    assert "BC" not in text or formats_of((), month=True)[0].read(text) is None
