"""A city's log of a year by direct inserts: rows of the index and of persons, few kinds common and most rare, for what
reads counts. Its entries hold what was decided and answered alone and its chain is none: nothing here can be
verified."""

from __future__ import annotations

from random import Random

from exchange.store.database import Database
from exchange.store.postgres import PostgresDatabase

MONTHS = [f"2025-{month:02}" for month in (11, 12)] + [f"2026-{month:02}" for month in range(1, 11)]
_SLOTS = 4096
_PIECE = 50_000
_WHO = (
    ("bank-a", "bank-system", "bank-system", ("LOAN_APPROVAL", "CARD_APPROVAL", "POST_LOAN")),
    ("bank-a", "bank-officer", "bank-officer", ("LOAN_APPROVAL", "GUARANTEE_REVIEW")),
    ("rural-a", "rural-cooperative", "rural-cooperative", ("LOAN_APPROVAL",)),
    ("fund", "fund-centre", "fund-centre", ("FUND_LOAN", "FUND_WITHDRAWAL")),
    ("hrs", "hrs-clerk", "hrs-clerk", ("BENEFIT_ELIGIBILITY",)),
    ("tax", "tax-clerk", "tax-clerk", ("ARREARS_ENFORCEMENT",)),
    ("court", "court-liaison", "court-liaison", ("JUDICIAL_INQUIRY",)),
    ("public", "person", "person", ("SELF_QUERY", "SHARE_LINK")),
)
_CODES = ("", "", "", "", "", "CONSENT_REQUIRED", "CONSENT_EXPIRED", "PURPOSE_NOT_PERMITTED")
_RECORDS = ("PBC03", "PBC04", "HRS02", "TAX01", "CRT02", "PSB01")
_ENTRY = (
    """'{"items":{"PBC03.balance":{},"HRS02.base":{},"PSB01.name":{}},"sources":{"PSB":"DELIVERED","PBC":"'"""
    " || (CASE substr(slot.decided, 1, 2) WHEN '00' THEN 'DELIVERED' WHEN '01' THEN 'ABSENT' ELSE 'TIMEOUT' END)"
    """ || '","HRS":"' || (CASE substr(slot.decided, 1, 2) WHEN '02' THEN 'ABSENT' ELSE 'STALE' END) || '"}}'"""
)
_TREATMENTS = ("FULL", "MASKED", "BANDED", "WITHHELD")


def _kinds(seed: int) -> list[tuple[int, str, str, str, str, str, str]]:
    """Of each slot what an entry is of: few kinds are common, most are rare."""
    chance, kinds = Random(seed), []
    for organisation, client, role, purposes in _WHO:
        for purpose in purposes:
            for code in dict.fromkeys(_CODES):
                for shape in range(3):
                    decided = "" if code else f"{shape:02}{_WHO.index((organisation, client, role, purposes)):030}"
                    kinds.append((organisation, client, role, purpose, code, decided))
    weights = [chance.choice((0.02, 0.1, 1, 1, 10)) * (1 if kind[4] else 4) for kind in kinds]
    return [(slot, *kind) for slot, kind in enumerate(chance.choices(kinds, weights, k=_SLOTS))]


async def fill(database: Database, entries: int, people: int, seed: int = 20061124) -> None:
    """An empty store gets so many entries about so many people. Raises StoreUnavailable."""
    blob = "bytea" if isinstance(database, PostgresDatabase) else "BLOB"
    binary, entry = f"CAST('x' AS {blob})", f"CAST({_ENTRY} AS {blob})"
    months = " ".join(f"WHEN {number} THEN '{month}'" for number, month in enumerate(MONTHS))
    numbers = (
        "WITH RECURSIVE numbers (n) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT n + 1 FROM numbers"
        " WHERE n < CAST(? AS BIGINT))"
    )
    # Any large odd factors: attributes of an entry have nothing to do with one another.
    person = f"'{'0' * 24}' || substr('00000000' || CAST((n * 2654435761) % {people} AS TEXT), -8)"
    if isinstance(database, PostgresDatabase):
        person = f"lpad(CAST((n * 2654435761) % {people} AS TEXT), 32, '0')"
    at = f"(CASE (n * 12) / {entries + 1} {months} END) || '-' || (CASE WHEN n % 2 = 0 THEN '07' ELSE '19' END)"
    statements = (
        f"INSERT INTO log (sequence, id, entry, hash) {numbers} SELECT n, 'd-' || n, {entry}, '' FROM numbers"
        f" JOIN slot ON slot.slot = (n * 48271) % {_SLOTS}",
        f"INSERT INTO log_index (sequence, at, event, code, organisation, client, role, purpose, decided) {numbers}"
        f" SELECT n, {at} || 'T03:00:00.000000Z', CASE WHEN slot.code = '' THEN 'disclosure' ELSE 'refusal' END,"
        " slot.code, slot.organisation, slot.client, slot.role, slot.purpose, slot.decided"
        f" FROM numbers JOIN slot ON slot.slot = (n * 48271) % {_SLOTS}",
        f"INSERT INTO log_person (person, sequence, count, salt) {numbers}"
        f" SELECT {person}, n, n, {binary} FROM numbers",
    )
    slots = _kinds(seed)
    async with database.write() as tx:
        await tx.run(
            "CREATE TEMPORARY TABLE slot (slot INTEGER PRIMARY KEY, organisation TEXT, client TEXT, role TEXT,"
            " purpose TEXT, code TEXT, decided TEXT)"
        )
        await tx.many("INSERT INTO slot VALUES (?, ?, ?, ?, ?, ?, ?)", slots)
        for first in range(1, entries + 1, _PIECE):
            for statement in statements:
                await tx.run(statement, (first, min(first + _PIECE - 1, entries)))
        await tx.many(
            "INSERT INTO log_decided (decided, item, treatment, rule, delivered) VALUES (?, ?, ?, ?, ?)",
            [
                (decided, f"{record}.{name}", _TREATMENTS[(at + number) % 4], "P-1", (at + number) % 2)
                for number, decided in enumerate(sorted({slot[6] for slot in slots} - {""}))
                for at, record in enumerate(_RECORDS)
                for name in ("balance", "status")
            ],
        )
        await tx.run("DROP TABLE slot")
