"""Consents to read: the person's own, and those that were given to one's organisation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import Any

import strawberry

from exchange.audit import stamp
from exchange.catalogue import Catalogue
from exchange.consent import Consent, ConsentState
from exchange.frequency import Period
from exchange.person import PersonId
from exchange.proof import ProofKind
from exchange.receipt import receipt
from exchange.refusals import ConsentInvalid, FirstInvalid
from exchange.warning import CURRENT
from resolvers.acting import reading
from resolvers.context import Context
from resolvers.scalars import Day, IdNumber, Instant

MOST = 100
READ = "CONSENT_READ"


def _enum(kind: type[Enum], name: str, description: str) -> Any:
    made: Any = Enum(name, {member.name: member.value for member in kind})
    return strawberry.enum(made, name=name, description=description)


State = _enum(ConsentState, "ConsentState", "What a consent is good for now; docs/consent.md says what leads where.")
Proven = _enum(ProofKind, "ConsentProof", "How it can be shown that the person agreed.")
Per = _enum(Period, "ConsentPeriod", "A calendar period in the city's time.")


@strawberry.type(description="At most so many uses in each period.")
class ConsentFrequency:
    times: int
    per: Per  # type: ignore[valid-type]


@strawberry.type(description="The standard form that was shown (征信业管理条例 art 19).")
class ConsentForm:
    version: str
    sha256: str


@strawberry.type(description="The warning before a written consent (征信业管理条例 art 14(2)), and what it covers.")
class ConsentWarning:
    version: str
    sha256: str
    zh: str
    en: str
    items: list[str]


@strawberry.type(name="Consent", description="What a person agreed to, or is asked to agree to.")
class ConsentView:
    id: strawberry.ID
    organisation: str
    client: str | None = strawberry.field(description="The only client that may use it; null: any of the organisation.")
    purposes: list[str]
    state: State  # type: ignore[valid-type]
    items: list[str] | None = strawberry.field(description="Item keys; null: whatever the purpose opens.")
    groups: list[str] = strawberry.field(description="Release groups, as the standard in force fills them.")
    written_items: list[str] = strawberry.field(description="Of art 14(2): asked for, or given after the warning.")
    warned_items: list[str] = strawberry.field(description="Those of them that the warning covered: only these count.")
    data_from: Day | None = strawberry.field(description="Records dated before are not read.")
    data_to: Day | None = strawberry.field(description="Records dated after are not read.")
    once: bool
    frequency: ConsentFrequency | None
    uses_in_period: int = strawberry.field(description="How often it was used in the present period, where counted.")
    valid_from: Instant
    valid_until: Instant
    form: ConsentForm | None
    proof: Proven  # type: ignore[valid-type]
    evidence: str | None = strawberry.field(description="SHA-256 of what the organisation keeps as evidence.")
    relation: str | None = strawberry.field(description="It names a second person, who is this to the person.")
    made_at: Instant | None
    changed_at: Instant | None
    receipt: str | None = strawberry.field(description="Signed receipt of the last act: a C2SP signed note over JSON.")


@strawberry.type
class ConsentQueries:
    @strawberry.field(description="The warning to show before items of art 14(2) are given, over exactly these items.")
    def consent_warning(self, info: strawberry.Info, items: list[str]) -> ConsentWarning | None:
        with reading(info.context, READ, "consent"):
            return _warning(info.context.services.catalogue, items)

    @strawberry.field(description="Consents given to, or requested by, the requester's own organisation; newest first.")
    async def consents(
        self,
        info: strawberry.Info,
        id_number: IdNumber | None = None,
        state: State | None = None,  # type: ignore[valid-type]
        first: int = 50,
    ) -> list[ConsentView] | None:
        context: Context = info.context
        with reading(context, READ, "consent"):
            if not 0 <= first <= MOST:
                raise FirstInvalid()
            services = context.services
            person = None if id_number is None else services.digests.person(PersonId.parse(id_number))
            held = await services.consents.to(context.requester.organisation, person)
            wanted = None if state is None else ConsentState(state.value)
            fit = [c for c in held if wanted is None or c.state_at(context.at) is wanted]
            return seen_all(context, fit[:first])


async def own(context: Context, first: int) -> list[ConsentView] | None:
    """Those of the person whose token it is; null for everybody else. Raises FirstInvalid, StoreUnavailable."""
    if context.requester.person is None:
        return None
    with reading(context, READ, "consent"):
        if not 0 <= first <= MOST:
            raise FirstInvalid()
        return seen_all(context, (await context.services.consents.by(context.requester.person))[:first])


def seen_all(context: Context, consents: Iterable[Consent]) -> list[ConsentView]:
    return [seen(context, consent) for consent in consents]


def seen(context: Context, consent: Consent) -> ConsentView:
    services, at = context.services, context.at
    told = receipt(consent, at, services.catalogue, context.engine.purposes)
    return ConsentView(
        id=strawberry.ID(consent.id),
        organisation=consent.organisation,
        client=consent.client,
        purposes=sorted(consent.purposes),
        state=State(consent.state_at(at).value),
        items=None if consent.items is None else sorted(consent.items),
        groups=sorted(consent.groups),
        written_items=sorted(consent.written_items),
        warned_items=sorted(consent.written),
        data_from=_day(consent.since),
        data_to=_day(consent.until),
        once=consent.single_use,
        frequency=consent.frequency
        and ConsentFrequency(times=consent.frequency.times, per=Per(consent.frequency.per.value)),
        uses_in_period=consent.uses_at(at),
        valid_from=Instant(stamp(consent.valid_from)),
        valid_until=Instant(stamp(consent.valid_until)),
        form=consent.form and ConsentForm(version=consent.form.version, sha256=consent.form.digest),
        proof=Proven(consent.proof.kind.value),
        evidence=consent.proof.evidence or None,
        relation=consent.relation,
        made_at=_instant(consent.made_at),
        changed_at=_instant(consent.changed_at),
        receipt=told.note(services.receipts) if services.receipts else None,
    )


def _warning(catalogue: Catalogue, items: list[str]) -> ConsentWarning:
    if not items or any(key not in catalogue.items or not catalogue.items[key].written_consent_only for key in items):
        raise ConsentInvalid(rule="consent writtenItems")
    text = CURRENT
    return ConsentWarning(version=text.version, sha256=text.digest, zh=text.zh, en=text.en, items=sorted(set(items)))


def _day(day: date | None) -> Day | None:
    return None if day is None else Day(day.isoformat())


def _instant(at: datetime | None) -> Instant | None:
    return None if at is None else Instant(stamp(at))
