"""Organisations, clients and proposals as the credit office sees them."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from exchange.client import Client, Telling
from exchange.organisation import Organisation, OrganisationKind
from exchange.refusals import Refusal
from exchange.registration import Kind, Proposal, Reason, Registration, State, Step, barred
from resolvers.quota import LimitsView, shown
from resolvers.scalars import Day

strawberry.enum(Kind, name="RegistrationKind", description="What is registered.")
strawberry.enum(State, name="RegistrationState", description="Only what is active is served; closed is for good.")
strawberry.enum(Step, name="RegistrationStep", description="What a proposal asks for.")
strawberry.enum(Reason, name="RegistrationReason", description="Why somebody suspends or closes.")
strawberry.enum(Telling, name="WithheldTelling", description="How a client is told what was withheld from it.")
strawberry.enum(OrganisationKind, name="OrganisationKind", description="What an organisation is.")


@strawberry.type(
    name="Licence", description="Of a bank (金融许可证) or a personal credit agency (征信业管理条例 art 7)."
)
class LicenceView:
    number: str
    valid_until: Day = strawberry.field(description="The last day.")


@strawberry.type(name="Agreement", description="The contract with the city on what may be asked.")
class AgreementView:
    number: str
    valid_from: Day
    valid_until: Day = strawberry.field(description="The last day.")


@strawberry.type(name="OrganisationContent", description="What is registered of an organisation.")
class OrganisationView:
    kind: OrganisationKind
    title: str
    title_zh: str
    licence: LicenceView | None
    agreement: AgreementView | None


@strawberry.type(name="ClientAttribute", description="What row conditions compare with.")
class AttributeView:
    name: str
    value: str


@strawberry.type(name="ClientContent", description="What is registered of a client.")
class ClientView:
    organisation: str
    title: str
    title_zh: str
    roles: list[str]
    purposes: list[str] | None = strawberry.field(description="null: every purpose of its roles.")
    districts: list[str] = strawberry.field(description="Divisions (GB/T 2260); empty: everywhere.")
    attributes: list[AttributeView]
    withheld: Telling
    bound_tokens: bool
    limits: LimitsView


@strawberry.type(name="RegistrationProposal", description="What one person asks for and a second one decides.")
class ProposalView:
    id: strawberry.ID
    kind: Kind
    subject: strawberry.ID
    step: Step
    verdict: str = strawberry.field(description="open, approved, declined or superseded.")
    by: str = strawberry.field(description="Who proposed it, and so cannot approve it.")
    at: str
    organisation: OrganisationView | None = strawberry.field(description="What shall stand there.")
    client: ClientView | None = strawberry.field(description="What shall stand there.")


@strawberry.type(name="Registration", description="One organisation or client of the register.")
class RegistrationView:
    id: strawberry.ID
    kind: Kind
    state: State
    version: int
    organisation: OrganisationView | None = strawberry.field(description="Of an organisation.")
    client: ClientView | None = strawberry.field(description="Of a client.")
    barred: str | None = strawberry.field(
        description="Code of the refusal that every request meets today; null: it is served."
    )
    proposal: ProposalView | None = strawberry.field(description="What waits for a second person.")


def seen(
    one: Registration[Any], waiting: Proposal[Any] | None, organisation: Registration[Organisation] | None, day: date
) -> RegistrationView:
    """`organisation`: that of a client. `day`: the city's today."""
    return RegistrationView(
        id=strawberry.ID(one.id),
        kind=one.kind,
        state=one.state,
        version=one.version,
        organisation=_organisation(one.content),
        client=_client(one.content),
        barred=_code(one, organisation, day),
        proposal=waiting and proposed(waiting),
    )


def proposed(proposal: Proposal[Any]) -> ProposalView:
    return ProposalView(
        id=strawberry.ID(proposal.id),
        kind=proposal.kind,
        subject=strawberry.ID(proposal.subject),
        step=proposal.step,
        verdict=proposal.verdict.value,
        by=proposal.by,
        at=proposal.at.isoformat(),
        organisation=_organisation(proposal.content),
        client=_client(proposal.content),
    )


def _code(one: Registration[Any], organisation: Registration[Organisation] | None, day: date) -> str | None:
    refusal: Refusal | None = barred(one, organisation or one, day)
    return refusal and refusal.code


def _organisation(content: Client | Organisation) -> OrganisationView | None:
    if isinstance(content, Client):
        return None
    licence, agreement = content.licence, content.agreement
    return OrganisationView(
        kind=content.kind,
        title=content.title,
        title_zh=content.title_zh,
        licence=licence and LicenceView(number=licence.number, valid_until=Day(licence.valid_until.isoformat())),
        agreement=agreement
        and AgreementView(
            number=agreement.number,
            valid_from=Day(agreement.valid_from.isoformat()),
            valid_until=Day(agreement.valid_until.isoformat()),
        ),
    )


def _client(content: Client | Organisation) -> ClientView | None:
    if isinstance(content, Organisation):
        return None
    return ClientView(
        organisation=content.organisation,
        title=content.title,
        title_zh=content.title_zh,
        roles=list(content.roles),
        purposes=None if content.purposes is None else list(content.purposes),
        districts=list(content.districts),
        attributes=[AttributeView(name=name, value=value) for name, value in sorted(content.attributes.items())],
        withheld=content.withheld,
        bound_tokens=content.bound_tokens,
        limits=shown(content.limits),
    )
