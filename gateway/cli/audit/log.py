"""`gateway audit`: the sealed log."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
from cyclopts import App, Parameter

from exchange.audit import START, Fault, Head, Verdict
from exchange.checkpoint import Checkpoint, CheckpointFaulty, Signer, Verifier
from exchange.evidence import PROOF, Proof, verify_export, verify_person, verify_proof
from exchange.refusals import StoreUnavailable
from exchange.store import verification
from exchange.store.evidence import Evidence
from exchange.store.log import Log
from exchange.tree import Hashing, consistent
from gateway.app import now
from gateway.cli.audit.segment import against, alone, entry_in
from gateway.cli.where import FAULTY, HERE, UNABLE, USAGE, Where, ended, faults_shown, store
from gateway.demo.issuer import write_secret
from gateway.settings import Settings

_NOTE = 32_768
"""Bytes at the beginning of a file that hold its checkpoint."""

app = App(name="audit", help="The sealed log: every disclosure and every refusal.")


@app.command(name="list")
def show(*, json: bool = False, where: Where = HERE) -> None:
    """List the entries, oldest first, one a line. Also while a gateway runs.

    Parameters
    ----------
    json
        Canonical JSON, one entry a line, and nothing else.
    """
    asyncio.run(_printed(where, _print_json if json else _print_lines))


@app.command
def verify(
    *,
    head: Annotated[
        str | None,
        Parameter(help="A head noted elsewhere, SEQUENCE:HASH, which the log must still hold: a cut-off end shows."),
    ] = None,
    export: Annotated[
        Path | None, Parameter(help="Verify this export, or the proof of one entry, and not the store.")
    ] = None,
    person: Annotated[bool, Parameter(help="The export is of one person's entries.", negative="")] = False,
    earlier: Annotated[int, Parameter(help="How many of that person's first entries are archived.")] = 0,
    segment: Annotated[
        Path | None, Parameter(help="Verify this archived segment, by itself and against the store where there is one.")
    ] = None,
    kept: Annotated[
        Path | None,
        Parameter(
            name="--from", help="A checkpoint kept earlier: the log must still begin with what it was signed over."
        ),
    ] = None,
    key: Annotated[str | None, Parameter(help="Public key of the log (default: that of the data folder).")] = None,
    where: Where = HERE,
) -> None:
    """Recompute chain and tree from first to last; exit 1 if an entry is edited, missing or out of order."""
    if (person and export is None) or (head and (export or kept)) or (person and kept) or (earlier and not person):
        ended(USAGE, "--person goes with --export, --earlier with --person; --head with neither --export nor --from.")
    if segment is not None:
        if export or head or kept:
            ended(USAGE, "--segment goes with --key and nothing else.")
        # With a key of one's own nothing is asked of the store.
        of_key = _key(key, where)
        verdict = alone(segment, of_key) if key else asyncio.run(_segment(where, segment, of_key))
        _sound(verdict)
        print(f"a segment, whole; head {verdict.head.sequence}:{verdict.head.hash}")
        return
    checkpoint = None if kept is None else _checkpoint(kept, _key(key, where))
    if export is not None:
        with _opened(export) as stream:
            if stream.peek(len(PROOF)).startswith(PROOF.encode()):  # type: ignore[attr-defined]
                if person or kept:
                    ended(USAGE, "A proof of one entry goes with neither --person nor --from.")
                _proven(verify_proof(stream.read(), _key(key, where)))
                return
            if person:
                verdict = verify_person(stream, _key(key, where), earlier)
            else:
                verdict = verify_export(stream, _key(key, where), checkpoint)
    else:
        verdict = asyncio.run(_verified(where, START if head is None else _head(head), checkpoint))
    _sound(verdict)
    print(f"{verdict.head.sequence} entries, whole; head {verdict.head.sequence}:{verdict.head.hash}")


@app.command
def key(
    *,
    make: Annotated[
        str | None, Parameter(help="Make the key first, for a log of this name (a host, without blanks).")
    ] = None,
    where: Where = HERE,
) -> None:
    """Print the public key of the log's checkpoints; publish it where the log is not."""
    settings = where.settings()
    if make is not None:
        if settings.log_key.exists():
            ended(USAGE, f"{settings.log_key} is there already; checkpoints that were kept rest on it.")
        with _faults():
            write_secret(settings.log_key, Signer.make(make).secret())
    print(signer_of(settings).verifier)


