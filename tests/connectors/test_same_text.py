"""A fact that sources name in Chinese is one fact, whichever bytes each of them keeps it in."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from connectors.directory import Directory
from exchange.records import Bad, Conflict, Delivered, Row, Value, Wanted
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.hostile import TODAY
from tests.connectors.legacy import BOTH, CHINESE_SQL, COLUMNS, MAPPING, TABLE, Cell, encoded, row
from tests.connectors.small import CATALOGUE, write_mapping
from tests.connectors.sql.test_mariadb import told

_HEAD, _, _LOANS = MAPPING.partition("connector: sql\nurl: ${SMALL_URL}\n")
_LOANS = _LOANS.replace("encoding: ENCODING\n", "").replace("not_held: [PBC01, PBC02, PBC06]\n", "")
_TOP, _, _ENTRY = _LOANS.partition("  PBC03:\n")
ENCODINGS = {
    "lite": "utf-8",
    "lite_gbk": "gbk",
    "lite_gb18030": "gb18030",
    "pg": "utf-8",
    "pg_gbk": "gbk",
    "pg_gb18030": "gb18030",
    "maria": "utf-8",
    "maria_gbk": "gbk",
}
"""Source → the encoding that its mapping names; by its name it is known what keeps it."""


def mapping(sources: Sequence[str], same_by: str) -> str:
    named = "".join(
        f'  {name}: {{connector: sql, url: "${{{name.upper()}}}", encoding: {ENCODINGS[name]}}}\n' for name in sources
    )
    same = f"same_by: [{same_by}]\n    " if same_by else ""
    lines = _ENTRY.replace("record_key:", f"{same}record_key:").splitlines()
    entry = "\n".join(f"  {line}" for line in lines)
    entries = "".join("    - source: " + name + "\n" + entry + "\n" for name in sources)
    return f"{_HEAD}sources:\n{named}{_TOP}  PBC03:\n{entries}not_held: [PBC01, PBC02, PBC06]\n"


async def kept(name: str, rows: Sequence[tuple[Cell, ...]], folder: Path, servers: Mapping[str, str]) -> str:
    """The rows as this source keeps them; its url."""
    encoding = ENCODINGS[name]
    if name.startswith("lite"):
        with closing(sqlite3.connect(folder / f"{name}.db")) as lite, lite:
            lite.execute(CHINESE_SQL)
            marks = ", ".join(["CAST(? AS TEXT)"] * len(COLUMNS))
            lite.executemany(
                f'INSERT INTO "{TABLE}" VALUES ({marks})', [[encoded(cell, encoding) for cell in row] for row in rows]
            )
        return f"sqlite:///{folder}/{name}.db"
    database = f"same_{name}_{abs(hash(folder)):x}"
    if name.startswith("maria"):
        charset = "utf8mb4" if encoding == "utf-8" else "latin1"
        inserts = [f'INSERT INTO "{TABLE}" VALUES ({", ".join(map(_hex, cells, [encoding] * 99))})' for cells in rows]
        made = f"CREATE OR REPLACE DATABASE {database} CHARACTER SET {charset}"
        await told(servers["mariadb"], made, f"USE {database}", CHINESE_SQL, *inserts)
        return f"{servers['mariadb']}/{database}"
    connection = await asyncpg.connect(servers["postgresql"])
    kind = "UTF8" if encoding == "utf-8" else "SQL_ASCII"
    locale = "TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    await connection.execute(f"CREATE DATABASE {database} ENCODING '{kind}' {locale}")
    await connection.close()
    url = f"{servers['postgresql'].rpartition('/')[0]}/{database}"
    connection = await asyncpg.connect(url)
    await connection.execute(CHINESE_SQL)
    for cells in rows:
        literals = (f"E'{_escaped(cell, encoding)}'" if cell is not None else "NULL" for cell in cells)
        await connection.execute(f'INSERT INTO "{TABLE}" VALUES ({", ".join(literals)})')
    await connection.close()
    return url


def _hex(cell: Cell, encoding: str) -> str:
    return "NULL" if cell is None else f"X'{(encoded(cell, encoding) or b'').hex()}'"


def _escaped(cell: Cell, encoding: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in encoded(cell, encoding) or b"")


async def merged(
    sources: Mapping[str, Sequence[tuple[Cell, ...]]],
    folder: Path,
    servers: Mapping[str, str],
    same_by: str,
    *items: str,
) -> tuple[Row, ...]:
    environ = {name.upper(): await kept(name, rows, folder, servers) for name, rows in sources.items()}
    text = mapping([*sources], same_by)
    directory = await Directory.open(write_mapping(folder / "m", text), CATALOGUE, environ, TODAY)
    question: Wanted = wanted(*items)
    given: dict[str, Any] = {**GIVEN, "disputed:PBC03": []}
    deadline = asyncio.get_running_loop().time() + 20
    outcome = (await directory.fetch({"PBC": (question,)}, (BOTH,), given, deadline))["PBC"]
    await directory.close()
    assert isinstance(outcome, Delivered), outcome
    (rows,) = outcome.answers[BOTH]
    assert isinstance(rows, Sequence), rows
    return rows


@pytest.fixture(scope="module")
def servers(postgres_url: str, mariadb_url: str) -> Mapping[str, str]:
    return {"postgresql": postgres_url, "mariadb": mariadb_url}


@pytest.mark.postgres
@pytest.mark.mariadb
async def test_text_that_all_can_write_is_the_same_in_all(servers: Mapping[str, str], tmp_path: Path) -> None:
    """With padding, a slash and a quote in it, which stand for something in the digest or in SQL."""
    text = "郑安/信用'社\\Ａ·—〇镕"
    padded = f" {text}\u3000"
    sources = {
        name: [row(单位名称=padded if n % 2 else text, 账号=f"A{n}", 期数=str(n))] for n, name in enumerate(ENCODINGS)
    }
    (found,) = await merged(sources, tmp_path, servers, "note", "note", "terms")
    assert found.sources == tuple(ENCODINGS)
    assert found.values[0] == text
    assert isinstance(found.values[1], Conflict)
    assert [held.value for held in found.values[1].held] == [*range(len(ENCODINGS))]


@pytest.mark.postgres
@pytest.mark.mariadb
async def test_texts_that_differ_in_one_sign_are_two_facts(servers: Mapping[str, str], tmp_path: Path) -> None:
    """Also where one is the other's full-width form, or differs in its case alone."""
    texts = ("啊A", "啊a", "啊Ａ", "阿A")
    rows = [row(单位名称=text, 账号=f"A{n}") for n, text in enumerate(texts)]
    found = await merged(dict.fromkeys(ENCODINGS, rows), tmp_path, servers, "note", "note")
    assert sorted(str(each.values[0]) for each in found) == sorted(texts)
    assert {each.sources for each in found} == {tuple(ENCODINGS)}


