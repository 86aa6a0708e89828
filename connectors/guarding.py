"""Reads how a source is to be guarded: the keys `guards` and `maintenance` of a mapping file."""

from __future__ import annotations

from connectors.marked import Node
from connectors.place import GuardsPlace
from connectors.windows import Window, read_window

_SECONDS = {"deadline_s": (0.05, 60.0), "rest_s": (0.1, 3600.0), "statement_timeout_s": (0.05, 60.0)}
_COUNTS = {"at_once": (1, 256), "queue": (0, 10_000), "failures": (1, 1_000), "retries": (0, 2)}


def read_guards(guards: Node | None, maintenance: Node | None) -> GuardsPlace:
    """Defaults for what is not said. Every fault is noted with its line."""
    found = guards.fields(_SECONDS.keys() | _COUNTS.keys()) if guards else {}
    seconds = {name: _number(found[name], *_SECONDS[name]) for name in _SECONDS if name in found}
    counts = {name: int(_number(found[name], *_COUNTS[name], whole=True)) for name in _COUNTS if name in found}
    windows = [_window(node) for node in maintenance.each()] if maintenance else []
    place = GuardsPlace(**seconds, **counts, maintenance=tuple(window for window in windows if window))
    if place.statement_timeout_s is not None and place.statement_timeout_s > place.deadline_s:
        found["statement_timeout_s"].fault(f"ends after 'deadline_s' ({place.deadline_s:g})")
    return place


def _number(node: Node, least: float, most: float, *, whole: bool = False) -> float:
    """The least allowed where it is none: the fault stops the start anyway."""
    text = node.text()
    if text is None:
        return least
    try:
        number = float(int(text) if whole else text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        node.fault(f"must be a {'whole ' if whole else ''}number from {least:g} to {most:g}")
        return least
    return number


def _window(node: Node) -> Window | None:
    text = node.text()
    try:
        return None if text is None else read_window(text)
    except ValueError:
        node.fault("a window is 'Sun 02:00-04:00', 'daily 23:30-00:30' or '2026-12-01T00:00/2026-12-01T06:00'")
        return None
