"""schema.graphql is the print of the schema that the standard makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from graphql import GraphQLNonNull, GraphQLObjectType, build_schema

ROOT = Path(__file__).parents[1]


def test_the_checked_in_schema_is_the_one_served() -> None:
    command = [Path(sys.executable).parent / "gateway", "schema", "print"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == printed, "run 'make schema'"


def test_whatever_can_be_withheld_is_nullable() -> None:
    """A denied non-null field would destroy its siblings."""
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    person = schema.type_map["Person"]
    assert isinstance(person, GraphQLObjectType)
    sections = [field.type for name, field in person.fields.items() if name not in ("summary", "disclosure")]
    records = [
        field.type for type_ in sections if isinstance(type_, GraphQLObjectType) for field in type_.fields.values()
    ]
    types = [
        t for t in schema.type_map.values() if isinstance(t, GraphQLObjectType) and "Record" in map(str, t.interfaces)
    ]
    assert len(types) == 40
    items = [field.type for type_ in types for field in type_.fields.values()]
    assert not [type_ for type_ in (*sections, *records, *items) if isinstance(type_, GraphQLNonNull)]
