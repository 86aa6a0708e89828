"""Reading the standard: every fault at once, and nothing served that is not in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from exchange.catalogue import Catalogue
from exchange.lifecycle import State
from exchange.standard import clocks, forbidden, naming, references, releases, shape
from exchange.standard.approval import faults as approval_faults
from exchange.standard.approval import read_approval
from exchange.standard.build import build
from exchange.standard.draft import Draft, read_draft
from exchange.standard.fault import Fault, StandardFaulty, StandardNotInForce

FOLDER = Path(__file__).parent

CHECKS: tuple[Callable[[Draft], Iterator[Fault]], ...] = (
    Draft.faults,
    shape.faults,
    naming.faults,
    references.faults,
    releases.faults,
    clocks.faults,
    forbidden.faults,
)


def load(folder: Path | None = None, approval: Path | None = None) -> Catalogue:
    """The standard that may be served.

    Raises StandardFaulty with every fault, or StandardNotInForce where no approval record puts this very content in
    force. The shipped standard is a draft: without an approval record it is refused.
    """
    catalogue, unapproved = _read(folder or FOLDER, approval)
    if catalogue.state != State.IN_FORCE:
        raise StandardNotInForce(catalogue.version, catalogue.state, unapproved)
    return catalogue


def read(folder: Path | None = None, approval: Path | None = None) -> Catalogue:
    """The standard in whatever state it is: to look at, to print, to test against; never to serve.

    Raises StandardFaulty.
    """
    return _read(folder or FOLDER, approval)[0]


def check(folder: Path | None = None, approval: Path | None = None) -> list[Fault]:
    """Every fault of the standard, and of the approval record where one is given."""
    draft = read_draft(folder or FOLDER)
    found = _faults(draft)
    return found + approval_faults(approval, draft) if approval else found


def content_digest(folder: Path | None = None) -> str:
    """What an approval record must name for this content."""
    return read_draft(folder or FOLDER).digest()


def _read(folder: Path, approval: Path | None) -> tuple[Catalogue, list[Fault]]:
    draft = read_draft(folder)
    if found := _faults(draft):
        raise StandardFaulty(found)
    unapproved = approval_faults(approval, draft) if approval else []
    state = read_approval(approval).state if approval and not unapproved else State.DRAFT
    return build(draft, state), unapproved


def _faults(draft: Draft) -> list[Fault]:
    order = {document.file: n for n, document in enumerate(draft.documents())}
    found = {fault for judge in CHECKS for fault in judge(draft)}
    return sorted(found, key=lambda fault: (order.get(fault.file, len(order)), fault))
