"""One person's profile: refuse, decide, plan, fetch, treat, assemble, and note what must be sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import GraphQLResolveInfo

from exchange import wording
from exchange.client import Telling
from exchange.consent import Consent, Ground, ground_on
from exchange.dispute import Dispute
from exchange.person import PersonId
from exchange.purpose import Purpose
from exchange.records import Unavailable
from exchange.refusals import (
    AskWithheld,
    ConsentUnknown,
    PersonNotPermitted,
    PortfolioNotPermitted,
    PortfolioTooLarge,
    Refusal,
)
from exchange.retention import civil_day
from exchange.treatment import Masker
from resolvers.assembly import Assembled, Assembler
from resolvers.checking import on_purpose, purpose_of, reference_of
from resolvers.completing import Program, program_of
from resolvers.conflicts import as_json as conflict_as_json
from resolvers.context import Context
from resolvers.ground import as_json as as_rested
from resolvers.ground import chosen
from resolvers.loading import districts_of, load
from resolvers.partners import partnered
from resolvers.planning import Prepared, Read, shape_of
from resolvers.selection import Path, Selection
from resolvers.turns import Taken, take
from resolvers.withheld import Withheld, as_error

PORTFOLIO = 100


@dataclass(frozen=True, slots=True)
class PersonAsk:
    """The arguments about one person, as they came."""

    id_number: object
    consent: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One person's answer, with what stands beside it."""

    assembled: Assembled
    disclosure: str
    purpose: Purpose
    ground: Ground
    reference: str | None
    taken: Taken | None
    withheld: tuple[Withheld, ...]
    root: Path
    program: Program | None
    """Completes the answer, where it was planned before."""
    whole: Callable[[], Assembled]
    """Where graphql-core completes it: the assembly with every row as a record."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One checked ask about one person."""

    person: PersonId
    digest: str
    reference: str | None
    ground: Ground
    taken: Taken | None
    prepared: Prepared
    withheld: tuple[Withheld, ...]


def read_of(context: Context, info: GraphQLResolveInfo) -> Read:
    """What a query asks below `person` or `persons`. Raises FirstInvalid, DayInvalid."""
    services = context.services
    read = services.plans.read(services.catalogue, info, context.document)
    if read.again and services.completes and not read.compiled:
        read.program, read.compiled = program_of(services.catalogue, info), True
    return read


