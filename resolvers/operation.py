"""One GraphQL operation: validate, refuse what needs no data, execute, and rewrite every error to a stable code."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import strawberry
import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values

from exchange.disclosure import Disclosure
from exchange.person import PersonId
from exchange.quota import Count
from exchange.refusals import (
    DocumentInvalid,
    Internal,
    ManyMutations,
    ManyPeople,
    ManyPurposes,
    OperationUnknown,
    OperationUnnamed,
    PurposeUnknown,
    Refusal,
    VariablesInvalid,
)
from exchange.requester import Requester
from resolvers.completing import Completing
from resolvers.context import Context, Services, as_refused
from resolvers.direct import Direct, direct_of
from resolvers.disclosed import completed_of

_log = structlog.get_logger()
_VALIDATED = 512
_ABOUT_PEOPLE = frozenset({"person", "persons"})


@dataclass(frozen=True, slots=True)
class Executed:
    """An answer that may leave once `disclosures` are sealed."""

    body: dict[str, Any]
    status: int
    disclosures: tuple[Disclosure, ...]
    roots: tuple[tuple[str, bool], ...] = ()
    """(response key, nullable) of the root fields."""
    retry_after_s: int | None = None
    reserved: tuple[Count, ...] = ()
    """Quota that this answer uses if it leaves."""
    owed: tuple[Count, ...] = ()
    """Quota to give back, whether it leaves or not."""
    asked: tuple[PersonId, ...] = ()
    """Whom single asks were about."""

    def replaced(self) -> Executed:
        """The same operation where another answer leaves in place of this one: nothing was disclosed, nothing used."""
        return replace(self, disclosures=(), reserved=(), owed=self.owed + self.reserved)

    def refused(self, refusal: Refusal) -> Executed:
        """The same operation with that refusal in place of everything that it would have disclosed."""
        return replace(
            self,
            body=_refused_body(self.roots, refusal),
            status=refusal.status,
            disclosures=tuple(as_refused(disclosure, refusal.code) for disclosure in self.disclosures),
            retry_after_s=refusal.retry_after_s,
            reserved=(),
            owed=self.owed + self.reserved,
        )


def _refused_body(roots: Sequence[tuple[str, bool]], refusal: Refusal) -> dict[str, Any]:
    error: dict[str, Any] = {"message": refusal.message, "extensions": refusal.extensions()}
    data = {key: None for key, _ in roots} if roots and all(nullable for _, nullable in roots) else None
    if len(roots) == 1:
        error["path"] = [roots[0][0]]
    return {"data": data, "errors": [error]}


def request_error(refusal: Refusal, error: GraphQLError | None = None) -> dict[str, Any]:
    """A formatted error without anything of the input in it: where, but not what."""
    formatted: dict[str, Any] = {"message": refusal.message, "extensions": refusal.extensions()}
    if error is not None and error.locations:
        formatted["locations"] = [place.formatted for place in error.locations]
    return formatted


class Operations:
    """Runs operations of one schema for one set of services."""

    def __init__(self, schema: strawberry.Schema, services: Services) -> None:
        self.schema: GraphQLSchema = schema._schema
        self.services = services
        self._validated: OrderedDict[str, list[GraphQLError]] = OrderedDict()
        self._direct: OrderedDict[tuple[str, str | None], Direct] = OrderedDict()

    def refusal(self, requester: Requester, refusal: Refusal, text: str) -> Executed:
        """A refusal before execution, sealed like every refusal of an authenticated ask."""
        return self._before(self._context(requester, text), [(refusal, None)])

    async def run(
        self,
        requester: Requester,
        document: DocumentNode,
        text: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        digest: str | None = None,
    ) -> Executed:
        """Never raises for what a client sends or a department does. `digest`: of the text, where it was made."""
        context = self._context(requester, text, digest)
        direct = self._direct.get((context.document, operation_name))
        if direct is not None and (executed := await self._directly(context, direct, variables or {})) is not None:
            return executed
        try:
            operation = operation_of(document, operation_name)
            if errors := self._validate(document, context.document):
                return self._before(context, [(refusal_of(error, DocumentInvalid()), error) for error in errors])
            values = get_variable_values(
                self.schema, operation.variable_definitions or (), dict(variables or {}), 20, hide_suggestions=True
            )
            if isinstance(values, list):
                return self._before(context, [(refusal_of(error, VariablesInvalid()), error) for error in values])
        except Refusal as refusal:
            return self._before(context, [(refusal, None)])
        roots, refused = roots_of(self.schema, document, operation, values)
        if refused is not None:
            context.refused(refused)
            return Executed(_refused_body(roots, refused), 200, tuple(context.disclosures), roots)
        result = execute(
            self.schema,
            document,
            context_value=context,
            variable_values=dict(variables or {}),
            operation_name=operation_name,
            hide_suggestions=True,
            executor_class=Completing,
        )
        if not isinstance(result, ExecutionResult):
            result = await result
        if self.services.completes and (found := direct_of(self.schema, document, operation)) is not None:
            self._direct[context.document, operation_name] = found
            if len(self._direct) > _VALIDATED:
                self._direct.popitem(last=False)
        return self._executed(context, result, roots)

    async def _directly(self, context: Context, direct: Direct, variables: Mapping[str, Any]) -> Executed | None:
        """None: nothing was asked, or `context.ready` holds it for graphql-core to complete."""
        definitions = direct.operation.variable_definitions or ()
        values = get_variable_values(self.schema, definitions, dict(variables), 20, hide_suggestions=True)
        if isinstance(values, list):
            return None
        read = self.services.plans.known(context.document, direct.node, values)
        if read is None or read.program is None:
            return None
        try:
            arguments = get_argument_values(direct.field, direct.node, values)
        except GraphQLError:
            return None
        roots = ((direct.key, not direct.many),)
        try:
            profiles = await direct.profiles(context, read, arguments)
        except Exception as error:
            located = GraphQLError(str(error), [direct.node], path=[direct.key], original_error=error)
            return self._executed(
                context, ExecutionResult(None if direct.many else {direct.key: None}, [located]), roots
            )
        found = [completed_of(context, profile) for profile in profiles]
        if None in found:
            context.ready = profiles
            return None
        told = [each.value for each in found if each is not None]
        return self._executed(context, ExecutionResult({direct.key: told if direct.many else told[0]}, None), roots)

    def _context(self, requester: Requester, text: str, digest: str | None = None) -> Context:
        services = self.services
        digest = digest or services.digests.document(text)
        return Context(services, requester, services.policies.engine, services.clock(), digest)

    def _validate(self, document: DocumentNode, digest: str) -> list[GraphQLError]:
        """Once for each text, kept by its keyed digest: whether a document fits the schema depends on nothing else."""
        if digest in self._validated:
            self._validated.move_to_end(digest)
            return self._validated[digest]
        errors = validate(self.schema, document, max_errors=20, hide_suggestions=True)
        self._validated[digest] = errors
        if len(self._validated) > _VALIDATED:
            self._validated.popitem(last=False)
        return errors

    def _before(self, context: Context, refusals: Sequence[tuple[Refusal, GraphQLError | None]]) -> Executed:
        first = refusals[0][0]
        context.refused(first)
        body = {"errors": [request_error(refusal, error) for refusal, error in refusals]}
        status = first.status if first.status != 200 else 400
        return Executed(body, status, tuple(context.disclosures), retry_after_s=first.retry_after_s)

    def _executed(self, context: Context, result: ExecutionResult, roots: tuple[tuple[str, bool], ...]) -> Executed:
        errors = [self._formatted(context, error) for error in result.errors or ()] + context.errors
        body: dict[str, Any] = {"data": result.data}
        if errors:
            body["errors"] = errors
        if context.extensions:
            body["extensions"] = {"disclosure": context.extensions}
        # Who asked too much, or too early, is told so in the status too: retries of HTTP clients go by it.
        causes = [error.original_error for error in result.errors or ()]
        early = [cause for cause in causes if isinstance(cause, Refusal) and cause.retry_after_s]
        return Executed(
            body,
            early[0].status if early else 200,
            tuple(context.disclosures),
            roots,
            max((cause.retry_after_s or 0 for cause in early), default=None),
            tuple(context.reserved),
            tuple(context.owed),
            tuple(context.asked),
        )

    def _formatted(self, context: Context, error: GraphQLError) -> dict[str, Any]:
        cause = error.original_error
        if not isinstance(cause, Refusal):
            _log.error("unexpected", error=type(cause or error).__name__)
            cause = Internal()
            context.refused(cause)
        formatted = request_error(cause, error)
        if error.path:
            formatted["path"] = error.path
        return formatted


def roots_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, values: VariableValues
) -> tuple[tuple[tuple[str, bool], ...], Refusal | None]:
    """The root fields, and whether they ask too much: one person, one purpose, one act in each operation."""
    acts = operation.operation is OperationType.MUTATION
    root = schema.mutation_type if acts else schema.query_type
    assert root
    fragments = {
        node.name.value: FragmentDetails(node, None)
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    collected = collect_fields(schema, fragments, values, root, operation)
    roots, purposes, about = [], set(), 0
    for key, details in collected.grouped_field_set.items():
        node = details[0].node
        field = root.fields.get(node.name.value)
        roots.append((key, field is not None and not isinstance(field.type, GraphQLNonNull)))
        if field is None:
            continue
        about += node.name.value in _ABOUT_PEOPLE
        if "purpose" in field.args and (purpose := get_argument_values(field, node, values).get("purpose")):
            purposes.add(purpose)
    if acts and len(roots) > 1:
        return tuple(roots), ManyMutations()
    refusal = ManyPeople() if about > 1 else ManyPurposes() if len(purposes) > 1 else None
    return tuple(roots), refusal


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Raises OperationUnnamed, OperationUnknown, DocumentInvalid."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) > 1:
            raise OperationUnnamed()
        if not operations:
            raise DocumentInvalid()
        found = operations[0]
    else:
        named = [node for node in operations if node.name and node.name.value == name]
        if len(named) != 1:
            raise OperationUnknown()
        found = named[0]
    if found.operation is OperationType.SUBSCRIPTION:
        raise DocumentInvalid()
    return found


def refusal_of(error: GraphQLError, otherwise: Refusal) -> Refusal:
    """An unknown purpose has a code of its own, wherever graphql-core found it."""
    causes: Iterable[BaseException | None] = (error, error.original_error)
    if any(cause is not None and "'Purpose'" in str(cause) for cause in causes):
        return PurposeUnknown()
    return otherwise
