from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exchange.catalogue import Catalogue
from exchange.decision import GroundState
from exchange.refusals import AuditUnavailable
from exchange.standard.load import read
from gateway import renewal
from gateway.renewal import Renewal
from gateway.telemetry import Metrics
from policies import properties
from policies.engine import Engine
from policies.faults import PolicyFaulty
from policies.rulebook import FILES, FOLDER

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OPENED = "p, market-clerk, LICENSING, UTL02.arrears_amount, BANDED, , ordinary, P-NEW, LICENSING"
FAULTY = "p, market-clerk, LICENSING, UTL02.arrears, BANDED, , ordinary, P-NEW, LICENSING"
MEDICAL = "p, lender, LOAN_APPROVAL, group:medical_enrolment, EXISTS, , ordinary, P-WRONG, CREDIT_QUERY"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*FILES, properties.FILE):
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def policies(folder: Path, catalogue: Catalogue, metrics: Metrics) -> Renewal:
    return Renewal.open(folder, catalogue, metrics, lambda: NOW)


@pytest.fixture
def logged() -> Iterator[list]:
    with capture_logs() as lines:
        yield lines


Write = Callable[..., None]


@pytest.fixture
def write(folder: Path) -> Write:
    """The shipped rules and these lines more."""
    shipped = (folder / "permits.csv").read_text("utf-8")

    def lines(*more: str) -> None:
        (folder / "permits.csv").write_text("\n".join((shipped, *more, "")), "utf-8")

    return lines


def counted(metrics: Metrics, outcome: str) -> float:
    return metrics.registry.get_sample_value("gateway_policy_changes_total", {"outcome": outcome}) or 0


def opened(policies: Renewal) -> bool:
    engine = policies.current.engine
    return engine.verdict("market-clerk", "LICENSING", "UTL02.arrears_amount", GroundState.ORDINARY).rule == "P-NEW"


async def test_a_changed_file_is_taken_once_it_has_settled(policies: Renewal, write: Write, metrics: Metrics) -> None:
    before = policies.current.engine
    write(OPENED)
    await policies.look()
    assert policies.current.engine is before, "it was read while it was perhaps still being written"
    await policies.look()
    assert opened(policies)
    assert policies.current.engine.revision != before.revision
    assert counted(metrics, "taken") == 1
    assert policies.refused is None


async def test_what_has_not_changed_is_not_read_again(
    policies: Renewal, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "candidate", lambda *_: pytest.fail("it was read"))
    for _ in range(3):
        await policies.look()
    assert metrics.policies.collect()[0].samples == []


async def test_who_asks_need_not_wait_and_is_told_that_nothing_changed(
    policies: Renewal, write: Write, metrics: Metrics
) -> None:
    await policies.look(asked=True)
    assert counted(metrics, "unchanged") == 1
    write(OPENED)
    await policies.look(asked=True)
    assert opened(policies)
    assert counted(metrics, "taken") == 1


@pytest.mark.parametrize(("line", "code"), [(FAULTY, "POLICY_FAULTY"), (MEDICAL, "POLICY_UNPROVEN")])
async def test_a_broken_change_is_refused_logged_and_counted_and_the_old_decides(
    policies: Renewal, write: Write, metrics: Metrics, logged: list, line: str, code: str
) -> None:
    before = policies.current.engine
    write(line)
    for _ in range(4):
        await policies.look()
    assert policies.current.engine is before
    assert counted(metrics, code) == 1, "a refused change is tried once, until the files change again"
    assert policies.refused
    assert (policies.refused.code, policies.refused.at, policies.refused.faults) == (code, NOW, 1)
    assert policies.refused.standing
    assert policies.refused.revision not in ("", before.revision)
    (told,) = logged
    assert (told["event"], told["log_level"], told["code"]) == ("policy_refused", "error", code)
    assert (told["revision"], told["serving"]) == (policies.refused.revision, before.revision)
    assert "permits.csv:" in told["faults"][0]


async def test_a_mended_folder_is_taken_and_the_refusal_remembered(policies: Renewal, write: Write) -> None:
    write(FAULTY)
    await policies.look(asked=True)
    write(OPENED)
    await policies.look(asked=True)
    assert opened(policies)
    assert policies.refused
    assert not policies.refused.standing


