from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.digests import Digests
from gateway.app import now
from gateway.demo.start import prepare
from gateway.settings import load
from tests.acceptance.running import GATEWAY, Demo, awaited, clean_environ, free_port


@dataclass(frozen=True)
class Behind:
    """`gateway serve` with two workers, which trusts the proxy at 127.0.0.1."""

    data: Path
    port: int
    demo: Demo

    @property
    def digests(self) -> Digests:
        return Digests(load({}, data=self.data).settings.key(), "sha256")


@pytest.fixture(scope="session")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    data = tmp_path_factory.mktemp("behind") / "data"
    prepare(data, people=20, database=None, at=now())
    port = free_port()
    environ = {**clean_environ(), "GATEWAY_DATA": str(data), "GATEWAY_TRUSTED_PROXIES": "127.0.0.1"}
    environ["GATEWAY_WORKERS"] = "2"
    environ["FORWARDED_ALLOW_IPS"] = "*"  # what uvicorn would let everybody's X-Forwarded-For do
    log = data.parent / "gateway.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [GATEWAY, "serve", "--port", str(port)], stdout=output, stderr=subprocess.STDOUT, env=environ
        )
        try:
            demo = Demo(data, port, environ)
            awaited(demo, process, log)
            yield Behind(data, port, demo)
        finally:
            process.terminate()
            process.wait(20)
