"""The GraphQL types that do not depend on the standard."""

from __future__ import annotations

import strawberry
from strawberry.schema_directive import Location

from exchange.decision import Treatment
from resolvers import disclosures
from resolvers.consents import ConsentView, own
from resolvers.disclosures import OwnLog
from resolvers.ground import GroundShown
from resolvers.scalars import Day
from resolvers.turns import FrequencyShown


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="item", description="The catalogue item behind a field."
)
class ItemDirective:
    code: str
    name_zh: str
    basic: bool
    sensitivity: int
    group: str
    basis: str


@strawberry.type(description="Where a record comes from.")
class Provenance:
    department: str = strawberry.field(description="Department code, `PBC`.")
    source: str = strawberry.field(description="The department's name today.")
    as_of: Day | None = strawberry.field(description="The day for which the department vouches for the record.")
    standard: str = strawberry.field(description="Version of the standard.")
    subsystems: list[str] = strawberry.field(
        description="Which of the department's sources tell it; empty where it has only one."
    )


@strawberry.type(description="An open dispute or repair on the record (征信业管理条例 art 25); follows it.")
class DisputeMark:
    kind: str = strawberry.field(description="`dispute` or `repair`.")
    since: Day
    statement: str | None = strawberry.field(description="The person's own statement.")


@strawberry.interface(description="One row from a department.")
class Record:
    provenance: Provenance | None = None
    dispute: DisputeMark | None = None


@strawberry.type(description="The rule that comes nearest to opening an item, and which condition failed.")
class Nearest:
    rule: str
    treatment: Treatment
    because: str


@strawberry.type(description="One selection that is null because of a rule. Never depends on data.")
class Withheld:
    selection: str = strawberry.field(description="Response path.")
    item: str = strawberry.field(description="Catalogue item, `PBC03.balance`, or record type.")
    rule: str
    basis: str
    nearest: Nearest | None


@strawberry.type(description="One of the values that a department holds of the same fact.")
class ConflictingValue:
    value: str | None = strawberry.field(description="Released as the item itself would be; null: none is held.")
    subsystem: str | None = strawberry.field(description="Which source of the department says so.")
    as_of: Day | None


@strawberry.type(description="An item that is null because the department's values differ; none of them is chosen.")
class Conflict:
    selection: str = strawberry.field(description="Response path, with the place of the record in its list.")
    item: str
    values: list[ConflictingValue]


@strawberry.type(description="The state of one department, or of one of its sources, in this answer.")
class SourceState:
    department: str
    subsystem: str | None = strawberry.field(description="Its source; null where the department has only one.")
    state: str = strawberry.field(
        description="DELIVERED, ABSENT, WITHHELD, NOT_CONSENTED, UNAVAILABLE, TIMEOUT, STALE, CONFLICT or DISPUTED."
    )
    as_of: Day | None


@strawberry.type(description="What was disclosed, on what ground, and what was not.")
class Disclosure:
    id: strawberry.ID = strawberry.field(description="Names the sealed entry in the disclosure log.")
    purpose: str
    ground: GroundShown
    frequency: FrequencyShown | None = strawberry.field(
        description="Which ask of its period this is, where the purpose counts them."
    )
    revision: str = strawberry.field(description="Revision of the policy that decided.")
    standard: str
    complete: bool = strawberry.field(description="False where a source did not answer, or not as the standard has it.")
    withheld: list[Withheld]
    conflicts: list[Conflict]
    sources: list[SourceState]


@strawberry.type(name="PermittedAct", description="An administrative act that the policies in force permit to a role.")
class PermittedAct:
    code: str
    en: str
    zh: str
    basis: str = strawberry.field(description="Article, in words.")


