"""The register of market access over GraphQL: what the credit office reads, and its acts on it.

Every act is one transaction with its sealed entry; one that comes again finds everything done and does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import msgspec
import strawberry

from exchange.client import Client, Telling
from exchange.organisation import Agreement, Licence, Organisation, OrganisationKind
from exchange.reference import checked_reference
from exchange.refusals import RegistrationInvalid, StoreUnavailable
from exchange.registration import Kind, Reason
from exchange.retention import civil_day
from exchange.store.registrar import Decided, Registrar
from resolvers.acting import acting, reading
from resolvers.context import Context, new_id
from resolvers.quota import ClientLimitsInput, limits_of
from resolvers.registered import ProposalView, RegistrationView, proposed, seen
from resolvers.scalars import Day

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@strawberry.input
class LicenceInput:
    number: str
    valid_until: Day


@strawberry.input
class AgreementInput:
    number: str
    valid_from: Day
    valid_until: Day


@strawberry.input(description="What shall be registered of an organisation, whole.")
class OrganisationInput:
    kind: OrganisationKind
    title: str
    title_zh: str = ""
    licence: LicenceInput | None = None
    agreement: AgreementInput | None = None


@strawberry.input
class ClientAttributeInput:
    name: str
    value: str


@strawberry.input(description="What shall be registered of a client, whole.")
class ClientInput:
    organisation: strawberry.ID
    title: str
    roles: list[str]
    title_zh: str = ""
    purposes: list[str] | None = None
    districts: list[str] = strawberry.field(default_factory=list)
    attributes: list[ClientAttributeInput] = strawberry.field(default_factory=list)
    withheld: Telling = Telling.DISCLOSURE
    bound_tokens: bool = False
    limits: ClientLimitsInput | None = strawberry.field(
        default=None, description="null: as they stand; of a new client, the defaults of docs/limits.md."
    )


@strawberry.type
class ClientQueries:
    @strawberry.field(description="The register of organisations (market access). For those who supervise.")
    async def organisations(self, info: strawberry.Info) -> list[RegistrationView] | None:
        return await _all(info.context, Kind.ORGANISATION)

    @strawberry.field(description="The register of clients. For those who supervise.")
    async def clients(self, info: strawberry.Info) -> list[RegistrationView] | None:
        return await _all(info.context, Kind.CLIENT)

    @strawberry.field(description="What waits for a second person, oldest first. For those who supervise.")
    async def registration_proposals(self, info: strawberry.Info) -> list[ProposalView] | None:
        with reading(info.context, "CLIENT_READ", "proposal"):
            found = await _registrar(info.context).register.proposals()
        return [proposed(each) for each in found]


@strawberry.type
class ClientMutations:
    @strawberry.mutation(description="Register or change an organisation; a second person approves what widens.")
    async def propose_organisation(
        self, info: strawberry.Info, id: strawberry.ID, organisation: OrganisationInput, reference: str | None = None
    ) -> RegistrationView | None:
        return await _propose(info.context, Kind.ORGANISATION, id, lambda _: _organisation(organisation), reference)

    @strawberry.mutation(description="Register or change a client; a second person approves what widens.")
    async def propose_client(
        self, info: strawberry.Info, id: strawberry.ID, client: ClientInput, reference: str | None = None
    ) -> RegistrationView | None:
        return await _propose(info.context, Kind.CLIENT, id, lambda before: _client(client, before), reference)

    @strawberry.mutation(description="Approve what somebody else proposed on an organisation or a client.")
    async def approve_registration(
        self, info: strawberry.Info, proposal: strawberry.ID, reference: str | None = None
    ) -> RegistrationView | None:
        async def approved(registrar: Registrar, by: str) -> Decided:
            return await registrar.approve(await registrar.proposal(proposal), by=by, at=info.context.at)

        return await _act(info.context, "CLIENT_APPROVE", f"proposal:{proposal}", approved, reference=reference)

    @strawberry.mutation(description="Decline a proposal, or withdraw one's own.")
    async def decline_registration(
        self, info: strawberry.Info, proposal: strawberry.ID, reference: str | None = None
    ) -> RegistrationView | None:
        async def declined(registrar: Registrar, by: str) -> Decided:
            return await registrar.decline(await registrar.proposal(proposal), by=by, at=info.context.at)

        return await _act(info.context, "CLIENT_APPROVE", f"proposal:{proposal}", declined, reference=reference)

    @strawberry.mutation(description="Serve it no more, from the next request on. An organisation: all of its clients.")
    async def suspend_registration(
        self,
        info: strawberry.Info,
        kind: Kind,
        id: strawberry.ID,
        reason: Reason,
        reference: str | None = None,
    ) -> RegistrationView | None:
        async def suspended(registrar: Registrar, by: str) -> Decided:
            return await registrar.suspend(kind, id, at=info.context.at)

        return await _act(info.context, "CLIENT_SUSPEND", f"{kind}:{id}", suspended, reason, reference)

    @strawberry.mutation(description="Propose that what is suspended be served again; a second person approves.")
    async def resume_registration(
        self, info: strawberry.Info, kind: Kind, id: strawberry.ID, reference: str | None = None
    ) -> RegistrationView | None:
        async def resumed(registrar: Registrar, by: str) -> Decided:
            return await registrar.resume(kind, id, id=new_id(), by=by, at=info.context.at)

        return await _act(info.context, "CLIENT_PROPOSE", f"{kind}:{id}", resumed, reference=reference)

    @strawberry.mutation(description="Close it for good; its id is never used again.")
    async def close_registration(
        self,
        info: strawberry.Info,
        kind: Kind,
        id: strawberry.ID,
        reason: Reason,
        reference: str | None = None,
    ) -> RegistrationView | None:
        async def closed(registrar: Registrar, by: str) -> Decided:
            return await registrar.close(kind, id, at=info.context.at)

        return await _act(info.context, "CLIENT_CLOSE", f"{kind}:{id}", closed, reason, reference)


async def _all(context: Context, kind: Kind) -> list[RegistrationView]:
    with reading(context, "CLIENT_READ", kind.value):
        register = _registrar(context).register
        found: list[Any] = list(await register.all(kind))
        owners: dict[str, Any] = {one.id: one for one in await register.all(Kind.ORGANISATION)}
        waiting: dict[str, Any] = {each.subject: each for each in await register.proposals() if each.kind is kind}
    day = civil_day(context.at)
    return [seen(one, waiting.get(one.id), owners[_owner(one)], day) for one in found]


def _owner(one: Any) -> str:
    return one.content.organisation if isinstance(one.content, Client) else one.id


async def _propose(
    context: Context,
    kind: Kind,
    id: str,
    made: Callable[[Any], Client | Organisation],
    reference: str | None,
) -> RegistrationView:
    async def asked(registrar: Registrar, by: str) -> Decided:
        before = await registrar.register.find(kind, id)
        return await registrar.propose(kind, id, made(before and before.content), id=new_id(), by=by, at=context.at)

    return await _act(context, "CLIENT_PROPOSE", f"{kind}:{id}", asked, reference=reference)


async def _act(
    context: Context,
    act: str,
    object: str,
    decide: Callable[[Registrar, str], Awaitable[Decided]],
    reason: Reason | None = None,
    reference: str | None = None,
) -> RegistrationView:
    with acting(context, act, object, reason=reason.value if reason else "") as under_way:
        under_way.reference = checked_reference(reference)
        registrar = _registrar(context)
        done = await decide(registrar, context.requester.operator)
        if done.change is not None:
            under_way.lay_down(done.change, digest=done.digest)
        one: Any = done.registration
        owner: Any = await registrar.register.find(Kind.ORGANISATION, _owner(one))
        return seen(one, done.waiting, owner if one.kind is Kind.CLIENT else None, civil_day(context.at))


def _registrar(context: Context) -> Registrar:
    if context.services.registrar is None:
        raise StoreUnavailable()
    return context.services.registrar


def _organisation(said: OrganisationInput) -> Organisation:
    licence, agreement = said.licence, said.agreement
    return Organisation(
        kind=said.kind,
        title=said.title,
        title_zh=said.title_zh,
        licence=licence and Licence(number=licence.number, valid_until=_day(licence.valid_until, "licence")),
        agreement=agreement
        and Agreement(
            number=agreement.number,
            valid_from=_day(agreement.valid_from, "agreement"),
            valid_until=_day(agreement.valid_until, "agreement"),
        ),
    )


def _client(said: ClientInput, before: Client | None) -> Client:
    """What the schema does not speak of stays as it is."""
    names = [each.name for each in said.attributes]
    if len(set(names)) < len(names):
        raise RegistrationInvalid(rule="field attributes")
    fields: dict[str, Any] = {
        "organisation": said.organisation,
        "title": said.title,
        "title_zh": said.title_zh,
        "roles": tuple(said.roles),
        "purposes": None if said.purposes is None else tuple(said.purposes),
        "districts": tuple(said.districts),
        "attributes": {each.name: each.value for each in said.attributes},
        "withheld": said.withheld,
        "bound_tokens": said.bound_tokens,
    }
    if said.limits is not None:
        fields["limits"] = limits_of(said.limits)
    return msgspec.structs.replace(before, **fields) if before else Client(**fields)


def _day(text: object, field: str) -> date:
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise RegistrationInvalid(rule=f"field {field}")
