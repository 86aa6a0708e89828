"""Textual dates of fixed width."""

import pytest

from connectors.dates import date_format, formats_of


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


@pytest.mark.parametrize("pattern", ["%Y", "%m%d", "%y%m%d", "%Y%m%", "%Y%m%m", "%j%Y%m"])
def test_patterns_without_meaning(pattern: str) -> None:
    with pytest.raises(ValueError, match="%"):
        date_format(pattern)


@pytest.mark.parametrize("text", ["2024-02-29", "2024-02-29 10:00:00+08", "2024-02-29T10:00:00"])
def test_columns_of_the_database_s_own_date_types(text: str) -> None:
    assert formats_of((), month=False)[0].read(text) == "2024-02-29"
    assert formats_of((), month=True)[0].read(text) == "2024-02"
    assert formats_of((), month=False)[0].read("2024-02-29x") is None
