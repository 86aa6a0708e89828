"""On a plan hit an operation that asks about people goes straight to them, and graphql-core's execution is not entered.

Variables and arguments are graphql-core's to coerce all the same; whatever else an operation may hold is its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLField, GraphQLSchema, OperationDefinitionNode, OperationType

from resolvers.context import Context
from resolvers.planning import Read
from resolvers.profile import Asking, PersonAsk, Profile

_ID_LIKE = re.compile(r"\d{15}")


@dataclass(frozen=True, slots=True)
class Direct:
    """The one root field of an operation: `person` or `persons`."""

    operation: OperationDefinitionNode
    node: FieldNode
    key: str
    field: GraphQLField
    many: bool

    async def profiles(self, context: Context, read: Read, arguments: Mapping[str, Any]) -> list[Profile]:
        """Raises the refusal of the whole ask, having noted it."""
        asking = Asking(context, self.key, lambda: read, arguments["purpose"].value)
        if self.many:
            return await asking.persons([_ask(each) for each in arguments["asks"]])
        return [await asking.person(_ask(arguments))]


def direct_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Direct | None:
    """None: this operation is graphql-core's. So is a document that may say whom it is about: it is not to be kept."""
    if operation.operation is not OperationType.QUERY or operation.directives or not document.loc:
        return None
    (node, *more), root = operation.selection_set.selections, schema.query_type
    if more or not isinstance(node, FieldNode) or node.directives or root is None:
        return None
    if node.name.value not in ("person", "persons") or _ID_LIKE.search(document.loc.source.body):
        return None
    key = node.alias.value if node.alias else node.name.value
    return Direct(operation, node, key, root.fields[node.name.value], node.name.value == "persons")


def _ask(given: Mapping[str, Any]) -> PersonAsk:
    return PersonAsk(given["idNumber"], given.get("consent") or None, given.get("reference") or None)
