"""Where consents are kept. What they mean says `exchange.consent`; the log's seal checks them and counts their uses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from exchange.audit import stamp
from exchange.change import Change, Statement
from exchange.consent import Act, Consent, ConsentState
from exchange.frequency import Frequency, Period
from exchange.proof import Form, Proof, ProofKind
from exchange.refusals import ConsentUnknown
from exchange.sealing import Use
from exchange.store.database import Database, Insert, Row, Tx
from exchange.store.together import Together, by
from exchange.warning import Warned

COLUMNS = (
    "id, person, organisation, purposes, valid_from, valid_until, items, item_groups, written_items, single_use, state,"
    " client, data_from, data_to, times, per, period, period_uses, form_version, form_digest, proof, evidence,"
    " warning_version, warning_digest, warning_items, warned_at, partner, relation, last_act, made_at, changed_at"
)
"""In the order that `consent_of` reads and `row_of` writes."""
_MARKS = ", ".join("?" * len(COLUMNS.split(",")))
_INSERT = f"INSERT INTO consent ({COLUMNS}) VALUES ({_MARKS})"  # noqa: S608
_ACTED = (
    "UPDATE consent SET state = ?, last_act = ?, changed_at = ?, written_items = ?, warning_version = ?,"
    " warning_digest = ?, warning_items = ?, warned_at = ? WHERE id = ?"
)
_STANDS = "SELECT state, last_act FROM consent WHERE id = ?"
_CONSUMED = "UPDATE consent SET state = 'consumed' WHERE id = ? AND state = 'active' AND single_use = 1"
_COUNTED = "UPDATE consent SET period = ?, period_uses = ? WHERE id = ? AND single_use = 0"
_THESE = f"SELECT {COLUMNS} FROM consent WHERE id IN ?*"  # noqa: S608
_ACTIVE = (
    "SELECT 1 FROM (SELECT count(*) AS number FROM consent WHERE id IN ?* AND state = 'active') AS found"
    " WHERE number = ?"
)
_HELD = f"SELECT {COLUMNS} FROM consent WHERE person IN ?* AND organisation IN ?* ORDER BY id"  # noqa: S608
_NAMING = f"SELECT {COLUMNS} FROM consent WHERE partner IN ?* AND organisation IN ?* ORDER BY id"  # noqa: S608
USE = Insert("consent_use", (("consent", "text"), ("period", "text"), ("number", "bigint"), ("sequence", "bigint")))


def consent_of(row: Sequence[Any]) -> Consent:
    """A row of COLUMNS as the word that it stores."""
    (
        id,
        person,
        organisation,
        purposes,
        valid_from,
        valid_until,
        items,
        groups,
        written_items,
        single_use,
        state,
        client,
        data_from,
        data_to,
        times,
        per,
        period,
        period_uses,
        form,
        form_digest,
        proof,
        evidence,
        warning,
        warning_digest,
        warning_items,
        warned_at,
        partner,
        relation,
        last_act,
        made_at,
        changed_at,
    ) = row
    return Consent(
        id=id,
        person=person,
        organisation=organisation,
        purposes=_words(purposes),
        valid_from=datetime.fromisoformat(valid_from),
        valid_until=datetime.fromisoformat(valid_until),
        items=None if items is None else _words(items),
        groups=_words(groups),
        written_items=_words(written_items),
        single_use=bool(single_use),
        state=ConsentState(state),
        client=client,
        since=_day(data_from),
        until=_day(data_to),
        frequency=None if times is None else Frequency(times, Period(per)),
        period=period,
        period_uses=period_uses,
        form=None if form is None else Form(form, form_digest),
        proof=Proof(ProofKind(proof), evidence),
        warned=None
        if warning is None
        else Warned(warning, warning_digest, _words(warning_items), datetime.fromisoformat(warned_at)),
        partner=partner,
        relation=relation,
        last_act=Act(last_act),
        made_at=_instant(made_at),
        changed_at=_instant(changed_at),
    )


@lru_cache(maxsize=1_024)
def _words(text: str) -> frozenset[str]:
    """Purposes, items or groups: nothing of a person."""
    return frozenset(json.loads(text))


_NAMES = COLUMNS.split(", ")


def row_of(consent: Consent) -> tuple[Any, ...]:
    frequency, form = consent.frequency, consent.form
    return (
        consent.id,
        consent.person,
        consent.organisation,
        _list(consent.purposes),
        stamp(consent.valid_from),
        stamp(consent.valid_until),
        None if consent.items is None else _list(consent.items),
        _list(consent.groups),
        _list(consent.written_items),
        int(consent.single_use),
        consent.state.value,
        consent.client,
        consent.since and consent.since.isoformat(),
        consent.until and consent.until.isoformat(),
        frequency and frequency.times,
        frequency and frequency.per.value,
        consent.period,
        consent.period_uses,
        form and form.version,
        form and form.digest,
        consent.proof.kind.value,
        consent.proof.evidence,
        *_warned(consent),
        consent.partner,
        consent.relation,
        consent.last_act.value,
        stamp(consent.made_at) if consent.made_at else "",
        consent.changed_at and stamp(consent.changed_at),
    )


def these(ids: Iterable[str]) -> Statement:
    """Reads those of these ids that are there, in no order."""
    return Statement(_THESE, (sorted(ids),))


def active(ids: Iterable[str]) -> Statement:
    """Gives a row where all of these may be used; what else may keep them from it says `exchange.consent`."""
    listed = sorted(ids)
    return Statement(_ACTIVE, (listed, len(listed)))


async def use(tx: Tx, uses: Sequence[Use]) -> None:
    """Write what the uses leave, in the transaction of their entries. No state but `active` is touched."""
    for sql, rows in (
        (_CONSUMED, [(one.consent,) for one in uses if not one.period]),
        (_COUNTED, [(one.period, one.number, one.consent) for one in uses if one.period]),
    ):
        if rows:
            await tx.many(sql, rows)


class Consents:
    """Every method that reads or writes raises StoreUnavailable. No result is cached."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id = Together(database, _these, _by_id)
        self._by_person = Together(database, _held, _by_person)
        self._by_partner = Together(database, _naming, _by_partner)

    async def named(self, id: str) -> Consent | None:
        found = (await self._by_id.rows([id])).get(id)
        return consent_of(found[0]) if found else None

    async def of(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]:
        """All consents, of any state, that each of the people (keyed digests) gave for the purpose; in one query."""
        rows = await self._by_person.rows([(person, organisation) for person in people])
        found: dict[str, list[Consent]] = {}
        for person in people:
            consents = map(consent_of, rows.get((person, organisation), ()))
            found[person] = [consent for consent in consents if purpose in consent.purposes]
        return found

    async def naming(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]:
        """All consents, of any state, in which others name each of the people as their second person."""
        rows = await self._by_partner.rows([(person, organisation) for person in people])
        found: dict[str, list[Consent]] = {}
        for person in people:
            consents = map(consent_of, rows.get((person, organisation), ()))
            found[person] = [consent for consent in consents if purpose in consent.purposes]
        return found

    async def by(self, person: str) -> list[Consent]:
        """All that a person gave or is asked for, newest first."""
        return await self._where("person = ? ORDER BY made_at DESC, id", person)

    async def to(self, organisation: str, person: str | None = None, most: int = 1000) -> list[Consent]:
        """Those given to an organisation, or asked for by it, newest first; at most so many."""
        if person is None:
            return await self._where("organisation = ? ORDER BY made_at DESC, id LIMIT ?", organisation, most)
        where = "person = ? AND organisation = ? ORDER BY made_at DESC, id LIMIT ?"
        return await self._where(where, person, organisation, most)

    async def add(self, consents: Iterable[Consent]) -> int:
        """Keep them, all or none; how many were new. One whose id is there already stays as it is, used or revoked."""
        sql = f"{_INSERT} ON CONFLICT (id) DO NOTHING RETURNING id"
        async with self._database.write() as tx:
            return sum([len(await tx.run(sql, row_of(consent))) for consent in consents])

    async def revoke(self, id: str, at: datetime) -> None:
        """From the next seal on, in every process; leaves no entry in the log. Raises ConsentUnknown."""
        sql = "UPDATE consent SET state = 'revoked', last_act = 'revoke', changed_at = ? WHERE id = ? RETURNING id"
        async with self._database.write() as tx:
            if not await tx.run(sql, (stamp(at), id)):
                raise ConsentUnknown()

    def adding(self, consent: Consent) -> Change:
        """A consent that comes to be with the entry of the act."""
        return Change(Statement(_STANDS, (consent.id,)), [], (Statement(_INSERT, row_of(consent)),))

    def changing(self, before: Consent, after: Consent) -> Change:
        """What an act changes, if nobody has acted on it or used it up since; a counted use in between is no matter."""
        parameters = (
            after.state.value,
            after.last_act.value,
            after.changed_at and stamp(after.changed_at),
            _list(after.written_items),
            *_warned(after),
            after.id,
        )
        found = [(before.state.value, before.last_act.value)]
        return Change(Statement(_STANDS, (before.id,)), found, (Statement(_ACTED, parameters),))

    async def _where(self, where: str, *parameters: object) -> list[Consent]:
        rows = await self._database.read(f"SELECT {COLUMNS} FROM consent WHERE {where}", parameters)  # noqa: S608
        return [consent_of(row) for row in rows]


def _these(ids: Sequence[str]) -> Statement:
    return Statement(_THESE, (list(ids),))


def _by_id(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return by(rows, 0)


Key = tuple[str, str]
"""(person, organisation)"""


def _held(keys: Sequence[Key]) -> Statement:
    return Statement(_HELD, tuple(sorted(set(column)) for column in zip(*keys, strict=True)))


def _by_person(rows: Sequence[Row]) -> dict[Key, list[Row]]:
    return by(rows, 1, 2)


def _naming(keys: Sequence[Key]) -> Statement:
    return Statement(_NAMING, tuple(sorted(set(column)) for column in zip(*keys, strict=True)))


def _by_partner(rows: Sequence[Row]) -> dict[Key, list[Row]]:
    return by(rows, _NAMES.index("partner"), 2)


def _list(words: Iterable[str]) -> str:
    return json.dumps(sorted(words))


def _warned(consent: Consent) -> tuple[str | None, ...]:
    seen = consent.warned
    if seen is None:
        return (None, None, None, None)
    return (seen.version, seen.digest, _list(seen.items), stamp(seen.at))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
