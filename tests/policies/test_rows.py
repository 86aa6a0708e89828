from __future__ import annotations

from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from exchange.condition import All, Any, Compare, Condition, Given, KeyIn, Missing, Not, OneOf
from policies import rows
from policies.faults import Fault
from policies.rulebook import FOLDER


def shipped(catalogue: Catalogue) -> dict[str, rows.RowCondition]:
    faults: list[Fault] = []
    found = rows.read(FOLDER, catalogue, faults)
    assert faults == []
    return found


def test_the_closed_vocabulary(catalogue: Catalogue) -> None:
    assert set(shipped(catalogue)) == {
        "own_institution", "own_provider", "open_account_here", "disputed_record_only", "insurance_fraud_only",
        "currently_married",
    }  # fmt: skip
    assert all(row.zh and row.en for row in shipped(catalogue).values())


def test_what_each_condition_says(catalogue: Catalogue) -> None:
    found = shipped(catalogue)
    institution = Compare("institution_code", "=", Given("institution"))
    provider = Compare("provider_code", "=", Given("provider"))
    inquirer = Compare("inquirer_code", "=", Given("institution"))
    assert found["own_institution"].records == {"PBC03": institution, "PBC04": institution, "PBC08": inquirer}
    assert found["own_provider"].records == {"UTL01": provider, "UTL02": provider}
    not_closed = Any((Missing("closed_on"), Not(Compare("closed_on", "<=", Given("today")))))
    here = All((institution, not_closed))
    assert found["open_account_here"].records == {"PBC03": here, "PBC04": here}
    disputed = found["disputed_record_only"].records
    assert set(disputed) == set(catalogue.records)
    assert disputed["CRT01"] == KeyIn(Given("disputed:CRT01"))
    assert found["insurance_fraud_only"].records == {"HRS07": OneOf("violation_type", ("1", "2", "3", "4"))}
    assert found["currently_married"].records == {"CVA01": OneOf("marital_status", ("20", "21", "22", "23"))}


def reading(
    folder: Path, catalogue: Catalogue, condition: str, record: str = "PBC03"
) -> tuple[Condition | None, list[Fault]]:
    faults: list[Fault] = []
    (folder / "rows.yaml").write_text(f"test:\n  zh: 测\n  en: t\n  records:\n    {record}: {condition}\n")
    found = rows.read(folder, catalogue, faults)
    return found["test"].records.get(record), faults


def test_the_grammar(tmp_path: Path, catalogue: Catalogue) -> None:
    for text, condition in {
        "{item: opened_on, at_least: {given: today-5y}}": Compare("opened_on", ">=", Given("today-5y")),
        "{item: opened_on, at_most: '2026-01-31'}": Compare("opened_on", "<=", "2026-01-31"),
        "{item: account_status, equals: '1'}": Compare("account_status", "=", "1"),
        "{not: {missing: closed_on}}": Not(Missing("closed_on")),
    }.items():
        assert reading(tmp_path, catalogue, text) == (condition, [])
    text = "{item: registered_division_code, one_of: {given: districts}}"
    condition = OneOf("registered_division_code", Given("districts"))
    assert reading(tmp_path, catalogue, text, "PSB02") == (condition, [])


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "{item: instituton_code, equals: {given: institution}}",
            "unknown item of PBC03 'instituton_code'; did you mean",
        ),
        ("{item: account_status, equals: 'Q'}", "unknown code of PBC03.account_status 'Q'"),
        ("{item: account_status, equals: 1}", "needs texts in quotes"),
        ("{item: account_status, like: '1'}", "unknown comparison 'like'"),
        ("{item: opened_on, at_most: yesterday}", "compares with a day"),
        ("{item: opened_on, at_most: {given: institution}}", "a date compares with a day"),
        ("{item: opened_on, at_most: {given: today-24m}}", "a date compares with a day"),
        ("{item: institution_code, equals: {given: instituton}}", "an attribute is compared by equals and is one of"),
        ("{item: institution_code, at_most: {given: institution}}", "an attribute is compared by equals"),
        ("{item: institution_code, equals: {given: today}}", "a date compares with a day"),
        ("{item: institution_code, one_of: {given: institution}}", "one_of knows only {given: districts}"),
        ("{key_in: {given: 'disputed:PBC04'}}", "key_in knows only"),
        ("{key_in: [a]}", "key_in knows only"),
        ("{all: []}", "is no condition, or lacks its list"),
        ("{some: []}", "is no condition, or lacks its list"),
        ("{missing: closed_on, not: {}}", "a condition is one of"),
        ("everything", "a condition is one of"),
    ],
)
def test_a_faulty_condition(tmp_path: Path, catalogue: Catalogue, condition: str, message: str) -> None:
    found, faults = reading(tmp_path, catalogue, condition)
    assert found is None
    assert [(fault.file, fault.line) for fault in faults] == [("rows.yaml", 5)]
    assert message in faults[0].message


def test_an_unknown_record_type_or_key(tmp_path: Path, catalogue: Catalogue) -> None:
    assert "unknown record type 'PBC33'" in reading(tmp_path, catalogue, "{missing: closed_on}", "PBC33")[1][0].message
    faults: list[Fault] = []
    (tmp_path / "rows.yaml").write_text("test:\n  zh: 测\n  english: t\n  records: {}\n")
    assert rows.read(tmp_path, catalogue, faults) == {}
    assert [(fault.line, fault.message.split(";")[0]) for fault in faults] == [
        (3, "unknown key 'english'"),
        (2, "test has no en"),
    ]
