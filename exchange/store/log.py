"""The sealed log: one writer thread appends what all who wait have brought, and wakes them when it is on the disk.

INVARIANT: `seal` returns only when the entries are durable; if it raises Refusal nothing may leave the gateway.
The head is read inside the writing transaction, so any number of processes append to one chain.
"""

from __future__ import annotations

import asyncio
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from exchange.audit import START, EntryUnfit, Fault, Head, Link, Verdict, canonical, entry, entry_hash, verify
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable, ChangedMeanwhile, ConsentUnknown, ConsentUsedUp, Internal, Refusal
from exchange.store import personal, tree
from exchange.store.consent import COLUMNS, consent_of
from exchange.store.database import Database
from exchange.tree import Growing, Hashing

_BATCH = 256
"""Asks in one transaction at most."""
_PAGE = 1000
_SOUND_FOR_S = 2.0
_PROBE_WAIT_S = 0.25
_POLL_S = 0.001


@dataclass(eq=False, slots=True)
class _Waiter:
    """One ask that waits for its seal."""

    disclosures: tuple[Disclosure, ...]
    answer: str | None
    deadline: float
    """Monotonic seconds; not written after it."""
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]
    gone: bool = False
    """Nobody waits any more: timed out, or the client left."""
    refusal: Refusal | None = field(default=None)

    @property
    def lost(self) -> bool:
        return self.gone or time.monotonic() >= self.deadline


