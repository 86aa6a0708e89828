"""Refusals of those who read the log; `exchange.refusals` brings them with all others."""

from __future__ import annotations

from exchange.refusal import Refusal


class CursorInvalid(Refusal):
    """This cursor is not one that this gateway gave out."""

    code = "CURSOR_INVALID"
    help = "Take it from the page before, or leave it out to begin."


class EntryUnknown(Refusal):
    """The log holds no entry of this id."""

    code = "ENTRY_UNKNOWN"
    help = "Take the id from an answer or from 'disclosures'; the oldest entries are in the archive."


class FilterInvalid(Refusal):
    """This filter holds something that no entry can hold."""

    code = "FILTER_INVALID"
    help = "'rule' names the argument; docs/reading-the-log.md says what each takes."


class ExportTooLarge(Refusal):
    """There are more entries than one answer may hold."""

    code = "EXPORT_TOO_LARGE"
    help = "Read them page by page, or ask the credit office for the file."


class PeriodInvalid(Refusal):
    """This is no period that can be counted."""

    code = "PERIOD_INVALID"
    help = "'rule' names the argument: statistics take whole months that have ended (2026-09), activity takes days."


class GroupingInvalid(Refusal):
    """These counts cannot be told by that, or not by so much at once."""

    code = "GROUPING_INVALID"
    help = "Name each dimension once and at most four of them; docs/statistics.md says which counts have which."


class CountsPending(Refusal):
    """What was asked for is still being counted."""

    code = "COUNTS_PENDING"
    help = "Ask again in a few seconds: counting goes on, and is done once."
