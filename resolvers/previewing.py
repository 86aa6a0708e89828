"""What a document would give: read, decided and planned as the ask itself, and then nothing is asked of anybody.

INVARIANT: no department is read, no person is named, and nothing of the document is kept: what reads, decides and
plans here is what reads, decides and plans the ask, so that a preview cannot promise what the ask does not give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_named_type,
    validate,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from graphql.language import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode

from exchange.client import Telling
from exchange.consent import NO_GROUND, Consent, Ground, ground_on
from exchange.decision import Decision, Nearest, Treatment
from exchange.purpose import Purpose
from exchange.refusals import (
    AskWithheld,
    ConsentRequired,
    ConsentUnknown,
    DocumentInvalid,
    FrequencyExceeded,
    PersonNotPermitted,
    PortfolioNotPermitted,
    PortfolioTooLarge,
    PurposeNotPermitted,
    Refusal,
    SyntaxInvalid,
    VariablesInvalid,
)
from resolvers.checking import on_purpose, purpose_of, reference_of
from resolvers.context import Context
from resolvers.ground import chosen
from resolvers.loading import districts_of
from resolvers.operation import operation_of, refusal_of, roots_of
from resolvers.partners import partnered, tells_of_two
from resolvers.planning import Prepared, Read, shape_of
from resolvers.profile import PORTFOLIO
from resolvers.selection import Path, Reader, Selection, selection_of
from resolvers.turns import Taken, take

_NOBODY: Mapping[str, object] = {"IdNumber": "", "PersonAsk": {"idNumber": ""}}
"""What a variable of the type is where the preview is given none: nobody is named."""


class Supposed(Enum):
    """The ground that the preview supposes where the document names no consent."""

    PURPOSE = "what the purpose rests on; for consent, an ordinary one that covers every item"
    WRITTEN = "a written consent that names every item of 征信业管理条例 art 14(2) too"
    NONE = "no ground at all"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands in the document: line and column, both from 1, and the length of its name."""

    line: int
    column: int
    length: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one field of the document would give."""

    path: Path
    """From the root down."""
    item: str
    """Catalogue item, or record type where only its being there is told."""
    inputs: tuple[str, ...]
    """The items behind it."""
    treatment: Treatment
    given: bool
    """Whether anything is told at all; where not, the field is null."""
    decision: Decision
    nearest: Nearest | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the ask would be refused as a whole, and where in the document that stands."""

    refusal: Refusal
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Previewed:
    operation: str | None = None
    kind: str | None = None
    """`query` or `mutation`; None where the document does not say."""
    purpose: Purpose | None = None
    ground: Ground | None = None
    refused: tuple[Refused, ...] = ()
    fields: tuple[Foreseen, ...] = ()
    prepared: Prepared | None = None
    """What would be asked of the departments; None where nothing would be."""
    taken: Taken | None = None
    """Which ask of its period it would be; None where the purpose has no frequency, or nobody can be told of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A document about people, with what a preview takes of it."""

    text: str
    variables: object = None
    operation: str | None = None
    supposed: Supposed = Supposed.PURPOSE
    held: tuple[str, ...] | None = None
    """Ids of the consents that the requester holds of the person; None: what is supposed holds."""


async def previewed(context: Context, schema: GraphQLSchema, asked: Asked) -> Previewed:
    """Never raises for what the document says. Raises StoreUnavailable where a consent cannot be looked up."""
    try:
        document = context.services.parses(asked.text)
        operation = operation_of(document, asked.operation)
    except GraphQLSyntaxError as error:
        return Previewed(refused=(Refused(SyntaxInvalid(), _places(error)),))
    except Refusal as refusal:
        return Previewed(refused=(Refused(refusal),))
    name = operation.name.value if operation.name else None
    known = Previewed(name, operation.operation.value)
    if errors := validate(schema, document, max_errors=20, hide_suggestions=True):
        return replace(known, refused=_refusals(errors, DocumentInvalid()))
    if not isinstance(asked.variables, (dict, type(None))):
        return replace(known, refused=(Refused(VariablesInvalid()),))
    given = _with_nobody(operation, asked.variables or {})
    values = get_variable_values(schema, operation.variable_definitions or (), given, 20, hide_suggestions=True)
    if isinstance(values, list):
        return replace(known, refused=_refusals(values, VariablesInvalid()))
    _, refusal = roots_of(schema, document, operation, values)
    if refusal is not None:
        return replace(known, refused=(Refused(refusal),))
    for root in _roots(schema, document, operation, values):
        return await _Preview(context, root, asked).seen(known)
    return known


