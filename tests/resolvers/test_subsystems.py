"""Several sources of one department in one profile: values that differ, days that are old, sources that are silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connectors.guards.guard import Guard
from connectors.memory import Memory
from connectors.merged import Merged
from connectors.place import PersonKey, Place, RecordPlace, SourcePlace
from exchange.catalogue import Kind
from exchange.person import PersonId
from exchange.records import Conflict, Held, Outcome, Unavailable, Wanted
from tests.resolvers.conftest import CATALOGUE, NOW, PERSON, Gateway, Made

DISCLOSURE = """disclosure { complete conflicts { selection item values { value subsystem asOf } }
    sources { department subsystem state asOf } }"""
PENSION = "socialSecurity { pensionInsurance { enrolmentStatus monthsPaid24m provenance { asOf subsystems } } }"
NEW_CARD = {"person": PERSON, "key": "M1", "as_of": "2026-10-31", "enrolment_status": "1", "months_paid_24m": 20}
OLD_CARD = {**NEW_CARD, "key": "Z9", "as_of": "2026-01-31"}


def place(name: str, *records: str, stale_after: int | None = None) -> SourcePlace:
    """As a mapping file would give it, with every item in it."""
    column = Place(1, Kind.STRING, column="c")
    places = {
        code: RecordPlace(
            record=code,
            line=1,
            many=CATALOGUE.records[code].many,
            person_key=PersonKey(1, "id", None, ()),
            items=dict.fromkeys(CATALOGUE.records[code].items, column),
            record_key=column,
        )
        for code in records
    }
    return SourcePlace("HRS", name, "hrs.yaml", 1, "sql", "", places, stale_after=stale_after)


class Down(Guard):
    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Any, deadline: float
    ) -> Outcome:
        return Unavailable(NOW, "TIMEOUT")


def memory(**rows: Mapping[str, Any]) -> Memory:
    return Memory("HRS", CATALOGUE, {code: [row] for code, row in rows.items()})


def served(gateway: Gateway, monkeypatch: pytest.MonkeyPatch, *sources: tuple[SourcePlace, Any]) -> Gateway:
    """The gateway, with labour and social security on these sources."""
    merged, plain = Merged("HRS", CATALOGUE, sources), gateway.departments.fetch

    async def fetch(
        wanted: Mapping[str, tuple[Wanted, ...]], people: Sequence[PersonId], given: Any, deadline: float
    ) -> dict[str, Outcome]:
        others = await plain({code: each for code, each in wanted.items() if code != "HRS"}, people, given, deadline)
        own = await merged.fetch(wanted["HRS"], people, given, deadline) if "HRS" in wanted else None
        return others if own is None else {**others, "HRS": own}

    monkeypatch.setattr(gateway.departments, "fetch", fetch)
    return gateway


def state_of(person: Mapping[str, Any], subsystem: str | None) -> tuple[str, str | None]:
    (found,) = [
        each
        for each in person["disclosure"]["sources"]
        if each["department"] == "HRS" and each["subsystem"] == subsystem
    ]
    return found["state"], found["asOf"]


async def test_values_that_differ_are_all_told_and_none_is_chosen(
    gateway: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**OLD_CARD, "enrolment_status": "2"}
    made = served(
        gateway(),
        monkeypatch,
        (place("pension", "HRS02"), memory(HRS02=NEW_CARD)),
        (place("archive", "HRS02"), memory(HRS02=other)),
    )
    body = await made.person(f"{PENSION} {DISCLOSURE}")
    person = body["data"]["person"]
    pension = person["socialSecurity"]["pensionInsurance"]
    assert pension["enrolmentStatus"] is None
    assert pension["provenance"] == {"asOf": "2026-01-31", "subsystems": ["pension", "archive"]}
    told = [
        {"value": "1", "subsystem": "pension", "asOf": "2026-10-31"},
        {"value": "2", "subsystem": "archive", "asOf": "2026-01-31"},
    ]
    conflict = {"item": "HRS02.enrolment_status", "values": told}
    selection = {"selection": "person.socialSecurity.pensionInsurance.enrolmentStatus"}
    assert person["disclosure"]["conflicts"] == [selection | conflict]
    assert body["extensions"]["disclosure"]["person"]["conflicts"] == [selection | conflict]
    assert person["disclosure"]["complete"] is False
    assert {state_of(person, name)[0] for name in ("pension", "archive")} == {"CONFLICT"}
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "SOURCE_CONFLICT"
    assert error["path"] == ["person", "socialSecurity", "pensionInsurance", "enrolmentStatus"]


async def test_months_that_are_one_band_are_no_conflict(gateway: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs only below what the requester may see would tell of what is withheld."""
    differing = {**OLD_CARD, "months_paid_24m": 21}
    sources = (
        (place("pension", "HRS02"), memory(HRS02=NEW_CARD)),
        (place("archive", "HRS02"), memory(HRS02=differing)),
    )
    body = await served(gateway(), monkeypatch, *sources).person(f"{PENSION} {DISCLOSURE}")
    person = body["data"]["person"]
    assert "errors" not in body
    assert person["socialSecurity"]["pensionInsurance"]["monthsPaid24m"].startswith("[")
    assert person["disclosure"]["conflicts"] == []
    assert person["disclosure"]["complete"] is True


