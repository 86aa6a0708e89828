"""Acts on consents: the person gives, answers, pauses, resumes, revokes; an organisation requests, records, gives back.

Annotations stand unquoted here: `Purpose` is made from data. Each act is sealed with the hash of its receipt, and is in
the chain of the person whom it is about.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import strawberry

from exchange.audit import canonical, stamp
from exchange.consent import Act, Consent
from exchange.consenting import Party, acted
from exchange.frequency import Frequency, Period
from exchange.person import PersonId
from exchange.proof import BY_HAND, Form, Proof, ProofKind
from exchange.proposal import Proposal, Seen, approved_part, made
from exchange.receipt import receipt
from exchange.refusals import ConsentInvalid, ConsentUnknown
from resolvers.acting import Acting, acting
from resolvers.consents import ConsentView, Per, Proven, seen
from resolvers.context import Context
from resolvers.scalars import Day, IdNumber, Instant

if TYPE_CHECKING:
    from resolvers.mutations import Words

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEY = re.compile(r"[\w.:-]{0,64}")
MOST_OPEN = 10
"""Requests of one organisation that wait for one person at a time."""


@strawberry.input(description="At most so many uses in each calendar period.")
class ConsentFrequencyInput:
    times: int
    per: Per  # type: ignore[valid-type]


@strawberry.input(description="The standard form that was shown, and its SHA-256.")
class ConsentFormInput:
    version: str
    sha256: str


@strawberry.input(description="The warning that the person has seen: its version, and exactly the items it listed.")
class ConsentWarningInput:
    version: str
    items: list[str]


@strawberry.input(description="What the organisation keeps as evidence: its kind and its SHA-256.")
class ConsentEvidenceInput:
    kind: Proven  # type: ignore[valid-type]
    sha256: str


@strawberry.input(description="A second person of whom the items tell; he or she must name this one in turn.")
class ConsentPartnerInput:
    id_number: IdNumber
    relation: str


def mutations(words: "Words") -> type:
    """The fields of the root Mutation that are about consents."""
    Purpose = words.Purpose

    @strawberry.input(description="The terms of a consent.")
    class ConsentTerms:
        purposes: list[Purpose]  # type: ignore[valid-type]
        valid_until: Instant
        valid_from: Instant | None = strawberry.field(default=None, description="Now, where it is left out.")
        items: list[str] | None = strawberry.field(
            default=None, description="Item keys; left out together with groups: whatever the purposes open."
        )
        groups: list[str] | None = strawberry.field(default=None, description="Release groups of the standard.")
        written_items: list[str] | None = strawberry.field(default=None, description="Items of art 14(2), by name.")
        once: bool = False
        frequency: ConsentFrequencyInput | None = None
        client: str | None = None
        data_from: Day | None = None
        data_to: Day | None = None
        form: ConsentFormInput | None = None
        partner: ConsentPartnerInput | None = None
        key: str = strawberry.field(
            default="", description="The same terms under the same key are the same act, however often they are sent."
        )

    @strawberry.type
    class ConsentMutations:
        @strawberry.mutation(description="The person agrees, here and now.")
        async def give_consent(
            self,
            info: strawberry.Info,
            organisation: str,
            terms: ConsentTerms,
            warning: ConsentWarningInput | None = None,
        ) -> ConsentView | None:
            return await _begin(info.context, Act.GIVE, terms, organisation, warning=warning)

        @strawberry.mutation(description="An organisation asks a person to agree; nothing is given by it.")
        async def request_consent(
            self, info: strawberry.Info, id_number: IdNumber, terms: ConsentTerms
        ) -> ConsentView | None:
            return await _begin(info.context, Act.REQUEST, terms, id_number=id_number)

        @strawberry.mutation(description="An organisation records what a person signed, who sees it and may object.")
        async def record_consent(
            self,
            info: strawberry.Info,
            id_number: IdNumber,
            terms: ConsentTerms,
            evidence: ConsentEvidenceInput,
            warning: ConsentWarningInput | None = None,
        ) -> ConsentView | None:
            proof = Proof(ProofKind(evidence.kind.value), evidence.sha256)
            return await _begin(info.context, Act.RECORD, terms, id_number=id_number, warning=warning, proof=proof)

        @strawberry.mutation(description="The person agrees to a request: with all, some or none of its written items.")
        async def approve_consent(
            self,
            info: strawberry.Info,
            id: strawberry.ID,
            warning: ConsentWarningInput | None = None,
            written_items: list[str] | None = None,
        ) -> ConsentView | None:
            context = info.context
            kept = None if written_items is None else frozenset(written_items)

            def answered(consent: Consent) -> Consent:
                return approved_part(consent, kept, _seen(warning), context.at)

            return await _act(context, Act.APPROVE, id, answered)

        @strawberry.mutation(description="The person says no to a request.")
        async def decline_consent(self, info: strawberry.Info, id: strawberry.ID) -> ConsentView | None:
            return await _act(info.context, Act.DECLINE, id)

        @strawberry.mutation(description="Nothing may be asked on it until the person resumes it.")
        async def pause_consent(self, info: strawberry.Info, id: strawberry.ID) -> ConsentView | None:
            return await _act(info.context, Act.PAUSE, id)

        @strawberry.mutation
        async def resume_consent(self, info: strawberry.Info, id: strawberry.ID) -> ConsentView | None:
            return await _act(info.context, Act.RESUME, id)

        @strawberry.mutation(
            description="For good, from the next request on: by the person, or by whom it was given to."
        )
        async def revoke_consent(self, info: strawberry.Info, id: strawberry.ID) -> ConsentView | None:
            return await _act(info.context, Act.REVOKE, id)

        @strawberry.mutation(description="The person says that what an organisation recorded was never given.")
        async def object_to_consent(self, info: strawberry.Info, id: strawberry.ID) -> ConsentView | None:
            return await _act(info.context, Act.OBJECT, id)

    return ConsentMutations


async def _begin(
    context: Context,
    act: Act,
    terms: Any,
    organisation: str | None = None,
    *,
    id_number: object = None,
    warning: ConsentWarningInput | None = None,
    proof: Proof = BY_HAND,
) -> ConsentView:
    """A consent comes to be. The same terms under the same key come to be once."""
    services, requester = context.services, context.requester
    own = requester.person
    with acting(context, f"CONSENT_{act.name}", "consent", people=(own,) if own else ()) as under_way:
        by = Party.ORGANISATION if own is None else Party.PERSON
        person = services.digests.person(PersonId.parse(id_number)) if own is None else own
        under_way.people = (person,)
        proposal = _proposal(context, terms, organisation or requester.organisation, warning, proof)
        unnamed = made(
            proposal,
            id="",
            person=person,
            act=act,
            by=by,
            at=context.at,
            catalogue=services.catalogue,
            purposes=context.engine.purposes,
        )
        consent = replace(unnamed, id=_identity(context, act, person, proposal, terms.key))
        under_way.said = replace(under_way.said, object=f"consent:{consent.id}")
        before = await services.consents.named(consent.id)
        if before is not None:
            return seen(context, before)
        if act is Act.REQUEST:
            await _room(context, person)
        _lay_down(context, under_way, services.consents.adding(consent), consent)
        return seen(context, consent)


async def _act(
    context: Context, act: Act, id: str, answered: Callable[[Consent], Consent] = lambda consent: consent
) -> ConsentView:
    """What is done to a consent that is there. Another's looks like none."""
    requester = context.requester
    own = requester.person
    with acting(context, f"CONSENT_{act.name}", "consent", people=(own,) if own else ()) as under_way:
        before = await context.services.consents.named(id)
        mine = before is not None and (before.person == own if own else before.organisation == requester.organisation)
        if before is None or not mine:
            raise ConsentUnknown()
        under_way.said = replace(under_way.said, object=f"consent:{before.id}")
        under_way.people = (before.person,)
        after = acted(before, act, Party.PERSON if own else Party.ORGANISATION, context.at)
        if after is not before:
            after = answered(after)
            _lay_down(context, under_way, context.services.consents.changing(before, after), after)
        return seen(context, after)


