"""`gateway demo --database`: the same city and tour, wherever the departments stand."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from connectors.inspecting import unmapped
from connectors.sql.connector import runner_for
from connectors.sql.runner import SourceFailed
from gateway.cli import demo
from gateway.cli.main import app
from gateway.settings import Settings


def run(*words: str) -> int:
    try:
        app(["demo", *words], exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


async def loans(url: str) -> int:
    runner = runner_for(unmapped(url))
    try:
        return (await runner.run('SELECT count(*) FROM "LN_ACCT"', []))[0][0]
    finally:
        await runner.close()


@pytest.mark.postgres
@pytest.mark.mariadb
def test_the_tour_is_the_same_on_a_server_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    found: list[tuple[str, int]] = []

    def served(settings: Settings) -> None:
        url = settings.environment({})["GATEWAY_PBC_URL"]
        found.append((url, asyncio.run(loans(url))))

    monkeypatch.setattr(demo, "run", served)
    tours: list[str] = []
    for words in ([], ["--database", "postgresql"], ["--database", "mariadb"]):
        assert run("--people", "3", "--port", port, *words) == 0
        tours.append(capsys.readouterr().out)
    assert [url.partition(":")[0] for url, _ in found] == ["sqlite", "postgresql", "mariadb"]
    assert len({count for _, count in found}) == 1
    assert found[0][1] > 0
    assert len(set(tours)) == 1
    for url, _ in found[1:]:  # both are gone with the demo
        with pytest.raises(SourceFailed):
            asyncio.run(loans(url))


@pytest.mark.parametrize(
    ("database", "told"),
    [
        ("oracle", "takes postgresql or mariadb"),
        ("mysql://u:Geheim@127.0.0.1/x", "takes postgresql or mariadb"),
        ("mariadb://u:Geheim@db.example.cn", "says nothing of TLS"),
        ("mariadb://u:Geheim@127.0.0.1:1", "the database server cannot be used"),
        ("postgresql://u:Geheim@127.0.0.1:1", "the database server cannot be used"),
    ],
)
def test_a_place_that_will_not_do(
    database: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    assert run("--people", "3", "--database", database) != 0
    said = capsys.readouterr().err
    assert told in said
    assert "Geheim" not in said
    assert "example" not in said


def test_a_server_that_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gateway.demo.mariadb_server.program", lambda: None)
    assert run("--people", "3", "--database", "mariadb") != 0
    assert "apt-get install mariadb-server" in capsys.readouterr().err
