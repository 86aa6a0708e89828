"""The log's writer: a thread that appends what all who wait have brought, and wakes them when it is on the disk.

INVARIANT: a wait ends well only when the entries are durable; if it ends with a Refusal nothing may leave the gateway.
The log's end is read under the lock that one transaction holds, so any number of processes append to one chain: whoever
holds the lock is the sequencer, and where that process dies the next one takes over.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from exchange.audit import EntryUnfit
from exchange.change import Change
from exchange.decided import Decided, DecidedOnce
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable, ChangedMeanwhile, Internal, Refusal, StoreUnavailable
from exchange.retry import KEPT_FOR, Kept
from exchange.sealing import Facts, Rows, Sealing, Standing, salts
from exchange.store import consent, facts, inquiry, personal, retry, tree, turns
from exchange.store.database import Connection, Database, Insert, Row, StoreBusy, StoreConflict, Tx
from exchange.store.facts import End
from exchange.store.index import Known

_BATCH = 256
"""Entries in one transaction, with those of the ask that reaches it."""
_SPEAKS_S = 0.2
"""Who holds the log's lock and works for longer than this says that it has not stopped."""
_GATHER_S = 0.002
"""How long a batch waits at most for others, after one that several shared."""
_SOUND_FOR_S = 2.0
_PROBE_WAIT_S = 0.25

_LOG = Insert("log", (("sequence", "bigint"), ("id", "text"), ("entry", "bytea"), ("hash", "text")))
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
    decided: tuple[Decided, ...] = ()
    """Of its disclosures; made before the log is locked."""
    told: bool = False
    """Its outcome is decided, and on its way to the loop."""
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
        self._end: End | None = None
        """Is the log's, unless somebody else has appended since."""
        self._alone = False
        """Whether nobody else was seen to have appended when the end was last looked at."""
        self._known = Known()
        self._decided = DecidedOnce()
        self._salt = salts()
        self._closed, self._gathers_until = False, 0.0
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
        expiry = loop.call_later(self._budget_s, self._expire, waiter)
        self._queue.put(waiter)
        try:
            await waiter.future
        finally:
            expiry.cancel()
            waiter.gone = True

    def _expire(self, waiter: _Waiter) -> None:
        """The budget is spent; but where the loop itself stood still, the outcome may be on its way already."""
        if not waiter.told and not waiter.future.done():
            self._sealed_at = float("-inf")
            waiter.gone = True
            waiter.future.set_exception(AuditUnavailable())

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
        with asyncio.Runner(loop_factory=self._database.loop) as runner:
            runner.run(self._writing())

    async def _writing(self) -> None:
        """Nothing else runs on this loop, so it may stand still while nobody waits."""
        going = True
        while going:
            batch, going = self._take()
            await self._sealed([waiter for waiter in batch if self._fit(waiter)])
            self._gathers_until = time.monotonic() + _GATHER_S if len(batch) > 1 else 0.0
        await self._disconnect()

    def _fit(self, waiter: _Waiter) -> bool:
        """Puts into bytes what was decided. Whoever brings what may not stand in the log is told so at once."""
        try:
            waiter.decided = tuple(self._decided.of(each.decisions) for each in waiter.disclosures)
        except Exception:  # whatever it is: this one gets Internal, and the writer lives on for the others
            _wake([waiter], Internal())
            return False
        return True

    def _take(self) -> tuple[list[_Waiter], bool]:
        """All who wait now, at least one; and whether to go on."""
        batch: list[_Waiter] = []
        entries, waiter = 0, self._queue.get()
        if waiter is not None and (rest := self._gathers_until - time.monotonic()) > 0:
            time.sleep(rest)  # those who asked with the last ones are on their way
        while waiter is not None:
            batch.append(waiter)
            entries += len(waiter.disclosures)
            if entries >= _BATCH:
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
                    done = await self._unlocked(batch) or await self._transaction(batch)
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
        for waiter in batch:
            waiter.refusal = None
        found = await self._facts(tx, batch)
        if any(_changes(waiter, found.standing) for waiter in batch):
            for waiter in batch:
                await _changed(tx, waiter, found.standing)
            found = await self._facts(tx, batch)  # an act changes what others rest on
        sealing = Sealing(found, self._salt)
        spoke = time.monotonic()
        for waiter in batch:
            if time.monotonic() - spoke > _SPEAKS_S:
                await tx.run("SELECT 1")
                spoke = time.monotonic()
            if waiter.refusal is None:
                _decided(sealing, waiter)
                if waiter.refusal is not None and _changes(waiter, found.standing):
                    # Its changes are written already: all is undone, and this one is not tried again.
                    await tx.rollback()
                    _wake([waiter], waiter.refusal)
                    waiter.gone = True
                    return False
        if time.monotonic() - spoke > _SPEAKS_S:
            await tx.run("SELECT 1")
        if inserts := _inserts(sealing.rows, self._known):
            await tx.insert(inserts)
            await consent.use(tx, sealing.rows.uses)
        if any(waiter.lost for waiter in batch):
            await tx.rollback()
            return False
        await tx.commit()
        # If we die here: the entries are durable and whole, and no answer has left. The log tells of more than what
        # was disclosed; the client sees a broken connection and asks anew.
        self._stands(sealing)
        return True

    async def _unlocked(self, batch: list[_Waiter]) -> bool:
        """The same without waiting for the lock: one statement, its own transaction. False: nothing was written.

        INVARIANT: it is the log's end that was read, or the table's key refuses the rows; an act is an entry, so none
        has come between. The statement itself looks whether the consents are active, and whether the lock is free.
        """
        connection = self._connection
        if not self._alone or connection is None or not self._database.remote:
            return False
        if any(waiter.keep or any(each.changes for each in waiter.disclosures) for waiter in batch):
            return False
        try:
            found = await self._facts(connection, batch)
        except StoreUnavailable:
            await self._disconnect()  # it died while it rested
            return False
        if not self._alone:
            return False
        sealing = Sealing(found, self._salt)
        for waiter in batch:
            waiter.refusal = None
            _decided(sealing, waiter)
        if sealing.rows.uses or any(waiter.lost for waiter in batch):
            return False
        inserts = _inserts(sealing.rows, self._known)
        sealed = [each for waiter in batch if waiter.refusal is None for each in waiter.disclosures if not each.code]
        active = consent.active({id for each in sealed for _, id in each.consents})
        # If we die while it runs: all of it is written, or nothing.
        try:
            if inserts and not await connection.append(inserts, active):
                return False
        except StoreConflict:
            return False
        self._stands(sealing)
        return True

    def _stands(self, sealing: Sealing) -> None:
        self._end = End(sealing.head, sealing.peaks, sealing.hashing)
        self._known.committed()

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

    async def _facts(self, tx: Tx, batch: list[_Waiter]) -> Facts:
        """What the asks of this batch rest on, now that nobody else can change it."""
        keeps = [waiter.keep for waiter in batch if waiter.keep is not None]
        if keeps:
            await retry.forget(tx, min(keep.until for keep in keeps) - KEPT_FOR)
        found = await facts.read(tx, [each for waiter in batch for each in waiter.disclosures], keeps, self._end)
        self._alone = self._end is None or self._end.head == found.head
        self._end = End(found.head, found.peaks, found.hashing)
        return found

    async def _disconnect(self) -> None:
        self._end, self._alone, self._sealed_at = None, False, float("-inf")
        if self._connection is not None:
            with suppress(StoreUnavailable):
                await self._connection.close()  # rolls back what was not committed
            self._connection = None


