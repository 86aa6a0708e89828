"""A PostgreSQL server of one's own on a free port, gone when it is closed: for the real tables, and for tests.

PostgreSQL refuses to run as root, so root hands it to the user `postgres` (Debian makes one) or `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "on",
}


class PostgresMissing(RuntimeError):
    """PostgreSQL's server programs were not found. On Debian: apt-get install postgresql."""

    def __init__(self) -> None:
        super().__init__((type(self).__doc__ or "").strip())


def binaries() -> Path | None:
    """Where initdb and pg_ctl are, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3].zfill(3), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@dataclass(frozen=True)
class PostgresServer:
    """One that may be stopped and started again, at the same port, with what it holds."""

    programs: Path
    folder: Path
    port: int
    user: pwd.struct_passwd | None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Beside its usual ones."""

    @property
    def url(self) -> str:
        """Without a database: `postgresql://postgres@127.0.0.1:PORT`."""
        return f"postgresql://postgres@127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        """Of the process whose children serve. Raises OSError where it does not run."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        settings = " ".join(f"-c {name}='{value}'" for name, value in (_SETTINGS | dict(self.settings)).items())
        self._control("-l", self.folder / "log", "-o", f"-p {self.port} {settings}", "start")

    def stop(self) -> None:
        """As a crash does: without a checkpoint, and whoever is connected is cut off."""
        self._control("-m", "immediate", "stop")

    def close(self) -> None:
        """In order: what it holds need not be recovered by the next start."""
        self._control("-m", "fast", "stop")

    def _control(self, *arguments: str | Path) -> None:
        _run(self.user, self.programs / "pg_ctl", "-D", self.data, "-w", *arguments)


@contextmanager
def server() -> Iterator[PostgresServer]:
    """Start an empty server. Raises PostgresMissing."""
    programs = binaries()
    if programs is None:
        raise PostgresMissing()
    folder = Path(tempfile.mkdtemp(prefix="gateway-postgres-"))
    user = _user()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    made = PostgresServer(programs, folder, _free_port(), user)
    try:
        _make(made)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept(folder: Path, **settings: str) -> Iterator[PostgresServer]:
    """The same in a folder of one's own, which stays, with what it holds. Only one at a time may have it.

    Raises PostgresMissing, and CalledProcessError where it does not start.
    """
    programs, user = binaries(), _user()
    if programs is None:
        raise PostgresMissing()
    folder.mkdir(parents=True, exist_ok=True)
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    made = PostgresServer(programs, folder, _free_port(), user, settings)
    if not (made.data / "PG_VERSION").exists():
        _make(made)
    elif (made.data / "postmaster.pid").exists():
        with suppress(subprocess.CalledProcessError):  # whoever started it is gone; perhaps the server too
            made.stop()
    made.start()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def cluster() -> Iterator[str]:
    """The url of such a server, without a database. Raises PostgresMissing."""
    with server() as made:
        yield made.url


def _make(made: PostgresServer) -> None:
    words = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
    _run(made.user, made.programs / "initdb", "-D", made.data, *words)


def _user() -> pwd.struct_passwd | None:
    """Whom to run as: somebody else only for root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _run(user: pwd.struct_passwd | None, *command: str | Path) -> None:
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    subprocess.run(  # noqa: S603
        [str(part) for part in command],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_user,  # type: ignore[arg-type]
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
