"""Rows as departments really keep them, said once and written into each kind of database: GBK, padding, full-width."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.person import PersonId

BOTH = PersonId.parse("530199198506122046")
"""Has rows under 15 digits and under 18."""
OTHER = PersonId.parse("530199199003070015")
WIDE = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)})
"""ASCII → its full-width form."""

TABLE = "贷款账户"
COLUMNS = ("证件号", "机构", "账号", "状态", "余额", "开户日", "单位名称", "共同", "期数", "月份", "更新")
_TYPED = ", ".join(f'"{name}" TEXT' for name in COLUMNS)
CHINESE_SQL = f'CREATE TABLE "{TABLE}" ({_TYPED})'
"""Names that a Chinese department gives."""

MAPPING = """\
department: PBC
connector: sql
url: ${SMALL_URL}
standard: 1.0.0
encoding: ENCODING
agreement: {approver: 市信用办, valid_until: 2031-12-31}
person_key: {column: 证件号, formats: [id18, id15], clean: [trim, halfwidth, upper]}
records:
  PBC03:
    from: 贷款账户
    where: "机构 <> '测试机构'"
    record_key: [机构, 账号]
    distinct: [机构, 账号]
    attributes:
      settled_on: {value: "2020-01-01"}
    items:
      institution_code: {column: 机构}
      opened_on:
        {column: 开户日, clean: [halfwidth], format: ["%Y%m%d", "%Y年%-m月%-d日"], empty: ["00000000", "99991231"]}
      balance: {column: 余额, clean: [halfwidth, amount], unit: wan, empty: [无, "-"]}
      account_status: {column: 状态, values: {正常: "1", 结清: "3"}, otherwise: "2"}
      guarantee_type: {value: "9"}
      terms: {column: 期数, clean: [halfwidth]}
      month: {column: 月份, clean: [halfwidth], format: "%Y/%m"}
      joint: {column: 共同, clean: [halfwidth, upper], values: {是: true, 否: false, "Y": true, "N": false}}
      ended_on: {column: 开户日, format: "%Y%m%d", empty: ["00000000", "99991231"]}
      currency: {value: CNY}
      note: {column: 单位名称}
not_held: [PBC01, PBC02, PBC06]
"""
"""`ENCODING` is replaced by the encoding of the test."""

Cell = str | bytes | None


def row(**cells: Cell) -> tuple[Cell, ...]:
    """A row by column; what is not said is a usual value."""
    usual: dict[str, Cell] = {
        "证件号": BOTH.number,
        "机构": "郑安信用社",
        "账号": "A1",
        "状态": "正常",
        "余额": "1.5",
        "开户日": "20240115",
        "单位名称": "啊",
        "共同": "是",
        "期数": "12",
        "月份": "2024/01",
        "更新": "1",
    }
    return tuple((usual | cells)[name] for name in COLUMNS)


ROWS: Sequence[tuple[Cell, ...]] = (
    row(账号="A1", 余额="￥1,234.50", 单位名称="  郑安啊\u3000 \t", 状态="正常\u3000\u3000"),
    row(
        证件号=BOTH.old_number,
        账号="A2",
        状态=" 结清",
        余额="１２．５元",
        开户日="２０２３０２０１",
        共同="ｎ",
        期数="３６",
        月份="２０２３／１２",
    ),
    row(
        证件号=f"\u3000{BOTH.number.translate(WIDE)} ",
        账号="A3",
        状态="逾期",
        余额="无",
        开户日="2022年3月1日",
        共同="否",
    ),
    row(账号="A4", 状态=b"\xd5\xfd\xff", 余额="1,23", 开户日="99991231", 单位名称=b"\xc4\xea\xd4", 共同="maybe"),
    row(账号="A5", 状态=None, 余额="-", 开户日="100000101", 单位名称="\u3000", 共同=None, 期数="\u3000", 月份=""),
    row(账号="A1", 余额="￥1,234.50", 单位名称="郑安啊", 状态="正常", 更新="2"),
    row(机构="测试机构", 账号="T1"),
    row(机构="郑安信用社/A", 账号="1"),
    row(机构="郑安信用社", 账号="A/1"),
    row(证件号=OTHER.number, 账号="A1", 单位名称="别人"),
)


def encoded(cell: Cell, encoding: str) -> bytes | None:
    return cell.encode(encoding) if isinstance(cell, str) else cell
