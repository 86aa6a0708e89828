"""Processes of the command line, each forked from one that has imported it: as if started anew, without the second
that importing takes. Arguments, environment, folder, output and end are each process's own.

`tests/gateway/cli/test_serve.py`, `tests/deploy` and the README's blocks start the command itself.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).parents[1]
_PROGRAM = "import sys; from tests.nursery import born; sys.exit(born(int(sys.argv[1])))"
_LONGEST = 1 << 20


class Process:
    """As subprocess.Popen has it; without `errors`, what it says there goes to `output` too."""

    def __init__(
        self, arguments: Sequence[object], environ: Mapping[str, str], output: IO[Any], errors: IO[Any] | None = None
    ) -> None:
        self.args = ["gateway", *map(str, arguments)]
        self.returncode: int | None = None
        self._line, theirs = socket.socketpair()
        word = json.dumps({"arguments": self.args, "environ": dict(environ), "folder": str(Path.cwd())}).encode()
        descriptors = [output.fileno(), (errors or output).fileno(), theirs.fileno()]
        with theirs:
            socket.send_fds(_mother()[1], [word], descriptors)
        self.pid = int(self._told())

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(self._told())
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _told(self) -> bytes:
        """The next number: of the process, then of its end."""
        said = b""
        while not said.endswith(b"\n"):
            more = self._line.recv(1)
            assert more, "the nursery is gone"
            said += more
        return said


def ran(*arguments: object, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The command, once it has ended."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = Process(arguments, environ, output, errors)
        code = process.wait()
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(process.args, code, output.read().decode(), errors.read().decode())


@cache
def _mother() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            cwd=_ROOT,
            pass_fds=[theirs.fileno()],
        )
    return process, ours


def closed() -> None:
    """At the end of the tests."""
    if _mother.cache_info().currsize:
        process, line = _mother()
        line.close()
        process.wait(20)
        _mother.cache_clear()


def born(line: int) -> object:
    """The process that forks; returns in each that is forked, with what the command line returns."""
    from gateway.cli.main import main

    requests = socket.socket(fileno=line)
    ends: dict[int, tuple[int, int]] = {}
    """By process: the descriptor that tells its end, and the line on which that is said."""
    while True:
        ready, _, _ = select.select([requests, *(end for end, _ in ends.values())], [], [])
        for pid, (end, child) in list(ends.items()):
            if end in ready:
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                _say(child, code)
                for each in ends.pop(pid):
                    os.close(each)
        if requests not in ready:
            continue
        word, descriptors, _, _ = socket.recv_fds(requests, _LONGEST, 3)
        if not word:  # whoever asked is gone, and nothing of theirs stays
            for pid in ends:
                os.kill(pid, signal.SIGTERM)
            return None
        pid = os.fork()
        if not pid:
            requests.detach()
            _become(json.loads(word), descriptors)
            return main()
        output, errors, child = descriptors
        os.close(output)
        os.close(errors)
        _say(child, pid)
        ends[pid] = os.pidfd_open(pid), child


def _say(child: int, number: int) -> None:
    """Whoever asked may have stopped listening."""
    with suppress(BrokenPipeError):
        os.write(child, b"%d\n" % number)


def _become(said: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Nothing of the nursery stays open: the end of a line must mean the end of whoever holds it."""
    os.dup2(descriptors[0], 1)
    os.dup2(descriptors[1], 2)
    os.closerange(3, max(map(int, os.listdir("/proc/self/fd"))) + 1)
    os.environ.clear()
    os.environ.update(said["environ"])
    os.chdir(said["folder"])
    sys.argv[:] = said["arguments"]
