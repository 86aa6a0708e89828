"""What a worker and its supervisor say to each other, one message in each packet of a pair of sockets.

A worker says `Ready` once it has opened everything, waits for `Go`, and from then on says `Beat`. It counts with its
supervisor (`Charge`, `Look`, `GiveBack`, `CountUp`, `Distinct` → `Counted`), which holds the figures of all workers,
and asks it for all workers' metrics (`Gather` → `Gathered`); for that the supervisor asks each of the others
(`Expose` → `Exposed`). The end of the stream tells either side that the other is gone.
"""

from __future__ import annotations

import msgspec

from exchange.quota import Count, Demand, Shortage

LARGEST = 196_608
"""Bytes of one message: a packet must fit the socket's buffer, of which Linux gives 208 KiB."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    pass


class Beat(msgspec.Struct, frozen=True, tag="beat"):
    """Its event loop turns."""


class Charge(msgspec.Struct, frozen=True, tag="charge"):
    call: int
    demand: Demand


class Look(msgspec.Struct, frozen=True, tag="look"):
    """What a `Charge` of this would be told; nothing is taken."""

    call: int
    demand: Demand


class GiveBack(msgspec.Struct, frozen=True, tag="give-back"):
    call: int
    counts: tuple[Count, ...]


class CountUp(msgspec.Struct, frozen=True, tag="count"):
    call: int
    counts: tuple[Count, ...]


class Distinct(msgspec.Struct, frozen=True, tag="distinct"):
    call: int
    name: str
    members: tuple[str, ...]
    at_us: int
    window_s: int


class Gather(msgspec.Struct, frozen=True, tag="gather"):
    call: int


class Exposed(msgspec.Struct, frozen=True, tag="exposed"):
    call: int
    """Of the `Expose`."""
    metrics: bytes


class Go(msgspec.Struct, frozen=True, tag="go"):
    """All are ready: listen."""


class Counted(msgspec.Struct, frozen=True, tag="counted"):
    call: int
    shortage: Shortage | None = None
    number: int = 0


class Expose(msgspec.Struct, frozen=True, tag="expose"):
    call: int


class Gathered(msgspec.Struct, frozen=True, tag="gathered"):
    call: int
    metrics: dict[int, bytes]
    """By the number of the worker; those that answered in time, without the one that asks."""
    starts: dict[int, int]
    """How often each worker was started."""


FromWorker = Ready | Beat | Charge | Look | GiveBack | CountUp | Distinct | Gather | Exposed
ToWorker = Go | Counted | Expose | Gathered

encode = msgspec.msgpack.Encoder().encode
from_worker = msgspec.msgpack.Decoder(FromWorker).decode
to_worker = msgspec.msgpack.Decoder(ToWorker).decode
