"""Valid documents about one person, made by chance over the real schema: aliases, fragments, conditions, arguments."""

from __future__ import annotations

from random import Random

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    parse,
    validate,
)

VARIABLES = {"$yes": "Boolean = true", "$no": "Boolean!", "$first": "Int", "$since": "Day"}
_WORTH = ("", "", "", "", " @include(if: $yes)", " @skip(if: $no)", " @include(if: $no)", " @skip(if: false)")
_DAYS = ("$since", "null", '"2020-01-01"')
_KEYS = ("a", "b", "some")
_MOST = 6
"""Fields of one selection set, before what fragments add."""


class Documents:
    """One chance: the same seed makes the same documents."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._random = Random(seed)
        self._fragments: dict[str, str] = {}

    def one(self, root: str) -> str:
        """`root`: the field and its arguments, `person(idNumber: $id, …)`; only the `VARIABLES` used are declared."""
        while True:
            self._fragments = {}
            person = self._schema.type_map["Person"]
            assert isinstance(person, GraphQLObjectType)
            body = f"{{ {root} {self._selection(person)} }}"
            text = "\n".join([body, *self._fragments.values()])
            declared = [f"{name}: {type_}" for name, type_ in VARIABLES.items() if name in text]
            text = f"query{self._random.choice(['', '', ' Q'])}({', '.join(['$id: IdNumber!', *declared])}) {text}"
            if not validate(self._schema, parse(text)):
                return text

    def _selection(self, type_: GraphQLObjectType | GraphQLInterfaceType) -> str:
        random = self._random
        names = random.sample(list(type_.fields), min(len(type_.fields), random.randint(1, _MOST)))
        parts = [self._field(name, type_.fields[name]) for name in names]
        if random.random() < 0.3:
            parts.append("__typename" if random.random() < 0.7 else "kind: __typename")
        if random.random() < 0.25:
            parts.append(self._fragment(type_))
        if random.random() < 0.2:
            parts.append(random.choice(parts))
        random.shuffle(parts)
        return "{ " + " ".join(parts) + " }"

    def _field(self, name: str, field: GraphQLField) -> str:
        random = self._random
        alias = f"{random.choice(_KEYS)}{random.randint(0, 9)}: " if random.random() < 0.15 else ""
        arguments = []
        if "first" in field.args and random.random() < 0.3:
            arguments.append(f"first: {random.choice(['$first', '0', '1', '100', 'null'])}")
        if "since" in field.args and random.random() < 0.15:
            arguments.append(f"since: {random.choice(_DAYS)}")
        said = f"({', '.join(arguments)})" if arguments else ""
        below = get_named_type(field.type)
        nested = "" if is_leaf_type(below) else f" {self._selection(below)}"  # type: ignore[arg-type]
        return f"{alias}{name}{said}{random.choice(_WORTH)}{nested}"

    def _fragment(self, type_: GraphQLObjectType | GraphQLInterfaceType) -> str:
        random = self._random
        on: GraphQLObjectType | GraphQLInterfaceType = type_
        if isinstance(type_, GraphQLObjectType) and type_.interfaces and random.random() < 0.5:
            on = type_.interfaces[0]
        condition = random.choice(_WORTH)
        if random.random() < 0.5:
            named = f" on {on.name}" if on is not type_ or random.random() < 0.7 else ""
            return f"...{named}{condition} {self._selection(on)}"
        name = f"F{len(self._fragments)}"
        self._fragments[name] = ""  # its number is taken, whatever its own fragments are called
        self._fragments[name] = f"fragment {name} on {on.name} {self._selection(on)}"
        return f"...{name}{condition}"