@dataclass(frozen=True, slots=True)
class _Root:
    """The one field about people."""

    key: str
    many: bool
    arguments: Mapping[str, Any]
    info: GraphQLResolveInfo
    """As much of it as reading a selection takes."""


def _roots(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, values: VariableValues
) -> Iterator[_Root]:
    query = schema.query_type
    assert query
    if operation.operation.value != "query":
        return
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    spread = {name: FragmentDetails(node, None) for name, node in fragments.items()}
    for key, details in collect_fields(schema, spread, values, query, operation).grouped_field_set.items():
        node = details[0].node
        if node.name.value in ("person", "persons"):
            field_ = query.fields[node.name.value]
            # A resolver's own info holds more; what is not read stays empty.
            info: Any = dict.fromkeys(GraphQLResolveInfo._fields)
            info |= {
                "field_name": node.name.value,
                "field_nodes": [each.node for each in details],
                "return_type": field_.type,
                "parent_type": query,
                "schema": schema,
                "fragments": fragments,
                "operation": operation,
                "variable_values": values,
            }
            arguments = get_argument_values(field_, node, values)
            yield _Root(key, node.name.value == "persons", arguments, GraphQLResolveInfo(**info))


@dataclass
class _Preview:
    """One document about people; the checks stand in the order in which `resolvers.profile` makes them."""

    context: Context
    root: _Root
    asked: Asked
    refused: list[Refused] = field(default_factory=list)
    person: str | None = None
    """Keyed digest of whom the ask would be about, where the requester's own token or a consent says it."""
    taken: Taken | None = None

    async def seen(self, known: Previewed) -> Previewed:
        context, catalogue = self.context, self.context.services.catalogue
        code = str(getattr(self.root.arguments["purpose"], "value", self.root.arguments["purpose"]))
        purpose = context.engine.purposes[code]
        try:
            self._checked(purpose_of, context, code)
            asks = self._asks(purpose)
            selection = selection_of(catalogue, self.root.info)
            for ask in asks:
                self._checked(reference_of, purpose, ask.get("reference") or None)
            await self._within(purpose, len(asks))
            ground = await self._ground(purpose, asks[0].get("consent") or None, selection)
            await self._turn(purpose)
            prepared = self._prepared(purpose, ground, selection)
        except Refusal as refusal:
            self.refused.append(Refused(refusal))
            for each in self.refused:
                on_purpose(each.refusal, purpose)
            return replace(known, purpose=purpose, refused=tuple(self.refused[:1]))
        fields = tuple(self._fields(purpose, ground, prepared))
        telling = context.requester.telling
        if prepared.denied and telling is Telling.REFUSE:
            first = prepared.denied[0]
            self.refused.append(Refused(AskWithheld(rule=first.rule, basis=first.basis)))
        for each in self.refused:
            on_purpose(each.refusal, purpose)
        closed = next((each.refusal for each in self.refused if isinstance(each.refusal, PurposeNotPermitted)), None)
        if closed is not None:
            fields = tuple(_closed(one, closed) for one in fields)
        return replace(
            known,
            purpose=purpose,
            ground=ground,
            refused=tuple(self.refused[:1]),
            fields=fields,
            prepared=None if closed else prepared,
            taken=self.taken,
        )

    def _checked(self, check: Any, *given: Any) -> None:
        """A refusal that does not keep the fields from being decided is noted."""
        try:
            check(*given)
        except Refusal as refusal:
            self.refused.append(Refused(refusal))

    def _asks(self, purpose: Purpose) -> Sequence[Mapping[str, Any]]:
        """What is said of each person. Whom it is about is not looked at."""
        arguments = self.root.arguments
        self.person = self.context.requester.person
        if purpose.own and self.context.requester.person is None:
            self.refused.append(Refused(PersonNotPermitted()))
        if not self.root.many:
            return [arguments]
        if not purpose.portfolio:
            raise PortfolioNotPermitted()
        asks = [ask if isinstance(ask, dict) else vars(ask) for ask in arguments["asks"]]
        if not 1 <= len(asks) <= PORTFOLIO:
            raise PortfolioTooLarge()
        return cast("Sequence[Mapping[str, Any]]", asks)

    async def _within(self, purpose: Purpose, number: int) -> None:
        """Rate and quota are the requester's own, and tell of nobody. Raises LimitsUnavailable."""
        context = self.context
        refusal = await context.services.admission.refusal(context.requester, purpose.code, number, context.at)
        if refusal is not None:
            self.refused.append(Refused(refusal))

    async def _turn(self, purpose: Purpose) -> None:
        """Whom a consent or the token tells is known to the requester, and so is how often it has asked about him or
        her. Nobody else is looked up: how often was asked about somebody is not told to who merely thinks of one."""
        if self.person is None or self.root.many:
            return
        try:
            (self.taken,) = await take(self.context, purpose, [self.person])
        except FrequencyExceeded as refusal:
            self.refused.append(Refused(refusal))

    async def _ground(self, purpose: Purpose, consent: str | None, selection: Selection) -> Ground:
        services, requester = self.context.services, self.context.requester
        if purpose.ground != "consent":
            if consent is not None:
                raise ConsentUnknown()
            return NO_GROUND if self.asked.supposed is Supposed.NONE else Ground(purpose.ground)
        if consent is None and self.asked.held is not None and not self.root.many:
            try:
                return await self._rested(purpose, await self._chosen(purpose, self.asked.held, selection), selection)
            except Refusal as refusal:  # what would be given is told as well: on what is supposed
                self.refused.append(Refused(refusal))
        if consent is None:
            if self.asked.supposed is Supposed.NONE:
                self.refused.append(Refused(ConsentRequired()))
                return NO_GROUND
            written = frozenset(key for key, item in services.catalogue.items.items() if item.written_consent_only)
            return Ground("consent", written_items=written if self.asked.supposed is Supposed.WRITTEN else frozenset())
        found = await services.consents.named(consent)
        if found is None or found.organisation != requester.organisation:
            raise ConsentUnknown()
        # Whoever gave it is whom the ask would be about.
        at, client = self.context.at, requester.client
        if refusal := found.refusal(requester.organisation, found.person, purpose.code, at, client):
            raise refusal
        return await self._rested(purpose, found, selection)

    async def _chosen(self, purpose: Purpose, held: Sequence[str], selection: Selection) -> Consent:
        """The one that the ask would find. A consent to others is as one that is not there. Raises what the ask
        would raise, and ConsentUnknown where they are of different people."""
        services, requester = self.context.services, self.context.requester
        found = [each for id in dict.fromkeys(held) if (each := await services.consents.named(id)) is not None]
        own = [each for each in found if each.organisation == requester.organisation]
        people = {each.person for each in own}
        if len(people) > 1:
            raise ConsentUnknown()
        fit = [each for each in own if purpose.code in each.purposes]
        of_two = tells_of_two(services.catalogue, selection) is not None
        return chosen(self.context, fit, next(iter(people), ""), purpose, selection, of_two)

    async def _rested(self, purpose: Purpose, found: Consent, selection: Selection) -> Ground:
        self.person = found.person
        ground = ground_on(found, self.context.services.catalogue.grouped)
        if (item := tells_of_two(self.context.services.catalogue, selection)) is not None:
            (ground,) = await partnered(self.context, purpose, item, [found.person], [ground])
        return ground

    def _prepared(self, purpose: Purpose, ground: Ground, selection: Selection) -> Prepared:
        context = self.context
        limited = districts_of(context) is not None
        return context.services.plans.prepared(
            context.services.catalogue,
            context.engine,
            context.requester.role,
            purpose,
            shape_of(ground),
            Read(selection, None),  # without a key it is not kept
            limited,
        )

    def _fields(self, purpose: Purpose, ground: Ground, prepared: Prepared) -> Iterator[Foreseen]:
        selection, plan, decisions = prepared.selection, prepared.plan, prepared.decisions
        root = (self.root.key, "0") if self.root.many else (self.root.key,)
        places = dict(self._places())
        near = {(one.path, one.item): said for one, said in zip(plan.denied, prepared.denied, strict=True)}
        denied = {(one.path, one.item): one.decision for one in plan.denied}
        engine, role = self.context.engine, self.context.requester.role

        def made(path: Path, item: str, inputs: tuple[str, ...], treatment: Treatment, decision: Decision) -> Foreseen:
            said = near.get((path, item))
            if said is not None:
                nearest = said.nearest
            elif treatment in (Treatment.MASKED, Treatment.BANDED):
                nearest = engine.nearest(role, purpose.code, decision.item, ground)
            else:
                nearest = None
            return Foreseen(
                (*root, *path), item, inputs, treatment, said is None, decision, nearest, places.get(path, ())
            )

        for path in selection.id_number:
            decision = decisions["PSB01.id_number"]
            yield made(path, "PSB01.id_number", ("PSB01.id_number",), decision.treatment, decision)
        for selected in selection.records:
            for key, item in selected.items:
                decision = decisions[item.key]
                yield made((*selected.path, key), item.key, (item.key,), decision.treatment, decision)
        bare = [selected for selected in selection.records if not selected.items]
        for selected in (*bare, *selection.exists):
            code = selected.record.code
            decision = denied.get((selected.path, code)) or prepared.asked[code]
            closed = (selected.path, code) in denied
            yield made(selected.path, code, (), Treatment.WITHHELD if closed else Treatment.EXISTS, decision)
        shown = {planned.selected.path: planned for planned in plan.figures}
        for selected in selection.figures:
            inputs = tuple(selected.figure.inputs)
            planned = shown.get(selected.path)
            if planned is None:
                item, decision = next((item, d) for (path, item), d in denied.items() if path == selected.path)
                yield made(selected.path, item, inputs, Treatment.WITHHELD, decision)
            else:
                lowest = max((decisions[key] for key in inputs), key=lambda d: list(Treatment).index(d.treatment))
                treatment = Treatment.BANDED if planned.banded else Treatment.FULL
                yield made(selected.path, lowest.item, inputs, treatment, lowest)

    def _places(self) -> Iterator[tuple[Path, tuple[Place, ...]]]:
        """Where every field below the root stands, by its path below the person."""
        reader = Reader(self.context.services.catalogue, self.root.info)
        person = get_named_type(self.root.info.return_type)
        assert isinstance(person, GraphQLObjectType)
        nodes = [FieldDetails(node, None) for node in self.root.info.field_nodes]
        waiting: list[tuple[Path, GraphQLObjectType, Sequence[FieldDetails]]] = [((), person, nodes)]
        while waiting:
            above, parent, details = waiting.pop()
            for child in reader.children(parent, details):
                path = (*above, child.key)
                yield path, tuple(_place(each.node) for each in child.details if each.node.loc)
                if isinstance(below := get_named_type(child.type), GraphQLObjectType):
                    waiting.append((path, below, child.details))


