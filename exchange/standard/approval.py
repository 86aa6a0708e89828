"""The approval record of a standard: a YAML file, and whether it is about this very content."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from exchange.lifecycle import Approval, State, Step
from exchange.standard.document import Document, read
from exchange.standard.draft import Draft
from exchange.standard.fault import Fault
from exchange.standard.shape import FLAG, LIST, TEXT, Expectation, Shape, one_of

_DAY: Expectation = (lambda value: type(value) is date, "a day such as 2026-11-02")

APPROVAL = Shape(
    {"catalogue": TEXT, "version": TEXT, "digest": TEXT, "steps": LIST}, {"demonstration": FLAG, "note": TEXT}
)
STEP = Shape({"state": one_of(*State), "date": _DAY, "by": TEXT, "document": TEXT})


def faults(path: Path, draft: Draft) -> list[Fault]:
    """Why this record does not stand for this draft: its form, its chain of steps, or another content."""
    document = read(path)
    found = _form(document)
    if found:
        return found
    approval = _approval(document.data)
    root = document.root
    if (approval.catalogue, approval.version) != (
        draft.catalogue.root.text("id"),
        draft.catalogue.root.text("version"),
    ):
        found.append(root.fault("APPROVAL_OF_ANOTHER", "the record is for another catalogue or version", "version"))
    if approval.digest != draft.digest():
        message = f"the standard was changed after its approval; its digest is now {draft.digest()}"
        found.append(root.fault("APPROVAL_DIGEST", message, "digest"))
    if illegal := approval.illegal_step():
        step, reason = illegal
        found.append(root.fault("APPROVAL_STEP", reason, "steps", step))
    return found


def read_approval(path: Path) -> Approval:
    """The record of a file in which `faults` found nothing."""
    return _approval(read(path).data)


def _form(document: Document) -> list[Fault]:
    if document.faults:
        return list(document.faults)
    found = list(APPROVAL.faults(document.root))
    for step in document.root.child("steps").children():
        found.extend(STEP.faults(step))
    return found


def _approval(data: Any) -> Approval:
    steps = (Step(State(s["state"]), s["date"], s["by"], s["document"]) for s in data["steps"])
    return Approval(data["catalogue"], data["version"], data["digest"], tuple(steps))
