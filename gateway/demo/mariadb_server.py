"""A MariaDB server of one's own on a free port, gone when it is closed: for the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_STARTS_S = 60
_SETTINGS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--max-connections=200",
)


class MariaDbMissing(RuntimeError):
    """MariaDB's server programs were not found. On Debian: apt-get install mariadb-server."""

    def __init__(self) -> None:
        super().__init__((type(self).__doc__ or "").strip())


def program() -> str | None:
    """Where mariadbd is, or None."""
    return shutil.which("mariadbd", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


@contextmanager
def mariadb_server(*settings: str) -> Iterator[str]:
    """Start an empty server with these settings beside its own; gives its URL without a database, `mariadb://root@127.0.0.1:PORT`.

    Raises MariaDbMissing, or RuntimeError where it does not start within a minute.
    """
    server, install = program(), shutil.which("mariadb-install-db")
    if server is None or install is None:
        raise MariaDbMissing()
    folder = Path(tempfile.mkdtemp(prefix="gateway-mariadb-"))
    # The server refuses to run as root unless told a user; root itself is one that always exists.
    user = pwd.getpwuid(os.geteuid()).pw_name
    # A server that starts deletes the temporary tables of all that share their folder with it.
    (folder / "tmp").mkdir()
    options = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder / 'tmp'}", f"--user={user}"]
    port = _free_port()
    try:
        with (folder / "log").open("wb") as log:
            made = [install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"]
            subprocess.run(made, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603
            own = [f"--port={port}", f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}"]
            running = subprocess.Popen(  # noqa: S603
                [server, *options, *own, *_SETTINGS, *settings], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            _wait(running, port)
            yield f"mariadb://root@127.0.0.1:{port}"
        finally:
            running.kill()
            running.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(running: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _STARTS_S
    while time.monotonic() < until and running.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("MariaDB did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
