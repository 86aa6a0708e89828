"""The demo city: made once for its parameters, then found as it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from gateway.demo import load, load_mariadb
from gateway.demo.consents import DemoConsent, generated_consents
from gateway.demo.life import Life
from gateway.demo.lives import lives, residents
from gateway.demo.published import TEST_PEOPLE
from gateway.demo.stories import published_lives

PEOPLE = 2000
SEED = 2006

Progress = Callable[[int, int, str], None]
"""done, total, what."""

_PUBLISHED = frozenset(person.id_number for person in TEST_PEOPLE)
_MARKER = "city.json"
_SHAPE = 2
"""Raised whenever the same parameters would make another city."""


@dataclass(frozen=True, slots=True)
class City:
    people: int
    seed: int
    day: date
    urls: Mapping[str, str]
    """Department code → what GATEWAY_<code>_URL must hold."""

    @property
    def environ(self) -> dict[str, str]:
        return {f"GATEWAY_{code}_URL": url for code, url in self.urls.items()}

    @property
    def consents(self) -> Iterator[DemoConsent]:
        """What the generated people agreed to."""
        return generated_consents(self._residents, self.seed, self.day)

    @property
    def numbers(self) -> Iterator[str]:
        """Id numbers of the generated people."""
        return (life.number for life in self._residents)

    @property
    def _residents(self) -> Iterator[Life]:
        return residents(self.seed, self.people, self.day, _PUBLISHED)


def make(
    target: Path | str,
    people: int = PEOPLE,
    seed: int = SEED,
    day: date | None = None,
    progress: Progress | None = None,
) -> City:
    """Ten databases of `people` generated persons and the published test people, as of `day` (today).

    `target`: a folder for ten SQLite files, or the `postgresql://` or `mariadb://` url of a server. A city that is
    there whole, with the same parameters, is left alone. Not to be called from a running event loop.
    """
    day = day or date.today()
    parameters = json.dumps({"shape": _SHAPE, "people": people, "seed": seed, "day": day.isoformat()})
    total = people + sum("nobody" not in person.tags for person in TEST_PEOPLE)

    def told(done: int) -> None:
        if progress:
            progress(done, total, "people")

    generated = lives(seed, people, day, _PUBLISHED)
    everybody = chain(published_lives(day), generated)
    if str(target).startswith(("postgresql://", "postgres://")):
        server = str(target)
        if asyncio.run(load.server_holds(server)) == parameters:
            return City(people, seed, day, load.server_urls(server))
        return City(people, seed, day, asyncio.run(load.fill_server(server, everybody, day, parameters, told)))
    if str(target).startswith("mariadb://"):
        server = str(target)
        if asyncio.run(load_mariadb.mariadb_holds(server)) == parameters:
            return City(people, seed, day, load.server_urls(server))
        urls = asyncio.run(load_mariadb.fill_mariadb(server, everybody, day, parameters, told))
        return City(people, seed, day, urls)
    folder = Path(target)
    marker = folder / _MARKER
    if marker.is_file() and marker.read_text() == parameters:
        return City(people, seed, day, load.folder_urls(folder))
    marker.unlink(missing_ok=True)
    urls = load.fill_folder(folder, everybody, day, told)
    marker.write_text(parameters)
    return City(people, seed, day, urls)
