"""Consents of a store from before their terms were kept: who agreed to what stays, and what was used stays used."""

from __future__ import annotations

from exchange.consent import Act, ConsentState
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.schema import upgrade
from tests.exchange.store.test_tree import database_of, emptied

OLD = (
    "INSERT INTO consent (id, person, organisation, purpose, valid_from, valid_until, items, written_items, single_use,"
    " state, revoked_at) VALUES (?, ?, 'bank-a', 'LOAN_APPROVAL', '2026-01-01T00:00:00.000000Z',"
    " '2027-01-01T00:00:00.000000Z', ?, ?, ?, ?, ?)"
)
REVOKED_AT = "2026-05-01T00:00:00.000000Z"
ROWS = [
    ("plain", "aa", None, "[]", 0, "active", None),
    ("narrow", "aa", '["PBC03.balance"]', '["HPF01.balance"]', 0, "active", None),
    ("used", "bb", None, "[]", 1, "consumed", None),
    ("revoked", "bb", None, "[]", 0, "revoked", REVOKED_AT),
]


async def test_old_consents_are_kept_and_their_written_items_wait_for_a_warning(store_url: str) -> None:
    if store_url.startswith("postgres"):
        await emptied(store_url)
        await upgrade(store_url, "0002")
    else:
        await upgrade(store_url, "0002")
    connection = await database_of(store_url).connect()
    await connection.begin()
    await connection.many(OLD, ROWS)
    await connection.run("INSERT INTO log VALUES (1, 'd1', ?, 'h')", (b"{}",))
    await connection.run("INSERT INTO consent_use VALUES ('used', 1)")
    await connection.commit()
    await connection.close()
    await upgrade(store_url)
    database = await Database.open(store_url)
    consents = Consents(database)
    plain, narrow, used, revoked = [await consents.named(row[0]) for row in ROWS]
    assert plain is not None
    assert (plain.purposes, plain.items, plain.frequency) == ({"LOAN_APPROVAL"}, None, None)
    assert narrow is not None
    assert (narrow.items, narrow.written_items, narrow.written) == ({"PBC03.balance"}, {"HPF01.balance"}, set())
    assert used is not None
    assert used.state is ConsentState.CONSUMED
    assert await database.read("SELECT consent, period, number, sequence FROM consent_use") == [("used", "", 1, 1)]
    assert revoked is not None
    assert (revoked.state, revoked.last_act) == (ConsentState.REVOKED, Act.REVOKE)
    await database.close()
