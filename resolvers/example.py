"""An example of an ask: the shortest GraphQL document that asks for one item."""

from __future__ import annotations

from exchange.catalogue import Catalogue
from resolvers.selection import camel


def example(catalogue: Catalogue, item: str, purpose: str, *, exists: bool = False) -> str:
    """`exists`: only whether there is such a record. Raises KeyError for an item that the catalogue lacks."""
    named = catalogue.items[item]
    record = catalogue.records[named.record]
    asked = record.has_name if exists else f"{record.list_name} {{ {camel(named.name)} }}"
    section = catalogue.departments[record.department].section
    given = f"idNumber: $id, purpose: {purpose}, reference: $reference"
    return f"query($id: IdNumber!, $reference: String) {{ person({given}) {{ {section} {{ {asked} }} }} }}"
