"""The policies that decide now, and how others take their place: built aside, checked, proven, then swapped whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from exchange.catalogue import Catalogue
from policies import properties, purposes, roles
from policies.engine import Engine
from policies.faults import Fault, PolicyFaulty
from policies.rulebook import FILES

Prove: TypeAlias = Callable[[Engine, Catalogue, Path], Iterable[object]]
"""The counter-examples to what must hold; none = it holds."""
State: TypeAlias = tuple[tuple[str, int, int, int], ...]


class PolicyUnproven(PolicyFaulty):
    """The policies hold together, but break a property that must hold whatever the rules say."""

    code = "POLICY_UNPROVEN"


class PolicyNeedsRestart(PolicyFaulty):
    """The policies are sound, but the schema or the clients were read with other words: restart the gateway."""

    code = "POLICY_NEEDS_RESTART"


class Current:
    """Holds the engine that decides. INVARIANT: whoever decides takes `engine` once for each request."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        return self._engine

    def check(self, engine: Engine) -> None:
        """Raises PolicyNeedsRestart where `engine` cannot take this one's place."""
        if faults := tuple(_other_words(self._engine, engine)):
            raise PolicyNeedsRestart(faults)

    def swap(self, engine: Engine) -> None:
        """From here on `engine` decides; a request under way goes on with the one that it took.

        Raises PolicyNeedsRestart, and then nothing has changed.
        """
        self.check(engine)
        self._engine = engine


def candidate(folder: Path, catalogue: Catalogue, prove: Prove = properties.prove) -> Engine:
    """The policies of `folder`, checked and proven. Raises PolicyFaulty, PolicyUnproven."""
    before = state(folder)
    engine = Engine.load(folder, catalogue)
    broken = [Fault(properties.FILE, 0, str(example)) for example in prove(engine, catalogue, folder)]
    if state(folder) != before:
        # Several files are read one after another: together they may never have stood in the folder.
        raise PolicyFaulty([Fault(folder.name, 0, "the folder changed while it was read")])
    if broken:
        raise PolicyUnproven(broken)
    return engine


def state(folder: Path) -> State:
    """What changes when a policy file does: its time of change (ns), size and inode; zeros for a missing one."""
    return tuple(_state_of(folder / name) for name in (*FILES, properties.FILE))


def _state_of(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return path.name, 0, 0, 0
    return path.name, found.st_mtime_ns, found.st_size, found.st_ino


def _other_words(old: Engine, new: Engine) -> Iterator[Fault]:
    """The enum `Purpose` with its descriptions, and the roles of the registered clients, are read at the start."""
    for role in sorted(old.roles ^ new.roles):
        yield Fault(roles.FILE, 0, f"the role {role!r} {_came_or_went(role in new.roles)}; restart the gateway")
    for code in sorted(old.purposes.keys() ^ new.purposes.keys()):
        yield Fault(purposes.FILE, 0, f"{code} {_came_or_went(code in new.purposes)}; restart the gateway")
    for code in sorted(old.purposes.keys() & new.purposes.keys()):
        before, after = old.purposes[code], new.purposes[code]
        if (before.title_en, before.title_zh, before.basis) != (after.title_en, after.title_zh, after.basis):
            yield Fault(purposes.FILE, 0, f"{code} has another title or basis in the schema; restart the gateway")


def _came_or_went(came: bool) -> str:
    return "is new" if came else "is gone"
