"""The log's writer: a thread that appends what all who wait have brought, and wakes them when it is on the disk.

INVARIANT: a wait ends well only when the entries are durable; if it ends with a Refusal nothing may leave the gateway.
The log's end is read under the lock that one transaction holds, so any number of processes append to one chain: whoever
holds the lock is the sequencer, and where that process dies the next one takes over.
"""

from __future__ import annotations

import asyncio
import json
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from exchange.audit import START, EntryUnfit, Head
from exchange.change import Change
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable, ChangedMeanwhile, Internal, Refusal, StoreUnavailable
from exchange.retry import KEPT_FOR, Kept
from exchange.sealing import Facts, Rows, Sealing, Standing
from exchange.store import inquiry, personal, tree, turns
from exchange.store.consent import consents_named, use
from exchange.store.database import Connection, Database, StoreBusy, StoreConflict, Tx
from exchange.store.index import Known
from exchange.store.retry import keep, names_kept

_BATCH = 256
"""Asks in one transaction at most."""
_SOUND_FOR_S = 2.0
_PROBE_WAIT_S = 0.25

_BEAT = "INSERT INTO pulse VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET beat = pulse.beat + 1"


@dataclass(eq=False, slots=True)
class _Waiter:
    """One ask that waits for its seal."""

    disclosures: tuple[Disclosure, ...]
    answer: str | None
    keep: Kept | None
    deadline: float
    """Monotonic seconds; not written after it."""
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]
    gone: bool = False
    """Nobody waits any more: timed out, or the client left."""
    refusal: Refusal | None = None

    @property
    def lost(self) -> bool:
        return self.gone or time.monotonic() >= self.deadline