class Log:
    def __init__(self, database: Database, *, budget_s: float = 2.0) -> None:
        """`budget_s`: how long a seal may take before nothing is disclosed."""
        self._database = database
        self.tree = tree.Tree(database.read)
        self._budget_s = budget_s
        self._queue: queue.SimpleQueue[_Waiter | None] = queue.SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        self._sealed_at = float("-inf")
        self._writer = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._writer.start()

    async def seal(self, disclosures: Sequence[Disclosure], answer: str | None) -> None:
        """Append one entry for each, all or none; `answer` is the keyed digest of the body that they belong to.

        Each consent that a disclosure rests on is read again and, if for a single use, consumed in the same
        transaction; one answer is one use. Raises the consent's refusal, AuditUnavailable, or Internal for what
        may not stand in the log: then nothing of it is written, except that after AuditUnavailable a whole entry may
        yet appear (its commit outlived the wait): the log may tell of more than what left, never of less.
        An id that is in the log already, with the same content or as a refusal, is not written twice.
        """
        if not disclosures:
            return
        if self._closed:
            raise AuditUnavailable()
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + self._budget_s
        waiter = _Waiter(tuple(disclosures), answer, deadline, loop, loop.create_future())
        self._queue.put(waiter)
        try:
            async with asyncio.timeout(self._budget_s):
                await waiter.future
        except TimeoutError:
            raise AuditUnavailable() from None
        finally:
            waiter.gone = True

    async def entries(self, after: int = 0, limit: int = _PAGE) -> list[bytes]:
        """Canonical entries in order, from the one that follows sequence `after`. Raises StoreUnavailable."""
        rows = self._database.read("SELECT entry FROM log WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, limit))
        return [row[0] for row in rows]

    async def head(self) -> Head:
        """Raises StoreUnavailable."""
        rows = self._database.read("SELECT sequence, hash FROM log ORDER BY sequence DESC LIMIT 1")
        return Head(*rows[0]) if rows else START

    async def find(self, id: str) -> bytes | None:
        """The canonical entry of one disclosure. Raises StoreUnavailable."""
        rows = self._database.read("SELECT entry FROM log WHERE id = ?", (id.encode("utf-8", "replace").decode(),))
        return rows[0][0] if rows else None

    async def place(self, id: str) -> Head | None:
        """Sequence and hash of one disclosure's entry. Raises StoreUnavailable."""
        rows = self._database.read(
            "SELECT sequence, hash FROM log WHERE id = ?", (id.encode("utf-8", "replace").decode(),)
        )
        return Head(*rows[0]) if rows else None

    def pages(self, until: int) -> Iterator[bytes]:
        """Every entry up to sequence `until`, read page by page. Raises StoreUnavailable."""
        sql = "SELECT entry FROM log WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?"
        after = 0
        while rows := self._database.read(sql, (after, until, _PAGE)):
            yield from (row[0] for row in rows)
            after += len(rows)

    def about(self, person: str, until: int) -> Iterator[personal.Opened]:
        """A person's entries up to sequence `until`, with their openings. Raises StoreUnavailable."""
        return personal.entries(self._database.read, person, until)

    def verify(self, known: Head = START) -> Verdict:
        """The whole table, page by page: each entry, and the sequence and hash that stand beside it.

        The tree's nodes must be those over these entries, and each person's openings fit the chain of that person.
        `known`: a head noted earlier, elsewhere; without it a cut-off end cannot be seen. Raises StoreUnavailable.
        """
        misfiled: list[int] = []
        growing = Growing(self.tree.hashing)

        def entries() -> Iterator[bytes]:
            after = 0
            sql = "SELECT sequence, entry, hash FROM log WHERE sequence > ? ORDER BY sequence LIMIT ?"
            while rows := self._database.read(sql, (after, _PAGE)):
                for sequence, text, stored in rows:
                    if entry_hash(text) != stored:
                        misfiled.append(sequence)
                        return
                    growing.add(text)
                    yield text
                after = rows[-1][0]

        verdict = verify(entries(), known=known)
        if misfiled and verdict.fault in (None, Fault.TRUNCATED):
            return Verdict(verdict.head, Fault.EDITED, misfiled[0])
        if verdict.sound and growing.root() != self.tree.root(growing.size):
            return Verdict(verdict.head, Fault.FORKED, growing.size)
        if verdict.sound and (broken := personal.broken(self._database.read, growing.size)):
            return Verdict(verdict.head, Fault.PERSONAL, broken)
        return verdict

    def health(self) -> bool:
        """Whether the log can be written now: it was within the last two seconds, or a small write succeeds."""
        if self._closed or not self._writer.is_alive():
            return False
        if time.monotonic() - self._sealed_at < _SOUND_FOR_S:
            return True
        try:
            with closing(self._database.connect(_PROBE_WAIT_S)) as connection:
                connection.execute("INSERT INTO pulse VALUES (1, 1) ON CONFLICT DO UPDATE SET beat = beat + 1")
        except sqlite3.Error:
            return False
        return True

    def close(self) -> None:
        """Write what waits, then stop; later seals are refused."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._writer.join(self._budget_s + 1)

    # The writer's thread

    def _run(self) -> None:
        going = True
        while going:
            batch, going = self._take()
            try:
                self._write(batch)
            except Exception:
                # Whatever it was, nobody of this batch was told that the entry stands; the next batch starts afresh.
                self._disconnect()
                _wake(batch, AuditUnavailable())
        self._disconnect()

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

    def _write(self, batch: list[_Waiter]) -> None:
        """Until each of the batch is sealed, refused, or out of time."""
        while True:
            lost = [waiter for waiter in batch if waiter.lost]
            _wake(lost, AuditUnavailable())
            batch = [waiter for waiter in batch if waiter not in lost]
            if not batch:
                return
            try:
                if self._transaction(batch):
                    self._sealed_at = time.monotonic()
                    _wake(batch)
                    return
            except sqlite3.Error as error:
                # If a COMMIT failed and yet persisted, the entries stand: their ids are found when they come again.
                self._disconnect()
                if not _busy(error):
                    _wake(batch, AuditUnavailable())
                    return

    def _transaction(self, batch: list[_Waiter]) -> bool:
        """One transaction for all; False if it was undone because somebody's time ran out meanwhile."""
        if self._connection is None:
            self._connection = self._database.connect()
            self._connection.execute("PRAGMA busy_timeout = 0")
        connection = self._connection
        _begin(connection, min(waiter.deadline for waiter in batch))
        # If we die from here to COMMIT: nothing is written, no consent is consumed, nobody was answered.
        row = connection.execute("SELECT sequence, hash FROM log ORDER BY sequence DESC LIMIT 1").fetchone()
        head = Head(*row) if row else START
        hashing = tree.hashing_of(connection)
        for waiter in batch:
            connection.execute("SAVEPOINT ask")
            waiter.refusal = None
            try:
                head = _append_all(connection, waiter, head, hashing)
            except Refusal as refusal:
                waiter.refusal = refusal
                connection.execute("ROLLBACK TO ask")
            except (EntryUnfit, TypeError, ValueError):
                waiter.refusal = Internal()
                connection.execute("ROLLBACK TO ask")
            except sqlite3.IntegrityError:
                # The tables' own fence held, where the checks before it saw nothing.
                waiter.refusal = AuditUnavailable()
                connection.execute("ROLLBACK TO ask")
            connection.execute("RELEASE ask")
        if any(waiter.lost for waiter in batch):
            connection.execute("ROLLBACK")
            return False
        connection.execute("COMMIT")
        # If we die here: the entries are durable and whole, and no answer has left. The log tells of more than what
        # was disclosed; the client sees a broken connection and asks anew.
        return True

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()  # rolls back what was not committed
            self._connection = None


def _begin(connection: sqlite3.Connection, deadline: float) -> None:
    """Take the write lock. Polls: SQLite's own waiting backs off to 100 ms and starves beside a busy process."""
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not _busy(error) or time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_S)
        else:
            return


