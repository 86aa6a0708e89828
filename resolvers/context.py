"""What resolvers work with: the services of the process, and the context of one request."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from graphql import DocumentNode, parse

from connectors.plan import Plan as Statement
from exchange.alarm import Alarm, AlarmState
from exchange.catalogue import Catalogue
from exchange.change import Change
from exchange.consent import Consent
from exchange.digests import Digests
from exchange.disclosure import Disclosure
from exchange.dispute import Dispute
from exchange.frequency import Turn
from exchange.person import PersonId
from exchange.phase import Phase
from exchange.quota import Count
from exchange.receipt import Signs
from exchange.records import Givens, Outcome, Wanted
from exchange.refusals import Refusal
from exchange.requester import Requester
from exchange.store.activity import Activity
from exchange.store.counters import Counters
from exchange.store.counters.memory import MemoryCounters
from exchange.store.evidence import Evidence
from exchange.store.holding import Holdings
from exchange.store.index import Index
from exchange.store.inquiry import Inquiries
from exchange.store.registrar import Registrar
from exchange.store.statistics import Statistics
from policies.current import Current
from policies.engine import Engine
from resolvers.admission import Admission
from resolvers.planning import Plans

PORTFOLIOS_AT_ONCE = 2
"""Each holds its whole answer in memory until it is written; of more at once none would be ready sooner."""


class Departments(Protocol):
    """All departments; see `connectors.directory`."""

    async def fetch(
        self,
        wanted: Mapping[str, tuple[Wanted, ...]],
        people: Sequence[PersonId],
        given: Givens,
        deadline: float,
    ) -> Mapping[str, Outcome]: ...

    async def plan(self, wanted: Mapping[str, tuple[Wanted, ...]]) -> Mapping[str, Statement]: ...

    def states(self) -> Sequence[Any]: ...


class Consents(Protocol):
    """Where consents are kept; see `exchange.store.consent`."""

    async def named(self, id: str) -> Consent | None: ...

    async def of(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]: ...

    async def naming(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]: ...

    async def by(self, person: str) -> list[Consent]: ...

    async def to(self, organisation: str, person: str | None = None) -> list[Consent]: ...

    def adding(self, consent: Consent) -> Change: ...

    def changing(self, before: Consent, after: Consent) -> Change: ...


class Turns(Protocol):
    """How often was asked; see `exchange.store.turns`."""

    async def used(self, turns: Sequence[Turn]) -> Mapping[tuple[str, str, str, str], int]: ...


class Alarms(Protocol):
    """Where alarms are kept; see `exchange.store.alarm`."""

    async def named(self, id: str) -> Alarm | None: ...

    async def latest(self, first: int, state: AlarmState | None = None) -> list[Alarm]: ...


class NoAlarms:
    """Of a gateway that watches nobody."""

    async def named(self, id: str) -> None:
        return None

    async def latest(self, first: int, state: AlarmState | None = None) -> list[Alarm]:
        return []


class Disputes(Protocol):
    """Where open disputes and repairs are kept; see `exchange.store.dispute`."""

    def open(self, people: Sequence[str]) -> Awaitable[list[Dispute]]:
        """Begun as it is called; not all need wait for it."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that outlives a request."""

    catalogue: Catalogue
    policies: Current
    directory: Departments
    consents: Consents
    disputes: Disputes
    digests: Digests
    clock: Callable[[], datetime]
    districts: frozenset[str] | None = None
    """Divisions that the phase covers (GB/T 2260); None = the whole city."""
    phase: Phase = Phase.SERVICE
    """The city's phase: purposes of a later one are not open."""
    deadline_s: float = 2.5
    turns: Turns | None = None
    """None = only the seal counts."""
    inquiries: Inquiries | None = None
    """Answered asks and their outcomes; None = there are none to read."""
    outcome_days: int = 30
    """After so many days an ask without an outcome is overdue."""
    absence_step_s: float = 0.0
    """Absence is told at whole steps since the departments were asked; 0 = at once."""
    registrar: Registrar | None = None
    """The register of market access; None = there is none to act on."""
    receipts: Signs | None = None
    """Signs the receipts of consents; None = they are not given out."""
    counters: Counters = field(default_factory=MemoryCounters)
    """What rates and quotas are counted in."""
    alarms: Alarms = field(default_factory=NoAlarms)
    evidence: Evidence | None = None
    """The sealed log, as those read it whom it concerns; None = nobody reads it here."""
    index: Index | None = None
    """The same, as those look into it who supervise."""
    statistics: Statistics | None = None
    """Counts without persons; None = there are none to read."""
    holdings: Holdings | None = None
    """What the departments hold, as counts."""
    activity: Activity | None = None
    """Counts of the log's entries, for those who supervise."""
    healths: Callable[[], Mapping[str, Sequence[Any]]] = dict
    """Department → how its sources have answered; see `connectors.health`."""
    plans: Plans = field(default_factory=Plans)
    parses: Callable[[str], DocumentNode] = parse
    """Reads a document that a preview is about, within the limits of every document."""
    completes: bool = True
    """Whether answers of a selection asked before are completed without graphql-core."""
    portfolios: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PORTFOLIOS_AT_ONCE))
    """Asks about many people that this process works on; others wait, while asks about one go by."""
    admission: Admission = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "admission", Admission(self.counters, self.digests))


def new_id() -> str:
    """The name of a disclosure: 128 random bits."""
    return secrets.token_hex(16)


@dataclass(slots=True)
class Context:
    """One request. Collects what must be sealed and what stands beside the data."""

    services: Services
    requester: Requester
    engine: Engine
    """The policy of this request: one revision from beginning to end."""
    at: datetime
    document: str
    """Keyed digest of the document."""
    disclosures: list[Disclosure] = field(default_factory=list)
    extensions: dict[str, Any] = field(default_factory=dict)
    """`extensions.disclosure`, by response path of the root."""
    errors: list[dict[str, Any]] = field(default_factory=list)
    """Errors beside data: unavailable sources, values that do not fit the standard."""
    asked: list[PersonId] = field(default_factory=list)
    """Whom `person` was asked about, for the watch on the order of numbers; not portfolios, which are lists."""
    reserved: list[Count] = field(default_factory=list)
    """Quota of what is answered."""
    owed: list[Count] = field(default_factory=list)
    """Quota of what was refused after all."""
    previewed: bool = False
    """Whether this operation has had its preview."""
    ready: list[Any] = field(default_factory=list)
    """Profiles that were asked for already, where graphql-core has to complete them."""

    def disclosure(self, **fields: Any) -> Disclosure:
        return Disclosure(
            id=new_id(),
            at=self.at,
            requester=self.requester,
            policy=self.engine.revision,
            standard=self.services.catalogue.version,
            document=self.document,
            **fields,
        )

    def refused(self, refusal: Refusal, **fields: Any) -> None:
        """Note a refused ask, so that it is sealed like every other."""
        self.disclosures.append(self.disclosure(code=refusal.code, **fields))


def as_refused(disclosure: Disclosure, code: str) -> Disclosure:
    """The same ask, refused: nothing was released, so no decision and no source stands in it."""
    return replace(disclosure, id=new_id(), code=code, turn=None, decisions={}, sources={}, changes=())
