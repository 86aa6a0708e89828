"""Where the register of market access is kept. What it means is said in `exchange.registration`.

Reads come from the store each time, so that what was suspended holds from the next request, in every process. Writes
are changes that the seal of an act's entry carries (`exchange.change`): none is made outside the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from exchange.audit import stamp
from exchange.change import Change, Statement
from exchange.client import Client
from exchange.organisation import Organisation
from exchange.registration import Kind, Outcome, Proposal, Registration, State, Step, Verdict
from exchange.store.database import Database, Row
from exchange.store.together import Together, by

AnyRegistration: TypeAlias = Registration[Client] | Registration[Organisation]
AnyProposal: TypeAlias = Proposal[Client] | Proposal[Organisation]

_CONTENTS: Mapping[Kind, Any] = {Kind.CLIENT: Client, Kind.ORGANISATION: Organisation}
_PROPOSAL = "id, kind, subject, step, content, base, proposed_by, proposed_at, verdict, decided_by"
_SERVED = (
    "SELECT client.id, client.state, client.version, client.content,"
    " organisation.id, organisation.state, organisation.version, organisation.content"
    " FROM client JOIN organisation ON organisation.id = client.organisation WHERE client.id IN ?*"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A client with its organisation, as they stand now."""

    client: Registration[Client]
    organisation: Registration[Organisation]


