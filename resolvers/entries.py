"""One entry of the log in plain words, English and Chinese: for the person whom it is about, and for the auditor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry

from exchange import wording
from exchange.audit import Event
from exchange.catalogue import Catalogue
from exchange.decision import Treatment
from exchange.registration import Kind
from exchange.wording import Words
from policies.engine import Engine
from resolvers.context import Context
from resolvers.scalars import Instant

strawberry.enum(Treatment, name="Treatment", description="How an item is released.")
strawberry.enum(
    Event,
    name="LogEvent",
    description="A disclosure, a refusal, or an act on clients, consents, policies or the log itself.",
)


@strawberry.type(description="A code, and what it means.")
class Said:
    code: str
    en: str
    zh: str


@strawberry.type(description="Who asked: the recipient (PIPL art 23) and its operator (征信业管理条例 art 22).")
class LogRequester:
    organisation: Said = strawberry.field(description="With its titles in the register of today.")
    client: Said
    role: Said
    operator: str = strawberry.field(description="Which of its staff, as the token named him or her.")


@strawberry.type(description="The right that the ask rested on.")
class LogGround:
    kind: Said
    consent: strawberry.ID | None = strawberry.field(description="The consent that carried it; `me { consents }`.")
    second_consent: strawberry.ID | None = strawberry.field(
        description="A second person's own consent, where the answer told of him or her too."
    )
    basis: str | None = strawberry.field(description="Legal basis of the purpose.")


@strawberry.type(description="The number that the ask named.")
class LogReference:
    kind: str | None = strawberry.field(description="`application`, `case`, `contract` or `document`.")
    number: str


@strawberry.type(description="One item that was asked, and what was seen of it.")
class LogItem:
    item: Said = strawberry.field(description="Key, `PBC03.balance`, and the standard's names of today.")
    record: Said
    department: str
    treatment: Treatment
    seen: Said = strawberry.field(description="The treatment in words.")
    rule: str = strawberry.field(description="The rule that decided.")
    basis: str | None = strawberry.field(description="Its legal basis.")
    rows: list[str] = strawberry.field(description="Row conditions of which one had to hold; empty = every row.")


@strawberry.type(description="What became of the question to one department, or to one of its sources.")
class LogDepartment:
    department: Said
    subsystem: str | None
    state: Said


@strawberry.type(description="Why nothing was released, or nothing done.")
class LogRefusal:
    code: str
    message: str
    help: str = strawberry.field(description="What can be done about it.")


@strawberry.type(description="An administrative act.")
class LogAct:
    act: Said
    object: str = strawberry.field(description="Kind and id of the record; of a read of the log, how much was read.")
    reason: str | None
    changed: bool = strawberry.field(description="False where everything stood so already, and for what only reads.")
    basis: str | None


@strawberry.type(description="That the entry is in the log, and stands at its place among those about the person.")
class LogProof:
    index: int = strawberry.field(description="Place in the log, from 0.")
    path: list[str] = strawberry.field(description="Hashes that lead to the checkpoint's root (RFC 9162), hexadecimal.")
    count: int = strawberry.field(description="Which of the entries about the person it is, from 1.")
    previous: str = strawberry.field(description="Hash of the one before; 64 zeros in the first.")
    salt: str = strawberry.field(description="With count and previous it opens what the entry commits to.")
    text: str | None = strawberry.field(
        description="The entry with its proof as one text (c2sp.org/tlog-proof), for `tools/verify_log.py`; null"
        " where the log has no key."
    )


@strawberry.type(description="One entry of the log: who asked what about whom, why, and what was seen.")
class LogEntry:
    id: strawberry.ID
    at: Instant
    event: Event
    by: LogRequester
    purpose: Said | None
    ground: LogGround
    reference: LogReference | None
    items: list[LogItem]
    departments: list[LogDepartment]
    refusal: LogRefusal | None
    act: LogAct | None
    policy: str = strawberry.field(description="Revision of the policies that decided.")
    standard: str
    people: list[str] | None = strawberry.field(
        description="Keyed digests of those asked about, for those who supervise; null for the person."
    )
    proof: LogProof | None = strawberry.field(description="For the person.")


@dataclass(frozen=True, slots=True)
class Reader:
    """The words of the day in which entries are told."""

    catalogue: Catalogue
    engine: Engine
    organisations: Mapping[str, Words] = field(default_factory=dict)
    clients: Mapping[str, Words] = field(default_factory=dict)

    def shown(
        self, entry: Mapping[str, Any], *, people: list[str] | None = None, proof: LogProof | None = None
    ) -> LogEntry:
        purpose = self.engine.purposes.get(entry["purpose"])
        kind, named = entry["ground"]["kind"], entry["reference"]
        return LogEntry(
            id=strawberry.ID(entry["id"]),
            at=Instant(entry["time"]),
            event=Event(entry["event"]),
            by=LogRequester(
                organisation=_said(self.organisations, entry["organisation"]),
                client=_said(self.clients, entry["client"]),
                role=_said(wording.ROLES, entry["role"]),
                operator=entry["operator"],
            ),
            purpose=_titled(entry["purpose"], purpose) if entry["purpose"] else None,
            ground=LogGround(
                kind=_said(wording.GROUNDS, kind),
                consent=strawberry.ID(entry["ground"]["consent"]) if entry["ground"]["consent"] else None,
                second_consent=strawberry.ID(second) if (second := entry["ground"].get("second")) else None,
                basis=purpose.basis if purpose else None,
            ),
            reference=LogReference(kind=purpose.reference.kind if purpose and purpose.reference else None, number=named)
            if named
            else None,
            items=[self._item(key, found, entry["bases"]) for key, found in entry["items"].items()],
            departments=[self._department(name, state) for name, state in entry["sources"].items()],
            refusal=LogRefusal(
                code=entry["code"], message=wording.sentence(entry["code"]).en, help=wording.advice(entry["code"]).en
            )
            if entry["code"]
            else None,
            act=self._act(entry.get("administrative") or {}),
            policy=entry["policy"],
            standard=entry["standard"],
            people=people,
            proof=proof,
        )

    def item(self, key: str) -> Said:
        known = self.catalogue.items.get(key)
        return Said(code=key, en=_spaced(key.partition(".")[2]), zh=known.name_zh if known else key)

    def _item(self, key: str, found: Mapping[str, Any], bases: Mapping[str, str]) -> LogItem:
        code = key.partition(".")[0]
        record, treatment = self.catalogue.records.get(code), Treatment(found["treatment"])
        return LogItem(
            item=self.item(key),
            record=Said(code=code, en=_spaced(record.name) if record else code, zh=record.name_zh if record else code),
            department=code[:3],
            treatment=treatment,
            seen=_said(wording.TREATMENTS, treatment.value),
            rule=found["rule"],
            basis=bases.get(found["rule"]),
            rows=list(found["rows"]),
        )

    def _department(self, name: str, state: str) -> LogDepartment:
        code, _, subsystem = name.partition(".")
        known = self.catalogue.departments.get(code)
        return LogDepartment(
            department=Said(code=code, en=known.name if known else code, zh=known.name_today_zh if known else code),
            subsystem=subsystem or None,
            state=_said(wording.STATES, state),
        )

    def _act(self, said: Mapping[str, Any]) -> LogAct | None:
        if not said:
            return None
        known = self.engine.book.acts.get(said["act"])
        return LogAct(
            act=_titled(said["act"], known),
            object=said["object"],
            reason=said["reason"] or None,
            changed=bool(said["changed"]),
            basis=known.basis if known else None,
        )


async def reader(context: Context, entries: Sequence[Mapping[str, Any]]) -> Reader:
    """Two statements, however many entries. Raises StoreUnavailable."""
    services = context.services
    if services.registrar is None:
        return Reader(services.catalogue, context.engine)
    register = services.registrar.register
    organisations = await register.these(Kind.ORGANISATION, sorted({entry["organisation"] for entry in entries}))
    clients = await register.these(Kind.CLIENT, sorted({entry["client"] for entry in entries}))
    return Reader(services.catalogue, context.engine, _titles(organisations), _titles(clients))


def _titles(found: Mapping[str, Any]) -> dict[str, Words]:
    return {id: Words(one.content.title, one.content.title_zh or one.content.title) for id, one in found.items()}


def _said(table: Mapping[str, Words], code: str) -> Said:
    words = wording.of(table, code)
    return Said(code=code, en=words.en, zh=words.zh)


def _titled(code: str, known: Any) -> Said:
    return Said(code=code, en=known.title_en if known else code, zh=known.title_zh if known else code)


def _spaced(name: str) -> str:
    return name.replace("_", " ")
