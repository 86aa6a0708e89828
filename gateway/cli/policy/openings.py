"""How ways to an item are written: as JSON, and as a ground in words."""

from __future__ import annotations

from typing import Any

from policies.backwards import Opening


def as_json(opening: Opening) -> dict[str, Any]:
    return {
        "role": opening.role,
        "purpose": opening.purpose,
        "ground": opening.ground,
        "written": opening.written,
        "item": opening.item,
        "treatment": opening.treatment.value,
        "rows": [{"name": row.name, "en": row.en, "zh": row.zh} for row in opening.rows],
        "rule": opening.rule,
        "basis": opening.basis,
        "place": opening.place,
    }


def ground_of(opening: Opening) -> str:
    return "written consent naming it" if opening.written else opening.ground


def rows_of(opening: Opening) -> str:
    return " or ".join(row.name for row in opening.rows) or "all"
