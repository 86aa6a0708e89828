"""The supervisor: starts the workers, replaces one that dies, and stops them all.

It opens nothing of the gateway itself and has no thread and no event loop, so that it can fork; what a worker needs
is imported before and shared. INVARIANT: all workers are ready before one listens; none outlives the supervisor, since
each hears the end of its line; and the address is held by nobody once all have ended.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import structlog

from gateway.telemetry import fault
from gateway.workers.channel import Channel
from gateway.workers.counters import Till
from gateway.workers.messages import (
    LARGEST,
    Beat,
    Expose,
    Exposed,
    Gather,
    Gathered,
    Go,
    Ready,
    ToWorker,
    encode,
    from_worker,
)

_log = structlog.get_logger()
_STILL_S = 10.0
"""A worker whose event loop does not turn for so long is killed."""
_START_S = 120.0
"""What opening everything may take a worker."""
_GATHER_S = 1.0
_LOOK_S = 0.5
_PAUSE_S = 0.1
"""Before a worker is started anew; doubled with each death of the last minute."""
_LONGEST_PAUSE_S = 15.0
_FORGIVEN_S = 60.0
_MARGIN_S = 5.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_FAILED = 1

Work = Callable[[Channel], None]
"""What a worker does until it is told to stop. A SystemExit says with which code it ends."""


@dataclass(eq=False)
class _Worker:
    number: int
    pid: int
    line: socket.socket
    since: float
    heard: float
    ready: bool = False


@dataclass
class _Place:
    """One of the workers, whichever process it is now."""

    number: int
    worker: _Worker | None = None
    due: float | None = 0.0
    """When it is to be started; monotonic seconds."""
    starts: int = 0
    deaths: list[float] = field(default_factory=list)


@dataclass
class _Gathering:
    """A worker wants all workers' metrics."""

    asker: _Worker
    call: int
    due: float
    missing: set[int]
    found: dict[int, bytes] = field(default_factory=dict)


