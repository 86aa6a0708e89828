"""The real nginx with the configuration that we ship, on a free port, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.acceptance.running import free_port
from tests.connectors.http.test_tls import Authority

SHIPPED = Path(__file__).parents[2] / "deploy/nginx"


def program() -> str | None:
    """Where nginx is, or None."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


@dataclass(frozen=True)
class Proxy:
    folder: Path
    port: int
    servers: Authority
    clients: Authority

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def http(self, certificate: tuple[Path, Path] | None = None, *, http2: bool = False) -> httpx.Client:
        """A client that trusts the server, with or without a certificate of its own."""
        context = ssl.create_default_context(cafile=self.servers.ca)
        if certificate:
            context.load_cert_chain(*certificate)
        return httpx.Client(verify=context, base_url=self.url, timeout=20, http2=http2, trust_env=False)

    def reload(self) -> None:
        self._signalled("reload")

    def logs(self, requests: int = 0) -> str:
        """Once that many requests stand in it: nginx writes a line after it has answered."""
        until = time.monotonic() + 20
        while (found := self._logs()).count(" POST ") < requests and time.monotonic() < until:
            time.sleep(0.02)
        return found

    def _logs(self) -> str:
        return "".join(path.read_text() for path in (self.folder / "logs").iterdir())

    def _signalled(self, signal: str) -> None:
        command = [program() or "nginx", "-p", f"{self.folder}/", "-c", "nginx.conf", "-s", signal]
        subprocess.run(command, check=True, capture_output=True)


def site(port: int, verify: str, more: str = "") -> str:
    """The shipped site.conf on another port."""
    text = (SHIPPED / "site.conf").read_text()
    for shipped, ours in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("ssl_verify_client on;", f"ssl_verify_client {verify};\n{more}"),
    ):
        assert shipped in text
        text = text.replace(shipped, ours)
    return text


@contextmanager
def nginx(gateway_port: int, *, verify: str = "on", more: str = "", told: str = "crit") -> Iterator[Proxy]:
    """`verify`: ssl_verify_client; `told`: level of the error log.

    Its workers run as another user, so the folder lies where they can reach it.
    """
    folder = Path(tempfile.mkdtemp(prefix="gateway-nginx-"))
    try:
        folder.chmod(0o755)
        for each in ("tls", "run", "logs"):
            (folder / each).mkdir()
        for path in SHIPPED.glob("*.conf"):
            shutil.copy(path, folder)
        servers, clients = Authority(folder / "tls", "servers-ca"), Authority(folder / "tls", "clients-ca")
        servers.issue("server")
        port = free_port()
        (folder / "site.conf").write_text(site(port, verify, more))
        conf = (folder / "nginx.conf").read_text()
        (folder / "nginx.conf").write_text(conf.replace("logs/error.log crit", f"logs/error.log {told}"))
        upstream = (folder / "upstream.conf").read_text()
        assert "127.0.0.1:8000" in upstream
        (folder / "upstream.conf").write_text(upstream.replace("127.0.0.1:8000", f"127.0.0.1:{gateway_port}"))
        command = [program() or "nginx", "-p", f"{folder}/", "-c", "nginx.conf", "-g", "daemon off;"]
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            proxy = Proxy(folder, port, servers, clients)
            _await(proxy, process)
            yield proxy
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _await(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    with proxy.http() as http:
        while time.monotonic() < until:
            assert process.poll() is None, (proxy.folder / "output").read_text() + proxy.logs()
            try:
                http.get("/nothing")
                return
            except httpx.ConnectError as error:
                if "refused" not in str(error):
                    return  # it listens, and wants a certificate
            time.sleep(0.05)
    raise AssertionError((proxy.folder / "output").read_text())
