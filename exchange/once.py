"""What is made once of a thing that nobody can change, and found again by that thing's identity.

INVARIANT: the kept thing holds its identity, so that no other can have it meanwhile. Nothing is compared or hashed:
what the thing holds stands in no key.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class Once(Generic[Given, Made]):
    """Safe between threads."""

    def __init__(self, make: Callable[[Given], Made], most: int) -> None:
        """`most`: of how many it is kept, those used last."""
        self._make = make
        self._most = most
        self._kept: OrderedDict[int, tuple[Given, Made]] = OrderedDict()
        self._lock = Lock()

    def of(self, given: Given) -> Made:
        """Raises what making it raises."""
        with self._lock:
            found = self._kept.get(id(given))
            if found is not None:
                self._kept.move_to_end(id(given))
                return found[1]
        made = self._make(given)
        with self._lock:
            self._kept[id(given)] = given, made
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
