"""Every page of the dashboard, in the order of the menu. A new one is a line here (docs/dashboard.md)."""

from __future__ import annotations

from gateway.dashboard import matrix, overview, why
from gateway.dashboard.page import Page

PAGES: tuple[Page, ...] = (overview.PAGE, matrix.PAGE, why.PAGE)