def _lay_down(context: Context, under_way: Acting, change: Any, consent: Consent) -> None:
    told = receipt(consent, context.at, context.services.catalogue, context.engine.purposes)
    under_way.lay_down(change, digest=told.digest)


async def _room(context: Context, person: str) -> None:
    """Nobody is buried in requests. Raises ConsentInvalid."""
    held = await context.services.consents.to(context.requester.organisation, person)
    waiting = [consent for consent in held if consent.state_at(context.at) == "requested"]
    if len(waiting) >= MOST_OPEN:
        raise ConsentInvalid(rule="consent requests")


def _proposal(
    context: Context, terms: Any, organisation: str, warning: ConsentWarningInput | None, proof: Proof
) -> Proposal:
    partner = terms.partner
    return Proposal(
        organisation=organisation,
        purposes=frozenset(purpose.value for purpose in terms.purposes),
        valid_until=_instant(terms.valid_until, "validUntil"),
        valid_from=None if terms.valid_from is None else _instant(terms.valid_from, "validFrom"),
        items=None if terms.items is None else frozenset(terms.items),
        groups=frozenset(terms.groups or ()),
        written_items=frozenset(terms.written_items or ()),
        seen=_seen(warning),
        single_use=terms.once,
        frequency=terms.frequency and Frequency(terms.frequency.times, Period(terms.frequency.per.value)),
        client=terms.client,
        since=_day(terms.data_from, "dataFrom"),
        until=_day(terms.data_to, "dataTo"),
        form=terms.form and Form(terms.form.version, terms.form.sha256),
        proof=proof,
        partner=partner and context.services.digests.person(PersonId.parse(partner.id_number)),
        relation=partner and partner.relation,
    )


def _identity(context: Context, act: Act, person: str, given: Proposal, key: str) -> str:
    """The name of a consent: of who did what with which terms, so that a retry finds it there."""
    if not _KEY.fullmatch(key):
        raise ConsentInvalid(rule="consent key")
    requester = context.requester
    said = {
        "act": act.value,
        "by": [requester.organisation, requester.client, requester.person or ""],
        "person": person,
        "organisation": given.organisation,
        "purposes": sorted(given.purposes),
        "valid": [stamp(given.valid_from) if given.valid_from else "", stamp(given.valid_until)],
        "items": ["none"] if given.items is None else ["some", *sorted(given.items)],
        "groups": sorted(given.groups),
        "written": sorted(given.written_items),
        "use": ["once"] if given.single_use else [str(given.frequency or "")],
        "client": given.client or "",
        "days": [str(given.since or ""), str(given.until or "")],
        "form": [given.form.version, given.form.digest] if given.form else [],
        "proof": [given.proof.kind.value, given.proof.evidence],
        "partner": [given.partner or "", given.relation or ""],
        "key": key,
    }
    return context.services.digests.consent(canonical(said))


def _seen(warning: ConsentWarningInput | None) -> Seen | None:
    return warning and Seen(warning.version, frozenset(warning.items))


def _instant(text: object, part: str) -> datetime:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) and len(text) <= 40 else None
        if at is not None and at.utcoffset() is not None:
            stamp(at)
            return at
    except (ValueError, OverflowError):
        pass
    raise ConsentInvalid(rule=f"consent {part}")


def _day(text: object, part: str) -> date | None:
    if text is None:
        return None
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ConsentInvalid(rule=f"consent {part}")
