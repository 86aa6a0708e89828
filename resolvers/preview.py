"""`preview`: what a document would give, field by field, and what would be read for it, before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import strawberry

from connectors.plan import Plan as Statement
from connectors.plan import Read as StatementRead
from connectors.sql.runner import SourceFailed
from exchange.condition import given_in, items_of
from exchange.decision import Treatment
from exchange.records import Wanted
from exchange.refusals import DocumentTooLarge
from resolvers import types
from resolvers.consents import MOST
from resolvers.context import Context
from resolvers.plan import Plan
from resolvers.previewing import Asked, Foreseen, Place, Previewed, Refused, Supposed, previewed
from resolvers.scalars import JSON
from resolvers.turns import FrequencyShown

STATEMENT_READ = "STATEMENT_READ"

strawberry.enum(
    Supposed,
    name="SupposedGround",
    description="The ground that a preview supposes where the document names no consent: what the purpose rests on (for"
    " consent, an ordinary one that covers every item), a written consent that names every item of 征信业管理条例 art"
    " 14(2) too, or none.",
)


@strawberry.type(description="Where something stands in the document, lines and columns counted from 1.")
class PreviewPlace:
    line: int
    column: int
    length: int


@strawberry.type(description="Why the document would be refused as a whole; told without any data.")
class PreviewRefusal:
    code: str
    message: str
    help: str | None
    rule: str | None
    basis: str | None
    places: list[PreviewPlace]


@strawberry.type(description="What one field of the document would give.")
class PreviewField:
    selection: str = strawberry.field(description="Response path; of a portfolio, that of its first person.")
    item: str = strawberry.field(description="Catalogue item, or record type where only its being there is told.")
    inputs: list[str] = strawberry.field(description="The items behind it; several behind a figure.")
    treatment: Treatment
    given: bool = strawberry.field(description="Whether anything is told at all; where not, the field is null.")
    rule: str
    basis: str
    rows: list[str] = strawberry.field(description="Row conditions of which one must hold; empty = every row.")
    ground: str = strawberry.field(description="The ground that the rule needs: `ordinary` or `written`.")
    nearest: types.Nearest | None
    places: list[PreviewPlace]


@strawberry.type(description="One question to a department. What is withheld does not stand in it.")
class PreviewRead:
    record: str
    exists: bool = strawberry.field(description="Only whether there is a record.")
    items: list[str] = strawberry.field(description="Items that come back.")
    conditions: list[str] = strawberry.field(description="What decides about rows, and is never returned.")
    given: list[str] = strawberry.field(description="What the conditions compare with: `today-5y`, `institution` …")
    order: str | None
    first: int | None
    probes: list[str] = strawberry.field(
        description="What it asks before anything is told: `alive`, `covered` or `relation`."
    )


@strawberry.type(description="One record type in the department's own names.")
class PreviewStatementRead:
    record: str
    source: str
    returned: list[str]
    conditions: list[str]


@strawberry.type(description="What one database, service or folder would be sent.")
class PreviewStatement:
    source: str
    statement: str
    reads: list[PreviewStatementRead]


@strawberry.type(description="What one department would be asked.")
class PreviewDepartment:
    department: str
    reads: list[PreviewRead]
    statements: list[PreviewStatement] | None = strawberry.field(
        description="In its own names, for those whom `policies/acts.yaml` lets read them; null for others, and where"
        " the source cannot be inspected now."
    )


@strawberry.type(description="What a document would give: no data touched, no person named, nothing of it kept.")
class Preview:
    operation: str | None
    kind: str | None = strawberry.field(description="`query` or `mutation`.")
    role: str
    purpose: str | None = strawberry.field(description="Null where the document is about nobody.")
    ground: str | None = strawberry.field(description="What the preview rests on: `consent`, `duty`, `none` …")
    consent: bool = strawberry.field(description="Whether the document names a consent, and its range is in force.")
    rests_on: strawberry.ID | None = strawberry.field(
        description="The consent that the ask would rest on: the one that is named, or of those held the one that the"
        " ask would find."
    )
    frequency: FrequencyShown | None = strawberry.field(
        description="Which ask of its period this would be, where the purpose counts them and a consent, or the"
        " requester's own token, says whom it would be about."
    )
    revision: str = strawberry.field(description="Revision of the policy that decided.")
    refusals: list[PreviewRefusal]
    fields: list[PreviewField]
    departments: list[PreviewDepartment]


@strawberry.type
class PreviewQueries:
    @strawberry.field(
        description="What a document would give to this requester, field by field, and what would be read for it."
        " Whoever is named in it is not looked at: leave the variables of type `IdNumber` out. One in each operation."
    )
    async def preview(
        self,
        info: strawberry.Info,
        query: str,
        variables: JSON | None = None,
        operation_name: str | None = None,
        supposing: Supposed = Supposed.PURPOSE,
        held: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(
                description="All consents that the requester holds of the person whom the ask will be about"
                " (`consents`); where the document names none, that one is taken which the ask would find."
            ),
        ] = None,
    ) -> Preview:
        context: Context = info.context
        if context.previewed:
            refusal = DocumentTooLarge(rule="preview: one in each operation")
            context.refused(refusal)
            raise refusal
        context.previewed = True
        if held is not None and len(held) > MOST:
            refusal = DocumentTooLarge(rule=f"preview: at most {MOST} consents")
            context.refused(refusal)
            raise refusal
        asked = Asked(query, variables, operation_name, supposing, None if held is None else tuple(held))
        found = await previewed(context, info._raw_info.schema, asked)
        return await _described(context, found)


async def _described(context: Context, found: Previewed) -> Preview:
    departments: list[PreviewDepartment] = []
    if found.prepared is not None:
        departments = await _departments(context, found.prepared.plan)
    consent = found.ground and found.ground.consent
    return Preview(
        operation=found.operation,
        kind=found.kind,
        role=context.requester.role,
        purpose=found.purpose and found.purpose.code,
        ground=found.ground and found.ground.kind,
        consent=consent is not None,
        rests_on=None if consent is None else strawberry.ID(consent),
        frequency=found.taken and found.taken.shown,
        revision=context.engine.revision,
        refusals=[_refusal(each) for each in found.refused],
        fields=[_field(each) for each in found.fields],
        departments=departments,
    )


def _places(places: Sequence[Place]) -> list[PreviewPlace]:
    return [PreviewPlace(line=place.line, column=place.column, length=place.length) for place in places]


def _refusal(refused: Refused) -> PreviewRefusal:
    said = refused.refusal.extensions()
    told = {name: str(said[name]) if name in said else None for name in ("help", "rule", "basis")}
    return PreviewRefusal(
        code=refused.refusal.code, message=refused.refusal.message, places=_places(refused.places), **told
    )


def _field(one: Foreseen) -> PreviewField:
    near = one.nearest
    return PreviewField(
        selection=".".join(one.path),
        item=one.item,
        inputs=list(one.inputs),
        treatment=one.treatment,
        given=one.given,
        rule=one.decision.rule,
        basis=one.decision.basis,
        rows=sorted(one.decision.rows),
        ground=one.decision.ground,
        nearest=near and types.Nearest(rule=near.rule, treatment=near.treatment, because=near.because),
        places=_places(one.places),
    )


async def _departments(context: Context, plan: Plan) -> list[PreviewDepartment]:
    probes: dict[tuple[str, int], list[str]] = {}
    for probe in plan.probes:
        for slot in probe.slots:
            probes.setdefault((slot.department, slot.place), []).append(probe.name)
    found = []
    for code, wanted in plan.wanted.items():
        statements = await _statements(context, {code: wanted})
        reads = [_read(each, probes.get((code, place), [])) for place, each in enumerate(wanted)]
        found.append(PreviewDepartment(department=code, reads=reads, statements=statements))
    return found


def _read(wanted: Wanted, probes: list[str]) -> PreviewRead:
    conditions = (wanted.rows, *(column.when for column in wanted.columns))
    read = frozenset[str]().union(*map(items_of, conditions))
    return PreviewRead(
        record=wanted.record,
        exists=wanted.exists,
        items=[f"{wanted.record}.{column.item}" for column in wanted.columns],
        conditions=sorted(f"{wanted.record}.{name}" for name in read),
        given=sorted(frozenset[str]().union(*map(given_in, conditions))),
        order=wanted.order and f"{wanted.record}.{wanted.order}",
        first=wanted.first,
        probes=probes,
    )


async def _statements(context: Context, wanted: Mapping[str, tuple[Wanted, ...]]) -> list[PreviewStatement] | None:
    """Names of tables and columns are the department's own affair: only for those whom the policy lets read them."""
    if not context.engine.may(context.requester.role, STATEMENT_READ):
        return None
    services = context.services
    try:
        async with asyncio.timeout(services.deadline_s):
            plans = await services.directory.plan(wanted)
    except (SourceFailed, TimeoutError):
        return None
    return [
        PreviewStatement(source=name, statement=plan.statement, reads=list(_statement_reads(plan)))
        for name, plan in plans.items()
    ]


def _statement_reads(plan: Statement) -> Iterator[PreviewStatementRead]:
    def described(read: StatementRead) -> PreviewStatementRead:
        conditions = [*read.conditions, *read.inside]
        return PreviewStatementRead(
            record=read.record, source=read.source, returned=list(read.returned), conditions=conditions
        )

    return map(described, plan.reads)
