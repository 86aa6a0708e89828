"""What `gateway department check` finds: the files, then each department's reach and shape."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from connectors.faults import Fault
from connectors.kinds import KINDS, opened
from connectors.mapping import read_all
from connectors.place import DepartmentPlace, SourcePlace
from exchange.catalogue import Catalogue
from exchange.records import Findings


async def check(folder: Path, catalogue: Catalogue, environ: Mapping[str, str], today: date) -> list[Findings]:
    """One entry for each mapping file that names a department, and one without a department for other faults."""
    mappings, faults = read_all(folder, catalogue, environ, today)
    found = await asyncio.gather(*(_of(place, catalogue, faults) for place in mappings.values()))
    named = {place.file for place in mappings.values()}
    others = tuple(str(fault) for fault in faults if fault.file not in named)
    return [*found, *([Findings("", reachable=False, faults=others)] if others else [])]


async def _of(place: DepartmentPlace, catalogue: Catalogue, faults: tuple[Fault, ...]) -> Findings:
    own = tuple(str(fault) for fault in sorted(faults) if fault.file == place.file)
    found = await asyncio.gather(*(_source(each, catalogue) for each in place.sources))
    told = [*own, *(fault for each in found for fault in each.faults)]
    return Findings(place.department, all(each.reachable for each in found), tuple(dict.fromkeys(told)))


async def _source(place: SourcePlace, catalogue: Catalogue) -> Findings:
    if not place.url or place.kind not in KINDS:
        return Findings(place.department, reachable=False)
    source = opened(place, catalogue)
    try:
        return await source.check()
    finally:
        await source.close()
