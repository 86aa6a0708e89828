"""The auditor reads the log: by what entries hold, and who was exposed; every read is an entry itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.resolvers.conftest import NOW
from tests.resolvers.reading import OTHERS, OWN, Reading, disclosure, opened, refused

WINDOW = {"since": "2026-11-24T00:00:00Z", "until": "2026-11-25T00:00:00+08:00"}
EXPOSURE = """query($client: String!, $since: String!, $until: String!, $first: Int! = 50, $after: String) {
  exposure(client: $client, since: $since, until: $until, first: $first, after: $after) {
    people disclosures after exposed { person count first last items { item { code en zh } treatment count delivered } }
  }
}"""
NAMES = {"first": "Int! = 50", "event": "LogEvent"}


@pytest.fixture
async def reading(store_url: str) -> AsyncIterator[Reading]:
    async with opened(store_url) as one:
        await one.seal(disclosure(id="d-0"))
        await one.seal(disclosure(id="d-1", purpose="CARD_APPROVAL", people=(OTHERS,), at=NOW + timedelta(minutes=1)))
        await one.seal(refused("CONSENT_REQUIRED", id="d-2", at=NOW + timedelta(minutes=2)))
        yield one


async def asked(reading: Reading, who: str = "auditor", **sought: Any) -> dict[str, Any]:
    heads = ", ".join(f"${name}: {NAMES.get(name, 'String')}" for name in sought)
    passed = ", ".join(f"{name}: ${name}" for name in sought)
    entries = "entries { id event people by { operator } proof { index } } after"
    query = f"query({heads}) {{ disclosures({passed}) {{ {entries} }} }}"
    return await reading.run(who, query if sought else f"{{ disclosures {{ {entries} }} }}", **sought)


async def found(reading: Reading, **sought: Any) -> list[str]:
    body = await asked(reading, **sought)
    assert "errors" not in body, body
    return [entry["id"] for entry in body["data"]["disclosures"]["entries"] if entry["id"].startswith("d-")]


@pytest.mark.parametrize(
    ("sought", "ids"),
    [
        ({}, ["d-2", "d-1", "d-0"]),
        ({"client": "bank-system"}, ["d-2", "d-1", "d-0"]),
        ({"client": "nobody"}, []),
        ({"organisation": "bank-a", "event": "DISCLOSURE"}, ["d-1", "d-0"]),
        ({"purpose": "CARD_APPROVAL"}, ["d-1"]),
        ({"role": "person"}, []),
        ({"rule": "P-1"}, ["d-1", "d-0"]),
        ({"item": "PSB01.name", "purpose": "LOAN_APPROVAL"}, ["d-0"]),
        ({"code": "CONSENT_REQUIRED"}, ["d-2"]),
        ({"since": "2026-11-24T09:01:00Z", "until": "2026-11-24T17:02:00+08:00"}, ["d-1"]),
    ],
)
async def test_entries_are_found_and_the_read_is_sealed(
    reading: Reading, sought: dict[str, Any], ids: list[str]
) -> None:
    assert await found(reading, **sought) == ids
    last = (await reading.entries())[-1]
    assert (last["event"], last["operator"], last["people"]) == ("administration", "zhang.min", [])
    assert last["administrative"]["act"] == "LOG_READ"
    assert last["administrative"]["object"].startswith("entries:")
    assert len(last["administrative"]["digest"]) == 32
    assert not any(word in str(last) for word in ("CARD_APPROVAL", "PSB01"))


async def test_different_questions_have_different_digests(reading: Reading) -> None:
    for sought in ({"client": "bank-system"}, {"client": "bank-system"}, {"organisation": "bank-system"}):
        await asked(reading, **sought)
    a, b, c = (entry["administrative"]["digest"] for entry in (await reading.entries())[-3:])
    assert a == b != c


async def test_the_auditor_sees_digests_and_no_openings(reading: Reading) -> None:
    (entry,) = (await asked(reading, code="CONSENT_REQUIRED"))["data"]["disclosures"]["entries"]
    assert (entry["people"], entry["proof"], entry["by"]) == ([OWN], None, {"operator": "li.wei"})


async def test_pages_go_on_where_they_ended(reading: Reading) -> None:
    ids, after = [], None
    while True:
        body = await asked(reading, organisation="bank-a", first=1, after=after)
        page = body["data"]["disclosures"]
        ids += [entry["id"] for entry in page["entries"]]
        after = page["after"]
        if after is None:
            break
    assert [id for id in ids if id.startswith("d-")] == ["d-2", "d-1", "d-0"]


@pytest.mark.parametrize("who", ["person", "bank", "analyst"])
async def test_nobody_else_reads(reading: Reading, who: str) -> None:
    for body in (await asked(reading, who), await reading.run(who, EXPOSURE, client="bank-system", **WINDOW)):
        assert set(body["data"].values()) == {None}
        assert body["errors"][0]["extensions"]["code"] == "ACT_NOT_PERMITTED"
    assert [entry["code"] for entry in (await reading.entries())[-2:]] == ["ACT_NOT_PERMITTED"] * 2


JUNK = ["", "x' OR '1'='1", "%", "530199199003070015", "a" * 65, "\u0000", "ａ", "a\n", '{"$ne": 1}']


@pytest.mark.parametrize("text", JUNK)
@pytest.mark.parametrize(
    "name", ["client", "organisation", "purpose", "role", "rule", "code", "item", "since", "until", "after"]
)
async def test_junk_is_refused_sealed_and_never_written(reading: Reading, name: str, text: str) -> None:
    body = await asked(reading, **{name: text})
    assert body["errors"][0]["extensions"]["code"] == ("CURSOR_INVALID" if name == "after" else "FILTER_INVALID")
    last = (await reading.entries())[-1]
    assert (last["event"], last["administrative"]["act"]) == ("refusal", "LOG_READ")
    assert len(text) < 3 or text not in str(last) + str(body)


@pytest.mark.parametrize(
    "since", ["2026-11-24", "2026-11-24T09:00:00", "2026-13-24T09:00:00Z", "0001-01-01T00:00:00+08:00"]
)
async def test_a_moment_has_its_day_its_time_and_its_zone(reading: Reading, since: str) -> None:
    assert (await asked(reading, since=since))["errors"][0]["extensions"]["code"] == "FILTER_INVALID"


@pytest.mark.parametrize("first", [-1, 101, 10_000])
async def test_pages_are_bounded(reading: Reading, first: int) -> None:
    for body in (
        await asked(reading, first=first),
        await reading.run("auditor", EXPOSURE, client="bank-system", first=first, **WINDOW),
    ):
        assert body["errors"][0]["extensions"]["code"] == "FIRST_OUT_OF_RANGE"


@pytest.mark.parametrize("who", ["auditor", "office"])
async def test_who_was_exposed_and_what(reading: Reading, who: str) -> None:
    body = await reading.run(who, EXPOSURE, client="bank-system", **WINDOW)
    page = body["data"]["exposure"]
    assert (page["people"], page["disclosures"], page["after"]) == (2, 2, None)
    assert [one["person"] for one in page["exposed"]] == sorted((OWN, OTHERS))
    mine = next(one for one in page["exposed"] if one["person"] == OWN)
    assert mine["first"] == mine["last"] == "2026-11-24T09:00:00.000000Z"
    items = {each["item"]["code"]: each for each in mine["items"]}
    assert {key: (each["treatment"], each["count"], each["delivered"]) for key, each in items.items()} == {
        "PBC03.balance": ("BANDED", 1, 1),
        "PSB01.name": ("FULL", 1, 0),
    }
    assert items["PSB01.name"]["item"]["zh"] == "姓名"
    last = (await reading.entries())[-1]["administrative"]
    assert (last["act"], last["object"]) == ("LOG_EXPOSURE", "people:2")


async def test_exposure_is_paged_and_its_cursor_cannot_be_forged(reading: Reading) -> None:
    first = (await reading.run("auditor", EXPOSURE, client="bank-system", first=1, **WINDOW))["data"]["exposure"]
    rest = await reading.run("auditor", EXPOSURE, client="bank-system", first=1, after=first["after"], **WINDOW)
    pages = [first, rest["data"]["exposure"]]
    assert [one["person"] for page in pages for one in page["exposed"]] == sorted((OWN, OTHERS))
    assert pages[1]["after"] is None
    body = await reading.run("auditor", EXPOSURE, client="bank-system", after="zz", **WINDOW)
    assert body["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


async def test_the_statements_do_not_grow_with_the_entries(reading: Reading) -> None:
    await reading.seal(*(disclosure() for _ in range(100)))
    for query in (lambda first: asked(reading, first=first), _exposure(reading)):
        counts = []
        for first in (1, 100):
            reading.database.statements.clear()
            await query(first)
            counts.append(len(reading.database.statements))
        assert counts[0] == counts[1] == 3


def _exposure(reading: Reading) -> Any:
    return lambda first: reading.run("auditor", EXPOSURE, client="bank-system", first=first, **WINDOW)


ENTRY = (
    "query($id: ID!) { logEntry(id: $id) { id event people refusal { code message help } items { item { code } } } }"
)


async def test_one_entry_by_its_id_and_the_look_is_sealed(reading: Reading) -> None:
    body = await reading.run("auditor", ENTRY, id="d-2")
    assert body["data"]["logEntry"]["id"] == "d-2"
    refusal = body["data"]["logEntry"]["refusal"]
    assert refusal["code"] == "CONSENT_REQUIRED"
    assert refusal["help"]
    last = (await reading.entries())[-1]
    assert (last["administrative"]["act"], last["administrative"]["object"]) == ("LOG_READ", "entry")
    assert "d-2" not in str(last["administrative"])
    whole = (await reading.run("office", ENTRY, id="d-0"))["data"]["logEntry"]
    assert (whole["refusal"], whole["people"]) == (None, [OWN])
    assert whole["items"]


@pytest.mark.parametrize("id", ["nothing", "", "d-0' OR '1'='1", "x" * 5_000, "d-\u0000", "../d-0"])
async def test_an_id_that_the_log_does_not_hold(reading: Reading, id: str) -> None:
    body = await reading.run("auditor", ENTRY, id=id)
    assert body["data"] == {"logEntry": None}
    assert body["errors"][0]["extensions"]["code"] == "ENTRY_UNKNOWN"
    assert (await reading.entries())[-1]["code"] == "ENTRY_UNKNOWN"


@pytest.mark.parametrize("who", ["bank", "person", "analyst"])
async def test_an_entry_is_not_for_who_does_not_supervise(reading: Reading, who: str) -> None:
    for id in ("d-0", "nothing"):
        body = await reading.run(who, ENTRY, id=id)
        assert body["errors"][0]["extensions"]["code"] == "ACT_NOT_PERMITTED"
