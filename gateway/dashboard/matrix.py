"""The policies as a picture: role by purpose by release group, with rule and legal basis for the cell in hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard.page import Page
from gateway.dashboard.visit import Visit

_DOCUMENT = """query Matrix($role: String, $purpose: String) {
  matrix(role: $role, purpose: $purpose) {
    revision
    roles { code en zh }
    purposes { purpose { code en zh } ground basis phase open }
    groups { group { code en zh } items }
    cells {
      role purpose group treatment written
      counts { treatment items }
      rules { rule text basis treatment rows items written }
    }
  }
}"""
LETTERS = {"FULL": "F", "MASKED": "M", "BANDED": "B", "EXISTS": "X", "WITHHELD": "–"}
_LONGEST = 64


async def draw(visit: Visit) -> Response:
    asked = {name: visit.query(name)[:_LONGEST] or None for name in ("role", "purpose")}
    found = (await visit.api(_DOCUMENT, asked)).field("matrix")
    purposes = {each["purpose"]["code"]: each for each in found["purposes"]}
    roles = {each["code"]: each for each in found["roles"]}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    rules: dict[str, Mapping[str, Any]] = {}
    for cell in found["cells"]:
        rows.setdefault((cell["role"], cell["purpose"]), {})[cell["group"]] = cell
        rules |= {rule["rule"]: rule for rule in cell["rules"]}
    return visit.show(
        "matrix.html",
        found=found,
        roles=roles,
        purposes=purposes,
        rows=[(roles[role], purposes[purpose], cells) for (role, purpose), cells in rows.items()],
        rules=rules,
        letters=LETTERS,
        asked={name: value or "" for name, value in asked.items()},
    )


PAGE = Page(
    "/matrix",
    Words("Policy matrix", "策略矩阵"),
    draw,
    act="MATRIX_READ",
    words={
        "matrix_lead": Words(
            "What each role may see of each group of items, for each purpose, on the purpose's own ground. What has no"
            " letter is closed by default.",
            "各角色基于各目的对各类信息项的可见范围（以该目的自身的依据为前提）。未标字母者默认不开放。",
        ),
        "matrix_role": Words("Role", "角色"),
        "matrix_purpose": Words("Purpose", "目的"),
        "matrix_cell": Words("The cell in hand", "当前单元格"),
        "matrix_hint": Words(
            "Point at a cell, or walk with the arrow keys: rules and legal basis stand here.",
            "指向单元格或用方向键移动，此处显示规则与法律依据。",
        ),
        "matrix_written": Words("more by a written consent that names the item", "经书面同意可进一步开放"),
        "matrix_written_of": Words("needs a written consent that names the item", "须书面同意并列明该项"),
        "matrix_partial": Words("not every item of the group", "仅部分信息项"),
        "matrix_items": Words("items", "项"),
        "matrix_rows": Words("only rows", "仅限记录"),
        "matrix_revision": Words("Revision of the policies", "策略版本"),
        "matrix_not_open": Words("not open yet in this phase", "本阶段尚未开放"),
        "matrix_none": Words("No rule opens anything here.", "没有规则开放任何内容。"),
        "matrix_closed": Words("closed by default: no rule speaks of it", "默认不开放：无规则涉及"),
    },
)
