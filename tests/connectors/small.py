"""A small standard, and one set of rows said twice: in words of the standard, and in a native database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from exchange.catalogue import Catalogue, CodeList, Department, Item, Kind, RecordType
from exchange.person import PersonId
from exchange.records import Bad, Conflict, Held, Value
from exchange.retention import Retention

OLD = PersonId.parse("530199198506122046")
"""Stands in LN_ACCT under 15 digits."""
NEW = PersonId.parse("530199199003070015")
OTHER = PersonId.parse("530199196609090025")
"""Has rows only in other tables."""
NOBODY = PersonId.parse("530199200102030049")


def item(code: str, name: str, kind: Kind, **more: object) -> Item:
    values: dict[str, object] = {
        "name_zh": name,
        "group": "loans_cards",
        "basic": True,
        "sensitivity": 2,
        "negative": False,
        "basis": "CIR29",
        "scoring": "allowed",
        "description": name,
    }
    return Item(code=code, name=name, record=code[:5], kind=kind, **(values | more))  # type: ignore[arg-type]


def record(code: str, name: str, many: bool, items: list[Item], **more: object) -> RecordType:
    values: dict[str, object] = {"since": None, "attributes": {}, "retention": Retention()} | more
    return RecordType(
        code=code,
        name=name,
        name_zh=name,
        list_name=name + "s",
        type_name=name.title(),
        department="PBC",
        many=many,
        group="loans_cards",
        basis="CIR29",
        description=name,
        items={each.name: each for each in items},
        **values,  # type: ignore[arg-type]
    )


LOAN = record(
    "PBC03",
    "loan",
    True,
    [
        item("PBC03001", "institution_code", Kind.STRING, format="an..14"),
        item("PBC03002", "opened_on", Kind.DATE),
        item("PBC03003", "balance", Kind.DECIMAL, format="n..15,2"),
        item("PBC03004", "account_status", Kind.CODE, code_list="status"),
        item("PBC03005", "guarantee_type", Kind.CODE, code_list="guarantee"),
        item("PBC03006", "terms", Kind.INTEGER, format="n..3"),
        item("PBC03007", "month", Kind.YEAR_MONTH),
        item("PBC03008", "joint", Kind.BOOLEAN),
        item("PBC03009", "ended_on", Kind.DATE, negative=True),
        item("PBC03010", "currency", Kind.CODE, code_list="currency"),
        item("PBC03011", "note", Kind.STRING, basic=False),
    ],
    since="opened_on",
    attributes={"settled_on": Kind.DATE},
    retention=Retention(starts="ended_on", removes="items"),
)
CONTACT = record(
    "PBC01",
    "contact",
    False,
    [item("PBC01001", "mobile", Kind.STRING, pattern=r"^1[3-9]\d{9}$"), item("PBC01002", "address", Kind.STRING)],
)
OCCUPATION = record("PBC02", "occupation", False, [item("PBC02001", "employer", Kind.STRING, format="C..40")])
PAYMENT = record(
    "PBC06", "payment", True, [item("PBC06001", "amount", Kind.DECIMAL), item("PBC06002", "paid_on", Kind.DATE)]
)

CATALOGUE = Catalogue(
    id="small",
    version="1.0.0",
    state="in_force",
    title_zh="小目录",
    title_en="A small catalogue",
    departments={
        "PBC": Department(
            "PBC",
            "bank",
            "银行",
            "银行",
            "financial",
            "financial",
            {r.code: r for r in (CONTACT, OCCUPATION, LOAN, PAYMENT)},
        )
    },
    code_lists={
        "status": CodeList("status", "", {"1": "正常", "2": "冻结", "3": "结清"}),
        "guarantee": CodeList("guarantee", "", {"1": "质押", "2": "抵押", "9": "其他"}),
        "currency": CodeList("currency", "", {"CNY": "人民币"}),
    },
    legal_bases={"CIR29": "征信业管理条例 art 29"},
    revision="0",
)

_FIRST = {"person": NEW.number, "key": "L1", "as_of": "2026-10-31", "institution_code": "A", "opened_on": "2024-01-05"}
_FIRST |= {"balance": "1234.5", "account_status": "1", "guarantee_type": "1", "terms": 36, "month": "2026-01"}
_SECOND = {"person": NEW.number, "key": "L2", "as_of": "2026-09-30", "institution_code": "B", "opened_on": "2025-06-30"}
_SECOND |= {"balance": "0", "account_status": "3", "guarantee_type": "9", "terms": 12, "joint": False}
_THIRD = {"person": NEW.number, "key": "L3", "institution_code": "A", "balance": Bad.VALUE}
_FOURTH = {"person": OLD.number, "key": "L4", "as_of": "2026-10-31", "institution_code": "B", "balance": "0.01"}

ADDRESSES = Conflict((Held("昆明市五华区"), Held("昆明市盘龙区")))
AMOUNTS = Conflict((Held("20"), Held("20.01")))
"""What rows that stand for one record say differently."""

ROWS: Mapping[str, list[Mapping[str, Value]]] = {
    "PBC03": [
        {**_FIRST, "joint": True, "currency": "CNY"},
        {**_SECOND, "ended_on": "2021-11-24", "settled_on": "2021-11-24", "currency": "CNY"},
        {**_THIRD, "account_status": Bad.VALUE, "terms": Bad.VALUE, "opened_on": Bad.VALUE, "currency": "CNY"},
        {**_FOURTH, "account_status": "1", "opened_on": "2020-02-29", "guarantee_type": "2", "currency": "CNY"},
    ],
    "PBC01": [{"person": NEW.number, "key": "1", "mobile": "13800000001", "address": ADDRESSES}],
    "PBC02": [
        {"person": NEW.number, "key": "2", "employer": "盘龙江·水务"},
        {"person": OLD.number, "key": "3", "employer": "滇池学校"},
    ],
    "PBC06": [
        {"person": NEW.number, "key": "T1", "amount": "10", "paid_on": "2026-01-01"},
        {"person": NEW.number, "key": "T2", "amount": AMOUNTS, "paid_on": "2026-02-01"},
        {"person": OTHER.number, "key": "T3", "amount": "30", "paid_on": None},
    ],
}

DDL = (
    'CREATE TABLE "LN_ACCT" ("LN_NO" TEXT, "ID_NO" TEXT, "ORG_CD" TEXT, "OPEN_DT" TEXT, "LN_BAL" TEXT, "STAT" TEXT,'
    ' "GUAR" TEXT, "TERMS" TEXT, "REP_M" TEXT, "JOINT" TEXT, "DLQ_END" TEXT, "STL" DATE,'
    ' "RPT_DT" TEXT, "DEL_FLAG" TEXT)',
    'CREATE INDEX ln_id ON "LN_ACCT" ("ID_NO")',
    "CREATE TABLE contact (n TEXT, id_no TEXT, mobile TEXT, addr TEXT)",
    "CREATE TABLE job (n TEXT, id_no TEXT, employer TEXT, upd TEXT)",
    "CREATE TABLE pay (n TEXT, id_no TEXT, fen BIGINT, day DATE)",
)
NATIVE: Mapping[str, list[tuple[object, ...]]] = {
    '"LN_ACCT"': [
        ("L1", NEW.number, "A", "20240105", "123450", "0", "P", "36", "202601", "Y", "", None, "20261031", "0"),
        ("L2", NEW.number, "B ", "2025-06-30", "0", "1", "?", "12", "", "N", "20211124", "2021-11-24", "20260930", "0"),
        ("L3", NEW.number, "A", "20261340", "much", "7", None, "x", None, None, "00000000", None, None, "0"),
        ("L9", NEW.number, "A", "20240105", "1", "0", "P", "36", "202601", "Y", "", None, "20261031", "1"),
        ("L4", OLD.old_number, "B", "20200229", "1", "0", "M", None, "", None, "", None, "20261031", "0"),
    ],
    "contact": [
        ("1", " 530199199003070015 ", "13800000001", "昆明市盘龙区"),
        ("2", "530199199003070015", "13800000001", "昆明市五华区"),
    ],
    "job": [
        ("1", NEW.number, "旧单位", "20200101"),
        ("2", NEW.number, "盘龙江·水务", "20250101"),
        ("3", OLD.old_number, "滇池学校", "20240101"),
    ],
    "pay": [
        ("T1", NEW.number, 1000, "2026-01-01"),
        ("T1", NEW.number, 1000, "2026-01-01"),
        ("T2", NEW.number, 2000, "2026-02-01"),
        ("T2", NEW.number, 2001, "2026-02-01"),
        ("T3", OTHER.number, 3000, None),
    ],
}

MAPPING = """\
department: PBC
connector: sql
url: ${SMALL_URL}
standard: 1.0.0
agreement: {approver: 市信用办, valid_until: 2031-12-31}
person_key: {column: ID_NO, formats: [id18, id15]}
records:
  PBC03:
    from: LN_ACCT
    where: "DEL_FLAG = '0'"
    record_key: LN_NO
    as_of: {column: RPT_DT, format: "%Y%m%d"}
    attributes:
      settled_on: {column: STL}
    items:
      institution_code: {column: ORG_CD}
      opened_on: {column: OPEN_DT, format: ["%Y%m%d", "%Y-%m-%d"]}
      balance: {column: LN_BAL, unit: fen}
      account_status: {column: STAT, values: {"0": "1", "1": "3", "5": "1"}, otherwise: invalid}
      guarantee_type: {column: GUAR, values: {"P": "1", "M": "2"}, otherwise: "9"}
      terms: {column: TERMS}
      month: {column: REP_M, format: "%Y%m"}
      joint: {column: JOINT, values: {"Y": true, "N": false}}
      ended_on: {column: DLQ_END, format: "%Y%m%d", empty: ["00000000"]}
      currency: {value: CNY}
  PBC01:
    from: contact
    record_key: n
    person_key: {column: id_no, formats: [id18], clean: [trim, halfwidth, upper]}
    items:
      mobile: {column: mobile}
      address: {column: addr}
  PBC02:
    from: "SELECT job.n, {key:job.id_no} AS id18, job.employer, job.upd FROM job"
    reads: [job.n, job.id_no, job.employer, job.upd]
    record_key: n
    order_by: upd desc
    person_key: {column: id18, formats: [id18]}
    items:
      employer: {expression: "employer || ''"}
  PBC06:
    from: pay
    where: "n LIKE 'T%' AND n <> 'a:b'"
    record_key: n
    distinct: [n]
    items:
      amount: {column: fen, unit: fen}
      paid_on: {column: day}
"""


def write_mapping(folder: Path, text: str = MAPPING) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "pbc.yaml").write_text(text, "utf-8")
    return folder


def make_sqlite(path: Path, native: Mapping[str, list[tuple[object, ...]]] = NATIVE) -> str:
    """The native database; its url."""
    with sqlite3.connect(path) as connection:
        for statement in DDL:
            connection.execute(statement)
        for table, rows in native.items():
            for row in rows:
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    connection.close()
    return f"sqlite:///{path}"
