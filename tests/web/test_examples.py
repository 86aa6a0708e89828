"""The queries that the explorer offers hold on the schema that this gateway serves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from exchange.catalogue import Catalogue
from exchange.standard.load import load
from policies.engine import Engine
from resolvers.schema import build

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "web" / "src"
EXAMPLES = sorted((SOURCES / "examples").glob("*.graphql"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(None, ROOT / "gateway" / "demo" / "approval.yaml")


@pytest.fixture(scope="module")
def engine(catalogue: Catalogue) -> Engine:
    return Engine.load(None, catalogue)


@pytest.fixture(scope="module")
def schema(catalogue: Catalogue, engine: Engine) -> GraphQLSchema:
    return build_schema(build(catalogue, engine).as_str())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_the_schema(path: Path, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_one_named_query_that_declares_only_what_the_picker_fills(path: Path) -> None:
    (operation,) = parse(path.read_text("utf-8")).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    declared = {one.variable.name.value for one in operation.variable_definitions or ()}
    assert declared <= {"id", "purpose", "reference", "consent"}


def test_every_example_is_offered() -> None:
    offered = set(re.findall(r'"\./examples/([\w-]+)\.graphql\?raw"', (SOURCES / "examples.ts").read_text("utf-8")))
    assert offered == {path.stem for path in EXAMPLES}


def test_every_role_that_examples_name_is_a_role_of_the_policy(engine: Engine) -> None:
    text = (SOURCES / "examples.ts").read_text("utf-8")
    lists = re.findall(r"(?:roles: |LENDERS = )\[([^\]]+)\]", text)
    named = {role for one in lists for role in re.findall(r'"([\w-]+)"', one)}
    assert "bank-system" in named
    assert named <= engine.roles


def test_every_role_with_a_purpose_is_offered_a_query_of_its_own(engine: Engine) -> None:
    text = (SOURCES / "examples.ts").read_text("utf-8")
    playable = (ROOT / "gateway" / "demo" / "clients.yaml").read_text("utf-8")
    roles = set(re.findall(r"roles: \[([\w-]+)\]", playable))
    asking = {role for role in roles if any(engine.permitted(role, purpose) for purpose in engine.purposes)}
    assert asking
    assert sorted(role for role in asking if f'"{role}"' not in text) == []
