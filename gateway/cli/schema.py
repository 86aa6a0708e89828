"""`gateway schema`: the GraphQL schema that the standard makes."""

from __future__ import annotations

from cyclopts import App

from gateway.cli.where import HERE, Where, engine, standard
from resolvers.schema import build

app = App(name="schema", help="The GraphQL schema that the standard makes.")


@app.command(name="print")
def show(*, where: Where = HERE) -> None:
    """Print the schema definition: what schema.graphql holds."""
    settings = where.settings()
    catalogue = standard(settings)
    print(build(catalogue, engine(settings, catalogue)).as_str().rstrip("\n"))
