"""`sources`: who sees which columns of a department changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.directory import SourceState
from connectors.drift import Drift
from tests.resolvers.conftest import Made

NOW = datetime(2026, 11, 24, tzinfo=UTC)
STATES = [
    SourceState(
        "PBC", "SHAPE_CHANGED", NOW, None, (Drift("", "0123456789abcdef", ("LN_ACCT.LN_BAL: gone",), False, NOW),)
    )
]
QUERY = "{ sources { department state shapes { source state digest differences since } } }"


@pytest.mark.parametrize("role", ["bank-system", "credit-office", "auditor", "operator", "fund-centre"])
async def test_only_those_who_supervise_see_columns_and_digests(
    gateway: Made, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = gateway()
    monkeypatch.setattr(made.departments, "states", lambda: STATES)
    (source,) = (await made.run(QUERY, role)).body["data"]["sources"]
    (shape,) = source["shapes"]
    assert (source["department"], source["state"], shape["state"]) == ("PBC", "SHAPE_CHANGED", "UNFIT")
    assert shape["since"]
    supervises = role in ("credit-office", "auditor", "operator")
    assert shape["differences"] == (["LN_ACCT.LN_BAL: gone"] if supervises else None)
    assert shape["digest"] == ("0123456789abcdef" if supervises else None)
