"""What `gateway department check` finds: the files, then each department's reach and shape."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from connectors.faults import Fault
from connectors.kinds import KINDS, opened
from connectors.mapping import read_all
from connectors.place import DepartmentPlace
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
    its = place.sources[0]
    if not its.url or its.kind not in KINDS:
        return Findings(place.department, reachable=False, faults=own)
    source = opened(its, catalogue)
    try:
        found = await source.check()
    finally:
        await source.close()
    return Findings(place.department, found.reachable, tuple(dict.fromkeys((*own, *found.faults))))
