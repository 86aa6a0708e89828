"""Where PostgreSQL is missing, its tests are left out loudly and not counted as skipped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_without_postgres_the_run_says_what_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "no_postgres.py").write_text(
        "import gateway.demo.cluster\ngateway.demo.cluster.binaries = lambda: None\n", "utf-8"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no_postgres", "tests/connectors/sql/test_postgres.py"]
    command += ["tests/connectors/test_forms.py", "-p", "no:cacheprovider"]
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": "/usr/bin:/bin"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout
    assert "LEFT OUT: PostgreSQL is not installed" in run.stdout
    assert "apt-get install postgresql" in run.stdout
    assert "2 passed" in run.stdout
    assert "skipped" not in run.stdout