@app.command
def export(path: Path, /, *, person: str | None = None, where: Where = HERE) -> None:
    """Write the whole log, or one person's entries, with a signed checkpoint; readable by its owner alone.

    Parameters
    ----------
    path
        The file to write.
    person
        Keyed digest of one person: only the entries about him or her, with proofs and openings.
    """
    signer = signer_of(where.settings())
    asyncio.run(_export(where, signer, path, person))
    print(f"Written to {path}; verify it with: python tools/verify_log.py '{signer.verifier}' {path}")


@app.command
def prove(
    id: str,
    /,
    *,
    segment: Annotated[Path | None, Parameter(help="The segment that holds the entry, where it is archived.")] = None,
    where: Where = HERE,
) -> None:
    """Print one disclosure's entry with the proof that it is in the log; of an archived one, without its segment, the
    proof alone, and where the entry is.

    Parameters
    ----------
    id
        The disclosure's id, as in the answer.
    """
    signer = signer_of(where.settings())

    async def made() -> tuple[Proof | None, str]:
        async with _log(where) as log:
            entry = await log.find(id) or (entry_in(segment, signer.verifier, id) if segment else b"")
            place = None if entry else await log.place(id)
            held = None if place is None else await log.archive.holding(place)
            return await Evidence(log, signer).prove(id, entry=entry), held.name if held else ""

    proof, held = asyncio.run(made())
    if proof is None:
        ended(UNABLE, "No entry has this id.")
    print(proof, end="")
    if held:
        print(f"The entry is archived, in {held}: name it with --segment to have it here.", file=sys.stderr)


@app.command
def compare(
    a: Path,
    b: Path,
    /,
    *,
    key: Annotated[str | None, Parameter(help="Public key of the log (default: that of the data folder).")] = None,
    where: Where = HERE,
) -> None:
    """Whether two checkpoints (or the checkpoints of two exports) are of one log; exit 1 for a fork.

    Those of different sizes are tied by a proof from the store.

    Parameters
    ----------
    a
        A checkpoint or an export.
    b
        Another.
    """
    old, new = sorted((_checkpoint(path, _key(key, where)) for path in (a, b)), key=lambda each: each.size)
    path = [] if old.size == new.size else asyncio.run(_tie(where, old.size, new.size))
    if old.hash != new.hash or not consistent(old.size, old.root, new.size, new.root, path, Hashing(new.hash)):
        ended(FAULTY, f"Not one log: {Fault.FORKED.value} between {old.size} and {new.size} entries.")
    print(f"One log, of {old.size} and of {new.size} entries.")


def _sound(verdict: Verdict) -> None:
    if verdict.fault is not None:
        place = "" if verdict.at is None else f" at entry {verdict.at}"
        ended(FAULTY, f"The log is not whole: {verdict.fault.value}{place}.")


def _proven(verdict: Verdict) -> None:
    _sound(verdict)
    print(f"Entry {verdict.head.sequence} is in the log; its hash is {verdict.head.hash}")


async def _segment(where: Where, path: Path, key: Verifier) -> Verdict:
    async with _log(where) as log:
        return await against(log, path, key)


async def _verified(where: Where, known: Head, kept: Checkpoint | None) -> Verdict:
    async with store(where.settings()) as database:
        log = Log(database)
        try:
            verdict = await log.verify(known)
            if verdict.sound and kept is not None:
                verdict = await _goes_on(log, kept, verdict)
        finally:
            log.close()
        try:
            await verification.note(database, now(), verdict)
        except StoreUnavailable:
            print("The verdict could not be noted in the store; it holds all the same.", file=sys.stderr)
        return verdict


