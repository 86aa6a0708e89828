"""The connector of a department that drops files: the newest drops that could be taken whole answer."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from connectors.faults import Fault
from connectors.files.drop import Drops
from connectors.files.folder import DropRefused, Seen, look
from connectors.files.shelf import Shelf, default_base
from connectors.files.snapshot import Snapshot, load
from connectors.place import SourcePlace
from connectors.plan import Plan
from connectors.recorder import Watches
from connectors.sql.connector import Sql
from connectors.sql.runner import SourceFailed
from connectors.sql.shape import Shape
from connectors.sql.sqlite import SqliteRunner
from exchange.catalogue import Catalogue
from exchange.holding import Holding
from exchange.person import PersonId
from exchange.records import Findings, Givens, Outcome, Unavailable, Wanted

_TRIES = 5
"""Looks at a folder that is still being written to, before the first snapshot."""


class _Held:
    """A snapshot with the asks that run on it; its file is deleted after the last of them once it is superseded."""

    def __init__(self, snapshot: Snapshot, sql: Sql) -> None:
        self.snapshot = snapshot
        self.sql = sql
        self._asks = 0
        self._superseded = False

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[Sql]:
        self._asks += 1
        try:
            yield self.sql
        finally:
            self._asks -= 1
            await self._delete()

    async def supersede(self) -> None:
        self._superseded = True
        await self._delete()

    async def _delete(self) -> None:
        if self._superseded and not self._asks:
            await self.sql.close()
            self.snapshot.path.unlink(missing_ok=True)


class Files:
    """One department. Loading runs in a thread of its own; an ask meanwhile is answered from the snapshot before."""

    def __init__(
        self, place: SourcePlace, catalogue: Catalogue, recorder: Watches | None = None, base: Path | None = None
    ) -> None:
        """`base`: where the private folder is made; by default in the system's folder for temporary files."""
        self.department = place.department
        self._place = place
        self._drops = place.options if isinstance(place.options, Drops) else Drops()
        self._folder = Path(unquote(urlsplit(place.url).path))
        self._catalogue = catalogue
        self._recorder = recorder
        self._base = base or default_base()
        self._shelf: Shelf | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="drops")
        self._stop = threading.Event()
        self._held: _Held | None = None
        self._refused: DropRefused | None = None
        self._refused_seen: Seen | None = None
        self._first_seen: tuple[Seen, float] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._failing_since: datetime | None = None

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        try:
            async with asyncio.timeout_at(deadline):
                held = await self._current()
        except TimeoutError:
            return self._unavailable("TIMEOUT")
        except SourceFailed as failed:
            return self._unavailable(failed.why)
        async with held.asked() as sql:
            outcome = await sql.fetch(wanted, people, given, deadline)
        if isinstance(outcome, Unavailable):
            return self._unavailable(outcome.why)
        self._failing_since = None
        return outcome

    async def holdings(
        self, wishes: Mapping[str, tuple[str, ...]], deadline: float
    ) -> Mapping[str, Holding] | Unavailable:
        """Of the snapshot; see `connectors.counting`."""
        try:
            async with asyncio.timeout_at(deadline):
                held = await self._current()
        except TimeoutError:
            return Unavailable(datetime.now(UTC), "TIMEOUT")
        except SourceFailed as failed:
            return Unavailable(datetime.now(UTC), failed.why)
        async with held.asked() as sql:
            return await sql.holdings(wishes, deadline)

    async def plan(self, wanted: tuple[Wanted, ...]) -> Plan:
        """What the questions read. Raises SourceFailed where no drop could be taken yet."""
        async with (await self._current()).asked() as sql:
            return await sql.plan(wanted)

    async def shape(self) -> Shape:
        """Looks anew, then tells what the newest drops hold. Raises SourceFailed."""
        await self._look_anew()
        async with (await self._current()).asked() as sql:
            return await sql.shape()

    async def faults(self) -> tuple[Fault, ...]:
        """Where the mapping does not fit the drops. Raises SourceFailed."""
        if not self._drops.drops:
            return (self._fault("", "'drops' is missing; it names the files of the folder"),)
        async with (await self._current()).asked() as sql:
            return await sql.faults()

    async def check(self) -> Findings:
        """Looks anew. A drop that cannot be taken is named, also where the one before still answers."""
        await self._look_anew()
        try:
            found = list(await self.faults())
        except SourceFailed:
            found = []
        held = self._held
        if self._refused is not None:
            before = "; the drops before answer on" if held else ""
            found.append(self._fault(self._refused.drop, f"{self._refused.text}{before}"))
        for name, count in held.snapshot.lost.items() if held else ():
            if count:
                found.append(self._fault(name, f"{count} rows have an id number that cannot be read"))
        return Findings(self.department, reachable=held is not None, faults=tuple(map(str, found)))

    async def close(self) -> None:
        self._stop.set()
        for task in (self._ticking, self._renewing):
            if task:
                task.cancel()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)
        if self._held:
            await self._held.sql.close()
            self._held = None
        if self._shelf:
            self._shelf.close()
            self._shelf = None

    async def _current(self) -> _Held:
        """The newest snapshot; where there is none yet, looks for one. Raises SourceFailed."""
        if self._stop.is_set():
            raise SourceFailed("UNREACHABLE")
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())
        if self._held is None:
            await asyncio.shield(self._renewal())
        if self._held is None:
            raise SourceFailed(self._refused.why if self._refused else "UNREACHABLE")
        return self._held

    async def _tick(self) -> None:
        while True:
            await asyncio.shield(self._renewal())
            soon = self._refused is not None and self._refused.passing
            await asyncio.sleep(
                min(self._drops.renew_s, max(self._drops.quiet_s, 0.1)) if soon else self._drops.renew_s
            )

    async def _look_anew(self) -> None:
        """Whoever asks now wants to know of a change that a look under way may have missed."""
        if self._renewing and not self._renewing.done():
            await asyncio.shield(self._renewing)
        await asyncio.shield(self._renewal())

    def _renewal(self) -> asyncio.Task[None]:
        """The look that is under way, or a new one."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())
        return self._renewing

    async def _renew(self) -> None:
        try:
            newer = await asyncio.get_running_loop().run_in_executor(self._thread, self._newer)
        except DropRefused as refused:
            self._refused = refused
            return
        except RuntimeError:  # closed
            return
        self._refused = None
        if newer is None:
            return
        runner = SqliteRunner(f"sqlite:///{newer.path}", self._place.guards)
        before, self._held = self._held, _Held(newer, Sql(newer.place, self._catalogue, runner, self._recorder))
        if before:
            await before.supersede()

    def _newer(self) -> Snapshot | None:
        """In the thread: what there is beyond the snapshot held, or None. Raises DropRefused."""
        held = self._held.snapshot if self._held else None
        seen = look(self._folder, self._drops)
        if held and seen == held.seen and held.path.exists():
            return None
        if self._refused and not self._refused.passing and seen == self._refused_seen:
            raise self._refused
        seen = self._quiet(seen, patient=held is None)
        self._refused_seen = seen
        self._shelf = self._shelf or Shelf(self._base)
        try:
            before = held if held and held.path.exists() else None
            return load(self._folder, seen, self._place, self._drops, self._shelf, self._stop, before)
        except (OSError, sqlite3.Error):
            raise DropRefused("", "no snapshot can be written", passing=True) from None

    def _quiet(self, seen: Seen, patient: bool) -> Seen:
        """The files, once nobody has written to them for `quiet_s`. Raises DropRefused."""
        for _ in range(_TRIES if patient else 1):
            if self._first_seen is None or self._first_seen[0] != seen:
                self._first_seen = seen, time.monotonic()
            # A clock that runs ahead at the department must not keep its drops out for ever.
            age = time.time() - max((stamp.modified_ns for stamp in seen.values()), default=0) / 1e9
            left = self._drops.quiet_s - max(age, time.monotonic() - self._first_seen[1])
            if self._drops.complete is not None or left <= 0:
                return seen
            if patient and not self._stop.wait(left):
                seen = look(self._folder, self._drops)
        raise DropRefused("", "a drop is still being written", "UNREACHABLE", passing=True)

    def _fault(self, drop: str, text: str) -> Fault:
        line = self._drops.drops[drop].line if drop in self._drops.drops else self._place.line
        return Fault(self._place.file, line, f"{f'drop {drop}' if drop else 'drops'}: {text}")

    def _unavailable(self, why: str) -> Unavailable:
        self._failing_since = self._failing_since or datetime.now(UTC)
        return Unavailable(self._failing_since, why)