class Register:
    """Every method that reads raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._served = Together(database, _serving, _by_client)

    async def served(self, client: str) -> Served | None:
        """What one request rests on, in one statement; the same object as long as the same stands there."""
        rows = (await self._served.rows([client])).get(client)
        return _served(rows[0]) if rows else None

    async def find(self, kind: Kind, id: str) -> AnyRegistration | None:
        rows = await self._database.read(
            f"SELECT id, state, version, content FROM {kind} WHERE id = ?",  # noqa: S608
            (id,),
        )
        return _registration(kind, rows[0]) if rows else None

    async def all(self, kind: Kind) -> list[AnyRegistration]:
        """By id."""
        rows = await self._database.read(f"SELECT id, state, version, content FROM {kind} ORDER BY id")  # noqa: S608
        return [_registration(kind, row) for row in rows]

    async def these(self, kind: Kind, ids: Sequence[str]) -> dict[str, AnyRegistration]:
        """Those of these ids that are registered, in one statement."""
        rows = await self._database.read(
            f"SELECT id, state, version, content FROM {kind} WHERE id IN ?*",  # noqa: S608
            (list(ids),),
        )
        return {row[0]: _registration(kind, row) for row in rows}

    async def waiting(self, kind: Kind, subject: str) -> AnyProposal | None:
        """The open proposal on one record; there is at most one."""
        rows = await self._database.read(
            f"SELECT {_PROPOSAL} FROM proposal WHERE kind = ? AND subject = ? AND verdict = 'open'",  # noqa: S608
            (kind.value, subject),
        )
        return _proposal(rows[0]) if rows else None

    async def proposal(self, id: str) -> AnyProposal | None:
        rows = await self._database.read(f"SELECT {_PROPOSAL} FROM proposal WHERE id = ?", (id,))  # noqa: S608
        return _proposal(rows[0]) if rows else None

    async def proposals(self) -> list[AnyProposal]:
        """The open ones, oldest first."""
        rows = await self._database.read(
            f"SELECT {_PROPOSAL} FROM proposal WHERE verdict = 'open' ORDER BY proposed_at, id"  # noqa: S608
        )
        return [_proposal(row) for row in rows]

    async def empty(self) -> bool:
        """Whether nobody was ever registered."""
        return not await self._database.read("SELECT 1 FROM organisation LIMIT 1")


def _serving(clients: Sequence[str]) -> Statement:
    return Statement(_SERVED, (list(clients),))


def _by_client(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return by(rows, 0)


@lru_cache(maxsize=1_024)
def _served(row: Row) -> Served:
    """What these texts say, whenever they were read."""
    client, state, version, content, organisation, its_state, its_version, its_content = row
    return Served(
        _registration(Kind.CLIENT, (client, state, version, content)),
        _registration(Kind.ORGANISATION, (organisation, its_state, its_version, its_content)),
    )


UNREGISTERED = "unregistered"


async def described(register: Register) -> list[tuple[str, str, str]]:
    """Of every client its kind, and the district that it asks for: "" = the whole city, or several. Raises
    StoreUnavailable."""
    kinds = await kinds_of(register)
    found = []
    for each in await register.all(Kind.CLIENT):
        client: Any = each.content
        district = client.districts[0] if len(client.districts) == 1 else ""
        found.append((each.id, kinds.get(client.organisation, UNREGISTERED), district))
    return found


async def kinds_of(register: Register) -> dict[str, str]:
    """Organisation → kind. Raises StoreUnavailable."""
    contents: dict[str, Any] = {each.id: each.content for each in await register.all(Kind.ORGANISATION)}
    return {id: content.kind.value for id, content in contents.items()}


def change_of(
    before: AnyRegistration | None, waiting: AnyProposal | None, outcome: Outcome[Any], at: datetime
) -> Change:
    """What an act comes to, to be written if the record and its open proposal still are as they were read."""
    kind, id = outcome.registration.kind, outcome.registration.id
    guard = Statement(
        f"SELECT 'record', CAST(version AS TEXT) FROM {kind} WHERE id = ?"  # noqa: S608
        " UNION ALL SELECT 'open', id FROM proposal WHERE kind = ? AND subject = ? AND verdict = 'open'"
        " ORDER BY 1 DESC, 2",
        (id, kind.value, id),
    )
    found = [("record", str(before.version))] if before else []
    found += [("open", waiting.id)] if waiting else []
    writes = []
    if outcome.registration != before:
        writes.append(_kept(outcome.registration))
    # The old one first: there is at most one open proposal on a record.
    writes += [
        _decided(each, at)
        for each in (outcome.superseded, outcome.proposal)
        if each and waiting and each.id == waiting.id
    ]
    if outcome.proposal and not (waiting and outcome.proposal.id == waiting.id):
        writes.append(_proposed(outcome.proposal))
    return Change(guard, found, tuple(writes))


def founding(organisations: Mapping[str, Organisation], clients: Mapping[str, Client]) -> Change:
    """The first registrations of all, active at once; written only where nobody was ever registered."""
    first: list[AnyRegistration] = [
        *(Registration(Kind.ORGANISATION, id, content, State.ACTIVE) for id, content in organisations.items()),
        *(Registration(Kind.CLIENT, id, content, State.ACTIVE) for id, content in clients.items()),
    ]
    guard = Statement("SELECT id FROM organisation UNION ALL SELECT id FROM client LIMIT 1")
    return Change(guard, [], tuple(map(_kept, first)))


def digest_of(content: Client | Organisation) -> str:
    """SHA-256 of what is laid down, hexadecimal: the entry names it, and the register holds it."""
    return hashlib.sha256(_written(content).encode()).hexdigest()


def _kept(registration: AnyRegistration) -> Statement:
    content = registration.content
    columns = {"id": registration.id}
    if isinstance(content, Client):
        columns["organisation"] = content.organisation
    values = {
        **columns,
        "state": registration.state.value,
        "version": registration.version,
        "content": _written(content),
    }
    changed = ", ".join(f"{name} = excluded.{name}" for name in values if name != "id")
    return Statement(
        f"INSERT INTO {registration.kind} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608
        f" ON CONFLICT (id) DO UPDATE SET {changed}",
        tuple(values.values()),
    )


def _proposed(proposal: AnyProposal) -> Statement:
    return Statement(
        f"INSERT INTO proposal ({_PROPOSAL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            proposal.id,
            proposal.kind.value,
            proposal.subject,
            proposal.step.value,
            _written(proposal.content),
            proposal.base,
            proposal.by,
            stamp(proposal.at),
            proposal.verdict.value,
            proposal.decided_by,
        ),
    )


def _decided(proposal: AnyProposal, at: datetime) -> Statement:
    return Statement(
        "UPDATE proposal SET verdict = ?, decided_by = ?, decided_at = ? WHERE id = ?",
        (proposal.verdict.value, proposal.decided_by, stamp(at), proposal.id),
    )


def _written(content: Client | Organisation) -> str:
    return msgspec.json.encode(content, order="deterministic").decode()


def _registration(kind: Kind, row: tuple[Any, ...]) -> Any:
    id, state, version, content = row
    return Registration(kind, id, msgspec.json.decode(content, type=_CONTENTS[kind]), State(state), version)


def _proposal(row: tuple[Any, ...]) -> Any:
    id, kind, subject, step, content, base, by, at, verdict, decided_by = row
    kind = Kind(kind)
    said = msgspec.json.decode(content, type=_CONTENTS[kind])
    when = datetime.fromisoformat(at)
    return Proposal(id, kind, subject, Step(step), said, base, by, when, Verdict(verdict), decided_by)
