"""The policies in force as a matrix, for those who supervise: no data, nobody named."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from exchange import wording
from exchange.decision import Treatment
from exchange.wording import Words
from policies.matrix import Behind, Cell, cells
from resolvers.acting import reading
from resolvers.context import Context
from resolvers.entries import Said

READ = "MATRIX_READ"


@strawberry.type(description="A purpose of the matrix, and the right that it rests on.")
class MatrixPurpose:
    purpose: Said
    ground: str
    basis: str
    phase: str
    open: bool = strawberry.field(description="Whether the city's phase has reached it.")


@strawberry.type(description="A release group: items that the policies speak of together.")
class MatrixGroup:
    group: Said
    items: int


@strawberry.type(description="How many items of a cell are released in one way.")
class MatrixCount:
    treatment: Treatment
    items: int


@strawberry.type(description="One rule behind a cell.")
class MatrixRule:
    rule: str
    text: str = strawberry.field(description="As a sentence.")
    basis: str
    treatment: Treatment
    rows: list[str] = strawberry.field(description="Row conditions of which one must hold; empty = every row.")
    items: int
    written: bool = strawberry.field(description="Whether it needs a written consent that names the item.")


@strawberry.type(description="What a role is released of a group for a purpose, on the purpose's own ground.")
class MatrixCell:
    role: str
    purpose: str
    group: str
    treatment: Treatment = strawberry.field(description="The widest of its items.")
    counts: list[MatrixCount]
    written: int = strawberry.field(description="Items that a written consent which names them opens further.")
    rules: list[MatrixRule]


@strawberry.type(description="The policies in force as a picture. What has no cell is closed by default.")
class Matrix:
    revision: str
    roles: list[Said]
    purposes: list[MatrixPurpose]
    groups: list[MatrixGroup]
    cells: list[MatrixCell]


@strawberry.type
class MatrixQueries:
    @strawberry.field(
        description="Role by purpose by release group: treatment, rules, legal basis; of one role or one purpose where"
        " it is named. For those who supervise."
    )
    def matrix(self, info: strawberry.Info, role: str | None = None, purpose: str | None = None) -> Matrix | None:
        context: Context = info.context
        with reading(context, READ, "policies"):
            engine, catalogue = context.engine, context.services.catalogue
            found = [
                cell
                for cell in cells(engine, catalogue)
                if role in (None, cell.role) and purpose in (None, cell.purpose)
            ]
            return Matrix(
                revision=engine.revision,
                roles=[_said(wording.ROLES, each) for each in engine.book.roles.leaves],
                purposes=[
                    MatrixPurpose(
                        purpose=Said(code=code, en=each.title_en, zh=each.title_zh),
                        ground=each.ground,
                        basis=each.basis,
                        phase=each.phase.value,
                        open=each.phase.reached(context.services.phase),
                    )
                    for code, each in engine.purposes.items()
                ],
                groups=[
                    MatrixGroup(group=_said(wording.GROUPS, group), items=len(keys))
                    for group, keys in catalogue.grouped.items()
                ],
                cells=[_cell(each) for each in found],
            )


def _cell(cell: Cell) -> MatrixCell:
    return MatrixCell(
        role=cell.role,
        purpose=cell.purpose,
        group=cell.group,
        treatment=cell.treatment,
        counts=[MatrixCount(treatment=treatment, items=items) for treatment, items in cell.counts.items()],
        written=cell.written,
        rules=[_rule(each) for each in cell.behind],
    )


def _rule(one: Behind) -> MatrixRule:
    return MatrixRule(
        rule=one.rule,
        text=one.text,
        basis=one.basis,
        treatment=one.treatment,
        rows=list(one.rows),
        items=one.items,
        written=one.written,
    )


def _said(table: Mapping[str, Words], code: str) -> Said:
    words = wording.of(table, code)
    return Said(code=code, en=words.en, zh=words.zh)
