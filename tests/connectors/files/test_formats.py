"""What cells mean, exactly; and files that mean harm."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from connectors.encoding import INVALID
from connectors.files import excel
from connectors.files.cells import MOST_CHARACTERS, Cells
from connectors.files.drop import Drop
from connectors.files.excel import excel_table
from connectors.files.folder import DropRefused
from connectors.files.lines import csv_table
from connectors.files.parquet import parquet_table


def everything(column: str) -> bool:
    return True


def lines(path: Path, content: bytes, encoding: str = "utf-8", **more: object) -> list[Cells]:
    path.write_bytes(content)
    with csv_table(path, Drop("a", 1, "a", "csv", **more), encoding, everything) as table:  # type: ignore[arg-type]
        return list(table.rows)


def workbook(path: Path, *rows: list[object], **formats: str) -> list[Cells]:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    for cell, number_format in formats.items():
        sheet[cell].number_format = number_format
    book.save(path)
    with excel_table(path, Drop("a", 1, "a", "xlsx"), everything) as table:
        return list(table.rows)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "=1+1"),
        ("'+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("00000000", "00000000"),
        ("", None),
        ("a\0b", INVALID),
        ("x" * MOST_CHARACTERS, "x" * MOST_CHARACTERS),
        ("x" * (MOST_CHARACTERS + 1), INVALID),
        ("文" * 10_000_000, INVALID),
    ],
    ids=lambda each: str(each)[:20],
)
def test_text_of_csv_is_text(tmp_path: Path, value: str, text: str | None) -> None:
    assert lines(tmp_path / "a", f'n,v\n1,"{value}"\n2,y\n'.encode()) == [("1", text), ("2", "y")]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
def test_bytes_that_are_none_spoil_their_own_value_only(tmp_path: Path, encoding: str) -> None:
    content = "姓名,地址\n".encode(encoding) + b"\xff\xff,x\n" + "张伟,盘龙".encode(encoding) + b"\n\x81,\x81\n"
    assert lines(tmp_path / "a", content, encoding) == [
        (INVALID, "x"),
        ("张伟", "盘龙"),
        (INVALID, INVALID),
    ]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "iso8859-1"])
@pytest.mark.parametrize(
    "content",
    [
        "姓名,地址\n张伟,盘龙区北京路\n".encode(),
        b"\xef\xbb\xbfn,v\n1,2\n",
        b"n,v\n" + "1,文\n".encode() * 2_000_000,
    ],
    ids=["some signs", "a mark", "longer than is looked at"],
)
def test_utf8_is_not_read_as_another_encoding(tmp_path: Path, content: bytes, encoding: str) -> None:
    with pytest.raises(DropRefused, match="is UTF-8"):
        lines(tmp_path / "a", content, encoding)


@pytest.mark.parametrize("value", ["联通", "张伟", "盘龙区北京路十五号二单元三楼", "plain"])
def test_what_is_of_the_encoding_is_read_though_it_may_look_like_utf8(tmp_path: Path, value: str) -> None:
    content = f"n,v\n1,{value}\n".encode("gbk")
    assert lines(tmp_path / "a", content, "gbk") == [("1", value)]


def test_a_file_may_be_written_in_its_own_way(tmp_path: Path) -> None:
    found = lines(tmp_path / "a", b'1|"x\r\n2|y\r\n\r\n', delimiter="|", quote="", header=("n", "v"))
    assert found == [("1", '"x'), ("2", "y")]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"n,v\n1,2\n3\n", "row 2 has 1 values under 2 columns"),
        (b"n,v\n1,2,3\n", "row 1 has 3 values under 2 columns"),
        (b'n,v\n1,"2\n3,4\n', "not CSV after row 0"),
        (b'n,v\n1,"2"3\n', "not CSV after row 0"),
        (b"n,N\n1,2\n", "names a column twice"),
        (b"n," + b"x," * 1000 + b"\n", "more than 1000 columns"),
    ],
)
def test_what_lost_its_structure_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    with pytest.raises(DropRefused, match=fault):
        lines(tmp_path / "a", content)


def test_excel_cells_are_what_they_mean(tmp_path: Path) -> None:
    row: list[object] = [date(2024, 1, 5), datetime(2024, 1, 5, 13, 30), 36, 36.0, 1234.5, 0.1 + 0.2, True, "00012"]
    row += [None, time(8, 30), 12345678.9, -0.01, 1e-7, "#N/A", "文·字", Decimal("10.10")]
    (found,) = workbook(tmp_path / "a.xlsx", [f"c{i}" for i in range(len(row))], row)
    assert found == (
        *("2024-01-05", "2024-01-05 13:30:00", "36", "36", "1234.5", "0.3", "true", "00012"),
        *(None, "08:30:00", "12345678.9", "-0.01", "0.0000001", INVALID, "文·字", "10.1"),
    )


@pytest.mark.parametrize("number", [530199199003070015, 530199199003070015.0, 10**15, -(10**15), 1e300])
def test_a_number_longer_than_excel_keeps_is_nobodys(tmp_path: Path, number: float) -> None:
    assert workbook(tmp_path / "a.xlsx", ["id"], [number]) == [(INVALID,)]


def test_what_excel_keeps_of_an_old_number_is_read(tmp_path: Path) -> None:
    assert workbook(tmp_path / "a.xlsx", ["id"], [530199850612204]) == [("530199850612204",)]


def test_rows_of_excel_may_be_short_or_empty(tmp_path: Path) -> None:
    assert workbook(tmp_path / "a.xlsx", ["a", "b"], [1], [None, None], [None, 2]) == [("1", None), (None, "2")]


def test_a_cell_in_the_last_corner_is_refused_without_room_for_the_rest(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["XFD1048576"] = "id", 1
    book.save(tmp_path / "a.xlsx")
    with (
        pytest.raises(DropRefused, match="more than 1000 columns"),
        excel_table(tmp_path / "a.xlsx", Drop("a", 1, "a", "xlsx"), everything) as table,
    ):
        list(table.rows)


def _lie(path: Path, size: int) -> None:
    """A part that unpacks to more than it says, its checksum that of what it says."""
    _with_part(path, b"\0" * size)
    data = bytearray(path.read_bytes())
    said, crc = struct.pack("<I", size), struct.pack("<I", zlib.crc32(b"\0" * size))
    for before, after in ((said, struct.pack("<I", 10)), (crc, struct.pack("<I", zlib.crc32(b"\0" * 10)))):
        while (at := data.find(before)) >= 0:
            data[at : at + 4] = after
    path.write_bytes(data)


def _with_part(path: Path, content: bytes) -> None:
    workbook(path, ["id"], ["1"])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/extra.xml", content)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda path: _with_part(path, b"\0" * 50_000_000), "more than a workbook may hold"),
        (lambda path: _lie(path, 50_000_000), "more than a workbook may hold"),
        (lambda path: _lie(path, 5_000_000), "damaged"),
        (lambda path: _with_part(path, b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-100]), "damaged"),
        (lambda path: path.write_bytes(b"PK\3\4 nothing"), "damaged"),
    ],
    ids=["bomb", "lying bomb", "lie", "entities", "cut", "no workbook"],
)
def test_a_workbook_that_means_harm_is_refused_unparsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], object], fault: str
) -> None:
    monkeypatch.setattr(excel, "MOST_UNPACKED", 10_000_000)
    path = tmp_path / "a.xlsx"
    workbook(path, ["id"], ["1"])
    spoil(path)
    with (
        pytest.raises(DropRefused, match=fault),
        excel_table(path, Drop("a", 1, "a", "xlsx"), everything),
    ):
        pass


def test_parquet_columns_are_exact(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 31, 17, 0, tzinfo=UTC)
    columns = {
        "amount": pa.array([Decimal("1234567890123.45"), None], pa.decimal128(15, 2)),
        "small": pa.array([Decimal("0.0000001"), Decimal(0)], pa.decimal128(15, 7)),
        "day": pa.array([date(2024, 2, 29), None], pa.date32()),
        "at": pa.array([datetime(2024, 1, 5, 8, 30, 0, 1500), datetime(9999, 12, 31)], pa.timestamp("us")),
        "nanos": pa.array([1, None], pa.timestamp("ns")),
        "zoned": pa.array([moment, None], pa.timestamp("ms", "UTC")),
        "code": pa.array(["甲", "乙"]).dictionary_encode(),
        "flag": pa.array([True, False]),
        "id": pa.array([530199199003070015, -1]),
        "f32": pa.array([0.1, float("nan")], pa.float32()),
        "f64": pa.array([1e20, 0.1]),
        "raw": pa.array(["文".encode("gbk"), b"\xff"]),
        "list": pa.array([[1], None]),
        "none": pa.nulls(2),
    }
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path)
    with parquet_table(path, Drop("a", 1, "a", "parquet"), "gbk", everything) as table:
        found = [dict(zip(table.names, row, strict=True)) for row in table.rows]
    assert found == [
        {
            **{"amount": "1234567890123.45", "small": "0.0000001", "day": "2024-02-29"},
            **{"at": "2024-01-05 08:30:00.001500", "nanos": "1970-01-01", "zoned": "2026-11-01 01:00:00"},
            **{"code": "甲", "flag": "true", "id": "530199199003070015", "f32": "0.1"},
            **{"f64": "100000000000000000000", "raw": "文", "list": INVALID, "none": None},
        },
        {
            **{"amount": None, "small": "0.0000000", "day": None, "at": "9999-12-31", "nanos": None, "zoned": None},
            **{"code": "乙", "flag": "false", "id": "-1", "f32": INVALID, "f64": "0.1", "raw": INVALID},
            **{"list": None, "none": None},
        },
    ]


def test_only_the_columns_that_are_read_are_taken(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "secret": [2], "b": [3]}), tmp_path / "a.parquet")
    with parquet_table(tmp_path / "a.parquet", Drop("a", 1, "a", "parquet"), "utf-8", {"a", "b"}.__contains__) as table:
        assert (table.names, list(table.rows)) == (("a", "b"), [("1", "3")])
