"""Every page of the dashboard, in the order of the menu. A new one is a line here (docs/dashboard.md)."""

from __future__ import annotations

from gateway.dashboard import (
    alarms,
    asks,
    consents,
    coverage,
    departments,
    log,
    matrix,
    overview,
    refusals,
    statistics,
    why,
)
from gateway.dashboard.page import Page

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    asks.PAGE,
    refusals.PAGE,
    why.PAGE,
    alarms.PAGE,
    departments.PAGE,
    log.PAGE,
    statistics.PAGE,
    consents.PAGE,
    coverage.PAGE,
    matrix.PAGE,
)
