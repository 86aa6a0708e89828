from __future__ import annotations

from datetime import date

from exchange.dispute import Dispute
from exchange.store.dispute import Disputes

A, B = "aa" * 16, "bb" * 16
FIRST = Dispute("d-1", "dispute", A, "PBC03", "LN-1", date(2026, 11, 1), "已结清，系统未更新")
SECOND = Dispute("d-2", "repair", A, "SAM02", "P-9", date(2026, 11, 2))
OTHER = Dispute("d-3", "dispute", B, "PBC03", "LN-1", date(2026, 11, 3))


async def test_open_disputes_of_the_people_asked_about(database):
    disputes = Disputes(database)
    assert await disputes.add([SECOND, FIRST, OTHER]) == 3
    assert await disputes.open([A]) == [FIRST, SECOND]
    assert await disputes.open([A, B]) == [FIRST, SECOND, OTHER]
    assert await disputes.open([]) == []


async def test_a_closed_dispute_marks_nothing_and_stays_closed(database):
    disputes = Disputes(database)
    await disputes.add([FIRST, SECOND])
    await disputes.close(FIRST.id, date(2026, 11, 20))
    assert await disputes.add([FIRST]) == 0
    assert await disputes.open([A]) == [SECOND]
