"""Limits on a document, before anything of it is validated or run: nesting, tokens, depth, aliases, fields."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from exchange.refusals import DocumentTooLarge, SyntaxInvalid

_DEEPEST_BRACKETS = 64
_DEEPEST_INTROSPECTION = 20
"""GraphiQL's own question for the schema is 15 deep."""
_LISTS_OF_THE_SCHEMA = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})
_INTROSPECTION = frozenset({"__schema", "__type"})
_TEXT_OR_COMMENT = re.compile(r'"""(?:\\"""|[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*"|#[^\n]*')
_TOKENS_EXCEEDED = "Parsing aborted"
_BRACKETS = re.compile(r"[{}\[\]()]")


class SyntaxInvalidAt(SyntaxInvalid):
    __doc__ = SyntaxInvalid.__doc__

    def __init__(self, line: int, column: int) -> None:
        super().__init__()
        self.line, self.column = line, column


@dataclass(frozen=True, slots=True)
class Limits:
    depth: int = 10
    aliases: int = 100
    fields: int = 2_000
    tokens: int = 10_000
    introspection: bool = True

    def parsed(self, text: str) -> DocumentNode:
        """Raises DocumentTooLarge, or SyntaxInvalid, mostly as SyntaxInvalidAt."""
        if _nesting(text) > _DEEPEST_BRACKETS:
            raise DocumentTooLarge()
        try:
            document = parse(text, max_tokens=self.tokens)
        except GraphQLSyntaxError as error:
            if _TOKENS_EXCEEDED in error.message:
                raise DocumentTooLarge() from None
            raise SyntaxInvalidAt(*error.locations[0]) if error.locations else SyntaxInvalid() from None
        self.check(document)
        return document

    def check(self, document: DocumentNode) -> None:
        """Every operation is measured with its fragments spread out. Raises DocumentTooLarge."""
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        measure = _Measure(fragments)
        for operation in document.definitions:
            if isinstance(operation, OperationDefinitionNode):
                size = measure.of(operation.selection_set)
                if (
                    size.depth > self.depth
                    or size.schema_depth > _DEEPEST_INTROSPECTION
                    or size.schema_lists > 2
                    or size.aliases > self.aliases
                    or size.fields > self.fields
                    or (size.schema_depth and not self.introspection)
                ):
                    raise DocumentTooLarge()


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    """Of what is not introspection."""
    schema_depth: int = 0
    schema_lists: int = 0
    """How often lists of the schema lie within each other: `fields { type { fields …`."""
    aliases: int = 0
    fields: int = 0

    def __or__(self, other: _Size) -> _Size:
        return _Size(
            max(self.depth, other.depth),
            max(self.schema_depth, other.schema_depth),
            max(self.schema_lists, other.schema_lists),
            self.aliases + other.aliases,
            self.fields + other.fields,
        )


class _Measure:
    """Each fragment is measured once, so a document of n tokens takes n steps however often they are spread."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[tuple[str, bool], _Size] = {}

    def of(self, selection_set: SelectionSetNode, schema: bool = False) -> _Size:
        size = _Size()
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                size |= self._field(selection, schema)
            elif isinstance(selection, FragmentSpreadNode):
                size |= self._fragment(selection.name.value, schema)
            else:
                size |= self.of(selection.selection_set, schema)  # type: ignore[attr-defined]
        return size

    def _field(self, field: FieldNode, schema: bool) -> _Size:
        name = field.name.value
        schema = schema or name in _INTROSPECTION
        inner = self.of(field.selection_set, schema) if field.selection_set else _Size()
        return _Size(
            depth=inner.depth if schema else inner.depth + 1,
            schema_depth=inner.schema_depth + 1 if schema else inner.schema_depth,
            schema_lists=inner.schema_lists + (schema and name in _LISTS_OF_THE_SCHEMA),
            aliases=inner.aliases + (field.alias is not None),
            fields=inner.fields + 1,
        )

    def _fragment(self, name: str, schema: bool) -> _Size:
        """A circle counts as nothing here: validation refuses it."""
        key = (name, schema)
        if key not in self._known:
            self._known[key] = _Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[key] = self.of(fragment.selection_set, schema)
        return self._known[key]


def _nesting(text: str) -> int:
    """How deep brackets lie within each other; measured before the parser, which recurses."""
    deepest = depth = 0
    for bracket in _BRACKETS.findall(_TEXT_OR_COMMENT.sub("", text)):
        depth += 1 if bracket in "{[(" else -1
        deepest = max(deepest, depth)
    return deepest