async def test_a_change_of_roles_asks_for_a_restart(policies: Renewal, folder: Path, logged: list) -> None:
    before = policies.current.engine
    with (folder / "roles.csv").open("a", encoding="utf-8") as roles:
        roles.write("g, pawnbroker, lender\n")
    await policies.look(asked=True)
    assert policies.current.engine is before
    assert policies.refused
    assert policies.refused.code == "POLICY_NEEDS_RESTART"
    assert "restart the gateway" in logged[0]["faults"][0]


@pytest.mark.parametrize("name", ["permits.csv", "model.conf", "properties.yaml"])
async def test_a_missing_file_is_refused(policies: Renewal, folder: Path, name: str) -> None:
    before = policies.current.engine
    (folder / name).unlink()
    await policies.look()
    await policies.look()
    assert policies.current.engine is before
    assert policies.refused
    assert policies.refused.code == "POLICY_FAULTY"


async def test_a_link_that_is_turned_to_another_folder_is_a_change(
    folder: Path, catalogue: Catalogue, metrics: Metrics, tmp_path_factory: pytest.TempPathFactory
) -> None:
    above = tmp_path_factory.mktemp("linked")
    shutil.copytree(folder, above / "next")
    with (above / "next" / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write(OPENED + "\n")
    (above / "policies").symlink_to(folder)
    policies = Renewal.open(above / "policies", catalogue, metrics, lambda: NOW)
    (above / "turned").symlink_to(above / "next")
    (above / "turned").replace(above / "policies")
    await policies.look()
    await policies.look()
    assert opened(policies)


async def test_an_unexpected_error_stops_neither_service_nor_watching(
    policies: Renewal, write: Write, monkeypatch: pytest.MonkeyPatch, logged: list
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("P-SECRET")

    before = policies.current.engine
    with monkeypatch.context() as patch:
        patch.setattr(renewal, "candidate", broken)
        await policies.look(asked=True)
    assert policies.current.engine is before
    assert policies.refused
    assert policies.refused.code == "POLICY_UNREADABLE"
    assert logged[0]["error"] == "MemoryError"
    assert "P-SECRET" not in str(logged)
    write(OPENED)
    await policies.look(asked=True)
    assert opened(policies)


async def test_a_start_asks_for_no_less_than_a_change(
    folder: Path, catalogue: Catalogue, write: Write, metrics: Metrics
) -> None:
    for line, told in ((FAULTY, "unknown item"), (MEDICAL, "P-WRONG")):
        write(line)
        with pytest.raises(PolicyFaulty, match=told):
            Renewal.open(folder, catalogue, metrics, lambda: NOW)


async def test_watching_looks_by_itself_and_at_once_when_asked(
    policies: Renewal, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "_EVERY_S", 0.02)
    async with policies.watching():
        write(OPENED)
        await _until(lambda: opened(policies))
        monkeypatch.setattr(renewal, "_EVERY_S", 60)
        await asyncio.sleep(0.05)
        write()
        policies.ask()
        await _until(lambda: not opened(policies))
    write(OPENED)
    policies.ask()
    await asyncio.sleep(0.05)
    assert not opened(policies), "somebody still looks"


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - the watcher has no event for what it has done
            await asyncio.sleep(0.01)


async def test_what_cannot_be_kept_does_not_decide_and_is_tried_again(
    policies: Renewal, write: Write, metrics: Metrics
) -> None:
    kept: list[str] = []
    down = False

    async def keep(engine: Engine) -> None:
        if down:
            raise AuditUnavailable()
        kept.append(engine.revision)

    await policies.keep_by(keep)
    before, down = policies.current.engine, True
    write(OPENED)
    await policies.look()
    await policies.look()
    assert policies.current.engine is before
    assert policies.refused
    assert policies.refused.code == "AUDIT_UNAVAILABLE"
    assert counted(metrics, "AUDIT_UNAVAILABLE") == 1
    down = False
    await policies.look()
    assert opened(policies)
    assert kept == [before.revision, policies.current.engine.revision]
    assert not policies.refused.standing


async def test_what_needs_a_restart_is_not_kept(policies: Renewal, folder: Path) -> None:
    async def keep(engine: Engine) -> None:
        assert engine is policies.current.engine

    await policies.keep_by(keep)
    purposes = folder / "purposes.yaml"
    purposes.write_text(purposes.read_text("utf-8").replace("title_en: ", "title_en: Other ", 1), "utf-8")
    await policies.look(asked=True)
    assert policies.refused
    assert policies.refused.code == "POLICY_NEEDS_RESTART"