class Sealer:
    def __init__(self, database: Database, budget_s: float) -> None:
        self._database = database
        self._budget_s = budget_s
        self._queue: queue.SimpleQueue[_Waiter | None] = queue.SimpleQueue()
        self._connection: Connection | None = None
        self._end: Sealing | None = None
        """The last transaction's, whose end is the log's unless somebody else has appended since."""
        self._known = Known()
        self._closed = False
        self._sealed_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    async def seal(self, disclosures: Sequence[Disclosure], answer: str | None, keep: Kept | None) -> None:
        """See `exchange.store.log.Log.seal`."""
        if self._closed:
            raise AuditUnavailable()
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + self._budget_s
        waiter = _Waiter(tuple(disclosures), answer, keep, deadline, loop, loop.create_future())
        self._queue.put(waiter)
        try:
            async with asyncio.timeout(self._budget_s):
                await waiter.future
        except TimeoutError:
            self._sealed_at = float("-inf")
            raise AuditUnavailable() from None
        finally:
            waiter.gone = True

    async def health(self) -> bool:
        """Whether the log can be written now: its last write was good and not long ago, or a small one succeeds."""
        if self._closed or not self._thread.is_alive():
            return False
        if time.monotonic() - self._sealed_at < _SOUND_FOR_S:
            return True
        try:
            # A disk or a server that hangs answers the probe no more than an ask.
            async with asyncio.timeout(self._budget_s):
                connection = await self._database.connect(_PROBE_WAIT_S)
                try:
                    await connection.begin(_PROBE_WAIT_S)
                    await connection.run(_BEAT)
                    await connection.commit()
                finally:
                    await connection.close()
        except (StoreUnavailable, TimeoutError):
            return False
        return True

    def close(self) -> None:
        """Write what waits, then stop; later seals are refused."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join(self._budget_s + 1)

    # The writer's thread

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            going = True
            while going:
                batch, going = self._take()
                runner.run(self._sealed(batch))
            runner.run(self._disconnect())

    def _take(self) -> tuple[list[_Waiter], bool]:
        """All who wait now, at least one; and whether to go on."""
        batch: list[_Waiter] = []
        waiter = self._queue.get()
        while waiter is not None:
            batch.append(waiter)
            if len(batch) == _BATCH:
                return batch, True
            try:
                waiter = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    async def _sealed(self, batch: list[_Waiter]) -> None:
        try:
            await self._write(batch)
        except Exception:
            # Whatever it was, nobody of this batch was told that the entry stands; the next batch starts afresh.
            await self._disconnect()
            _wake(batch, AuditUnavailable())

    async def _write(self, batch: list[_Waiter]) -> None:
        """Until each of the batch is sealed, refused, or out of time."""
        while True:
            lost = [waiter for waiter in batch if waiter.lost]
            _wake(lost, AuditUnavailable())
            batch = [waiter for waiter in batch if waiter not in lost]
            if not batch:
                return
            try:
                # A server that hangs answers nobody: the connection is given up with the last who waits.
                async with asyncio.timeout(max(waiter.deadline for waiter in batch) - time.monotonic()):
                    done = await self._transaction(batch)
                if done:
                    self._sealed_at = time.monotonic()
                    _wake(batch)
                    return
            except StoreBusy:
                await self._disconnect()
            except StoreConflict:
                # The tables' own fence held, where the checks before it saw nothing: only the one whom it concerns
                # gets nothing.
                await self._disconnect()
                if len(batch) == 1:
                    _wake(batch, AuditUnavailable())
                    return
                for waiter in batch:
                    await self._write([waiter])
                return
            except (StoreUnavailable, TimeoutError):
                # If a COMMIT failed and yet persisted, the entries stand: their ids are found when they come again.
                await self._disconnect()
                _wake(batch, AuditUnavailable())
                return

    async def _transaction(self, batch: list[_Waiter]) -> bool:
        """One transaction for all; False if it was undone because somebody's time ran out meanwhile."""
        tx = await self._begun(min(waiter.deadline for waiter in batch))
        # If we die from here to COMMIT: nothing is written, no consent is consumed, nobody was answered.
        ids = [each.id for waiter in batch for each in waiter.disclosures]
        standing = await _standing(tx, ids)
        for waiter in batch:
            waiter.refusal = None
            await _changed(tx, waiter, standing)
        sealing = Sealing(await self._facts(tx, batch, standing))
        for waiter in batch:
            if waiter.refusal is None:
                _decided(sealing, waiter)
                if waiter.refusal is not None and _changes(waiter, standing):
                    # Its changes are written already: all is undone, and this one is not tried again.
                    await tx.rollback()
                    _wake([waiter], waiter.refusal)
                    waiter.gone = True
                    return False
        await _written(tx, sealing.rows, self._known)
        if any(waiter.lost for waiter in batch):
            await tx.rollback()
            return False
        await tx.commit()
        # If we die here: the entries are durable and whole, and no answer has left. The log tells of more than what
        # was disclosed; the client sees a broken connection and asks anew.
        self._end = sealing
        self._known.committed()
        return True

    async def _begun(self, deadline: float) -> Connection:
        """A transaction that has the lock."""

        def left() -> float:
            return max(deadline - time.monotonic(), 0.001)

        if self._connection is not None:
            try:
                await self._connection.begin_log(left())
            except StoreBusy:
                raise
            except StoreUnavailable:
                await self._disconnect()  # it died while it rested, with the server: nothing was begun
            else:
                return self._connection
        self._connection = await self._database.connect(self._budget_s)
        await self._connection.begin_log(left())
        return self._connection

    async def _facts(self, tx: Tx, batch: list[_Waiter], standing: dict[str, Standing]) -> Facts:
        """What the asks of this batch rest on, now that nobody else can change it."""
        rows = await tx.run("SELECT sequence, hash FROM log ORDER BY sequence DESC LIMIT 1")
        head = Head(*rows[0]) if rows else START
        disclosures = [each for waiter in batch for each in waiter.disclosures]
        consents = {id for each in disclosures if not each.code for _, id in each.consents}
        people = {person for each in disclosures for person in each.people}
        known = self._end if self._end is not None and self._end.head == head != START else None
        return Facts(
            head=head,
            hashing=known.hashing if known else await tree.hashing_of(tx),
            peaks=known.peaks if known else await tree.peaks(tx, head.sequence),
            standing=standing,
            consents=await consents_named(tx, sorted(consents)) if consents else {},
            kept=await self._kept(tx, batch),
            last=await personal.last(tx, sorted(people)) if people else {},
            turns=await turns.counted(tx, [each.turn for each in disclosures if each.turn and not each.code]),
        )

    async def _kept(self, tx: Tx, batch: list[_Waiter]) -> frozenset[str]:
        keeps = [waiter.keep for waiter in batch if waiter.keep is not None]
        if not keeps:
            return frozenset()
        return await names_kept(tx, [keep.name for keep in keeps], min(keep.until for keep in keeps) - KEPT_FOR)

    async def _disconnect(self) -> None:
        self._end, self._sealed_at = None, float("-inf")
        if self._connection is not None:
            with suppress(StoreUnavailable):
                await self._connection.close()  # rolls back what was not committed
            self._connection = None


