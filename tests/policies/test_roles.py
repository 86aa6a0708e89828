from __future__ import annotations

from pathlib import Path

from policies import roles
from policies.faults import Fault
from policies.roles import Roles


def reading(folder: Path, *lines: str) -> tuple[Roles, list[Fault]]:
    faults: list[Fault] = []
    (folder / "roles.csv").write_text("\n".join(lines))
    return roles.read(folder, faults), faults


def test_a_role_stands_for_the_leaves_beneath_it(tmp_path: Path) -> None:
    found, faults = reading(tmp_path, "g, officer, bank", "g, system, bank", "g, bank, lender", "g, union, lender")
    assert faults == []
    assert found.leaves == ("officer", "system", "union")
    assert found.reach["lender"] == {"officer", "system", "union"}
    assert found.reach["bank"] == {"officer", "system"}
    assert found.reach["union"] == {"union"}


def test_roles_that_inherit_in_a_circle(tmp_path: Path) -> None:
    _, faults = reading(tmp_path, "g, a, b", "g, b, c", "g, c, a")
    assert [(fault.file, fault.line) for fault in faults] == [("roles.csv", 3)]
    assert "in a circle" in faults[0].message


def test_a_role_that_inherits_from_itself(tmp_path: Path) -> None:
    _, faults = reading(tmp_path, "g, x, y", "g, a, a")
    assert [fault.line for fault in faults] == [2]


def test_a_chain_that_casbin_would_cut_off(tmp_path: Path) -> None:
    nine = [f"g, r{n}, r{n + 1}" for n in range(9)]
    assert reading(tmp_path, *nine)[1] == []
    _, faults = reading(tmp_path, *nine, "g, r9, r10")
    assert [fault.line for fault in faults] == [1]
    assert "10 links" in faults[0].message


def test_the_same_line_twice(tmp_path: Path) -> None:
    _, faults = reading(tmp_path, "g, a, b", "g, a, b")
    assert [fault.line for fault in faults] == [2]
