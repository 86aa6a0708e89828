"""The kinds of source that a mapping file may name under `connector:`. A new kind is one more entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from connectors.contract import Connector
from connectors.faults import Fault
from connectors.files.drop import KEYS as FILES_KEYS
from connectors.files.drop import read_drops
from connectors.http.address import address_fault
from connectors.http.reading import KEYS as HTTP_KEYS
from connectors.http.reading import read_service
from connectors.marked import Node
from connectors.place import SourcePlace
from connectors.plan import Plan
from connectors.recorder import Watches
from connectors.sql.connector import SCHEMES, Sql
from connectors.sql.line import line_fault
from connectors.sql.shape import Shape
from exchange.catalogue import Catalogue
from exchange.holding import Holding
from exchange.records import Unavailable, Wanted


class Source(Connector, Protocol):
    """One source of a department: a connector that can also tell what it reads and whether its mapping fits."""

    async def faults(self) -> tuple[Fault, ...]:
        """Where the mapping does not fit the source. Raises SourceFailed."""
        ...

    async def shape(self) -> Shape:
        """Tables and columns as they are now, inspected anew; `faults` then speaks of these. Raises SourceFailed."""
        ...

    async def holdings(
        self, wishes: Mapping[str, tuple[str, ...]], deadline: float
    ) -> Mapping[str, Holding] | Unavailable:
        """See `connectors.counting`."""
        ...

    async def plan(self, wanted: tuple[Wanted, ...]) -> Plan:
        """What the questions read. Raises SourceFailed where the source cannot be inspected."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    schemes: tuple[str, ...]
    """With which its urls begin."""
    open: Callable[[SourcePlace, Catalogue, Watches | None], Source]
    """Reaches nothing yet."""
    keys: frozenset[str] = frozenset()
    """Keys of the mapping file that this kind alone understands."""
    options: Callable[[Mapping[str, Node], Mapping[str, str]], object] = lambda found, environ: None
    """Reads those keys, and notes their faults: `SourcePlace.options`."""

    refuses: Callable[[str], str | None] = lambda url: None
    """Why a url that begins so will still not do, without the url."""

    counts: bool = True
    """Whether it can count what it holds without giving rows."""

    def url_fault(self, url: str) -> str | None:
        if url.partition(":")[0] in self.schemes:
            return self.refuses(url)
        return f"a url begins with {' or '.join(f'{scheme}://' for scheme in self.schemes)}"


def _files(place: SourcePlace, catalogue: Catalogue, recorder: Watches | None) -> Source:
    from connectors.files.connector import Files  # 45 MiB of readers: only for whom a department drops files

    return Files(place, catalogue, recorder)


def _http(place: SourcePlace, catalogue: Catalogue, recorder: Watches | None) -> Source:
    from connectors.http.connector import Http

    return Http(place, catalogue, recorder)


KINDS: Mapping[str, Kind] = {
    "sql": Kind(
        SCHEMES, lambda place, catalogue, recorder: Sql(place, catalogue, recorder=recorder), refuses=line_fault
    ),
    "files": Kind(("file",), _files, FILES_KEYS, read_drops),
    "http": Kind(("https", "http"), _http, HTTP_KEYS, read_service, address_fault, counts=False),
}


def opened(place: SourcePlace, catalogue: Catalogue, recorder: Watches | None = None) -> Source:
    return KINDS[place.kind].open(place, catalogue, recorder)