def _place(node: FieldNode) -> Place:
    assert node.name.loc
    token = node.name.loc.start_token
    return Place(token.line, token.column, len(node.name.value))


def _places(error: GraphQLError) -> tuple[Place, ...]:
    return tuple(Place(place.line, place.column, 1) for place in error.locations or ())


def _refusals(errors: Sequence[GraphQLError], otherwise: Refusal) -> tuple[Refused, ...]:
    return tuple(Refused(refusal_of(error, otherwise), _places(error)) for error in errors)


def _closed(one: Foreseen, refusal: Refusal) -> Foreseen:
    """The same field where the purpose is closed to the requester; the rule that withholds the item anyhow stays."""
    if one.treatment is Treatment.WITHHELD:
        return one
    decision = replace(one.decision, treatment=Treatment.WITHHELD, rule=refusal.rule or refusal.code)
    decision = replace(decision, rows=frozenset(), basis=refusal.basis or "")
    return replace(one, treatment=Treatment.WITHHELD, given=False, decision=decision, nearest=None)


def _with_nobody(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables, with a stand-in for each that must name a person and does not."""
    given = dict(variables)
    for definition in operation.variable_definitions or ():
        name, type_ = definition.variable.name.value, definition.type
        if given.get(name) is None and isinstance(type_, NonNullTypeNode) and (kind := _named(type_)) in _NOBODY:
            given[name] = _NOBODY[kind]
    return given


def _named(type_: TypeNode) -> str:
    while isinstance(type_, (NonNullTypeNode, ListTypeNode)):
        type_ = type_.type
    assert isinstance(type_, NamedTypeNode)
    return type_.name.value
