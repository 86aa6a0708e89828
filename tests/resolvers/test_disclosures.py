"""The person reads the log: everything about oneself, nothing about others, and all of it can be checked."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from exchange.audit import START, entry_hash
from exchange.evidence import Proof, verify_person
from resolvers.disclosures import EXPORTED
from tests.resolvers.conftest import PERSON
from tests.resolvers.reading import OTHER, OTHERS, OWN, SIGNER, Reading, act, disclosure, opened, refused

ALONE = Path(__file__).parents[2] / "tools/verify_log.py"
WORDS = "{ code en zh }"
ENTRY = f"""
    id at event by {{ organisation {WORDS} client {WORDS} role {WORDS} operator }} purpose {WORDS}
    ground {{ kind {WORDS} consent basis }} reference {{ kind number }}
    items {{ item {WORDS} record {WORDS} department treatment seen {WORDS} rule basis rows }}
    departments {{ department {WORDS} subsystem state {WORDS} }}
    refusal {{ code message }} act {{ act {WORDS} object reason changed basis }} people
    proof {{ index path count previous salt text }}
"""
LOG = f"query($first: Int! = 20, $before: String) {{ me {{ disclosures(first: $first, before: $before) {{ entries {{ {ENTRY} }} before checkpoint }} }} }}"  # noqa: E501
EXPORT = "{ me { disclosureExport } }"


@pytest.fixture
async def reading(store_url: str) -> AsyncIterator[Reading]:
    async with opened(store_url) as one:
        yield one


async def own(reading: Reading, who: str = "person", **variables: Any) -> Any:
    body = await reading.run(who, LOG, **variables)
    assert "errors" not in body, body
    return body["data"]["me"]["disclosures"]


def said(code: str, en: str, zh: str) -> dict[str, str]:
    return {"code": code, "en": en, "zh": zh}


async def test_who_looked_when_for_what_on_what_ground_and_what_was_seen(reading: Reading) -> None:
    await reading.seal(disclosure(id="d-1", reference="APP-1"))
    (entry,) = (await own(reading))["entries"]
    assert entry["by"] == {
        "organisation": said("bank-a", "Bank A", "甲银行"),
        "client": said("bank-system", "Loan system of Bank A", "甲银行信贷系统"),
        "role": said("bank-system", "a bank's system", "银行业务系统"),
        "operator": "li.wei",
    }
    assert (entry["id"], entry["event"], entry["at"]) == ("d-1", "DISCLOSURE", "2026-11-24T09:00:00.000000Z")
    assert entry["purpose"] == said("LOAN_APPROVAL", "Loan approval", "贷款审批")
    assert entry["ground"]["kind"] == said("consent", "your consent", "本人同意")
    assert entry["ground"]["basis"] == "征信业管理条例 arts 18, 29; PIPL arts 23, 29"
    assert entry["reference"] == {"kind": "application", "number": "APP-1"}
    seen = {item["item"]["code"]: item for item in entry["items"]}
    assert set(seen) == {"PBC03.balance", "PSB01.name", "PSB01.phone"}
    balance = seen["PBC03.balance"]
    assert balance["item"]["en"] == "balance"
    assert balance["item"]["zh"] not in ("", "PBC03.balance")
    assert balance["record"]["en"] == "loan account"
    assert balance["seen"] == said("BANDED", "as a range only", "仅区间")
    assert (balance["rule"], balance["basis"], balance["rows"]) == ("P-1", "条例 art 18", ["own_institution"])
    assert seen["PSB01.phone"]["seen"]["en"] == "nothing"
    assert seen["PSB01.phone"]["rule"] == "default-deny"
    states = {each["department"]["code"]: each["state"] for each in entry["departments"]}
    assert states["PSB"] == said("ABSENT", "it has nothing on you", "无记录")
    assert (entry["refusal"], entry["act"], entry["people"]) == (None, None, None)


async def test_refused_attempts_and_acts_are_told_too(reading: Reading) -> None:
    await reading.seal(refused("CONSENT_REQUIRED"))
    await reading.seal(act("CONSENT_REVOKE", "consent:c1", "person"))
    done, attempt = (await own(reading))["entries"]
    assert attempt["event"] == "REFUSAL"
    assert attempt["refusal"] == {
        "code": "CONSENT_REQUIRED",
        "message": "This purpose needs the person's consent, and none covers this ask.",
    }
    assert attempt["items"] == []
    assert done["event"] == "ADMINISTRATION"
    assert done["act"]["act"] == said("CONSENT_REVOKE", "Revoke a consent, or give it back", "撤回或放弃同意")
    assert done["act"]["object"] == "consent:c1"


async def test_nobody_reads_of_anybody_else(reading: Reading) -> None:
    await reading.seal(disclosure(id="mine"))
    await reading.seal(disclosure(id="others", people=(OTHERS,)))
    assert [entry["id"] for entry in (await own(reading))["entries"]] == ["mine"]
    assert [entry["id"] for entry in (await own(reading, "other"))["entries"]] == ["others"]
    for who in ("bank", "auditor", "office"):
        before = len(await reading.entries())
        assert await own(reading, who) is None
        assert len(await reading.entries()) == before


async def test_a_cursor_opens_only_ones_own(reading: Reading) -> None:
    for number in range(6):
        await reading.seal(disclosure(id=f"d-{number}", people=(OTHERS if number % 2 else OWN,)))
    for place in range(1, 12):
        ids = [entry["id"] for entry in (await own(reading, before=str(place)))["entries"]]
        assert not {"d-1", "d-3", "d-5"} & set(ids)


@pytest.mark.parametrize("before", ["", "0", "-1", "x", "1; DROP TABLE log", "9" * 30, "１", "1\n", "\u0000"])
async def test_a_forged_cursor_is_refused_and_sealed(reading: Reading, before: str) -> None:
    body = await reading.run("person", LOG, before=before)
    assert body["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
    last = (await reading.entries())[-1]
    assert (last["event"], last["code"], last["administrative"]["act"]) == ("refusal", "CURSOR_INVALID", "LOG_READ_OWN")
    assert len(before) < 3 or before not in str(last)


@pytest.mark.parametrize("first", [-1, 101, 10_000])
async def test_a_page_is_bounded(reading: Reading, first: int) -> None:
    body = await reading.run("person", LOG, first=first)
    assert body["errors"][0]["extensions"]["code"] == "FIRST_OUT_OF_RANGE"
    assert body["data"]["me"]["disclosures"] is None


async def test_the_pages_together_are_all_of_it_once(reading: Reading) -> None:
    await reading.seal(*(disclosure(id=f"d-{number}") for number in range(25)))
    found, before = [], None
    while True:
        page = await own(reading, first=10, before=before)
        found += [entry["id"] for entry in page["entries"] if entry["id"].startswith("d-")]
        before = page["before"]
        if before is None:
            break
    assert found == [f"d-{number}" for number in range(24, -1, -1)]


async def test_each_reading_is_one_entry_of_ones_own(reading: Reading) -> None:
    await reading.seal(disclosure())
    assert len((await own(reading))["entries"]) == 1
    first, second = (await own(reading))["entries"]
    assert first["act"]["act"]["code"] == "LOG_READ_OWN"
    assert first["act"]["object"] == "entries:1"
    assert not first["act"]["changed"]
    assert second["event"] == "DISCLOSURE"


async def test_the_statements_do_not_grow_with_the_entries(reading: Reading) -> None:
    await reading.seal(*(disclosure() for _ in range(200)))
    await own(reading)  # the tree's hash is read once
    counts = []
    for first in (2, 100):
        reading.database.statements.clear()
        assert len((await own(reading, first=first))["entries"]) == first
        counts.append(len(reading.database.statements))
    assert counts == [6, 6]


async def test_each_entry_proves_itself(reading: Reading) -> None:
    await reading.seal(disclosure())
    await reading.seal(disclosure(people=(OTHERS,)))
    await reading.seal(disclosure())
    newest, oldest = (await own(reading))["entries"]
    for entry in (newest, oldest):
        assert Proof.parse(entry["proof"]["text"]).holds(SIGNER.verifier)
    assert (oldest["proof"]["count"], oldest["proof"]["previous"]) == (1, START.hash)
    assert (newest["proof"]["count"], newest["proof"]["index"]) == (2, 3)
    assert newest["proof"]["previous"] == entry_hash(Proof.parse(oldest["proof"]["text"]).entry)
    (shown,) = (await own(reading, first=1, before=str(newest["proof"]["index"] + 2)))["entries"]
    assert (shown["id"], shown["proof"]["previous"]) == (newest["id"], newest["proof"]["previous"])


def judged(path: Path, text: str) -> bool:
    """By the verifier that stands alone; the gateway's own must say the same."""
    path.write_text(text, "utf-8")
    command = [sys.executable, "-I", str(ALONE), str(SIGNER.verifier), str(path), "--person"]
    alone = subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert verify_person(io.BytesIO(text.encode()), SIGNER.verifier).sound == alone
    return alone