async def test_conflicting_values_are_treated_as_the_item_itself(gateway: Made) -> None:
    institutions = Conflict((Held("B10110000H0001", "new"), Held("B10990000H0001", "old")))
    row = {
        "key": "L1",
        "institution_code": institutions,
        "balance": Conflict((Held("1000.5", "new"), Held("70000", "old"))),
        "account_status": Conflict((Held("1", "new"), Held("3", "old"))),
        "opened_on": Conflict((Held("2024-01-05", "new"), Held("2024-01-31", "old"))),
    }
    selection = "financial { loanAccounts { institutionCode balance accountStatus openedOn } }"
    body = await gateway({"PBC03": [row]}).person(f"{selection} {DISCLOSURE}", "bank-officer")
    person = body["data"]["person"]
    found = {each["item"]: [held["value"] for held in each["values"]] for each in person["disclosure"]["conflicts"]}
    assert found["PBC03.balance"] == ["[1000,5000)", "[50000,100000)"]
    assert found["PBC03.account_status"] == ["1", "3"]
    assert "B10990000H0001" not in str(body), "masked, each for itself"
    assert len(set(found["PBC03.institution_code"])) == 2
    assert person["financial"]["loanAccounts"] == [
        {"institutionCode": None, "balance": None, "accountStatus": None, "openedOn": "2024-01-XX"}
    ], "two days of one month are one value for who sees the month"
    assert {each["selection"] for each in person["disclosure"]["conflicts"]} == {
        f"person.financial.loanAccounts.0.{name}" for name in ("institutionCode", "balance", "accountStatus")
    }


async def test_a_figure_over_a_conflict_is_null(gateway: Made) -> None:
    row = {"key": "L1", "balance": Conflict((Held("1"), Held("2"))), "account_status": "1"}
    body = await gateway({"PBC03": [row]}).person("summary { loanBalance loanAccounts } disclosure { complete }")
    person = body["data"]["person"]
    assert person["summary"] == {"loanBalance": None, "loanAccounts": "1"}
    assert person["disclosure"]["complete"] is False
    assert body["errors"][0]["path"] == ["person", "summary", "loanBalance"]


@pytest.mark.parametrize(("days", "state"), [(23, "STALE"), (24, "DELIVERED"), (None, "DELIVERED")])
async def test_what_is_vouched_for_on_an_old_day_is_stale(
    gateway: Made, monkeypatch: pytest.MonkeyPatch, days: int | None, state: str
) -> None:
    """2026-10-31 is 24 days before the ask."""
    for name, others in (("", ()), ("pension", [(place("other", "HRS03"), memory())])):
        source = (place(name, "HRS02", stale_after=days), memory(HRS02=NEW_CARD))
        made = served(gateway(), monkeypatch, source, *others)
        body = await made.person(f"{PENSION} {DISCLOSURE}")
        assert state_of(body["data"]["person"], name or None) == (state, "2026-10-31")


async def test_only_the_source_whose_rows_are_old_is_stale(gateway: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = {"person": PERSON, "key": "E1", "as_of": "2026-11-01", "employer_name": "A", "started_on": "2025-01-01"}
    old = {**posts, "key": "E2", "as_of": "2026-01-31", "started_on": "2020-01-01", "ended_on": "2024-01-01"}
    made = served(
        gateway(),
        monkeypatch,
        (place("posts", "HRS01", stale_after=45), memory(HRS01=posts)),
        (place("old_posts", "HRS01", stale_after=45), memory(HRS01=old)),
    )
    selection = "socialSecurity { employmentRelations { employerName provenance { subsystems } } }"
    person = (await made.person(f"{selection} {DISCLOSURE}"))["data"]["person"]
    assert [each["provenance"]["subsystems"] for each in person["socialSecurity"]["employmentRelations"]] == [
        ["posts"],
        ["old_posts"],
    ]
    assert state_of(person, "posts") == ("DELIVERED", "2026-11-01")
    assert state_of(person, "old_posts") == ("STALE", "2026-01-31")


async def test_a_source_is_not_stale_because_its_neighbour_tells_the_same_of_an_old_day(
    gateway: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is vouched for as a whole on the older day only; each source answers for its own."""
    made = served(
        gateway(),
        monkeypatch,
        (place("pension", "HRS02", stale_after=45), memory(HRS02=NEW_CARD)),
        (place("archive", "HRS02", stale_after=45), memory(HRS02=OLD_CARD)),
    )
    person = (await made.person(f"{PENSION} {DISCLOSURE}"))["data"]["person"]
    assert person["socialSecurity"]["pensionInsurance"]["provenance"]["asOf"] == "2026-01-31"
    assert state_of(person, "pension") == ("DELIVERED", "2026-10-31")
    assert state_of(person, "archive") == ("STALE", "2026-01-31")


async def test_what_one_subsystem_leaves_open_is_named(gateway: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    made = served(
        gateway(),
        monkeypatch,
        (place("pension", "HRS02"), memory(HRS02=NEW_CARD)),
        (place("unemployment", "HRS04"), Down(memory())),
    )
    selection = "socialSecurity { pensionInsurance { enrolmentStatus } unemploymentInsurance { enrolmentStatus } }"
    body = await made.person(f"{selection} {DISCLOSURE}")
    person = body["data"]["person"]
    assert person["socialSecurity"] == {"pensionInsurance": {"enrolmentStatus": "1"}, "unemploymentInsurance": None}
    assert person["disclosure"]["complete"] is False
    assert state_of(person, "pension") == ("DELIVERED", "2026-10-31")
    assert state_of(person, "unemployment") == ("TIMEOUT", None)
    (error,) = body["errors"]
    assert error["path"] == ["person", "socialSecurity", "unemploymentInsurance"]
    told = error["extensions"]
    assert (told["code"], told["department"], told["subsystem"], told["reason"]) == (
        "SOURCE_UNAVAILABLE",
        "HRS",
        "unemployment",
        "TIMEOUT",
    )