def _changes(waiter: _Waiter, standing: dict[str, Standing]) -> list[Change]:
    """What an administrative act writes beside its entry; one that stands already was done with it."""
    return [change for each in waiter.disclosures if each.id not in standing for change in each.changes]


async def _changed(tx: Tx, waiter: _Waiter, standing: dict[str, Standing]) -> None:
    """Lay down what the act decided, unless what it rests on has changed meanwhile."""
    changes = _changes(waiter, standing)
    if not changes:
        return
    await tx.run("SAVEPOINT act")
    for change in changes:
        if await tx.run(change.guard.sql, change.guard.parameters) != list(change.found):
            waiter.refusal = ChangedMeanwhile()
            await tx.run("ROLLBACK TO SAVEPOINT act")
            break
        for write in change.writes:
            await tx.run(write.sql, write.parameters)
    await tx.run("RELEASE SAVEPOINT act")


def _decided(sealing: Sealing, waiter: _Waiter) -> None:
    try:
        sealing.add(waiter.disclosures, waiter.answer, waiter.keep)
    except Refusal as refusal:
        waiter.refusal = refusal
    except (EntryUnfit, TypeError, ValueError):
        waiter.refusal = Internal()


async def _written(tx: Tx, rows: Rows, known: Known) -> None:
    if not rows.log:
        return
    await tx.many("INSERT INTO log (sequence, id, entry, hash) VALUES (?, ?, ?, ?)", rows.log)
    await known.write(tx, rows.entries)
    await tx.many("INSERT INTO log_node (level, position, hash) VALUES (?, ?, ?)", rows.nodes)
    if rows.people:
        await tx.many("INSERT INTO log_person (person, sequence, count, salt) VALUES (?, ?, ?, ?)", rows.people)
    if rows.uses:
        await use(tx, rows.uses)
    if rows.answers:
        await keep(tx, rows.answers)
    if rows.inquiries:
        await tx.many(inquiry.ADD, [inquiry.row_of(each) for each in rows.inquiries])
    if rows.turns:
        await tx.many(turns.COUNT, rows.turns)


async def _standing(tx: Tx, ids: list[str]) -> dict[str, Standing]:
    found = await tx.run("SELECT id, sequence, entry FROM log WHERE id IN ?*", (ids,))
    standing = {}
    for id, sequence, entry in found:
        before = await tx.run("SELECT hash FROM log WHERE sequence = ?", (sequence - 1,))
        links = await personal.links(tx, sequence, json.loads(entry)["people"])
        standing[id] = Standing(entry, sequence, before[0][0] if before else START.hash, links)
    return standing


def _wake(waiters: Sequence[_Waiter], refusal: Refusal | None = None) -> None:
    """Tell each its outcome: `refusal`, else its own, else sealed. One call for each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Waiter]] = {}
    for waiter in waiters:
        waiter.refusal = refusal or waiter.refusal
        loops.setdefault(waiter.loop, []).append(waiter)
    for loop, its in loops.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there
            loop.call_soon_threadsafe(_settle, its)


def _settle(waiters: Sequence[_Waiter]) -> None:
    for waiter in waiters:
        if waiter.future.done():
            continue
        if waiter.refusal is None:
            waiter.future.set_result(None)
        else:
            waiter.future.set_exception(type(waiter.refusal)(rule=waiter.refusal.rule, basis=waiter.refusal.basis))