async def _export(where: Where, signer: Signer, path: Path, person: str | None) -> None:
    async with _log(where) as log:
        with _written(path) as stream:
            evidence = Evidence(log, signer)
            async for piece in evidence.whole() if person is None else evidence.lines(person):
                stream.write(piece)


async def _tie(where: Where, old: int, new: int) -> list[bytes]:
    async with _log(where) as log:
        if await log.tree.size() < new:
            ended(UNABLE, "The store ends before the larger of the two: it cannot tie them.")
        return await log.tree.consistency(old, new)


async def _goes_on(log: Log, kept: Checkpoint, verdict: Verdict) -> Verdict:
    """The stored nodes are verified by now, so the root that they give for an earlier size is that of the entries."""
    if verdict.head.sequence < kept.size:
        return Verdict(verdict.head, Fault.TRUNCATED, verdict.head.sequence + 1)
    same = (await log.tree.hashing()).name == kept.hash and await log.tree.root(kept.size) == kept.root
    return verdict if same else Verdict(verdict.head, Fault.FORKED, kept.size)


def signer_of(settings: Settings) -> Signer:
    with faults_shown():
        signer = settings.signer()
    if signer is None:
        ended(UNABLE, f"The log has no key at {settings.log_key}: 'gateway audit key --make NAME' makes one.")
    return signer


def _key(text: str | None, where: Where) -> Verifier:
    if text is None:
        return signer_of(where.settings()).verifier
    with _faults():
        return Verifier.parse(text)


def _checkpoint(path: Path, key: Verifier) -> Checkpoint:
    """Of a checkpoint's file, or of an export's beginning."""
    with _opened(path) as stream:
        note = stream.read(_NOTE)
    head, gap, rest = note.partition(b"\n\n")
    try:
        return key.checkpoint((head + gap + rest.partition(b"\n\n")[0].removesuffix(b"\n") + b"\n").decode())
    except (CheckpointFaulty, UnicodeDecodeError):
        ended(FAULTY, f"{path}: no checkpoint that this log's key has signed.")


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except CheckpointFaulty as error:
        ended(USAGE, f"{error}.")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        ended(UNABLE, f"{path} cannot be read ({type(error).__name__}).")


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """Whole or not at all."""
    beside = path.with_name(path.name + ".new")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            yield stream
        beside.replace(path)
    except OSError as error:
        ended(UNABLE, f"{path} cannot be written ({type(error).__name__}).")


def _head(text: str) -> Head:
    sequence, _, hash_ = text.partition(":")
    if not sequence.isdecimal() or not re.fullmatch("[0-9a-f]{64}", hash_):
        ended(USAGE, "--head takes SEQUENCE:HASH, as 'gateway audit verify' prints it.")
    return Head(int(sequence), hash_)


@asynccontextmanager
async def _log(where: Where) -> AsyncIterator[Log]:
    async with store(where.settings()) as database:
        log = Log(database)
        try:
            yield log
        finally:
            log.close()


async def _printed(where: Where, shown: Callable[[Log], Awaitable[None]]) -> None:
    async with _log(where) as log:
        await shown(log)


async def _entries(log: Log) -> AsyncIterator[bytes]:
    async for entry in log.pages((await log.head()).sequence):
        yield entry


async def _print_json(log: Log) -> None:
    async for entry in _entries(log):
        print(entry.decode())


def _released(items: dict[str, dict[str, str]]) -> int:
    return sum(item["treatment"] != "WITHHELD" for item in items.values())


async def _print_lines(log: Log) -> None:
    async for text in _entries(log):
        entry = orjson.loads(text)
        ground = entry["ground"]["consent"] or entry["ground"]["kind"]
        outcome = entry["code"] or f"disclosed {_released(entry['items'])} of {len(entry['items'])}"
        asked = (entry["client"], entry["operator"], entry["purpose"], ground, outcome)
        print(f"{entry['sequence']:>6}  {entry['time'][:19]}Z ", "  ".join(word or "–" for word in asked))
