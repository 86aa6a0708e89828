"""Both verifiers as they are run, `gateway audit verify --export` and the one that stands alone, on every forged file.

Each judges all files in one process of its own, which does the command as often as there are files.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from tests.exchange.forgeries import EXPORT, KEPT_NOTE, KEY, KINDS, PROOFS, forged_proof

ROOT = Path(__file__).parents[3]
EDITS, FORGED = 250, 1000
ALONE = """
import runpy, sys
main = runpy.run_path(sys.argv[1])["main"]
def run(path, *more):
    main(sys.argv[2], path, *more)
"""
GATEWAY = """
import functools, pathlib, sys
from gateway.cli.main import app
@functools.cache  # to read the words takes longer than to verify: once for each form of the command
def read(*kept):
    own = ["--from", *kept] if kept else []
    return app.parse_args(["audit", "verify", "--export", "x", "--key", sys.argv[2], *own])
def run(path, *kept):
    command, words, _ = read(*kept)
    command(*words.args, **words.kwargs | {"export": pathlib.Path(path)})
"""
EACH = """
import contextlib, io, json
codes = []
for words in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            run(*words)
            codes.append(0)
        except SystemExit as end:
            codes.append(end.code if isinstance(end.code, int) else 0 if end.code is None else 1)
print(json.dumps(codes))
"""


def judged(command: str, files: list[list[str]]) -> list[int]:
    """Exit code for each file."""
    done = subprocess.run(
        [sys.executable, "-c", command + EACH, ROOT / "tools" / "verify_log.py", str(KEY)],
        input=json.dumps(files),
        capture_output=True,
        check=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    return json.loads(done.stdout)


def test_every_edit_and_every_forged_proof_is_found_by_both_commands(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text(KEPT_NOTE)
    sound, forged = list[list[str]](), list[list[str]]()

    def written(data: bytes, into: list[list[str]], *more: object) -> None:
        path = tmp_path / f"{len(sound)}-{len(forged)}"
        path.write_bytes(data)
        into.append([str(path), *map(str, more)])

    written(EXPORT, sound, kept)
    for proof in PROOFS:
        written(str(proof).encode(), sound)
    for kind in KINDS:
        chance = random.Random(kind.__name__)
        for _ in range(EDITS):
            written(kind(chance), forged, kept)
    chance = random.Random(7)
    for _ in range(FORGED):
        written(str(forged_proof(chance)).encode(), forged)
    assert len(forged) == EDITS * len(KINDS) + FORGED >= 3000
    for command in (GATEWAY, ALONE):
        codes = judged(command, [*sound, *forged])
        assert codes[: len(sound)] == [0] * len(sound)
        assert codes[len(sound) :] == [1] * len(forged)
