"""A year that the demo's log begins with: asks at times that have passed, decided and sealed as every ask is.

DEMONSTRATION ONLY. The people are the generated ones, the words are the register's, each decision is the policies' own
and each refusal is the one that the consent or the policies give; but no department was asked and nobody was answered.
So these entries name no document and no answer, and every reference says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from types import MappingProxyType
from typing import Any

from exchange.audit import START
from exchange.catalogue import Catalogue
from exchange.client import Client
from exchange.consent import Consent, ConsentState, Ground, choose, ground_on
from exchange.decision import Decision, Treatment
from exchange.digests import Digests
from exchange.disclosure import Disclosure
from exchange.frequency import Turn
from exchange.person import PersonId
from exchange.purpose import Purpose
from exchange.refusals import PurposeNotPermitted, ReferenceRequired, Refusal
from exchange.requester import Requester
from exchange.retention import CITY_TIME
from exchange.standard.load import load
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.log import Log
from exchange.store.register import Register
from gateway.clients import Clients
from gateway.console import Console
from gateway.demo.city import City
from gateway.founding import STARTED, found, words
from gateway.settings import Settings
from policies.engine import Engine
from resolvers.context import new_id

DAYS = 365
REFERENCE = "DEMO-PAST"
_PEOPLE = 3_000
_PIECE = 200
"""Asks that wait for one seal."""
_SEAL_S = 60.0
_RECORDS = 5
"""Record types in one ask, at most."""
_FORMS = 3
"""Documents that a client has for a purpose."""
_STRAY = "JUDICIAL_INQUIRY"
"""What none of these desks may ask for."""
_SHORT, _LONG = timedelta(days=30), timedelta(days=730)
# fmt: off
_DESKS: tuple[tuple[str, int, tuple[str, ...], tuple[str, ...]], ...] = (
    # client, weight, purposes, operators
    ("bank-system", 26, ("LOAN_APPROVAL", "CARD_APPROVAL"), ("core.loans",)),
    ("bank-officer", 14, ("LOAN_APPROVAL", "GUARANTEE_REVIEW"), ("wu.fang", "zhou.lan", "ma.chao")),
    ("bank-b-system", 12, ("LOAN_APPROVAL", "CARD_APPROVAL"), ("core.loans",)),
    ("rural-cooperative", 8, ("LOAN_APPROVAL",), ("yang.xue", "core.loans")),
    ("fund-centre", 9, ("FUND_LOAN", "FUND_WITHDRAWAL"), ("liu.yan", "he.ping")),
    ("hrs-clerk", 8, ("BENEFIT_ELIGIBILITY",), ("luo.min", "tian.fei")),
    ("medical-clerk", 3, ("MEDICAL_ENROLMENT",), ("fan.li",)),
    ("tax-clerk", 4, ("ARREARS_ENFORCEMENT",), ("deng.bo",)),
    ("civil-affairs-clerk", 4, ("ASSISTANCE_ELIGIBILITY",), ("shi.yun",)),
    ("personnel-officer", 3, ("PERSONNEL_REVIEW",), ("cao.jie",)),
    ("person", 9, ("SELF_QUERY",), ("self",)),
)
# fmt: on


async def lay_down(settings: Settings, city: City, at: datetime, asks: int) -> int:
    """So many asks of the year before `at`, into a log that is empty; how many it sealed. Raises ClientsFaulty,
    StoreUnavailable, AuditUnavailable."""
    if asks == 0 or city.people == 0:
        return 0
    database = await Database.open(settings.store_url, settings.log_hash)
    log = Log(database, budget_s=_SEAL_S)
    try:
        if await log.head() != START:
            return 0
        catalogue = load(settings.standard, settings.approval)
        engine = Engine.load(settings.policies, catalogue)
        digests = Digests(settings.key(), settings.digest_algorithm)
        began, known = at - timedelta(days=DAYS + 1), words(engine, catalogue)
        console = Console(log, engine, catalogue.version, lambda: began, STARTED)
        await found(settings.clients, known, Register(database), console)
        assert settings.clients
        clients = Clients.read(settings.clients, known)
        people = [digests.person(PersonId.parse(number)) for number in islice(city.numbers, _PEOPLE)]
        past = Past(catalogue, engine, clients, people, Random(city.seed))  # noqa: S311
        made = past.asks(at, asks)
        while piece := list(islice(made, _PIECE)):
            await Consents(database).add(past.given)
            past.given.clear()
            await log.seal(piece, None)
        return asks
    finally:
        log.close()
        await database.close()


@dataclass(frozen=True, slots=True)
class _Desk:
    requester: Requester
    purpose: Purpose
    forms: Sequence[frozenset[str]]
    """Items that each document asks for."""


class Past:
    def __init__(
        self, catalogue: Catalogue, engine: Engine, clients: Clients, people: Sequence[str], chance: Random
    ) -> None:
        """`people`: keyed digests."""
        self._catalogue = catalogue
        self._engine = engine
        self._clients = clients
        self._people = people
        self._chance = chance
        self._desks: dict[tuple[str, str, str], _Desk] = {}
        self._decided: dict[tuple[str, str, Ground, frozenset[str]], Mapping[str, Decision]] = {}
        self.given: list[Consent] = []
        """On which asks rest that were made; to be stored before they are sealed."""

    def asks(self, at: datetime, number: int) -> Iterator[Disclosure]:
        """In the order of their times; the same for the same chance, but for their ids and days."""
        weights = [desk[1] for desk in _DESKS]
        for n, time in enumerate(self._times(at, number), 1):
            client, _, purposes, operators = self._chance.choices(_DESKS, weights)[0]
            yield self._ask(n, time, client, self._chance.choice(purposes), self._chance.choice(operators))

    def _times(self, at: datetime, number: int) -> list[datetime]:
        """More by the end of the year than at its beginning, few at weekends, most in office hours of the city."""
        today = at.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
        days = [today - timedelta(days=DAYS - day) for day in range(DAYS)]
        weights = [(1 + n / DAYS) * (0.2 if day.weekday() > 4 else 1) for n, day in enumerate(days)]
        chosen = self._chance.choices(days, weights, k=number)
        hours = [self._chance.triangular(8, 19, 10.5) for _ in chosen]
        return sorted(day + timedelta(hours=hour) for day, hour in zip(chosen, hours, strict=True))

    def _ask(self, n: int, at: datetime, client: str, purpose: str, operator: str) -> Disclosure:
        strayed = self._chance.random()
        desk = self._desk(client, _STRAY if strayed < 0.015 else purpose, operator)
        person = self._chance.choice(self._people)
        said: dict[str, Any] = {
            "id": new_id(),
            "at": at,
            "requester": replace(desk.requester, person=person) if desk.purpose.own else desk.requester,
            "purpose": desk.purpose.code,
            "people": (person,),
            "policy": self._engine.revision,
            "standard": self._catalogue.version,
            "reference": f"{REFERENCE}-{n:06}" if desk.purpose.reference else None,
        }
        try:
            if not self._engine.permitted(desk.requester.role, desk.purpose.code):
                raise PurposeNotPermitted()
            if desk.purpose.reference and strayed > 0.985:
                raise ReferenceRequired()
            form = self._chance.choice(desk.forms)
            ground = self._ground(n, desk, person, form, at)
            turn = self._turn(desk, person, at)
        except Refusal as refusal:
            return Disclosure(**{**said, "reference": None}, code=refusal.code)
        decisions = self._decisions(desk, ground, form)
        return Disclosure(**said, ground=ground, turn=turn, decisions=decisions, sources=self._sources(decisions))

    def _desk(self, client: str, purpose: str, operator: str) -> _Desk:
        key = client, purpose, operator
        if key not in self._desks:
            registered = self._clients.clients[client]
            code = self._engine.purposes[purpose]
            requester = _requester(client, registered, operator)
            self._desks[key] = _Desk(requester, code, self._forms(requester.role, purpose))
        return self._desks[key]

    def _forms(self, role: str, purpose: str) -> list[frozenset[str]]:
        """What documents of this role ask for: records of which something is open, with all their items but those that
        tell of a second person, who would have to be asked too."""
        table = self._engine.decide(role, purpose, Ground(self._engine.purposes[purpose].ground))
        items = self._catalogue.items
        records = sorted({items[key].record for key, each in table.items() if each.treatment.released})
        chance = Random(f"{role}/{purpose}")  # noqa: S311
        chosen = [set(chance.sample(records, min(_RECORDS, len(records)))) for _ in range(_FORMS)]
        return [
            frozenset(key for key in table if items[key].record in each and items[key].second_person is None)
            for each in chosen
        ]

    def _ground(self, n: int, desk: _Desk, person: str, form: frozenset[str], at: datetime) -> Ground:
        """Raises the refusal of a consent that does not carry the ask, or of none."""
        if desk.purpose.ground != "consent":
            return Ground(desk.purpose.ground)
        organisation, luck = desk.requester.organisation, self._chance.random()
        held = [] if luck < 0.06 else [self._consent(n, desk, person, at, luck)]
        self.given += held
        written = form & self._catalogue.written_only
        chosen = choose(held, organisation, person, desk.purpose.code, form, written, at)
        return ground_on(chosen, self._catalogue.grouped)

    def _consent(self, n: int, desk: _Desk, person: str, at: datetime, luck: float) -> Consent:
        """Given some days before; one in twenty-five ran out before it was used."""
        given = at - timedelta(days=self._chance.randint(0, 6), hours=1)
        lasts = _LONG if luck > 0.5 else _SHORT
        if luck < 0.1:
            given -= lasts + timedelta(days=7)
        return Consent(
            id=f"consent-past-{n:06}",
            person=person,
            organisation=desk.requester.organisation,
            purposes=frozenset({desk.purpose.code}),
            valid_from=given,
            valid_until=given + lasts,
            state=ConsentState.ACTIVE,
            made_at=given,
        )

    def _turn(self, desk: _Desk, person: str, at: datetime) -> Turn | None:
        frequency = desk.purpose.frequency
        if frequency is None:
            return None
        period, code = frequency.per.at(at), desk.purpose.code
        return Turn(person, desk.requester.organisation, code, period, frequency, desk.purpose.basis)

    def _decisions(self, desk: _Desk, ground: Ground, form: frozenset[str]) -> Mapping[str, Decision]:
        """The same object for the same question, so that it is put into bytes once."""
        rests = Ground(ground.kind, items=ground.items, written_items=ground.written_items)
        key = desk.requester.role, desk.purpose.code, rests, form
        if key not in self._decided:
            table = self._engine.decide(desk.requester.role, desk.purpose.code, ground)
            self._decided[key] = MappingProxyType({item: table[item] for item in table if item in form})
        return self._decided[key]

    def _sources(self, decisions: Mapping[str, Decision]) -> dict[str, str]:
        """As departments would have answered: mostly, with nothing, or not at all."""
        states: dict[str, str] = {}
        for item, decision in decisions.items():
            department = self._catalogue.records[self._catalogue.items[item].record].department
            if decision.treatment is Treatment.WITHHELD:
                states.setdefault(department, "WITHHELD")
            elif states.get(department, "WITHHELD") == "WITHHELD":
                states[department] = self._chance.choices(("DELIVERED", "ABSENT", "UNAVAILABLE"), (78, 21, 1))[0]
        return states


def _requester(id: str, client: Client, operator: str) -> Requester:
    return Requester(
        client.organisation,
        id,
        operator,
        client.roles[0],
        attributes=client.attributes,
        telling=client.withheld,
        limits=client.limits,
    )
