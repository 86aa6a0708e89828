"""Onboarding a department on a real MariaDB: drafted, mended, checked, and one test person sampled."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest
import yaml

from connectors.drafting import Draft, draft
from connectors.inspecting import Inspector, unmapped
from connectors.mapping import DEPARTMENTS, read
from connectors.sql.connector import runner_for
from exchange.catalogue import Catalogue
from exchange.person import bears_id_number
from exchange.standard.load import read as read_standard
from gateway.demo.city import make
from tests.connectors.sql.test_mariadb import told
from tests.gateway.cli.department.test_new import run

pytestmark = pytest.mark.mariadb
DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_standard()


async def drafted(url: str, catalogue: Catalogue, department: str | None = None) -> Draft:
    runner = runner_for(unmapped(url))
    try:
        return await draft(Inspector(runner), catalogue, department)
    finally:
        await runner.close()


@pytest.fixture
async def fund(mariadb_url: str) -> str:
    """A housing provident fund that keeps its text in GBK."""
    await told(
        mariadb_url,
        # Another department's database on the same server, which its user may see too.
        "CREATE OR REPLACE DATABASE neighbour",
        "CREATE TABLE neighbour.LN_ACCT (ID_NO CHAR(18), LN_BAL DECIMAL(15,2) COMMENT '贷款余额', OPEN_DT DATE)",
        "CREATE TABLE neighbour.GJJ_ZH (ID_NO CHAR(18), LN_BAL DECIMAL(15,2) COMMENT '贷款余额')",
        "CREATE OR REPLACE DATABASE onboarding CHARACTER SET gbk",
        "USE onboarding",
        "CREATE TABLE GJJ_ZH (GRZH VARCHAR(20) PRIMARY KEY, SFZH CHAR(20) COMMENT '公民身份号码',"
        " JCZT CHAR(2) COMMENT '账户状态', CJNY CHAR(6) COMMENT '初缴年月', JCYS24 TINYINT COMMENT '近24个月缴存月数',"
        " ZHYE BIGINT COMMENT '账户余额（单位：分）', GXRQ DATE COMMENT '更新日期', `x; DROP` INT,"
        " INDEX (SFZH)) COMMENT '住房公积金账户'",
        "INSERT INTO GJJ_ZH VALUES ('A1', '530199198506122046', '缴', '201007', 24, 8123055, '2026-10-31', 1),"
        " ('A2', '530199900307001 ', '封', '201502', 0, 102000, '2026-10-31', 1)",
    )
    return f"{mariadb_url}/onboarding"


async def test_comments_types_and_keys_are_read(fund: str, catalogue: Catalogue) -> None:
    found = await drafted(fund, catalogue)
    text = yaml.safe_load(found.text)
    assert found.department == "HPF"
    assert set(text["records"]) == {"HPF01"}
    assert "neighbour" not in found.text.lower() + str(found)
    assert text["person_key"]["column"] == "SFZH"
    assert text["person_key"]["formats"] == ["id18", "id15"]
    record = text["records"]["HPF01"]
    assert record["record_key"] == "GRZH"
    assert record["items"]["account_status"] == {"column": "JCZT", "values": {}}
    assert record["items"]["first_paid_month"] == {"column": "CJNY", "format": "%Y%m"}
    assert record["items"]["balance"] == {"column": "ZHYE", "unit": "fen"}
    assert found.left_out == 1
    assert "DROP" not in found.text
    assert not bears_id_number(found.text)


async def test_from_the_draft_to_a_test_person(
    fund: str, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEWAY_HPF_URL", fund)
    monkeypatch.setenv("GATEWAY_DEPARTMENTS", str(tmp_path))
    path = tmp_path / "hpf.yaml"
    assert await asyncio.to_thread(run, "department", "new", "GATEWAY_HPF_URL", "--out", str(path)) == 0
    assert await asyncio.to_thread(run, "department", "check") == 1
    text = path.read_text("utf-8")
    for before, after in (
        ("approver: ''", "approver: 市信用办"),
        ("document: ''", "document: 1号"),
        ("valid_until: ''", "valid_until: 2031-12-31"),
        ("column: JCZT, values: {}", 'column: JCZT, values: {缴: "1", 封: "2"}'),
    ):
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, "utf-8")
    capsys.readouterr()
    assert await asyncio.to_thread(run, "department", "check") == 0, capsys.readouterr().err
    capsys.readouterr()
    assert (
        await asyncio.to_thread(run, "department", "sample", "--department", "HPF", "--id", "530199199003070015") == 0
    )
    said = capsys.readouterr().out
    for part in ("2 封存", "2015-02", "1020", "as of 2026-10-31"):
        assert part in said


def test_drafts_of_the_city_are_as_good_as_on_files(mariadb_url: str, catalogue: Catalogue) -> None:
    """Measured against the hand-written mappings: right, wrong, none."""
    city = make(mariadb_url, people=20, day=DAY)
    real = read(DEPARTMENTS, catalogue, city.environ, DAY)
    right = wrong = none = 0
    for code in catalogue.departments:
        held = real[code].sources[0].records
        found = asyncio.run(drafted(city.environ[f"GATEWAY_{code}_URL"], catalogue, code))
        drawn = yaml.safe_load(found.text)["records"]
        for record, place in held.items():
            if place.table is None:
                continue
            items = drawn.get(record, {}).get("items", {}) if drawn.get(record, {}).get("from") == place.table else {}
            for name, own in place.items.items():
                if own.column and name in catalogue.records[record].items:
                    guess = (items.get(name) or {}).get("column")
                    right += guess == own.column
                    wrong += guess is not None and guess != own.column
                    none += guess is None
    print(f"right {right}, wrong {wrong}, none {none}")
    assert wrong == 0
    assert right >= 70
