"""An own PostgreSQL cluster for the tests: a free port of 127.0.0.1, a temporary folder, never as root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

ADVICE = "apt-get install postgresql"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: the newest of /usr/lib/postgresql, or on the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Cluster:
    """Started by `start`; `url` names its server and the database `postgres`."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._as_user = _as_user(folder)
        self._port = _free_port()
        self.url = f"postgresql://gateway@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """fsync stays on: what is said to be durable must be."""
        self._run(
            "initdb", "-U", "gateway", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-D", str(self._data)
        )
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
        log = str(self._data / "log")
        self._run("pg_ctl", "-w", "-t", "60", "-D", str(self._data), "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "-D", str(self._data), "stop")

    def _run(self, program: str, *arguments: str) -> None:
        folder = programs()
        assert folder is not None, ADVICE
        command = [*self._as_user, str(folder / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd="/", timeout=120)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_user(folder: Path) -> list[str]:
    """PostgreSQL refuses root: run by root, the cluster belongs to `postgres`, or to `nobody`."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]
