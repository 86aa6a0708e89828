"""Only what the mapping reads is loaded, and rows are found by an index."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from connectors.files.connector import Files
from connectors.files.reads import Reads
from connectors.mapping import read
from connectors.place import SourcePlace
from connectors.sql.sqlite_dialect import SQLITE
from connectors.sql.statement import compile_statement
from exchange.records import Wanted
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.files.dropping import COLUMNS, ROWS, TODAY, drops_text, files, write_all, write_csv
from tests.connectors.small import CATALOGUE, MAPPING, NEW, OLD, write_mapping


def place(folder: Path, mapping: str) -> SourcePlace:
    return read(write_mapping(folder, mapping), CATALOGUE, {"SMALL_URL": "file:///x"}, TODAY)["PBC"].sources[0]


def joined(folder: Path, select: str) -> Reads:
    start, end = MAPPING.index('"SELECT job.n'), MAPPING.index("    reads: [job.n")
    return Reads(place(folder, drops_text(".csv").replace(MAPPING[start:end], f'"{select}"\n')))


async def _loaded(folder: Path) -> tuple[Files, Path]:
    drops = write_all(folder)
    for name, names in COLUMNS.items():
        rows = [(*row, "秘密") for row in ROWS[name]]
        write_csv(drops / f"{name}_20261031.csv", [*names, "SECRET"], rows)
    connector = files(folder, drops_text(".csv"))
    assert (await connector.check()).faults == ()
    (snapshot,) = (folder / "private").rglob("*.db")
    return connector, snapshot


async def test_what_the_mapping_does_not_read_is_not_kept(tmp_path: Path) -> None:
    connector, snapshot = await _loaded(tmp_path)
    with sqlite3.connect(snapshot) as database:
        found = {
            table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert found == COLUMNS
    assert "秘密".encode() not in snapshot.read_bytes()
    await connector.close()


async def test_people_are_found_by_an_index_also_where_keys_are_cleaned(tmp_path: Path) -> None:
    connector, snapshot = await _loaded(tmp_path)
    shape = await connector.shape()
    questions: tuple[Wanted, ...] = (
        wanted("terms"),
        wanted("mobile", record="PBC01"),
        wanted("employer", record="PBC02"),
        wanted("amount", record="PBC06"),
    )
    statement = compile_statement(questions, place(tmp_path / "again", drops_text(".csv")), CATALOGUE, shape, SQLITE)
    with sqlite3.connect(snapshot) as database:
        values = statement.values((NEW, OLD), GIVEN, SQLITE)
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {statement.text}", values)]
    scanned = {step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step}
    assert scanned <= {"SCAN t", "SCAN e"}, "only what was found already"
    assert sum("USING INDEX" in step for step in plan) == 4, plan
    await connector.close()


def test_words_in_strings_are_no_columns(tmp_path: Path) -> None:
    reads = Reads(place(tmp_path, drops_text(".csv").replace("DEL_FLAG = '0'", "DEL_FLAG = 'SECRET'")))
    assert reads.needs("LN_ACCT", "del_flag")
    assert not reads.needs("LN_ACCT", "SECRET")
    assert not reads.needs("nothing", "DEL_FLAG")


def test_a_select_reads_its_words_and_is_joined_by_indexes(tmp_path: Path) -> None:
    reads = joined(
        tmp_path,
        "SELECT job.n, job.id_no AS id18, pay.fen AS employer, job.upd FROM job JOIN pay ON pay.n = job.n",
    )
    assert [name for name in ("n", "fen", "day", "SECRET") if reads.needs("pay", name)] == ["n", "fen", "day"]
    assert reads.indexes("job", COLUMNS["job"]) == ['"n"']
    assert '"n"' in reads.indexes("pay", COLUMNS["pay"])


def test_a_star_reads_everything(tmp_path: Path) -> None:
    select = "SELECT job.*, job.id_no AS id18 FROM job"
    assert joined(tmp_path, select).needs("job", "anything")
    counted = "SELECT job.n, job.id_no AS id18, job.upd, count(*) AS employer FROM job GROUP BY job.n"
    assert not joined(tmp_path / "counted", counted).needs("job", "anything")


async def test_the_plan_names_what_is_read(tmp_path: Path) -> None:
    connector, _ = await _loaded(tmp_path)
    (read_,) = (await connector.plan((wanted("terms"),))).reads
    assert (read_.source, read_.returned) == ("LN_ACCT", ("TERMS", "RPT_DT"))
    await connector.close()
    outcome = await connector.fetch((wanted("terms"),), (NEW,), GIVEN, asyncio.get_running_loop().time() + 1)
    assert getattr(outcome, "why", None) == "UNREACHABLE"
