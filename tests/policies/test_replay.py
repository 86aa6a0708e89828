"""What a sealed entry is compared with: its own decisions, made by the engine and then spoilt one by one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.audit import canonical, entry
from exchange.consent import Consent, ground_on
from exchange.disclosure import Administrative, Disclosure
from exchange.ground import Ground
from exchange.narrowing import narrowed
from exchange.requester import Requester
from exchange.revision import Revision
from exchange.standard.load import FOLDER as STANDARD
from exchange.standard.load import read
from policies.engine import Engine
from policies.faults import PolicyFaulty
from policies.replay import Outcome, replay
from policies.revision import RevisionUnreadable, gathered, restored, standard_files
from policies.rulebook import FILES, FOLDER

AT = datetime(2026, 11, 24, 6, tzinfo=UTC)
CATALOGUE = read()
ENGINE = Engine.load(None, CATALOGUE)
CLERK = Requester("civil-affairs", "civil-affairs", "op-1", "civil-affairs-clerk")
PURPOSE = "ASSISTANCE_ELIGIBILITY"
GIVEN = Consent("c-1", "5a" * 16, "civil-affairs", frozenset({PURPOSE}), AT - timedelta(days=1), AT + timedelta(days=1))


def sealed(ground: Ground, **changes: Any) -> dict[str, Any]:
    decisions = narrowed(ENGINE.decide(CLERK.role, PURPOSE, ground), CATALOGUE, ground)
    made = Disclosure("d-1", AT, CLERK, PURPOSE, ("5a" * 16,), ground, decisions=decisions, policy=ENGINE.revision)
    made = replace(made, standard=CATALOGUE.version, **changes)
    return json.loads(canonical(entry(made, sequence=1, previous="0" * 64, answer=None)))


def of_form_3(said: dict[str, Any]) -> dict[str, Any]:
    ground = {"kind": said["ground"]["kind"], "consent": said["ground"]["consent"]}
    bases = {rule: basis.split(" | ")[-1] for rule, basis in said["bases"].items()}
    return said | {"version": 3, "ground": ground, "bases": bases}


ALONE = ground_on(GIVEN, CATALOGUE.grouped)
WITH_SECOND = replace(ALONE, partner="6b" * 16, partner_consent="c-2")


@pytest.mark.parametrize("ground", [ALONE, WITH_SECOND], ids=["alone", "with a second person"])
@pytest.mark.parametrize("form", [sealed, lambda ground: of_form_3(sealed(ground))], ids=["form 5", "form 3"])
def test_what_was_decided_is_decided_again(ground: Ground, form: Any) -> None:
    assert replay(form(ground), ENGINE, CATALOGUE, GIVEN).outcome is Outcome.EQUAL


def test_a_second_persons_consent_that_was_not_there_is_seen() -> None:
    said = sealed(ALONE)
    said["ground"]["second"] = "c-2"
    found = replay(said, ENGINE, CATALOGUE, GIVEN)
    assert found.outcome is Outcome.DIFFERENT
    assert {one.subject for one in found.differences} >= {"CVA01.marital_status"}


@pytest.mark.parametrize(
    ("word", "value"), [("treatment", "FULL"), ("treatment", "WITHHELD"), ("rule", "P-X"), ("rows", ["own_provider"])]
)
def test_every_word_of_every_decision_is_compared(word: str, value: Any) -> None:
    for key, before in sealed(WITH_SECOND)["items"].items():
        said = sealed(WITH_SECOND)
        said["items"][key][word] = value
        if said["items"][key] != before:
            found = replay(said, ENGINE, CATALOGUE, GIVEN)
            assert found.outcome is Outcome.DIFFERENT
            assert (key, word) in {(one.subject, one.word) for one in found.differences}


def test_another_basis_or_an_item_that_the_standard_lacks_is_named() -> None:
    said = sealed(ALONE)
    rule = next(iter(said["bases"]))
    said["bases"][rule] += " and another"
    said["items"]["PBC99.nothing"] = {"treatment": "WITHHELD", "rule": "default-deny", "rows": []}
    found = {(one.subject, one.word) for one in replay(said, ENGINE, CATALOGUE, GIVEN).differences}
    assert found == {(rule, "basis"), ("PBC99.nothing", "item")}


def test_changed_terms_of_the_consent_leave_nothing_to_say() -> None:
    for changed in (
        replace(GIVEN, items=frozenset({"PSB01.name"})),
        replace(GIVEN, since=AT.date()),
        replace(GIVEN, until=AT.date()),
        replace(GIVEN, groups=frozenset({"identity"})),
        None,
    ):
        assert replay(sealed(ALONE), ENGINE, CATALOGUE, changed).outcome is Outcome.UNKNOWN
    used = replace(GIVEN, state=GIVEN.state.REVOKED, period="2026-11", period_uses=3)
    assert replay(sealed(ALONE), ENGINE, CATALOGUE, used).outcome is Outcome.EQUAL


@pytest.mark.parametrize(
    ("role", "act", "code", "outcome"),
    [
        ("person", "CONSENT_GIVE", None, Outcome.EQUAL),
        ("auditor", "CONSENT_GIVE", None, Outcome.DIFFERENT),
        ("auditor", "CONSENT_GIVE", "ACT_NOT_PERMITTED", Outcome.EQUAL),
        ("person", "CONSENT_GIVE", "ACT_NOT_PERMITTED", Outcome.DIFFERENT),
        ("person", "CONSENT_GIVE", "CONSENT_UNKNOWN", Outcome.UNDECIDED),
    ],
)
def test_an_act_was_permitted_or_not(role: str, act: str, code: str | None, outcome: Outcome) -> None:
    requester = replace(CLERK, role=role)
    said = sealed(
        Ground("none"), requester=requester, administrative=Administrative(act, "consent"), code=code, decisions={}
    )
    assert replay(said, ENGINE, CATALOGUE, None).outcome is outcome


def test_a_purpose_was_permitted_or_not() -> None:
    refused = sealed(Ground("none"), code="PURPOSE_NOT_PERMITTED", decisions={}, purpose="SANDBOX")
    assert replay(refused, ENGINE, CATALOGUE, None).outcome is Outcome.EQUAL
    registration = sealed(Ground("none"), code="PURPOSE_NOT_PERMITTED", decisions={})
    assert replay(registration, ENGINE, CATALOGUE, None).outcome is Outcome.UNDECIDED


def shipped() -> Revision:
    return gathered(ENGINE, FOLDER, CATALOGUE, standard_files(STANDARD, None, CATALOGUE))


def test_a_revision_decides_again_as_it_did() -> None:
    engine, catalogue = restored(shipped())
    assert (engine.revision, catalogue.revision) == (ENGINE.revision, CATALOGUE.revision)
    assert engine.decide(CLERK.role, PURPOSE, ALONE) == ENGINE.decide(CLERK.role, PURPOSE, ALONE)


@pytest.mark.parametrize("name", [*(f"policies/{name}" for name in FILES), "standard/pbc.yaml"])
def test_a_revision_with_another_file_does_not_pass_for_it(name: str) -> None:
    files = dict(shipped().files)
    content = (
        files[name].replace(b"sensitivity: 3", b"sensitivity: 2", 1) if "standard" in name else files[name] + b"\n"
    )
    assert content != files[name]
    with pytest.raises(RevisionUnreadable):
        restored(replace(shipped(), files=files | {name: content}))
    with pytest.raises(RevisionUnreadable):
        restored(replace(shipped(), files={key: text for key, text in files.items() if key != name}))


def test_a_file_of_a_revision_stays_in_its_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    with pytest.raises(RevisionUnreadable):
        restored(replace(shipped(), files={str(outside): b"x"}))
    assert not outside.exists()


def test_what_changed_since_it_was_read_is_not_gathered(tmp_path: Path) -> None:
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    (tmp_path / "permits.csv").write_bytes((tmp_path / "permits.csv").read_bytes() + b"\n")
    with pytest.raises(PolicyFaulty):
        gathered(ENGINE, tmp_path, CATALOGUE, {})
    standard = Path(shutil.copytree(STANDARD, tmp_path / "standard"))
    text = (standard / "pbc.yaml").read_text("utf-8")
    (standard / "pbc.yaml").write_text(text.replace("sensitivity: 3", "sensitivity: 2", 1), "utf-8")
    with pytest.raises(PolicyFaulty):
        standard_files(standard, None, CATALOGUE)
