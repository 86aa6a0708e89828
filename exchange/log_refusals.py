"""Refusals of those who read the log; `exchange.refusals` brings them with all others."""

from __future__ import annotations

from exchange.refusal import Refusal


class CursorInvalid(Refusal):
    """This cursor is not one that this gateway gave out."""

    code = "CURSOR_INVALID"
    help = "Take it from the page before, or leave it out to begin."


class FilterInvalid(Refusal):
    """This filter holds something that no entry can hold."""

    code = "FILTER_INVALID"
    help = "'rule' names the argument; docs/reading-the-log.md says what each takes."


class ExportTooLarge(Refusal):
    """There are more entries than one answer may hold."""

    code = "EXPORT_TOO_LARGE"
    help = "Read them page by page, or ask the credit office for the file."


class PeriodInvalid(Refusal):
    """Statistics tell of whole calendar months that have ended."""

    code = "PERIOD_INVALID"
    help = "Give 'since' and 'until' as months (2026-09), in order, both ended, and at most 36 of them."


class GroupingInvalid(Refusal):
    """These counts cannot be told by that, or not by so much at once."""

    code = "GROUPING_INVALID"
    help = "Name each dimension once and at most four of them; docs/statistics.md says which counts have which."
