"""The exam that every connector sits, over one set of rows (`tests/connectors/small.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

import pytest

from connectors.contract import Connector
from connectors.counting import Counts
from connectors.memory import Memory
from exchange.condition import ALWAYS, NEVER, All, Any, Compare, Condition, Given, KeyIn, Missing, Not, OneOf
from exchange.holding import Holding
from exchange.person import PersonId
from exchange.records import Answer, Bad, Column, Delivered, Row, Wanted
from exchange.retention import days_given
from tests.connectors.small import ADDRESSES, AMOUNTS, CATALOGUE, LOAN, NEW, NOBODY, OLD, OTHER, ROWS

GIVEN = {
    **days_given(date(2026, 11, 24)),
    "institution": "A",
    "nothing": None,
    "districts": ["A", "Z"],
    "statuses": ["3"],
    "disputed:PBC03": ["L2", "L1"],
}
TODAY_5Y = Given("today-5y")


def wanted(*items: str, record: str = "PBC03", **more: object) -> Wanted:
    return Wanted(record, tuple(Column(item) for item in items), **more)  # type: ignore[arg-type]


async def answers(connector: Connector, person: PersonId, *questions: Wanted) -> tuple[Answer, ...]:
    outcome = await connector.fetch(questions, (person,), GIVEN, asyncio.get_running_loop().time() + 20)
    assert isinstance(outcome, Delivered), outcome
    return outcome.answers[person]


async def values(connector: Connector, question: Wanted, person: PersonId = NEW) -> list[tuple[object, ...]]:
    (rows,) = await answers(connector, person, question)
    assert isinstance(rows, Sequence)
    return [row.values for row in rows]


CONDITIONS: list[tuple[Condition, list[str]]] = [
    (ALWAYS, ["A", "B", "A"]),
    (NEVER, []),
    (Compare("institution_code", "=", Given("institution")), ["A", "A"]),
    (Compare("institution_code", "=", Given("nothing")), []),
    (Not(Compare("institution_code", "=", Given("nothing"))), ["A", "B", "A"]),
    (OneOf("institution_code", Given("districts")), ["A", "A"]),
    (OneOf("account_status", Given("statuses")), ["B"]),
    (OneOf("account_status", ("1", "2")), ["A"]),
    (Not(OneOf("account_status", ("1", "2"))), ["B", "A"]),
    (Compare("guarantee_type", "=", "9"), ["B"]),
    (Compare("guarantee_type", "=", "1"), ["A"]),
    (Compare("currency", "=", "CNY"), ["A", "B", "A"]),
    (Compare("joint", "=", "true"), ["A"]),
    (Compare("joint", "=", "false"), ["B"]),
    (Missing("ended_on"), ["A", "A"]),
    (Missing("opened_on"), []),
    (Missing("note"), ["A", "B", "A"]),
    (Compare("note", "=", "x"), []),
    (Compare("ended_on", "<=", TODAY_5Y), ["B"]),
    (Not(Compare("ended_on", "<=", TODAY_5Y)), ["A", "A"]),
    (Compare("settled_on", "<=", TODAY_5Y), ["B"]),
    (Compare("opened_on", ">=", "2025-06-30"), ["B"]),
    (Compare("opened_on", "<=", "2025-06-29"), ["A"]),
    (Compare("month", ">=", Given("today-1y")), ["A"]),
    (Compare("month", ">=", Given("today")), []),
    (KeyIn(Given("disputed:PBC03")), ["A", "B"]),
    (All((Compare("joint", "=", "true"), Missing("ended_on"))), ["A"]),
    (Any((Compare("joint", "=", "true"), Compare("joint", "=", "false"))), ["A", "B"]),
]


class ConnectorExam:
    """A subclass gives a fixture `connector` over the rows of `small`."""

    async def test_values_are_canonical(self, connector: Connector) -> None:
        found = await values(connector, wanted(*LOAN.items))
        assert found == [
            ("A", "2024-01-05", "1234.5", "1", "1", 36, "2026-01", True, None, "CNY", None),
            ("B", "2025-06-30", "0", "3", "9", 12, None, False, "2021-11-24", "CNY", None),
            ("A", Bad.VALUE, Bad.VALUE, Bad.VALUE, None, Bad.VALUE, None, None, None, "CNY", None),
        ]

    async def test_only_wanted_values_in_the_wanted_order(self, connector: Connector) -> None:
        assert await values(connector, wanted("terms", "institution_code")) == [(36, "A"), (12, "B"), (Bad.VALUE, "A")]

    async def test_an_old_number_finds_its_rows(self, connector: Connector) -> None:
        assert await values(connector, wanted("balance", "opened_on"), OLD) == [("0.01", "2020-02-29")]

    async def test_nobody_is_absent(self, connector: Connector) -> None:
        found = await answers(
            connector, NOBODY, wanted("balance"), wanted(exists=True), wanted("mobile", record="PBC01")
        )
        assert found == ((), False, ())

    async def test_many_people_in_one_call(self, connector: Connector) -> None:
        people = (NOBODY, OTHER, NEW, OLD, NEW)
        outcome = await connector.fetch(
            (wanted("institution_code"), wanted(record="PBC06", exists=True)),
            people,
            GIVEN,
            asyncio.get_running_loop().time() + 20,
        )
        assert isinstance(outcome, Delivered)
        assert {
            person: len(found[0]) for person, found in outcome.answers.items() if isinstance(found[0], Sequence)
        } == {
            NOBODY: 0,
            OTHER: 0,
            NEW: 3,
            OLD: 1,
        }
        assert {person: found[1] for person, found in outcome.answers.items()} == {
            NOBODY: False,
            OTHER: True,
            NEW: True,
            OLD: False,
        }
        assert outcome.as_of == "2026-10-31"

    async def test_bad_values_are_counted(self, connector: Connector) -> None:
        outcome = await connector.fetch(
            (wanted("balance", "terms", "joint"),), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20
        )
        assert isinstance(outcome, Delivered)
        assert outcome.invalid == 2

    async def test_order_newest_first_and_undated_last(self, connector: Connector) -> None:
        assert await values(connector, wanted("institution_code", "terms", order="opened_on")) == [
            ("B", 12),
            ("A", 36),
            ("A", Bad.VALUE),
        ]

    @pytest.mark.parametrize(("first", "count"), [(0, 0), (1, 1), (2, 2), (100, 3)])
    async def test_first(self, connector: Connector, first: int, count: int) -> None:
        assert len(await values(connector, wanted("terms", first=first))) == count

    @pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=lambda each: str(each)[:60])
    async def test_conditions(self, connector: Connector, condition: Condition, expected: list[str]) -> None:
        rows, exists = await answers(
            connector, NEW, wanted("institution_code", rows=condition), wanted(rows=condition, exists=True)
        )
        assert isinstance(rows, Sequence)
        assert [row.values[0] for row in rows] == expected
        assert exists is bool(expected)

    async def test_a_value_is_null_where_its_condition_does_not_hold(self, connector: Connector) -> None:
        question = Wanted("PBC03", (Column("institution_code", Compare("joint", "=", "true")), Column("currency")))
        assert await values(connector, question) == [("A", "CNY"), (None, "CNY"), (None, "CNY")]

    async def test_provenance_and_marks(self, connector: Connector) -> None:
        (rows,) = await answers(connector, NEW, wanted(marks=True))
        assert rows == (Row((), "2026-10-31", 1), Row((), "2026-09-30", 0), Row((), None, None))

    async def test_no_marks_unless_wanted(self, connector: Connector) -> None:
        (rows,) = await answers(connector, NEW, wanted("terms", first=1))
        assert rows == (Row((36,), "2026-10-31", None),)

    async def test_one_of_several_rows_by_the_mappings_order(self, connector: Connector) -> None:
        assert await values(connector, wanted("employer", record="PBC02")) == [("盘龙江·水务",)]

    async def test_a_select_keyed_by_both_forms(self, connector: Connector) -> None:
        assert await values(connector, wanted("employer", record="PBC02"), OLD) == [("滇池学校",)]

    async def test_several_rows_where_one_is_meant_are_a_conflict(self, connector: Connector) -> None:
        assert await values(connector, wanted("mobile", "address", record="PBC01")) == [("13800000001", ADDRESSES)]

    async def test_duplicates_are_folded_and_differences_a_conflict(self, connector: Connector) -> None:
        found = await values(connector, wanted("amount", "paid_on", record="PBC06", order="paid_on"))
        assert found == [(AMOUNTS, "2026-02-01"), ("10", "2026-01-01")]

    async def test_the_same_record_type_in_several_questions(self, connector: Connector) -> None:
        found = await answers(
            connector,
            NEW,
            wanted("terms", first=1),
            wanted("balance", first=1),
            wanted("amount", record="PBC06", first=1),
        )
        assert [rows[0].values for rows in found if isinstance(rows, Sequence)] == [(36,), ("1234.5",), ("10",)]

    async def test_what_is_held_is_counted_without_a_row(
        self, connector: Connector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As the connector in memory counts the same rows; of so few, none may leave."""
        assert isinstance(connector, Counts)
        wishes = {code: tuple(record.items) for code, record in CATALOGUE.records.items() if ROWS.get(code)}
        assert len(wishes) > 1
        soon = asyncio.get_running_loop().time() + 20
        assert await connector.holdings(wishes, soon) == dict.fromkeys(wishes, Holding())
        monkeypatch.setattr("connectors.sql.counts.LEAST", 1)
        monkeypatch.setattr("exchange.holding.LEAST", 1)
        found = await connector.holdings(wishes, soon)
        assert found == await Memory("PBC", CATALOGUE, ROWS).holdings(wishes, soon)
