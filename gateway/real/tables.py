"""The bank's tables as they are: loaded into PostgreSQL with their own names, keys and codes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import asyncpg


class TablesMissing(RuntimeError):
    """The bank's tables were not found. They are not part of this repository: name their folder with --tables."""

    def __init__(self) -> None:
        super().__init__((type(self).__doc__ or "").strip())


_TYPES: dict[str, tuple[str, Callable[[str], object]]] = {
    "integer": ("integer", int),
    "date": ("date", date.fromisoformat),
    "amount": ("numeric(12,2)", Decimal),
    "text": ("text", str),
}

_TABLES: dict[str, dict[str, str]] = {
    "client": {
        "client_id": "integer",
        "birth_date": "date",
        "gender": "text",
        "district_id": "integer",
        "id_number": "text",
    },
    "disp": {"disp_id": "integer", "client_id": "integer", "account_id": "integer", "disp_type": "text"},
    "account": {"account_id": "integer", "district_id": "integer", "create_date": "date", "frequency": "text"},
    "loan": {
        "loan_id": "integer",
        "account_id": "integer",
        "granted_date": "date",
        "amount": "amount",
        "duration": "integer",
        "payments": "amount",
        "status": "text",
    },
    "card": {"card_id": "integer", "disp_id": "integer", "card_type": "text", "issued_date": "date"},
    "order": {
        "order_id": "integer",
        "account_id": "integer",
        "bank_to": "text",
        "account_to": "text",
        "amount": "amount",
        "category": "text",
    },
}
_INDEXES = ("client (id_number)", "disp (client_id)", "loan (account_id)", "card (disp_id)")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rows loaded, by table."""

    counts: dict[str, int]


async def load(folder: Path, url: str) -> Loaded:
    """Create and fill every table; what stood there under these names is replaced. Raises TablesMissing."""
    if any(not (folder / f"{name}.tsv").is_file() for name in _TABLES):
        raise TablesMissing()
    connection = await asyncpg.connect(url)
    try:
        counts = {}
        for name, columns in _TABLES.items():
            rows = _rows(folder / f"{name}.tsv", columns)
            declared = ", ".join(f'"{column}" {_TYPES[kind][0]}' for column, kind in columns.items())
            await connection.execute(f'DROP TABLE IF EXISTS "{name}"')
            await connection.execute(f'CREATE TABLE "{name}" ({declared})')
            await connection.copy_records_to_table(name, records=rows, columns=list(columns))
            counts[name] = len(rows)
        for index in _INDEXES:
            await connection.execute(f"CREATE INDEX ON {index}")
        return Loaded(counts)
    finally:
        await connection.close()


def _rows(path: Path, columns: dict[str, str]) -> list[tuple[object, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        return [
            tuple(_TYPES[kind][1](row[column]) if row[column] else None for column, kind in columns.items())
            for row in reader
        ]
