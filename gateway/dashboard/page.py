"""What a page is: its address, its place in the menu, who draws it, its words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from starlette.responses import Response

from exchange.wording import Words

if TYPE_CHECKING:
    from gateway.dashboard.visit import Visit

Draws: TypeAlias = "Callable[[Visit], Awaitable[Response]]"


@dataclass(frozen=True, slots=True)
class Part:
    """Something beneath a page that is no page itself: a fragment for htmx, a download, what a form is sent to."""

    path: str
    """Beneath the page's own: `/rows`, `/export.csv`."""
    draws: Draws
    methods: tuple[str, ...] = ("GET",)
    polls: bool = False
    """Asked by the page itself, again and again: that keeps no idle session alive."""


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    """Beneath /dashboard: `/matrix`; empty for the overview. Nothing about a person may stand in it."""
    title: Words
    draws: Draws
    act: str | None = None
    """The act whose permission puts it into the menu; None = everybody's. It guards nothing: what a page shows is asked
    from the API, which permits or refuses it."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """The page's own, beside the frame's (`gateway.dashboard.words`)."""
    parts: Sequence[Part] = ()
    hidden: bool = False
    """Never in the menu: reached from another page."""