def _changes(waiter: _Waiter, standing: Mapping[str, Standing]) -> list[Change]:
    """What an administrative act writes beside its entry; one that stands already was done with it."""
    return [change for each in waiter.disclosures if each.id not in standing for change in each.changes]


async def _changed(tx: Tx, waiter: _Waiter, standing: Mapping[str, Standing]) -> None:
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
        sealing.add(waiter.disclosures, waiter.answer, waiter.keep, waiter.decided)
    except Refusal as refusal:
        waiter.refusal = refusal
    except (EntryUnfit, TypeError, ValueError):
        waiter.refusal = Internal()


def _inserts(rows: Rows, known: Known) -> list[tuple[Insert, Sequence[Row]]]:
    if not rows.log:
        return []
    inserts: list[tuple[Insert, Sequence[Row]]] = [
        (_LOG, rows.log),
        (tree.ADD, rows.nodes),
        *known.rows(rows.entries),
        (personal.ADD, rows.people),
        (inquiry.ADD, [inquiry.row_of(each) for each in rows.inquiries]),
        (turns.COUNT, [turns.row_of(*each) for each in Counter(rows.turns).items()]),
        (consent.USE, rows.uses),
        (retry.ADD, [retry.row_of(each) for each in rows.answers]),
    ]
    return [(insert, its) for insert, its in inserts if its]


def _wake(waiters: Sequence[_Waiter], refusal: Refusal | None = None) -> None:
    """Tell each its outcome: `refusal`, else its own, else sealed. One call for each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Waiter]] = {}
    for waiter in waiters:
        waiter.refusal = refusal or waiter.refusal
        waiter.told = True
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