class Supervisor:
    def __init__(
        self, workers: int, work: Work, sockets: Sequence[socket.socket], drain_s: float, hung_up: Callable[[], bool]
    ) -> None:
        """`sockets`: bound, and not listened at. `hung_up`: whether SIGHUP says that the terminal is gone."""
        self._work = work
        self._sockets = list(sockets)
        self._drain_s = drain_s
        self._hung_up = hung_up
        self._places = [_Place(number) for number in range(1, workers + 1)]
        self._serving = False
        self._code: int | None = None
        """With which it will end, once it is stopping."""
        self._kill_at: float | None = None
        self._look_at = 0.0
        """When the workers are to be looked at again; counting for them needs no look."""
        self._till = Till()
        self._gatherings: dict[int, _Gathering] = {}
        self._gathered = 0
        self._selector = selectors.DefaultSelector()
        self._signals, self._signalled = socket.socketpair()

    def run(self) -> int:
        """Until a signal; the exit code. A worker that cannot start before all serve stops everything, with its code;
        it has said why itself, and since the first starts alone it is said once."""
        for end in (self._signals, self._signalled):
            end.setblocking(False)
        self._selector.register(self._signals, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)
        for each in _SIGNALS:
            signal.signal(each, lambda number, frame: None)
        try:
            while not (self._stopping and not self._alive):
                self._wait()
                if self._look_at <= time.monotonic():
                    self._reap()
                    self._look()
                    self._start_due()
            return self._code or 0
        finally:
            signal.set_wakeup_fd(-1)

    @property
    def _stopping(self) -> bool:
        return self._code is not None

    @property
    def _alive(self) -> list[_Worker]:
        return [place.worker for place in self._places if place.worker is not None]

    def _start_due(self) -> None:
        """The first alone, until it is ready: it founds what is empty, and says what is at fault."""
        if self._stopping:
            return
        first = self._places[0].worker
        for place in self._places:
            alone = not self._serving and place.number > 1 and not (first and first.ready)
            if place.worker is None and place.due is not None and not alone:
                if place.due <= time.monotonic():
                    self._start(place)
                else:
                    self._look_at = min(self._look_at, place.due)

    def _start(self, place: _Place) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._become(place.number, theirs)
        theirs.close()
        ours.setblocking(False)
        now = time.monotonic()
        place.worker, place.due = _Worker(place.number, pid, ours, now, now), None
        place.starts += 1
        self._selector.register(ours, selectors.EVENT_READ, place.worker)
        _log.info("worker_started", worker=place.number, pid=pid, starts=place.starts)

    def _become(self, number: int, line: socket.socket) -> None:
        """In the new process; never returns, so that nothing of the supervisor's own is done twice."""
        code = _FAILED
        try:
            signal.set_wakeup_fd(-1)
            for each in _SIGNALS:
                signal.signal(each, signal.SIG_DFL)
            self._selector.close()
            for mine in (self._signals, self._signalled, *(worker.line for worker in self._alive)):
                mine.close()
            self._work(Channel(line, number, len(self._places)))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else _FAILED if end.code else 0
        except BaseException as error:
            _log.error("worker_failed", worker=number, **fault(error))
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _wait(self) -> None:
        for key, _ in self._selector.select(max(self._look_at - time.monotonic(), 0)):
            if key.data is None:
                for number in self._signals.recv(256):
                    self._signal(number)
                self._look_at = 0.0
            else:
                self._hear(key.data)

    def _signal(self, number: int) -> None:
        if number == signal.SIGHUP and not self._hung_up():
            self._tell_all(signal.SIGHUP)
        elif number != signal.SIGCHLD:
            self._stop(0)

    def _stop(self, code: int) -> None:
        """No new connections; each worker answers what it has begun, and ends."""
        if self._stopping:
            return
        self._code = code
        for each in self._sockets:
            each.close()
        self._kill_at = time.monotonic() + self._drain_s + _MARGIN_S
        self._tell_all(signal.SIGTERM)

    def _tell_all(self, number: int) -> None:
        for worker in self._alive:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, number)

    def _reap(self) -> None:
        """Each by its own id: the demo's servers are this process's children too."""
        for place in self._places:
            if place.worker is not None:
                pid, status = os.waitpid(place.worker.pid, os.WNOHANG)
                if pid:
                    self._ended(place, place.worker, os.waitstatus_to_exitcode(status))

    def _ended(self, place: _Place, worker: _Worker, code: int) -> None:
        if worker.line in self._selector.get_map():
            self._selector.unregister(worker.line)
        worker.line.close()
        place.worker = None
        for gathering in list(self._gatherings.values()):
            self._told(gathering, worker.number)
        if self._stopping:
            _log.info("worker_ended", worker=worker.number, pid=worker.pid, exit=code)
            return
        if not self._serving or (not worker.ready and not any(other.ready for other in self._alive)):
            self._stop(code if code > 0 else _FAILED)
            return
        now = time.monotonic()
        place.deaths = [*(at for at in place.deaths if now - at < _FORGIVEN_S), now]
        pause = min(_PAUSE_S * 2 ** (len(place.deaths) - 1), _LONGEST_PAUSE_S)
        place.due = now + pause
        _log.error("worker_died", worker=worker.number, pid=worker.pid, exit=code, again_in_s=pause)

    def _look(self) -> None:
        now = time.monotonic()
        self._look_at = now + _LOOK_S
        for worker in self._alive:
            since, most = (worker.heard, _STILL_S) if worker.ready else (worker.since, _START_S)
            if now - since > most and not self._stopping:
                _log.error("worker_still", worker=worker.number, pid=worker.pid)
                os.kill(worker.pid, signal.SIGKILL)
                worker.heard = worker.since = now
        if self._kill_at is not None and now > self._kill_at:
            _log.error("workers_killed", workers=[worker.number for worker in self._alive])
            self._tell_all(signal.SIGKILL)
            self._kill_at = None
        for gathering in [each for each in self._gatherings.values() if each.due <= now]:
            self._give(gathering)
        if not self._serving and not self._stopping and all(p.worker and p.worker.ready for p in self._places):
            self._serving = True
            for worker in self._alive:
                self._say(worker, Go())
            _log.info("serving", workers=len(self._places))

    def _hear(self, worker: _Worker) -> None:
        """What one worker says harms no other: what cannot be read is the end of that one."""
        try:
            packet = worker.line.recv(LARGEST)
            if packet:
                self._answer(worker, packet)
            else:
                self._selector.unregister(worker.line)  # it is ending, and will be reaped
        except BlockingIOError:
            return
        except (OSError, msgspec.MsgspecError) as error:
            _log.error("worker_unheard", worker=worker.number, **fault(error))
            os.kill(worker.pid, signal.SIGKILL)

    def _answer(self, worker: _Worker, packet: bytes) -> None:
        message = from_worker(packet)
        worker.heard = time.monotonic()
        match message:
            case Beat():
                pass
            case Ready():
                worker.ready, self._look_at = True, 0.0
                if self._serving:
                    self._say(worker, Go())
            case Gather():
                self._gather(worker, message.call)
            case Exposed():
                if message.call in self._gatherings:
                    gathering = self._gatherings[message.call]
                    gathering.found[worker.number] = message.metrics
                    self._told(gathering, worker.number)
            case _:
                self._say(worker, self._till.counted(message))

    def _gather(self, asker: _Worker, call: int) -> None:
        others = [worker for worker in self._alive if worker.ready and worker is not asker]
        self._gathered += 1
        due = time.monotonic() + _GATHER_S
        gathering = _Gathering(asker, call, due, {worker.number for worker in others})
        self._gatherings[self._gathered] = gathering
        for worker in others:
            self._say(worker, Expose(self._gathered))
        self._told(gathering, 0)

    def _told(self, gathering: _Gathering, number: int) -> None:
        gathering.missing.discard(number)
        if not gathering.missing:
            self._give(gathering)

    def _give(self, gathering: _Gathering) -> None:
        self._gatherings = {call: each for call, each in self._gatherings.items() if each is not gathering}
        starts = {place.number: place.starts for place in self._places}
        self._say(gathering.asker, Gathered(gathering.call, gathering.found, starts))

    def _say(self, worker: _Worker, message: ToWorker) -> None:
        """A worker that does not read misses it: it stands still, or is gone."""
        with suppress(OSError):
            worker.line.send(encode(message))
