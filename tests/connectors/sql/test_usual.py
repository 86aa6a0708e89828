"""The quick reading of usual texts, against the definition, on every place of every mapping."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mapping import DEPARTMENTS, read
from connectors.place import Place
from connectors.sql.decode import decoder, definition
from connectors.sql.usual import column
from exchange.catalogue import Item
from exchange.records import Bad, Conflict
from exchange.standard.load import load

_CATALOGUE = load(approval=Path("gateway/demo/approval.yaml"))


def _places() -> dict[tuple[object, ...], tuple[Place, Item | None]]:
    """One for each kind of place that the mappings know."""
    found: dict[tuple[object, ...], tuple[Place, Item | None]] = {}
    environ = {f"GATEWAY_{code}_URL": "sqlite:///none.db" for code in _CATALOGUE.departments}
    for mapping in read(DEPARTMENTS, _CATALOGUE, environ, date(2026, 1, 1)).values():
        for source in mapping.sources:
            for place in source.records.values():
                items = _CATALOGUE.records[place.record].items
                for name, each in place.items.items():
                    item = items.get(name)
                    about = item and (item.format, item.code_list, item.pattern)
                    key = (
                        each.kind,
                        each.value,
                        each.unit,
                        each.formats,
                        each.clean,
                        tuple(each.values.items()),
                        about,
                    )
                    found.setdefault(tuple(map(str, key)), (each, item))
    return found


_PLACES = _places()
_WRITTEN = st.one_of(
    st.none(),
    st.text(max_size=24),
    st.from_regex(r"[0-9]{1,20}", fullmatch=True),
    st.from_regex(r"-?0?[0-9]{1,16}(\.[0-9]{0,6})?", fullmatch=True),
    st.dates().map(lambda day: day.strftime("%Y%m%d")),
    st.dates().map(date.isoformat),
    st.dates().map(lambda day: f"{day.isoformat()} 23:59:59"),
    st.from_regex(r"[0-9]{4}-?[0-9]{2}(-?[0-9]{2})?", fullmatch=True),
    st.from_regex(r"[0-9]{4}-W[0-9]{2}-[0-9]", fullmatch=True),
    st.sampled_from(["", "0", "00", "0.0", "1e3", "１２", "²", "\x1aINVALID", "\x1aconflict\x1f1\x1f2", "true", "f"]),
)


@pytest.mark.parametrize("key", _PLACES, ids=lambda key: "-".join(key)[:60])
@settings(max_examples=120, deadline=None)
@given(text=_WRITTEN)
def test_the_quick_way_reads_what_the_definition_reads(key: tuple[object, ...], text: str | None) -> None:
    place, item = _PLACES[key]
    said = [*place.values, *(_CATALOGUE.code_lists[item.code_list].values if item and item.code_list else ())]
    for each in (text, *said):
        ours, meant = decoder(place, item, _CATALOGUE)(each), definition(place, item, _CATALOGUE)(each)
        assert (type(ours), ours) == (type(meant), meant)


@pytest.mark.parametrize("key", _PLACES, ids=lambda key: "-".join(key)[:60])
@settings(max_examples=50, deadline=None)
@given(
    texts=st.one_of(
        st.lists(_WRITTEN, max_size=30),
        st.lists(st.dates().map(lambda day: day.strftime("%Y%m%d")), max_size=30),
        st.lists(st.one_of(st.none(), st.dates().map(date.isoformat)), max_size=30),
        st.lists(st.one_of(st.none(), st.from_regex(r"[0-9]{4}(0[0-9]|1[0-3])", fullmatch=True)), max_size=30),
        st.lists(st.one_of(st.none(), st.text("ab中\x1a", max_size=9)), max_size=30),
    )
)
def test_a_whole_column_is_read_as_each_of_its_texts(key: tuple[object, ...], texts: list[str | None]) -> None:
    place, item = _PLACES[key]
    meant = list(map(definition(place, item, _CATALOGUE), texts))
    ours = column(place, item, decoder(place, item, _CATALOGUE))(texts)
    if any(isinstance(value, (Bad, Conflict)) for value in meant):
        assert ours is None
        return
    assert ours is not None
    assert list(map(type, ours)) == list(map(type, meant))
    assert list(ours) == meant