def _append_all(connection: sqlite3.Connection, waiter: _Waiter, head: Head, hashing: Hashing) -> Head:
    """The entries of one ask. Raises Refusal, and then the savepoint must be undone."""
    consumed: set[str] = set()
    for disclosure in waiter.disclosures:
        if _stands(connection, disclosure, waiter.answer):
            continue
        single = [] if disclosure.code else _checked(connection, disclosure, consumed)
        _change(connection, disclosure)
        sequence = head.sequence + 1
        links = [_link(connection, person) for person in dict.fromkeys(disclosure.people)]
        made = entry(disclosure, sequence=sequence, previous=head.hash, answer=waiter.answer, personal=links)
        text = canonical(made)
        head = Head(sequence, entry_hash(text))
        connection.execute("INSERT INTO log VALUES (?, ?, ?, ?)", (sequence, disclosure.id, text, head.hash))
        tree.append(connection, hashing, sequence, text)
        connection.executemany(
            "INSERT INTO log_person VALUES (?, ?, ?, ?)",
            [(link.person, sequence, link.count, link.salt) for link in links],
        )
        for consent in single:
            connection.execute("UPDATE consent SET state = 'consumed' WHERE id = ?", (consent,))
            connection.execute("INSERT INTO consent_use VALUES (?, ?)", (consent, sequence))
        consumed.update(single)
    return head


def _stands(connection: sqlite3.Connection, disclosure: Disclosure, answer: str | None) -> bool:
    """Whether the log has this entry already: an acknowledgement was lost and the ask came again.

    Raises AuditUnavailable where a disclosure comes under the id of another entry.
    """
    row = connection.execute("SELECT sequence, entry FROM log WHERE id = ?", (disclosure.id,)).fetchone()
    if row is None:
        return False
    if disclosure.code:
        return True  # what stands tells of as much as a refusal would, or more
    before = connection.execute("SELECT hash FROM log WHERE sequence = ?", (row[0] - 1,)).fetchone()
    previous = before[0] if before else START.hash
    links = [personal.link(connection, person, row[0]) for person in dict.fromkeys(disclosure.people)]
    if canonical(entry(disclosure, sequence=row[0], previous=previous, answer=answer, personal=links)) != row[1]:
        raise AuditUnavailable()
    return True


def _link(connection: sqlite3.Connection, person: str) -> Link:
    """The place of the person's next entry."""
    count, previous = personal.last(connection, person)
    return Link(person, count + 1, previous, secrets.token_bytes(32))


def _checked(connection: sqlite3.Connection, disclosure: Disclosure, consumed: set[str]) -> list[str]:
    """Read each consent again under the write lock: what was revoked or used since the ask began holds now.

    Those to be consumed; those that this same ask has consumed already do not count twice. Raises the refusal.
    """
    single: list[str] = []
    for person, id in disclosure.consents:
        row = connection.execute(f"SELECT {COLUMNS} FROM consent WHERE id = ?", (id,)).fetchone()  # noqa: S608
        if row is None:
            raise ConsentUnknown()
        consent = consent_of(row)
        refusal = consent.refusal(disclosure.requester.organisation, person, disclosure.purpose or "", disclosure.at)
        if isinstance(refusal, ConsentUsedUp) and id in consumed:
            continue
        if refusal is not None:
            raise refusal
        if consent.single_use and id not in single:
            single.append(id)
    return single


def _change(connection: sqlite3.Connection, disclosure: Disclosure) -> None:
    """What an administrative act lays down, in the transaction of its entry. Raises ChangedMeanwhile."""
    for change in disclosure.changes:
        if connection.execute(change.guard.sql, change.guard.parameters).fetchall() != list(change.found):
            raise ChangedMeanwhile()
        for write in change.writes:
            connection.execute(write.sql, write.parameters)


def _busy(error: sqlite3.Error) -> bool:
    """Whether another process held the lock; the primary code is the low byte."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


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
