"""Whatever a source does becomes one outcome that fits the questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from connectors.contract import Connector
from connectors.guards.guard import Guard
from exchange.person import PersonId
from exchange.records import Answer, Delivered, Givens, Outcome, Rows, Unavailable, Wanted

MOST_ROWS = 2000
"""Of one person to one question, whatever is asked for."""

_log = structlog.get_logger()


class Settled(Guard):
    """FAILED stands for an error, and for an answer that does not fit the questions: about somebody else, about not
    everybody, of another length or form, with more rows than asked for. `since` is the first of the failures in a row.
    """

    def __init__(self, inner: Connector) -> None:
        super().__init__(inner)
        self._since: datetime | None = None

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        try:
            outcome = await self._inner.fetch(wanted, people, given, deadline)
        except Exception as error:  # one department must not take the profile down
            self._tell(error)
            outcome = Unavailable(datetime.now(UTC), "FAILED")
        if isinstance(outcome, Delivered):
            if _fits(outcome, wanted, people):
                self._since = None
                return outcome
            _log.warning("source answered beside the question", department=self.department)
            outcome = Unavailable(datetime.now(UTC), "FAILED")
        elif outcome.why == "MAINTENANCE":
            return outcome
        self._since = min(outcome.since, self._since or outcome.since)
        return replace(outcome, since=self._since)

    def _tell(self, error: Exception) -> None:
        """Type and place only: the text of an error may hold a value."""
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        at = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
        _log.error("source raised", department=self.department, error=type(error).__name__, at=at)


def _fits(outcome: Delivered, wanted: tuple[Wanted, ...], people: Sequence[PersonId]) -> bool:
    if outcome.answers.keys() != set(people) or set(map(len, outcome.answers.values())) - {len(wanted)}:
        return False
    return all(map(_answers, wanted, zip(*outcome.answers.values(), strict=True)))


def _answers(question: Wanted, answers: Sequence[Answer]) -> bool:
    """Of all whom it was asked about. A source answers all that it is asked, or nothing."""
    kinds = set(map(type, answers))
    if question.exists or not kinds <= {Rows, tuple}:
        return question.exists and kinds == {bool}
    told: Any = [answer for answer in answers if type(answer) is Rows or answer]
    if not told:
        return True
    most = MOST_ROWS if question.first is None else min(question.first, MOST_ROWS)
    widths = {len(answer.block.columns) for answer in told if type(answer) is Rows}
    widths |= {len(row.values) for answer in told if type(answer) is tuple for row in answer}
    return widths == {len(question.columns)} and max(map(len, told)) <= most


def settled(inner: Connector) -> Connector:
    return Settled(inner)