@strawberry.type(description="Who asks, as the token and the register of clients say.")
class Requester:
    organisation: str
    client: str
    operator: str
    role: str
    districts: list[str]
    purposes: list[str] = strawberry.field(description="Purposes for which this role is released anything.")

    @strawberry.field(description="What else this role may do: acts, and reads of the gateway's own records.")
    def acts(self, info: strawberry.Info) -> list[PermittedAct]:
        acts = info.context.engine.book.acts.values()
        return [
            PermittedAct(code=act.code, en=act.title_en, zh=act.title_zh, basis=act.basis)
            for act in acts
            if self.role in act.roles
        ]

    @strawberry.field(description="The person's own consents, newest first; null for everybody who is no person.")
    async def consents(self, info: strawberry.Info, first: int = 50) -> list[ConsentView] | None:
        return await own(info.context, first)

    @strawberry.field(
        description="What the log says about the person whose token it is: who looked, when, for what, and what was"
        " seen; newest first. Null for everybody who is no person."
    )
    async def disclosures(self, info: strawberry.Info, first: int = 20, before: str | None = None) -> OwnLog | None:
        return await disclosures.own(info.context, first, before)

    @strawberry.field(
        description="The same entries, all of them, as one text that `tools/verify_log.py` verifies. Null for everybody"
        " who is no person."
    )
    async def disclosure_export(self, info: strawberry.Info) -> str | None:
        return await disclosures.exported(info.context)


@strawberry.type(description="What the requester would be released of one item.")
class AccessItem:
    item: str
    treatment: Treatment
    rule: str
    basis: str
    rows: list[str] = strawberry.field(description="Row conditions of which one must hold; empty = every row.")
    ground: str
    nearest: Nearest | None


@strawberry.type(description="Whether the yes/no question of a record type is open.")
class AccessRecord:
    record: str
    exists: bool


@strawberry.type(description="What would I see: no data touched, no person named.")
class AccessPreview:
    role: str
    purpose: str
    ground: str = strawberry.field(description="The ground that the purpose needs; the preview supposes it.")
    basis: str
    reference: str | None = strawberry.field(
        description="The kind of number that an ask must name: application, case, contract or document."
    )
    phase: str = strawberry.field(description="The phase of the plan from which on the purpose is open.")
    open: bool = strawberry.field(description="Whether that phase has come.")
    permitted: bool
    items: list[AccessItem]
    records: list[AccessRecord]


@strawberry.type
class Code:
    code: str
    meaning_zh: str


@strawberry.type
class CodeList:
    name: str
    source: str
    values: list[Code]


@strawberry.type
class CatalogueItem:
    key: str
    code: str
    name: str
    name_zh: str
    kind: str
    group: str
    basic: bool
    sensitivity: int
    negative: bool
    basis: str
    code_list: str | None
    unit: str | None
    description: str


@strawberry.type
class CatalogueRecord:
    code: str
    name: str
    name_zh: str
    field: str
    many: bool
    group: str
    basis: str
    description: str
    items: list[CatalogueItem]


@strawberry.type
class CatalogueDepartment:
    code: str
    name: str
    name_zh: str
    name_today_zh: str
    domain: str
    section: str
    records: list[CatalogueRecord]


@strawberry.type(description="The city's data catalogue in force.")
class Catalogue:
    id: str
    version: str
    state: str
    revision: str
    title_zh: str
    title_en: str
    departments: list[CatalogueDepartment]
    code_lists: list[CodeList]


@strawberry.type(description="The shape of one source of a department, compared with the one at the gateway's start.")
class SourceShape:
    source: str = strawberry.field(description="Its name in the mapping; empty for a department's only one.")
    state: str = strawberry.field(
        description="UNKNOWN (not reached yet), SAME, DRIFTED (the mapping still fits) or UNFIT (it fits no more)."
    )
    since: str | None
    digest: str | None = strawberry.field(description="For those who supervise: names the shape as last seen.")
    differences: list[str] | None = strawberry.field(description="For those who supervise: which columns changed.")


@strawberry.type(description="How one of a department's sources has answered since the process that tells it started.")
class SourceHealth:
    source: str = strawberry.field(description="Its name in the mapping; empty for a department's only one.")
    asks: int
    delivered: int
    p50_ms: float | None = strawberry.field(description="Half of the asks took no longer, in milliseconds.")
    p95_ms: float | None
    p99_ms: float | None = strawberry.field(description="Null before the first ask, and above ten seconds.")
    invalid_values: int = strawberry.field(description="Values that did not fit the standard.")
    breaker_open: bool = strawberry.field(description="Whether it is left alone for a while after failures.")


@strawberry.type(description="One department and whether it can be reached.")
class Source:
    department: str
    section: str
    state: str
    since: str | None
    as_of: Day | None
    shapes: list[SourceShape] = strawberry.field(description="Of each of its databases, services or folders.")
    health: list[SourceHealth] | None = strawberry.field(description="For those who supervise.")