@pytest.mark.postgres
@pytest.mark.mariadb
async def test_signs_of_four_bytes_are_the_same_in_gb_18030(servers: Mapping[str, str], tmp_path: Path) -> None:
    wide = [name for name, encoding in ENCODINGS.items() if encoding != "gbk"]
    texts = ("㐀𠀀", "ǵ鿋", "𪚥", "ÿ㿿豈")
    rows = [row(单位名称=text, 账号=f"A{n}") for n, text in enumerate(texts)]
    found = await merged(dict.fromkeys(wide, rows), tmp_path, servers, "note", "note")
    assert sorted(str(each.values[0]) for each in found) == sorted(texts)
    assert {each.sources for each in found} == {tuple(wide)}


@pytest.mark.postgres
@pytest.mark.mariadb
@pytest.mark.parametrize("data", [b"\xc4\xea\xd4", b"\xff\xff", b"\x80", b"\xfe\x39\xfe\x39", b"\xb0\xa1\xa0\x7f"])
async def test_what_cannot_be_read_is_the_same_as_nothing(
    data: bytes, servers: Mapping[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two values that are no text are not therefore one, end no statement, and stand in no warning of a server."""
    caplog.set_level(logging.DEBUG)
    sources = {name: [row(单位名称=data)] for name, encoding in ENCODINGS.items() if encoding != "utf-8"}
    found = await merged(sources, tmp_path, servers, "note", "note", "terms")
    assert [each.sources for each in found] == [(name,) for name in sources]
    values: list[tuple[Value, ...]] = [(Bad.VALUE, 12)] * len(sources)
    assert [each.values for each in found] == values
    assert "character string" not in caplog.text


@pytest.mark.postgres
@pytest.mark.mariadb
async def test_without_same_by_a_chinese_key_tells_the_fact(servers: Mapping[str, str], tmp_path: Path) -> None:
    """A key of two columns, of which one holds what joins them."""
    rows = [row(机构="盘龙信用社", 账号="甲/1"), row(机构="盘龙信用社/甲", 账号="1", 月份="2023/02")]
    found = await merged(dict.fromkeys(ENCODINGS, rows), tmp_path, servers, "", "month")
    assert sorted((str(each.values[0]), each.sources) for each in found) == [
        ("2023-02", tuple(ENCODINGS)),
        ("2024-01", tuple(ENCODINGS)),
    ]
