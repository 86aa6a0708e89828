"""The demo's token endpoint as docs/authentication.md shows it: a secret by command, a token by curl, an ask."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.running import GATEWAY, Demo
from tests.nursery import ran

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs/authentication.md"


def test_the_command_of_the_page_gives_a_token_that_the_gateway_accepts(demo: Demo) -> None:
    (command,) = [
        block for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL) if "oauth/token" in block
    ]
    command = command.replace("http://127.0.0.1:8000", demo.url).replace("$(gateway ", f"$({GATEWAY} ")
    environ = {**demo.environ, "GATEWAY_DATA": str(demo.data)}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=environ)
    (token,) = re.findall(r'"access_token":"([^"]+)"', done.stdout)
    headers = {"Authorization": f"Bearer {token}"}
    answer = demo.http.post(f"{demo.url}/graphql", json={"query": "{ me { client operator } }"}, headers=headers)
    assert answer.json()["data"]["me"] == {"client": "bank-system", "operator": "li.wei"}


@pytest.mark.parametrize("client", ["person", "nobody"])
def test_who_has_no_secret(demo: Demo, client: str) -> None:
    environ = {**demo.environ, "GATEWAY_DATA": str(demo.data)}
    done = ran("demo", "secret", client, environ=environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