class Asking:
    """The way of one root field, from its arguments to its profiles."""

    def __init__(self, context: Context, root: str, read: Callable[[], Read], purpose: object) -> None:
        """`root`: the field's response key. `read`: what is asked below it; raises FirstInvalid, DayInvalid."""
        self.context = context
        self.services = context.services
        self.purpose_code = str(purpose)
        self.root: Path = (root,)
        self._read = read
        self._sealed_reference: str | None = None
        """The one person's reference, for the refusal that may follow."""

    async def person(self, ask: PersonAsk) -> Profile:
        """Raises the refusal of the whole ask, having noted it."""
        digest: str | None = None
        try:
            purpose = purpose_of(self.context, self.purpose_code)
            person, digest = self._person(ask, purpose)
            self.context.asked.append(person)
            read = self._read()
            self._sealed_reference = reference_of(purpose, ask.reference)
            await self._admitted(purpose, 1)
            disputes = self.services.disputes.open([digest])
            (case,) = await self._cases(purpose, [(ask, person, digest)], [self._sealed_reference], read, [self.root])
            (profile,) = await self._profiles(purpose, read, [case], await disputes, [self.root])
        except Refusal as refusal:
            self._note(refusal, (digest,) if digest else ())
            raise
        except Exception:
            self._owe()
            raise
        return profile

    async def persons(self, asks: Sequence[PersonAsk]) -> list[Profile]:
        """The same for a portfolio, in the order of the asks. One refused ask refuses all."""
        digests: list[str] = []
        try:
            purpose = purpose_of(self.context, self.purpose_code)
            if not purpose.portfolio:
                raise PortfolioNotPermitted()
            if not 1 <= len(asks) <= PORTFOLIO:
                raise PortfolioTooLarge()
            people = [(ask, *self._person(ask, purpose)) for ask in asks]
            digests = [digest for _, _, digest in people]
            if len(set(digests)) < len(digests):
                raise PortfolioTooLarge()
            read = self._read()
            roots: list[Path] = [(*self.root, str(place)) for place in range(len(asks))]
            references = [reference_of(purpose, ask.reference) for ask in asks]
            await self._admitted(purpose, len(people))
            async with self.services.portfolios:
                disputes = self.services.disputes.open(digests)
                cases = await self._cases(purpose, people, references, read, roots)
                return await self._profiles(purpose, read, cases, await disputes, roots)
        except Refusal as refusal:
            self._note(refusal, tuple(digests))
            raise
        except Exception:
            self._owe()
            raise

    async def _admitted(self, purpose: Purpose, number: int) -> None:
        """Within rate and quota, before anything is read for the ask. Raises RateLimited, QuotaExceeded."""
        context = self.context
        context.reserved += await self.services.admission.people(context.requester, purpose.code, number, context.at)

    def _note(self, refusal: Refusal, people: tuple[str, ...]) -> None:
        """What a refused ask had reserved is owed back."""
        self._owe()
        purpose = self.context.engine.purposes.get(self.purpose_code)
        on_purpose(refusal, purpose)
        known = purpose and purpose.code
        # One entry for each person, as of what is released: nobody learns who else was in the list.
        for each in [(person,) for person in dict.fromkeys(people)] or [()]:
            self.context.refused(refusal, purpose=known, people=each, reference=self._sealed_reference)

    def _owe(self) -> None:
        self.context.owed += self.context.reserved
        self.context.reserved.clear()

    def _person(self, ask: PersonAsk, purpose: Purpose) -> tuple[PersonId, str]:
        person = PersonId.parse(ask.id_number)
        digest = self.services.digests.person(person)
        own = self.context.requester.person
        if (purpose.own or own is not None) and own != digest:
            raise PersonNotPermitted()
        return person, digest

    async def _cases(
        self,
        purpose: Purpose,
        people: Sequence[tuple[PersonAsk, PersonId, str]],
        references: Sequence[str | None],
        read: Read,
        roots: Sequence[Path],
    ) -> list[_Case]:
        grounds = await self._grounds(purpose, people, read)
        engine, role = self.context.engine, self.context.requester.role
        limited = districts_of(self.context) is not None
        plans: dict[Ground, Prepared] = {}
        cases = []
        turns = await take(self.context, purpose, [digest for _, _, digest in people])
        together = zip(people, references, grounds, turns, roots, strict=True)
        for (_, person, digest), reference, ground, taken, root in together:
            shape = shape_of(ground)
            if shape not in plans:
                plans[shape] = self.services.plans.prepared(
                    self.services.catalogue, engine, role, purpose, shape, read, limited
                )
            prepared = plans[shape]
            withheld = prepared.withheld(root)
            if withheld and self.context.requester.telling is Telling.REFUSE:
                raise AskWithheld(rule=withheld[0].rule, basis=withheld[0].basis)
            cases.append(_Case(person, digest, reference, ground, taken, prepared, withheld))
        return cases

    async def _grounds(
        self, purpose: Purpose, people: Sequence[tuple[PersonAsk, PersonId, str]], read: Read
    ) -> list[Ground]:
        if purpose.ground != "consent":
            if any(ask.consent is not None for ask, _, _ in people):
                raise ConsentUnknown()
            return await self._partnered(purpose, people, read, [Ground(purpose.ground)] * len(people))
        organisation = self.context.requester.organisation
        unnamed = [digest for ask, _, digest in people if ask.consent is None]
        held: Mapping[str, list[Consent]] = {}
        if unnamed:
            held = await self.services.consents.of(organisation, unnamed, purpose.code)
        grounds = []
        for ask, _, digest in people:
            if ask.consent is None:
                consent = chosen(self.context, held.get(digest, []), digest, purpose, read.selection, bool(read.of_two))
            else:
                consent = await self._named(ask.consent, digest, purpose)
            grounds.append(ground_on(consent, self.services.catalogue.grouped))
        return await self._partnered(purpose, people, read, grounds)

    async def _partnered(
        self,
        purpose: Purpose,
        people: Sequence[tuple[PersonAsk, PersonId, str]],
        read: Read,
        grounds: list[Ground],
    ) -> list[Ground]:
        if read.of_two is None:
            return grounds
        digests = [digest for _, _, digest in people]
        return await partnered(self.context, purpose, read.of_two, digests, grounds)

    async def _named(self, name: str, digest: str, purpose: Purpose) -> Consent:
        consent = await self.services.consents.named(name)
        if consent is None:
            raise ConsentUnknown()
        requester = self.context.requester
        refusal = consent.refusal(requester.organisation, digest, purpose.code, self.context.at, requester.client)
        if refusal is not None:
            raise refusal
        return consent

    async def _profiles(
        self,
        purpose: Purpose,
        read: Read,
        cases: Sequence[_Case],
        disputes: Sequence[Dispute],
        roots: Sequence[Path],
    ) -> list[Profile]:
        profiles: list[Profile | None] = [None] * len(cases)
        by_plan: dict[int, list[int]] = {}
        for place, case in enumerate(cases):
            by_plan.setdefault(id(case.prepared), []).append(place)
        for places in by_plan.values():
            prepared = cases[places[0]].prepared
            own = {cases[place].digest for place in places}
            loaded = await load(
                self.context,
                purpose,
                prepared.plan,
                [cases[place].person for place in places],
                [dispute for dispute in disputes if dispute.person in own],
            )
            assembler = Assembler(
                self.services.catalogue, prepared.decisions, self._masker(), civil_day(self.context.at)
            )
            writing = assembler.writing(prepared, read.program)
            for place, one in zip(places, loaded, strict=True):
                case = cases[place]
                assembled = writing.assemble(prepared.plan, prepared.selection, case.person, one)
                whole = partial(assembler.assemble, prepared.plan, prepared.selection, case.person, one)
                profiles[place] = self._disclose(purpose, read, case, assembled, whole, roots[place])
        return [profile for profile in profiles if profile is not None]

    def _masker(self) -> Masker:
        requester = self.context.requester
        own = requester.attributes.get("institution") or requester.attributes.get("provider")
        return Masker(self.services.digests, requester.organisation, own, self.services.catalogue.code_lists)

    def _disclose(
        self,
        purpose: Purpose,
        read: Read,
        case: _Case,
        assembled: Assembled,
        whole: Callable[[], Assembled],
        root: Path,
    ) -> Profile:
        prepared = case.prepared
        disclosure = self.context.disclosure(
            purpose=purpose.code,
            people=(case.digest,),
            ground=case.ground,
            reference=case.reference,
            turn=case.taken.turn if case.taken else None,
            decisions=prepared.asked,
            sources=assembled.states,
        )
        self.context.disclosures.append(disclosure)
        self.context.extensions[".".join(root)] = {
            "id": disclosure.id,
            "revision": disclosure.policy,
            "standard": disclosure.standard,
            "purpose": purpose.code,
            "ground": as_rested(purpose, case.ground, case.reference),
            "frequency": case.taken.as_json() if case.taken else None,
            "complete": assembled.complete,
            "treatments": prepared.treatments,
            "withheld": prepared.withheld_as_json(root),
            "conflicts": [conflict_as_json(each, root) for each in assembled.conflicts],
            "sources": {
                code: {"state": state, "asOf": assembled.as_of.get(code)} for code, state in assembled.states.items()
            },
        }
        if self.context.requester.telling is Telling.ERRORS:
            self.context.errors += [as_error(entry) for entry in case.withheld]
        self._errors(prepared.selection, assembled, root)
        return Profile(
            assembled,
            disclosure.id,
            purpose,
            case.ground,
            case.reference,
            case.taken,
            case.withheld,
            root,
            read.program,
            whole,
        )

    def _errors(self, selection: Selection, assembled: Assembled, root: Path) -> None:
        above: list[Any] = [int(key) if key.isdigit() else key for key in root]
        for code, outcome in assembled.unavailable.items():
            for path in assembled.unanswered.get(code) or selection.places(code):
                self.context.errors.append(_unavailable(code, outcome, [*above, *path]))
        for path, fault in assembled.faults.items():
            message, help = wording.SHORTFALLS[fault]
            extensions = {"code": fault, "help": help.en}
            self.context.errors.append({"message": message.en, "path": [*above, *path], "extensions": extensions})


def _unavailable(code: str, outcome: Unavailable, path: list[Any]) -> dict[str, Any]:
    department, _, source = code.partition(".")
    message, help = wording.SHORTFALLS["SOURCE_UNAVAILABLE"]
    return {
        "message": message.en,
        "path": path,
        "extensions": {
            "code": "SOURCE_UNAVAILABLE",
            "help": help.en,
            "department": department,
            **({"subsystem": source} if source else {}),
            "since": outcome.since.isoformat(),
            "reason": outcome.why,
            "retryAfter": outcome.retry_after_s,
        },
    }
