"""Which roles may do which administrative act."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policies import acts
from policies.engine import Engine
from policies.faults import PolicyFaulty

ROOT = Path(__file__).parents[2]
_USED = re.compile(r'(?:acting|reading|permit|may)\([^)"]*"([A-Z_]+)"')
IMPORTED = "\n    basis: 征信业管理条例 arts 6, 7"
"""What follows the roles of CLIENT_IMPORT, and of no other act for the operator alone."""


def test_who_may_do_what(engine: Engine) -> None:
    office = {code for code in engine.book.acts if engine.may("credit-office", code)}
    assert {"CLIENT_READ", "CLIENT_PROPOSE", "CLIENT_APPROVE", "CLIENT_SUSPEND", "CLIENT_CLOSE"} <= office
    assert "CLIENT_IMPORT" not in office
    assert engine.may("operator", "CLIENT_IMPORT")
    assert {code for code in engine.book.acts if code.startswith("CLIENT") and engine.may("auditor", code)} == {
        "CLIENT_READ"
    }
    assert not any(engine.may("bank-system", code) for code in engine.book.acts if code.startswith("CLIENT"))


@pytest.mark.parametrize("role", ["", "*", "requester", "department", "nobody"])
def test_an_unknown_role_or_a_group_may_nothing(engine: Engine, role: str) -> None:
    assert not any(engine.may(role, code) for code in engine.book.acts)
    assert not engine.may("credit-office", "CLIENT_EAT")


def test_every_act_that_the_code_names_is_there(engine: Engine) -> None:
    files = [*(ROOT / "resolvers").rglob("*.py"), *(ROOT / "gateway").rglob("*.py")]
    used = {code for file in files for code in _USED.findall(file.read_text("utf-8"))}
    assert used <= set(engine.book.acts)


def test_a_group_may_do_an_act_too(catalogue, folder: Path, edit) -> None:
    edit(acts.FILE, "roles: [operator]" + IMPORTED, "roles: [bank, operator]" + IMPORTED)
    changed = Engine.load(folder, catalogue)
    assert changed.may("bank-officer", "CLIENT_IMPORT")
    assert not changed.may("bank", "CLIENT_IMPORT")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "roles: [operator]" + IMPORTED,
            "roles: [operator, bnak]" + IMPORTED,
            "unknown role 'bnak'; did you mean 'bank'?",
        ),
        ("roles: [operator]" + IMPORTED, "roles: operator" + IMPORTED, "roles of CLIENT_IMPORT must be a list"),
        ("roles: [operator]" + IMPORTED, "roles: [{a: b}]" + IMPORTED, "unknown role"),
        ("    roles: [operator]" + IMPORTED, IMPORTED[1:], "roles of CLIENT_IMPORT must be a list"),
        ("  CLIENT_IMPORT:", "  client import:", "is not a code"),
        ("    title_zh: 从文件导入机构与接入端\n", "", "CLIENT_IMPORT has no title_zh"),
        ("    title_zh: 从文件导入机构与接入端\n", "    title_zh: 导入\n    who: me\n", "unknown key 'who'"),
        ("acts:\n", "deeds:\n", "unknown key 'deeds'"),
    ],
)
def test_what_does_not_hold_together_stops_the_start(catalogue, folder, edit, old: str, new: str, said: str) -> None:
    edit(acts.FILE, old, new)
    with pytest.raises(PolicyFaulty) as caught:
        Engine.load(folder, catalogue)
    assert any(fault.file == acts.FILE and said in fault.message for fault in caught.value.faults)
