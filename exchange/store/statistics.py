"""Where published statistics are kept. What may be published is said in `exchange.statistics`.

A month is made once, when somebody first asks for it after its end, from the index of the log; from then on only the
published sums are read. What is suppressed is nowhere in these tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from exchange.audit import stamp
from exchange.decision import Treatment
from exchange.retention import CITY_TIME
from exchange.statistics import Published, Tally, begin, ended, following, published, total
from exchange.store import consented
from exchange.store.consented import Consented
from exchange.store.database import Database, Tx
from exchange.store.pending import Pending
from exchange.store.register import Register, described, kinds_of

_PAGE = 500
_ITSELF: Mapping[str, str] = {}
_OF_RECORD = {"department": "substr(record, 1, 3)"}
Describe = Callable[[str], str | None]
"""Item → the record type that it is counted under; None = it is in no statistics."""


class Atom(NamedTuple):
    """What asks of one month have in common."""

    kind: str
    """Of the client's organisation."""
    role: str
    purpose: str
    district: str
    code: str
    """Of the refusal; "" = disclosed."""


class Release(NamedTuple):
    """What asks of one month have in common that were told something, or withheld something."""

    kind: str
    role: str
    purpose: str
    district: str
    record: str
    treatment: str


class Answered(NamedTuple):
    """What asks of one month have in common in which a department, or one of its sources, was in this state."""

    kind: str
    role: str
    purpose: str
    district: str
    department: str
    state: str


@dataclass(frozen=True, slots=True)
class Told:
    """All that is published of one month."""

    asks: Published[Atom]
    releases: Mapping[Release, tuple[int, int]]
    """Asks, and of them those to which the department had something to give."""
    states: Mapping[Answered, int]
    consents: Mapping[tuple[str, str], Consented]


@dataclass(frozen=True, slots=True)
class Made:
    """A month that is counted."""

    month: str
    at: str
    pool: Tally | None
    told: bool
    """Whether anything of it is. That a month is counted alone would tell that somebody asked."""


_MONTH = (
    " FROM log_index AS i LEFT JOIN statistic_client AS c ON c.client = i.client"
    # The bounds are true of every row that joins; they let PostgreSQL go by log_person_sequence.
    " LEFT JOIN log_person AS p ON p.sequence = i.sequence AND p.sequence >= ? AND p.sequence <= ?"
    " WHERE i.at >= ? AND i.at < ? AND i.sequence <= ? AND i.event <> 'administration' AND i.purpose <> ''"
)
BOUNDS = "SELECT min(sequence), max(sequence) FROM log_index WHERE at >= ? AND at < ?"
_WHO = "coalesce(c.kind, 'unregistered') AS kind, i.role, i.purpose, coalesce(c.district, '') AS district"
_COUNTS = "count(DISTINCT i.sequence), count(DISTINCT p.person)"
ATOMS = f"SELECT {_WHO}, i.code, {_COUNTS}{_MONTH} GROUP BY 1, 2, 3, 4, 5"
PROFILES = f"SELECT {_WHO}, i.decided, {_COUNTS}, min(i.sequence){_MONTH} AND i.code = '' GROUP BY 1, 2, 3, 4, 5"
FINDINGS = "SELECT decided, item, treatment, delivered FROM log_decided WHERE decided IN ?*"
ENTRIES = "SELECT log.sequence, log.entry FROM EACH ?* JOIN log ON log.sequence = CAST(listed.value AS BIGINT)"
FIRST = "SELECT (SELECT min(at) FROM log_index), (SELECT min(made_at) FROM consent WHERE made_at > '')"
MONTHS = (
    "SELECT m.month, m.made_at, m.asks, m.people, CASE WHEN m.asks IS NOT NULL"
    " OR EXISTS (SELECT 1 FROM statistic_ask AS a WHERE a.month = m.month)"
    " OR EXISTS (SELECT 1 FROM statistic_consent AS c WHERE c.month = m.month) THEN 1 ELSE 0 END"
    " FROM statistic_month AS m WHERE m.month >= ? AND m.month <= ? ORDER BY m.month"
)