async def test_the_export_is_verified_by_both_and_one_entry_left_out_is_noticed(
    reading: Reading, tmp_path: Path
) -> None:
    for number in range(4):
        await reading.seal(disclosure(people=(OTHERS if number == 2 else OWN,)))
    text = (await reading.run("person", EXPORT))["data"]["me"]["disclosureExport"]
    head, gap, rest = text.rpartition("\n\n")
    lines = rest.splitlines(keepends=True)
    assert len(lines) == 3
    assert OTHERS not in text
    path = tmp_path / "mine.log"
    assert judged(path, text)
    for left_out in (0, 1):
        assert not judged(path, head + gap + "".join(line for at, line in enumerate(lines) if at != left_out))
    assert not judged(path, text.replace("li.wei", "li.wen", 1))
    last = (await reading.entries())[-1]
    assert last["administrative"] == {
        "act": "LOG_READ_OWN",
        "object": "entries:3",
        "reason": "",
        "digest": "",
        "changed": 0,
    }
    for who in ("bank", "auditor"):
        assert (await reading.run(who, EXPORT))["data"]["me"]["disclosureExport"] is None


async def test_an_export_has_an_end(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    assert EXPORTED == 2000
    monkeypatch.setattr("resolvers.disclosures.EXPORTED", 2)
    await reading.seal(*(disclosure() for _ in range(3)))
    body = await reading.run("person", EXPORT)
    assert body["errors"][0]["extensions"]["code"] == "EXPORT_TOO_LARGE"


async def test_a_refused_portfolio_is_one_entry_for_each_person(reading: Reading) -> None:
    """Nobody learns who else was in the list (docs/decisions/0002)."""
    asks = f'[{{idNumber: "{PERSON}", reference: "L-1"}}, {{idNumber: "{OTHER}"}}]'
    body = await reading.run("bank", f"{{ persons(asks: {asks}, purpose: POST_LOAN) {{ idNumber }} }}")
    assert body["errors"][0]["extensions"]["code"] == "REFERENCE_REQUIRED"
    assert [entry["people"] for entry in (await reading.entries())[-2:]] == [[OWN], [OTHERS]]
    (mine,) = (await own(reading))["entries"]
    assert mine["refusal"]["code"] == "REFERENCE_REQUIRED"
    assert OTHERS not in mine["proof"]["text"]
