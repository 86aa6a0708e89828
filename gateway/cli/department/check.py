"""`gateway department check`: every mapping against the standard and its source."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from connectors.check import check as findings_of
from connectors.outline import digest
from connectors.shapes import Shapes, compare, shapes_of, write
from exchange.retention import civil_day
from gateway.app import now
from gateway.cli.where import FAULTY, HERE, UNABLE, USAGE, Where, ended, faults_shown, standard


def check(
    *,
    shapes: Annotated[Path | None, Parameter(help="Compare with the shapes noted in this file.")] = None,
    write_shapes: Annotated[Path | None, Parameter(help="Note the shapes of all sources in this file.")] = None,
    where: Where = HERE,
) -> None:
    """Check every mapping against the standard and its source: reach, shape, agreement.

    Reads mapping files, and of the sources only names and types of columns. Each fault has its file, its line and what
    to do. Exit 0: all answer and fit; 1: something is at fault, does not answer, or differs from the noted shapes.
    """
    settings = where.settings()
    catalogue = standard(settings)
    with faults_shown():
        environ = settings.environment(os.environ)
    asked = (settings.departments, catalogue, environ, civil_day(now()))
    found = asyncio.run(findings_of(*asked))
    outlines = asyncio.run(shapes_of(*asked))
    for each in found:
        if each.department:
            state = "answers" if each.reachable else "does not answer"
            digests = [digest(of) for source, of in outlines.items() if source.partition(".")[0] == each.department]
            told = f", shape {' '.join(digests)}" if digests else ""
            print(f"{each.department} {state}, {_count(len(each.faults), 'fault')}{told}")
    faults = [fault for each in found for fault in each.faults]
    silent = [each.department for each in found if each.department and not each.reachable]
    changed = _changed(shapes, outlines) if shapes else []
    if write_shapes:
        _write(write_shapes, outlines)
    if faults or silent or changed:
        advice = [f"{code}: does not answer; is its URL set and right, and may its user connect?" for code in silent]
        advice += [f"{text}: changed since the shapes were noted" for text in changed]
        ended(FAULTY, *faults, *advice)


def _changed(path: Path, outlines: Shapes) -> list[str]:
    try:
        return compare(path, outlines)
    except (OSError, ValueError):
        ended(USAGE, f"{path}: holds no noted shapes; make it with --write-shapes.")


def _write(path: Path, outlines: Shapes) -> None:
    try:
        write(path, outlines)
    except OSError as error:
        ended(UNABLE, f"{path}: cannot be written ({type(error).__name__}).")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
