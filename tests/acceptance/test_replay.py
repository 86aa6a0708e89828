"""A thousand mixed entries of the whole gateway, and a policy that changed between: each is decided again as it was."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from exchange.consent import Consent
from exchange.person import PersonId
from gateway.app import now
from gateway.cli.main import app
from policies import properties
from policies.rulebook import FILES, FOLDER
from tests.acceptance.in_process import CATALOGUE, EVERYTHING, PEOPLE, Asked, serving

ASKS = 1000
DAY = timedelta(days=1)
SELECTIONS = (
    "idNumber financial { loanAccounts { balance openedOn } hasLoanAccounts }",
    "civilAffairs { marriageRegistrations { maritalStatus } hasSocialAssistanceRecords }",
    "housingFund { housingFundAccount { balance } } socialSecurity { hasPensionInsurance }",
)
NARROWER = "p, lender, LOAN_APPROVAL, PBC03.balance, *, , , F-NEW, OTHER_LENDERS"


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policies")
    for name in (*FILES, properties.FILE, "alarms.yaml"):
        shutil.copy(FOLDER / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, policies: Path) -> Path:
    """A data folder with what half of the asks left under one revision and half under the next."""
    folder = tmp_path_factory.mktemp("replay")
    asyncio.run(_asked(folder, policies))
    return folder


async def _asked(folder: Path, policies: Path) -> None:
    async with serving(folder, policies=policies) as asked:
        person = asked.digests.person(PersonId.parse(PEOPLE["clean"]))
        given = Consent("whole", person, "bank-a", frozenset({"LOAN_APPROVAL"}), now() - DAY, now() + DAY)
        narrow = replace(given, id="narrow", items=frozenset({"PBC03.balance", "PBC03.opened_on"}))
        ranged = replace(given, id="ranged", since=now().date() - DAY, groups=frozenset({"loans_cards"}))
        await asked.gateway.consents.add([given, narrow, ranged])
        await _many(asked, ASKS // 2)
        forbids = policies / "forbids.csv"
        forbids.write_text(forbids.read_text("utf-8") + NARROWER + "\n", "utf-8")
        before = asked.gateway.policies.current.engine.revision
        await asked.gateway.policies.look(asked=True)
        assert asked.gateway.policies.current.engine.revision != before
        await _many(asked, ASKS // 2)


async def _many(asked: Asked, most: int) -> None:
    engine = asked.gateway.policies.current.engine
    open_to = [
        (id, purpose)
        for id, client in asked.clients.clients.items()
        for purpose in engine.purposes
        if engine.permitted(client.roles[0], purpose)
    ]
    pairs = cycle([*open_to, ("bank-system", "SELF_QUERY"), ("auditor", "LOAN_APPROVAL")])
    people, selections = cycle(PEOPLE.values()), cycle((*SELECTIONS * 3, EVERYTHING))
    for (client, purpose), number, selection in islice(zip(pairs, people, selections, strict=False), most):
        await asked.ask(client, purpose, number, selection, own=client == "person")
    for consent in ("whole", "narrow", "ranged"):
        await asked.ask("bank-system", "LOAN_APPROVAL", PEOPLE["clean"], EVERYTHING, consent=consent)
    (clerk,) = [id for id, client in asked.clients.clients.items() if "civil-affairs-clerk" in client.roles]
    await asked.ask("fund-centre", "FUND_LOAN", PEOPLE["married"], "civilAffairs { hasMarriageRegistrations }")
    for tag in ("married", "spouse", "clean"):
        await asked.ask(clerk, "ASSISTANCE_ELIGIBILITY", PEOPLE[tag], SELECTIONS[1])


class Command:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *words: object) -> tuple[int, list[dict[str, Any]]]:
        """Exit code, and what was told of each entry."""
        code, text = self.text(*words, "--json")
        return code, [json.loads(line) for line in text.splitlines()]

    def text(self, *words: object) -> tuple[int, str]:
        code = 0
        try:
            app(list(map(str, words)), exit_on_error=True)
        except SystemExit as end:
            code = int(end.code or 0)
        return code, self._capsys.readouterr().out


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def copy(data: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The store in a folder of its own, without its fences: somebody owns the tables."""
    shutil.copytree(data, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy" / "gateway.db", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def entries(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    return [json.loads(text) for (text,) in connection.execute("SELECT entry FROM log ORDER BY sequence")]


def put(connection: sqlite3.Connection, entry: dict[str, Any]) -> None:
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    connection.execute("UPDATE log SET entry = ? WHERE sequence = ?", (text, entry["sequence"]))


def test_a_thousand_mixed_entries_are_all_decided_as_they_were(data: Path, command: Command) -> None:
    code, told = command.run("audit", "replay", "--all", "--data", data)
    counts = Counter(one["outcome"] for one in told)
    assert (code, counts["different"], counts["unknown"]) == (0, 0, 0), [o for o in told if o["differences"]][:3]
    assert len(told) >= ASKS
    assert counts["equal"] > ASKS // 2
    of_asks = Counter(one["policy"] for one in told)
    assert len(of_asks) == 2, "two revisions decided"
    assert min(of_asks.values()) > ASKS // 3


def test_what_was_asked_of_a_second_person_is_among_them(data: Path) -> None:
    with closing(sqlite3.connect(data / "gateway.db")) as connection:
        grounds = [entry["ground"] for entry in entries(connection)]
    assert sum(bool(ground["second"]) for ground in grounds) >= 4
    assert len({ground["terms"] for ground in grounds if ground["consent"]}) == 3


def test_each_revision_that_decided_is_kept_and_sealed_once(data: Path) -> None:
    with closing(sqlite3.connect(data / "gateway.db")) as connection:
        acts = [entry for entry in entries(connection) if entry["administrative"].get("act") == "POLICY_IN_FORCE"]
        kept = [id for (id,) in connection.execute("SELECT id FROM revision ORDER BY kept_at")]
        sources = connection.execute("SELECT count(*) FROM revision_source").fetchone()[0]
        files = sum(len(json.loads(text)) for (text,) in connection.execute("SELECT files FROM revision"))
    assert [act["administrative"]["object"] for act in acts] == [f"policy:{id}" for id in kept]
    assert len(kept) == 2
    assert sources == files // 2 + 1, "only the file that changed is kept a second time"


@pytest.mark.parametrize(("word", "value"), [("treatment", "FULL"), ("rule", "P-OTHER"), ("rows", ["own_institution"])])
def test_an_edited_decision_is_named(
    copy: sqlite3.Connection, tmp_path: Path, command: Command, word: str, value: Any
) -> None:
    entry, key = next(
        (entry, key)
        for entry in entries(copy)
        for key, said in entry["items"].items()
        if said["treatment"] == "WITHHELD" and "." in key
    )
    entry["items"][key][word] = value
    put(copy, entry)
    code, told = command.run("audit", "replay", "--all", "--data", tmp_path / "copy")
    assert code == 1
    (different,) = [one for one in told if one["outcome"] == "different"]
    assert (different["id"], different["differences"][0]["subject"]) == (entry["id"], key)
    assert word in [difference["word"] for difference in different["differences"]]
    code, (alone,) = command.run("audit", "replay", entry["id"], "--data", tmp_path / "copy")
    assert (code, alone) == (1, different)
    code, text = command.text("audit", "replay", entry["id"], "--data", tmp_path / "copy")
    assert f"{key} {word}: sealed" in text


def test_a_refusal_that_was_none_is_named(copy: sqlite3.Connection, tmp_path: Path, command: Command) -> None:
    entry = next(entry for entry in entries(copy) if entry["code"] == "PURPOSE_NOT_PERMITTED")
    entry |= {"code": "", "event": "disclosure", "items": {"PBC03.balance": _released()}, "bases": {"P-1": "x"}}
    put(copy, entry)
    code, (told,) = command.run("audit", "replay", entry["id"], "--data", tmp_path / "copy")
    assert (code, told["outcome"]) == (1, "different")


def _released() -> dict[str, Any]:
    return {"treatment": "FULL", "rule": "P-1", "rows": []}


def test_without_the_policies_of_that_time_nothing_is_said(
    copy: sqlite3.Connection, tmp_path: Path, command: Command
) -> None:
    [(first,), (second,)] = copy.execute("SELECT id FROM revision ORDER BY kept_at").fetchall()
    files = json.loads(copy.execute("SELECT files FROM revision WHERE id = ?", (second,)).fetchone()[0])
    copy.execute("DELETE FROM revision WHERE id = ?", (first,))
    copy.execute(
        "UPDATE revision_source SET content = CAST(content || x'0a' AS BLOB) WHERE digest = ?",
        (files["policies/forbids.csv"],),
    )
    code, told = command.run("audit", "replay", "--all", "--data", tmp_path / "copy")
    assert code == 3
    assert {one["outcome"] for one in told} == {"unknown"}
    assert {one["why"] for one in told if one["policy"] == first} == {"the policies of that time are not kept"}
    assert {one["why"] for one in told if one["policy"] == second} == {
        "the policies of that time are not what they were kept as"
    }


def test_a_consent_that_was_changed_afterwards_carries_nothing(
    copy: sqlite3.Connection, tmp_path: Path, command: Command
) -> None:
    entry = next(entry for entry in entries(copy) if entry["ground"]["consent"] and entry["items"])
    consent = entry["ground"]["consent"]
    copy.execute("UPDATE consent SET items = ? WHERE id = ?", (json.dumps(sorted(CATALOGUE.items)[:3]), consent))
    code, (told,) = command.run("audit", "replay", entry["id"], "--data", tmp_path / "copy")
    assert (code, told["outcome"]) == (3, "unknown")
    assert told["why"] == "the consent is not what it was when the entry was sealed"
    copy.execute("PRAGMA foreign_keys = OFF")
    copy.execute("DELETE FROM consent WHERE id = ?", (consent,))
    code, (told,) = command.run("audit", "replay", entry["id"], "--data", tmp_path / "copy")
    assert (code, told["why"]) == (3, "the consent is not kept")


def test_usage_is_told(data: Path, command: Command) -> None:
    assert command.text("audit", "replay", "--data", data)[0] == 2
    assert command.text("audit", "replay", "--since", "yesterday", "--data", data)[0] == 2
    assert command.text("audit", "replay", "no-such-id", "--data", data)[0] == 3
    assert command.run("audit", "replay", "--since", "1d", "--data", data)[0] == 0
    assert command.run("audit", "replay", "--until", "2020-01-01", "--data", data) == (0, [])


@pytest.fixture
def draft(policies: Path, tmp_path: Path) -> Path:
    """The policies in force at the end."""
    return Path(shutil.copytree(policies, tmp_path / "draft"))


def rehearsed(command: Command, draft: Path, data: Path, *words: object) -> tuple[int, dict[str, Any]]:
    code, text = command.text("policy", "replay", draft, "--json", "--data", data, *words)
    return code, json.loads(text)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_under_the_policies_in_force_only_asks_of_before_would_differ(
    data: Path, draft: Path, command: Command
) -> None:
    code, found = rehearsed(command, draft, data)
    with closing(sqlite3.connect(data / "gateway.db")) as connection:
        told = [
            entry
            for entry in entries(connection)
            if entry["items"].get("PBC03.balance", {}).get("treatment") not in (None, "WITHHELD")
            and (entry["role"], entry["purpose"]) in {(role, "LOAN_APPROVAL") for role in LENDERS}
        ]
    assert (code, found["widens"], found["unknown"]) == (1, False, 0)
    assert found["differ"] == found["lost"] == len(told) > 0
    assert found["people"] == len({entry["people"][0] for entry in told})
    assert {one["item"] for one in found["items"]} == {"PBC03.balance"}
    assert {one["purpose"] for one in found["parts"]} == {"LOAN_APPROVAL"}
    assert sum(one["differ"] for one in found["parts"]) == found["differ"]


LENDERS = ("bank-system", "bank-officer", "rural-cooperative")


def test_a_draft_that_takes_back_the_change_widens(data: Path, draft: Path, command: Command) -> None:
    edit(draft / "forbids.csv", NARROWER + "\n", "")
    code, found = rehearsed(command, draft, data)
    assert (code, found["widens"]) == (3, True)
    assert found["gained"] == found["differ"] > 0
    assert all(one["before"] == "WITHHELD" for one in found["items"])
    assert "Widened." in command.text("policy", "replay", draft, "--data", data)[1]


def test_a_purpose_that_nobody_may_ask_for_is_refused_whole(data: Path, draft: Path, command: Command) -> None:
    for file in ("permits.csv", "forbids.csv"):
        lines = (draft / file).read_text("utf-8").splitlines(keepends=True)
        (draft / file).write_text("".join(line for line in lines if ", SANDBOX, " not in line), "utf-8")
    code, found = rehearsed(command, draft, data)
    assert code == 1
    (part,) = [one for one in found["parts"] if one["purpose"] == "SANDBOX"]
    assert part["refused"] == part["asks"] == part["differ"] > 0


def test_a_purpose_that_was_refused_is_opened(data: Path, draft: Path, command: Command) -> None:
    with (draft / "permits.csv").open("a", encoding="utf-8") as file:
        file.write("p, auditor, LOAN_APPROVAL, PBC03.balance, BANDED, , ordinary, P-NEW, CREDIT_QUERY\n")
    code, found = rehearsed(command, draft, data)
    (part,) = [one for one in found["parts"] if one["client"] == "auditor"]
    assert (code, part["opened"]) == (3, part["asks"])
    assert part["asks"] > 0


def test_rows_that_another_condition_opens_are_a_change(data: Path, draft: Path, command: Command) -> None:
    before = rehearsed(command, draft, data)[1]
    edit(draft / "rows.yaml", 'one_of: ["20", "21", "22", "23"]', 'one_of: ["20"]')
    code, found = rehearsed(command, draft, data)
    assert (code, found["changed"] > before.get("changed", 0)) == (3, True), "whatever is not plainly narrower widens"
    assert ("CVA01", "EXISTS", "EXISTS") in {(one["item"], one["before"], one["after"]) for one in found["items"]}


def test_no_time_no_difference(data: Path, draft: Path, command: Command) -> None:
    code, found = rehearsed(command, draft, data, "--until", "2020-01-01")
    assert (code, found["asks"], found["items"]) == (0, 0, [])
    assert command.text("policy", "replay", draft / "nowhere", "--data", data)[0] == 1
