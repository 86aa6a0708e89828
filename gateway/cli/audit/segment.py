"""Archived segments at the command line: one verified by itself and against the log, and one entry looked up in it."""

from __future__ import annotations

import json
from pathlib import Path

from exchange.audit import Fault, Verdict
from exchange.checkpoint import CheckpointFaulty, Verifier
from exchange.segment import Segment, opened, verify
from exchange.store.log import Log
from gateway.archiving import digest_of
from gateway.cli.where import UNABLE, ended


def alone(path: Path, key: Verifier) -> Verdict:
    """The segment by itself."""
    try:
        with path.open("rb") as stream:
            return verify(stream, key)
    except OSError as error:
        ended(UNABLE, f"{path} cannot be read ({type(error).__name__}).")


async def against(log: Log, path: Path, key: Verifier) -> Verdict:
    """The same, and that it is the one that left this log, whose tree goes on from it. Raises StoreUnavailable."""
    verdict = alone(path, key)
    if not verdict.sound:
        return verdict
    segment = _segment(path, key)
    size = segment.end.size
    noted = await log.archive.holding(size)
    if noted is not None and (noted.last != verdict.head or noted.digest != digest_of(path)):
        return Verdict(verdict.head, Fault.FORKED, size)
    # One that the log does not know was written by a run that ended early: its entries are still there.
    same = await log.tree.size() >= size and await log.tree.root(size) == segment.end.root
    return verdict if same else Verdict(verdict.head, Fault.FORKED, size)


def entry_in(path: Path, key: Verifier, id: str) -> bytes:
    """One archived entry; b"" where the segment does not hold it. The segment is verified first."""
    if not alone(path, key).sound:
        return b""
    with path.open("rb") as stream:
        _, entries = opened(stream, key)
        return next((taken.text for taken in entries if json.loads(taken.text)["id"] == id), b"")


def _segment(path: Path, key: Verifier) -> Segment:
    with path.open("rb") as stream:
        try:
            return opened(stream, key)[0]
        except (CheckpointFaulty, ValueError):
            ended(UNABLE, f"{path} changed while it was read.")
