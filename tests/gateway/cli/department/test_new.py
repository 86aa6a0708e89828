"""Drafts of mappings, from the demo's ten databases and from one on PostgreSQL with comments."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import asyncpg
import pytest
import yaml

from connectors.check import check
from connectors.drafting import Draft, draft
from connectors.inspecting import Inspector, unmapped
from connectors.mapping import DEPARTMENTS, read
from connectors.sql.connector import runner_for
from exchange.catalogue import Catalogue
from exchange.person import bears_id_number
from exchange.standard.load import read as read_standard
from gateway.cli.main import app
from gateway.demo.city import City, make

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_standard()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return make(tmp_path_factory.mktemp("city"), people=60, day=DAY)


async def drafted(url: str, catalogue: Catalogue, department: str | None = None) -> Draft:
    runner = runner_for(unmapped(url))
    try:
        return await draft(Inspector(runner), catalogue, department)
    finally:
        await runner.close()


def run(*words: str) -> int:
    try:
        app(list(words), exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


async def test_ten_departments_are_known_and_never_mapped_to_a_wrong_column(city: City, catalogue: Catalogue) -> None:
    """What the draft takes is what the hand-written mapping says; the rest it leaves open. Measured over the city."""
    right = wrong = 0
    real = read(DEPARTMENTS, catalogue, city.environ, DAY)
    for code in catalogue.departments:
        found = await drafted(city.environ[f"GATEWAY_{code}_URL"], catalogue)
        assert found.department == code
        held = real[code].sources[0].records
        for record, place in yaml.safe_load(found.text)["records"].items():
            if held[record].table != place["from"]:
                continue
            for name, item in place["items"].items():
                if "column" in item and (own := held[record].items[name].column):
                    right, wrong = right + (own == item["column"]), wrong + (own != item["column"])
    assert wrong == 0
    assert right >= 70


async def test_no_value_is_in_a_draft(city: City, catalogue: Catalogue) -> None:
    for code in catalogue.departments:
        url = city.environ[f"GATEWAY_{code}_URL"]
        text = (await drafted(url, catalogue, code)).text
        assert not bears_id_number(text)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in connection.execute(f'SELECT * FROM "{table}" LIMIT 200'):
                    long = [value for value in row if isinstance(value, str) and len(value) > 9 and value[0] != "9"]
                    assert [value for value in long if value in text] == []


async def test_each_open_point_is_a_fault_with_its_line(city: City, catalogue: Catalogue, tmp_path: Path) -> None:
    for code in catalogue.departments:
        folder = tmp_path / code
        folder.mkdir()
        found = await drafted(city.environ[f"GATEWAY_{code}_URL"], catalogue, code)
        (folder / "draft.yaml").write_text(found.text, "utf-8")
        lines = {number for number, line in enumerate(found.text.splitlines(), 1) if "# OPEN: " in line}
        assert len(lines) == found.open
        (findings,) = await check(folder, catalogue, city.environ, DAY)
        named = {int(fault.split(":")[1]) for fault in findings.faults}
        assert lines <= named, (code, lines - named, findings.faults)
        assert findings.reachable


@pytest.mark.postgres
async def test_comments_and_chinese_names_on_postgresql(postgres_url: str, catalogue: Catalogue) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE DATABASE onboarding")
    await connection.close()
    url = postgres_url.rpartition("/")[0] + "/onboarding"
    connection = await asyncpg.connect(url)
    await connection.execute(
        """
        CREATE TABLE t1 (k text PRIMARY KEY, c1 varchar(20), c2 bigint, c3 date, 账户状态 text, "x; DROP" text);
        COMMENT ON TABLE t1 IS '贷款账户';
        COMMENT ON COLUMN t1.c1 IS '公民身份号码';
        COMMENT ON COLUMN t1.c2 IS '余额（单位：分）';
        COMMENT ON COLUMN t1.c3 IS E'开立日期\\n  evil: "# injected';
        INSERT INTO t1 VALUES ('1', '530199900307001 ', 12, '2024-01-01', '1', 'x');
        CREATE TABLE "t; DROP TABLE t1" (id text, n text);
        """
    )
    await connection.close()
    found = await drafted(url, catalogue, "PBC")
    record = yaml.safe_load(found.text)["records"]["PBC03"]
    assert record["items"]["balance"] == {"column": "c2", "unit": "fen"}
    assert record["items"]["opened_on"] == {"column": "c3"}
    assert record["items"]["account_status"] == {"column": "账户状态"}
    assert yaml.safe_load(found.text)["person_key"] == {"column": "c1", "formats": ["id15"], "clean": ["trim"]}
    assert found.left_out == 2
    assert "DROP" not in found.text
    assert "injected" not in found.text


async def test_a_person_key_is_found_by_counting(tmp_path: Path, catalogue: Catalogue) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("CREATE TABLE LN_ACCT (K TEXT PRIMARY KEY, LN_BAL INTEGER, AAC002 TEXT, OTHER TEXT)")
        connection.execute("INSERT INTO LN_ACCT VALUES ('1', 5, '53019919900307001x', 'abc')")
    found = await drafted(f"sqlite:///{tmp_path}/a.db", catalogue, "PBC")
    assert yaml.safe_load(found.text)["person_key"] == {"column": "AAC002", "formats": ["id18"], "clean": ["upper"]}


WORDS = [
    ("new", "postgresql://officer:Geheim77@127.0.0.1:1/x"),
    ("new", "mssql://officer:Geheim77@127.0.0.1/x"),
    ("new", "a", "postgresql://officer:Geheim77@127.0.0.1/x", "b"),
    ("new", "--file=postgresql://officer:Geheim77@127.0.0.1/x"),
    ("new", "sqlite:////nowhere/officer:Geheim77@x.db"),
]


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[-1][:12])
def test_a_password_is_never_repeated(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert run("department", *words) != 0
    told = capsys.readouterr()
    assert told.err
    assert "Geheim77" not in told.out + told.err


def test_sample_shows_nobody_but_test_people(capsys: pytest.CaptureFixture[str]) -> None:
    for id in ("99999919900307001X", "not an id", "99999919900307001" + "0123456789X"[7]):
        assert run("department", "sample", "--department", "PBC", "--id", id) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert id not in told.err


def test_a_file_that_is_there_is_not_overwritten(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_HPF_URL", city.environ["GATEWAY_HPF_URL"])
    (tmp_path / "hpf.yaml").write_text("mine", "utf-8")
    assert run("department", "new", "GATEWAY_HPF_URL", "--out", str(tmp_path / "hpf.yaml")) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "hpf.yaml").read_text("utf-8") == "mine"
