"""`gateway serve` as its operator has it: a process, its policies, and SIGHUP."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import now
from gateway.demo.start import prepare
from policies import properties
from policies.rulebook import FILES, FOLDER

ROOT = Path(__file__).parents[3]
OPENED = "p, market-clerk, LICENSING, UTL02.arrears_amount, BANDED, , ordinary, P-NEW, LICENSING\n"


@dataclass
class Process:
    running: subprocess.Popen[bytes]
    url: str
    permits: Path
    log: Path

    def policy(self) -> Any:
        return httpx.get(f"{self.url}/health/ready").json()["policy"]

    def hang_up(self) -> None:
        os.kill(self.running.pid, signal.SIGHUP)

    def logged(self, event: str) -> list[Any]:
        lines = [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    prepare(folder, people=20, database=None, at=now())
    return folder


def serving(data: Path) -> tuple[list[str], str]:
    """The command, and where it will answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-c", "from gateway.cli import main; main()", "serve", "--data", str(data), "--port", str(port)]
    return [sys.executable, *words], f"http://127.0.0.1:{port}"


@pytest.fixture
def process(data: Path) -> Iterator[Process]:
    policies = data / "policies"
    policies.mkdir(exist_ok=True)
    for name in (*FILES, properties.FILE):
        shutil.copy(FOLDER / name, policies / name)
    command, url = serving(data)
    environ = {**os.environ, "GATEWAY_POLICIES": str(policies), "PYTHONPATH": str(ROOT)}
    with (data / "stderr").open("wb") as log:
        running = subprocess.Popen(command, cwd=data, env=environ, stderr=log, stdout=log)
        try:
            _until(lambda: _answers(url))
            yield Process(running, url, policies / "permits.csv", data / "stderr")
        finally:
            running.terminate()
            running.wait(20)


def test_a_hang_up_takes_over_sound_policies_and_refuses_broken_ones(process: Process) -> None:
    first = process.policy()["revision"]
    text = process.permits.read_text("utf-8")
    process.permits.write_text(text + OPENED, "utf-8")
    process.hang_up()
    _until(lambda: process.policy()["revision"] != first)
    second = process.policy()
    assert second["refused"] is None

    process.permits.write_text(text + OPENED.replace("UTL02.arrears_amount", "UTL02.arrears"), "utf-8")
    process.hang_up()
    _until(lambda: process.policy()["refused"] is not None)
    third = process.policy()
    assert third["revision"] == second["revision"]
    assert (third["refused"]["code"], third["refused"]["faults"]) == ("POLICY_FAULTY", 1)
    (told,) = process.logged("policy_refused")
    assert "did you mean" in told["faults"][0]
    assert 'gateway_policy_changes_total{outcome="POLICY_FAULTY"} 1.0' in httpx.get(f"{process.url}/metrics").text

    process.permits.write_text(text, "utf-8")
    _until(lambda: process.policy()["revision"] == first)  # nobody hung up: the file alone
    assert process.policy()["refused"]["standing"] is False
    assert process.running.poll() is None


def test_told_to_stop_it_seals_what_it_has_counted_and_ends_well(process: Process, data: Path) -> None:
    token = subprocess.run(
        [sys.executable, "-c", "from gateway.cli import main; main()", "token", "hrs-clerk", "--data", str(data)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    asks = {"query": "{ me { role } }"}
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}) as http:
        codes = [http.post(f"{process.url}/graphql", json=asks).status_code for _ in range(400)]
    process.running.terminate()
    assert process.running.wait(20) == 0
    with sqlite3.connect(data / "gateway.db") as store:
        entries = [json.loads(text) for (text,) in store.execute("SELECT entry FROM log")]
    refused = [entry for entry in entries if entry["code"] == "RATE_LIMITED"]
    assert codes.count(429) > 10
    assert sum(entry.get("times") or 1 for entry in refused) == codes.count(429)


def test_a_terminal_that_is_closed_takes_the_gateway_with_it(data: Path) -> None:
    command, url = serving(data)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(data)
        os.execve(command[0], command, {**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        _until(lambda: _answers(url))
        os.kill(pid, signal.SIGHUP)
        time.sleep(0.2)
        assert _answers(url), "the terminal is there: only the policies were to be read"
        os.close(terminal)
        _until(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def _until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it never came true")
