"""The outlines of all sources as a file: noted once, compared later. Names and types only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TypeAlias

from connectors.kinds import KINDS, opened
from connectors.mapping import read_all
from connectors.outline import Outline, differences, outline
from connectors.place import SourcePlace
from connectors.sql.runner import SourceFailed
from exchange.catalogue import Catalogue

Shapes: TypeAlias = Mapping[str, Outline]
"""By source: `PBC`, or `HRS.pension` where a department has several. One that does not answer is not there."""


async def shapes_of(folder: Path, catalogue: Catalogue, environ: Mapping[str, str], today: date) -> Shapes:
    mappings, _ = read_all(folder, catalogue, environ, today)
    places = [each for place in mappings.values() for each in place.sources if each.url and each.kind in KINDS]
    found = await asyncio.gather(*(_outline(place, catalogue) for place in places))
    return {_name(place): each for place, each in zip(places, found, strict=True) if each is not None}


def write(path: Path, shapes: Shapes) -> None:
    path.write_text(json.dumps(shapes, ensure_ascii=False, sort_keys=True, indent=1) + "\n", "utf-8")


def compare(path: Path, now: Shapes) -> list[str]:
    """What differs from the noted ones, by source. Raises OSError or ValueError for a file that is none of ours."""
    noted = json.loads(path.read_text("utf-8"))
    if not isinstance(noted, dict) or not all(isinstance(each, dict) for each in noted.values()):
        raise ValueError("not a file of shapes")
    return [
        f"{source}: {text}"
        for source, before in sorted(noted.items())
        if source in now
        for text in differences(before, now[source])
    ]


def _name(place: SourcePlace) -> str:
    return f"{place.department}.{place.name}" if place.name else place.department


async def _outline(place: SourcePlace, catalogue: Catalogue) -> Outline | None:
    source = opened(place, catalogue)
    try:
        return outline(place, await source.shape())
    except SourceFailed:
        return None
    finally:
        await source.close()
