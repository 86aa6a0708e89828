"""The small department on five databases: payments in two of them, contacts in two."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from tests.connectors.small import MAPPING, NATIVE, NEW, make_sqlite

SOURCES = ("people", "jobs", "loans", "pay", "old_pay")
_HEAD, _, _REST = MAPPING.partition("connector: sql\nurl: ${SMALL_URL}\n")
_LOANS = _REST[_REST.index("  PBC03:\n") : _REST.index("  PBC01:\n")]
_JOBS = _REST[_REST.index("  PBC02:\n") : _REST.index("  PBC06:\n")]
FIVE = (
    _HEAD
    + "sources:\n"
    + "".join(f'  {name}: {{connector: sql, url: "${{{name.upper()}_URL}}"}}\n' for name in SOURCES)
    + _REST[: _REST.index("  PBC03:\n")]
    + _LOANS.replace("  PBC03:\n", "  PBC03:\n    source: loans\n")
    + _JOBS.replace("  PBC02:\n", "  PBC02:\n    source: jobs\n")
    + """\
  PBC01:
    - source: people
      from: contact
      record_key: n
      person_key: {column: id_no, formats: [id18]}
      items:
        mobile: {column: mobile}
        address: {column: addr}
    - source: jobs
      from: contact
      record_key: n
      person_key: {column: id_no, formats: [id18]}
      items:
        mobile: {column: mobile}
      not_held: [address]
  PBC06:
"""
    + "".join(
        f"""\
    - source: {name}
      from: pay
      record_key: n  # pay
      as_of: {{value: {as_of}}}
      person_key: {{column: id_no, formats: [id18]}}
{more}\
      items:
        amount: {{column: fen, unit: fen}}
        paid_on: {{column: day}}
"""
        for name, as_of, more in (
            ("pay", "2026-10-31", "      distinct: [n]\n"),
            ("old_pay", "2026-09-30", ""),
        )
    )
)

_Native = Mapping[str, list[tuple[object, ...]]]
_HELD: Mapping[str, _Native] = {
    "people": {"contact": [("1", NEW.number, "13800000001", "昆明市五华区")]},
    "jobs": {"job": NATIVE["job"], "contact": [("7", NEW.number, "13900000009", "昆明市盘龙区")]},
    "loans": {'"LN_ACCT"': NATIVE['"LN_ACCT"']},
    "pay": {"pay": NATIVE["pay"]},
    "old_pay": {
        "pay": [
            ("T1", NEW.number, 1000, "2026-01-01"),
            ("T2", NEW.number, 2100, "2026-02-01"),
            ("T4", NEW.number, 4000, "2026-03-01"),
        ]
    },
}


def environ_of(folder: Path) -> dict[str, str]:
    return {f"{name.upper()}_URL": f"sqlite:///{folder}/{name}.db" for name in SOURCES}


def make_five(folder: Path, without: Collection[str] = (), **other: _Native) -> dict[str, str]:
    """The databases except some, with other rows where they are given; the urls of all."""
    folder.mkdir(exist_ok=True)
    for name in SOURCES:
        if name not in without:
            make_sqlite(folder / f"{name}.db", other.get(name, _HELD[name]))
    return environ_of(folder)
