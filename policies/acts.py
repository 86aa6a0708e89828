"""Administrative acts: `acts.yaml` says which roles may do each. What stands there under no role is nobody's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from policies import marked
from policies.faults import Fault, unknown
from policies.marked import Marked
from policies.roles import Roles

FILE = "acts.yaml"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_TEXTS = ("title_en", "title_zh", "basis")


@dataclass(frozen=True, slots=True)
class Act:
    code: str
    """`CLIENT_SUSPEND`."""
    title_en: str
    title_zh: str
    basis: str
    """Article, in words."""
    roles: frozenset[str]
    """The leaves that may do it."""


def read(folder: Path, roles: Roles, faults: list[Fault]) -> Mapping[str, Act]:
    parts = dict(marked.read(folder / FILE, faults).entries())
    faults.extend(
        Fault(FILE, part.line, unknown("key", name, ("acts",))) for name, part in parts.items() if name != "acts"
    )
    found = (_act(code, entry, roles, faults) for code, entry in parts.get("acts", marked.NOTHING).entries())
    return {act.code: act for act in found if act}


def _act(code: str, entry: Marked, roles: Roles, faults: list[Fault]) -> Act | None:
    before = len(faults)
    parts = dict(entry.entries())
    if not _CODE.fullmatch(code):
        faults.append(Fault(FILE, entry.line, f"{code!r} is not a code: capitals, digits and _"))
    faults.extend(
        Fault(FILE, part.line, unknown("key", name, (*_TEXTS, "roles")))
        for name, part in parts.items()
        if name not in (*_TEXTS, "roles")
    )
    texts = {name: parts.get(name, marked.NOTHING).text() for name in _TEXTS}
    faults.extend(Fault(FILE, entry.line, f"{code} has no {name}") for name, text in texts.items() if not text)
    named = parts.get("roles", marked.NOTHING).plain()
    if not isinstance(named, list):
        faults.append(Fault(FILE, entry.line, f"roles of {code} must be a list"))
        named = []
    faults.extend(
        Fault(FILE, parts["roles"].line, unknown("role", str(role), roles.reach))
        for role in named
        if not isinstance(role, str) or role not in roles.reach
    )
    if len(faults) > before:
        return None
    leaves = frozenset(leaf for role in named for leaf in roles.reach[role])
    return Act(code, texts["title_en"], texts["title_zh"], texts["basis"], leaves)