class Statistics:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database, register: Register, describe: Describe) -> None:
        self._database = database
        self._register = register
        self._describe = describe
        self._pending = Pending()

    async def months(self, wanted: Sequence[str], now: datetime, wait_s: float | None = None) -> list[Made]:
        """Those of these ended months in which anything was asked, made where they were not yet. `wanted`: in order.

        Raises CountsPending where that takes longer than `wait_s`; it goes on."""
        made = await self._made(wanted)
        missing = [month for month in wanted if month not in {each.month for each in made}]
        [firsts] = await self._database.read(FIRST) if missing else [()]
        first = min((text for text in firsts if text), default="9999")
        due = [month for month in missing if stamp(begin(following(month))) > first]
        if not due:
            return made
        await self._pending.done(lambda: self._make_all(due, now), wait_s)
        return await self._made(wanted)

    async def close(self) -> None:
        await self._pending.close()

    async def _make_all(self, due: Sequence[str], now: datetime) -> None:
        known = {each.month for each in await self._made(due)}
        clients = await described(self._register)
        for month in due:
            if month not in known:
                await self._make(month, clients, now)

    async def make_ended(self, now: datetime) -> None:
        """Every ended month of the log: before its oldest entries leave, since they can be counted no more then."""
        since = ""
        while (found := await self._database.read("SELECT min(at) FROM log_index WHERE at >= ?", (since,)))[0][0]:
            month = datetime.fromisoformat(found[0][0]).astimezone(CITY_TIME).isoformat()[:7]
            if not ended(month, now):
                return
            await self.months([month], now)
            since = stamp(begin(following(month)))

    async def asks(self, wanted: Sequence[str], by: Sequence[str]) -> list[tuple[tuple[str, ...], Tally, int]]:
        """Published sums by attributes (of `Atom`, or `month`), with how many of the asks were refused."""
        columns = [_column(name, (*Atom._fields, "month")) for name in by]
        rows = await self._database.read(
            _grouped(columns, "sum(asks), sum(people), sum(CASE WHEN code = '' THEN 0 ELSE asks END)", "statistic_ask"),
            (wanted[0], wanted[-1]),
        )
        at = len(columns)
        return [(tuple(row[:at]), Tally(int(row[at]), int(row[at + 1])), int(row[at + 2])) for row in rows]

    async def releases(self, wanted: Sequence[str], by: Sequence[str]) -> list[tuple[tuple[str, ...], int, int]]:
        """Published sums by attributes (of `Release`, `month` or `department`): asks, and of them those to which the
        department had something to give."""
        columns = [_column(name, (*Release._fields, "month", "department"), _OF_RECORD) for name in by]
        rows = await self._database.read(
            _grouped(columns, "sum(asks), sum(delivered)", "statistic_release"), (wanted[0], wanted[-1])
        )
        at = len(columns)
        return [(tuple(row[:at]), int(row[at]), int(row[at + 1])) for row in rows]

    async def states(self, wanted: Sequence[str], by: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
        """Published sums by attributes (of `Answered`, or `month`): asks in which a department was in a state."""
        columns = [_column(name, (*Answered._fields, "month"), _ITSELF) for name in by]
        rows = await self._database.read(_grouped(columns, "sum(asks)", "statistic_state"), (wanted[0], wanted[-1]))
        return [(tuple(row[:-1]), int(row[-1])) for row in rows]

    async def consents(self, wanted: Sequence[str], by: Sequence[str]) -> list[tuple[tuple[str, ...], Consented]]:
        """Published sums of consents by `month`, `kind` or `purpose`; one that is for several purposes counts under
        each."""
        columns = [_column(name, ("month", "kind", "purpose")) for name in by]
        rows = await self._database.read(
            _grouped(columns, "sum(given), sum(withdrawn), sum(ended)", "statistic_consent"), (wanted[0], wanted[-1])
        )
        at = len(columns)
        return [(tuple(row[:at]), Consented(*map(int, row[at:]))) for row in rows]

    async def _made(self, wanted: Sequence[str]) -> list[Made]:
        rows = await self._database.read(MONTHS, (wanted[0], wanted[-1]))
        return [
            Made(month, at, None if asks is None else Tally(asks, people), bool(told))
            for month, at, asks, people, told in rows
        ]

    async def _make(self, month: str, clients: list[tuple[str, str, str]], now: datetime) -> None:
        """From the index alone. If we die before the end, nothing of it is there, and the next one makes it."""
        window = (stamp(begin(month)), stamp(begin(following(month))))
        [(first, last)] = await self._database.read(BOUNDS, window)
        consents = await consented.made(self._database, window, await kinds_of(self._register))
        if last is None and not consents:
            return
        async with self._database.write() as tx:
            await tx.many(
                "INSERT INTO statistic_client (client, kind, district) VALUES (?, ?, ?)"
                " ON CONFLICT (client) DO UPDATE SET kind = excluded.kind, district = excluded.district",
                clients,
            )
        # What is sealed from here on is in neither of the two reads below.
        bounds = (first, last, *window, last)
        rows = await self._database.read(ATOMS, bounds) if last is not None else []
        asks = published({Atom(*row[:5]): Tally(int(row[5]), int(row[6])) for row in rows})
        told = Told(asks, *(await self._released(asks, bounds) if asks.named else ({}, {})), consents)
        async with self._database.write() as tx:
            await _written(tx, month, stamp(now), told)

    async def _released(
        self, asks: Published[Atom], bounds: Sequence[Any]
    ) -> tuple[Mapping[Release, tuple[int, int]], Mapping[Answered, int]]:
        """Within each published atom, what was decided and answered alike is an atom again."""
        profiles: dict[Atom, dict[str, Tally]] = defaultdict(dict)
        one_of: dict[str, int] = {}
        for row in await self._database.read(PROFILES, bounds):
            profiles[Atom(row[0], row[1], row[2], row[3], "")][row[4]] = Tally(int(row[5]), int(row[6]))
            one_of[row[4]] = row[7]
        named = {
            (atom, decided): tally
            for atom, each in profiles.items()
            # Where a client's kind changed between the two reads, its asks would be the difference.
            if atom in asks.named and asks.named[atom].asks == total(each.values()).asks
            for decided, tally in published(each).named.items()
        }
        digests = sorted({decided for _, decided in named} - {""})
        found, answered = dict[Release, tuple[int, int]](), dict[Answered, int]()
        said, states = await self._findings(digests), await self._states({one_of[each]: each for each in digests})
        for (atom, decided), tally in named.items():
            for record, treatment, delivered in said.get(decided, ()):
                key = Release(*atom[:4], record, treatment)
                number, gave = found.get(key, (0, 0))
                found[key] = number + tally.asks, gave + tally.asks * delivered
            for department, state in states.get(decided, ()):
                of = Answered(*atom[:4], department, state)
                answered[of] = answered.get(of, 0) + tally.asks
        return found, answered

    async def _states(self, one_of: Mapping[int, str]) -> dict[str, set[tuple[str, str]]]:
        """What was decided and answered → departments with the states of their sources, from one entry of each: its
        digest covers both. Departments whose records the matrix keeps from statistics are in none."""
        found: dict[str, set[tuple[str, str]]] = {}
        sequences = sorted(one_of)
        for at in range(0, len(sequences), _PAGE):
            page = [str(each) for each in sequences[at : at + _PAGE]]
            for sequence, text in await self._database.read(ENTRIES, (page,)):
                entry = orjson.loads(text)
                open_ = {record[:3] for key in entry["items"] if (record := self._describe(key))}
                each = {(name.partition(".")[0], state) for name, state in entry["sources"].items()}
                found[one_of[sequence]] = {(department, state) for department, state in each if department in open_}
        return found

    async def _findings(self, decided: list[str]) -> dict[str, set[tuple[str, str, int]]]:
        """What was decided → record types with the treatments of their items, and whether there was something to
        give. What was withheld gave nothing."""
        found: dict[str, set[tuple[str, str, int]]] = defaultdict(set)
        for at in range(0, len(decided), _PAGE):
            for digest, item, treatment, delivered in await self._database.read(FINDINGS, (decided[at : at + _PAGE],)):
                if record := self._describe(item):
                    gave = int(delivered) if treatment != Treatment.WITHHELD else 0
                    found[digest].add((record, treatment, gave))
        return found


def _column(name: str, known: Iterable[str], named: Mapping[str, str] = _ITSELF) -> str:
    if name not in known:
        raise ValueError("not an attribute")
    return named.get(name, name)


def _grouped(columns: Sequence[str], sums: str, table: str) -> str:
    said = "".join(f"{column}, " for column in columns)
    group = f" GROUP BY {', '.join(columns)} ORDER BY {', '.join(columns)}" if columns else " HAVING count(*) > 0"
    return f"SELECT {said}{sums} FROM {table} WHERE month >= ? AND month <= ?{group}"  # noqa: S608


async def _written(tx: Tx, month: str, at: str, told: Told) -> None:
    asks = told.asks
    pool = (asks.pool.asks, asks.pool.people) if asks.pool else (None, None)
    first = await tx.run(
        "INSERT INTO statistic_month (month, made_at, asks, people) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING month",
        (month, at, *pool),
    )
    if not first:
        return  # another process made it meanwhile: what is told once stands
    await tx.many(
        "INSERT INTO statistic_ask (month, kind, role, purpose, district, code, asks, people)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(month, *atom, tally.asks, tally.people) for atom, tally in asks.named.items()],
    )
    await tx.many(
        "INSERT INTO statistic_release (month, kind, role, purpose, district, record, treatment, asks, delivered)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(month, *key, *counts) for key, counts in told.releases.items()],
    )
    await tx.many(
        "INSERT INTO statistic_state (month, kind, role, purpose, district, department, state, asks)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(month, *key, count) for key, count in told.states.items()],
    )
    await consented.write(tx, month, told.consents)
