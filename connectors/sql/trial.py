"""The statements that try a mapping on its database without reading a row."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.fragment import with_names_quoted
from connectors.place import Place, RecordPlace
from connectors.sql.dialect import Dialect
from connectors.sql.source import select_text


def trial_source(place: RecordPlace, names: dict[str, str], dialect: Dialect) -> str:
    """A statement that has all columns of the record's SELECT and no row."""
    return f"SELECT * FROM ({select_text(place, dialect, names)}) AS r LIMIT 0"  # noqa: S608 - checked at start


def trial_fragments(
    place: RecordPlace, table: str, names: dict[str, str], dialect: Dialect
) -> Iterator[tuple[str, int, str]]:
    """Name, line and a statement without rows for each fragment of the mapping's own SQL."""
    source = f"({select_text(place, dialect, names)})" if place.select is not None else table
    fragments: list[tuple[str, int, str]] = []
    if place.where:
        fragments.append(("where", place.line, place.where))
    if place.person_key.expression:
        # Compared with a text, as it will be.
        fragments.append(("person_key", place.person_key.line, f"({place.person_key.expression}) = ''"))
    places: dict[str, Place | None] = {**place.items, "as_of": place.as_of}
    for name, each in places.items():
        if each and each.expression:
            fragments.append((name, each.line, each.expression))
    for name, line, text in fragments:
        yield name, line, f"SELECT ({dialect.authored(with_names_quoted(text, names))}) FROM {source} AS r LIMIT 0"  # noqa: S608
