"""What a serving process knows of the steps without alembic is what alembic knows."""

from __future__ import annotations

import subprocess
import sys

from alembic.script import ScriptDirectory

from exchange.store import schema


def test_the_revisions_are_the_chain_of_the_steps() -> None:
    steps = ScriptDirectory("exchange/store/migrations").walk_revisions()
    assert schema.revisions() == tuple(reversed([step.revision for step in steps]))


def test_a_process_that_serves_reads_no_library_that_it_may_not_need() -> None:
    heavy = "{'pyarrow', 'openpyxl', 'alembic', 'redis', 'websockets', 'pypinyin'}"
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, gateway.cli.main; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"
