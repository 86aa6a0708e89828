"""Inquiries and their outcomes: the bank reports what became of an application, and who asked without ever saying is
listed for the bank itself, the credit office and the person. Counts only of what was asked, released and used."""

from __future__ import annotations

from datetime import timedelta

import strawberry

from exchange.inquiry import Inquiry, Outcome, closed
from exchange.reference import checked_reference
from exchange.refusals import ReferenceInvalid, ReferenceRequired, StoreUnavailable
from exchange.retention import civil_day
from exchange.store.inquiry import Inquiries, closing
from resolvers.acting import acting, reading
from resolvers.context import Context
from resolvers.scalars import Day

strawberry.enum(Outcome, name="InquiryOutcome", description="What became of what the ask was for.")
_SUPERVISE, _READ, _REPORT = "INQUIRY_SUPERVISE", "INQUIRY_READ", "OUTCOME_REPORT"
_YEAR = timedelta(days=365)


@strawberry.type(name="OutcomeReport", description="What stands now under a reference.")
class OutcomeReport:
    reference: str
    outcome: Outcome
    closed: int = strawberry.field(description="Asks that this report closed; 0 where it was reported before.")
    asks: int = strawberry.field(description="All asks under the reference.")


@strawberry.type(name="OpenInquiry", description="An answered ask whose outcome nobody has reported.")
class OpenInquiry:
    id: strawberry.ID = strawberry.field(description="Names the sealed entry in the disclosure log.")
    organisation: str
    client: str
    purpose: str
    reference: str
    asked_on: Day
    overdue: bool = strawberry.field(description="Whether it is older than the outcome may take.")


@strawberry.type(name="Minimisation", description="What a client asked, got and used for a purpose. Counts only.")
class MinimisationShown:
    organisation: str
    client: str
    purpose: str
    asks: int
    items_asked: int
    items_released: int
    asks_reported: int = strawberry.field(description="Whose outcome was reported.")
    items_released_of_reported: int
    items_used: int = strawberry.field(description="Of those released to the asks whose outcome was reported.")


@strawberry.type
class OutcomeQueries:
    @strawberry.field(
        description="Asks without an outcome, at most 100, the oldest first: the own organisation's, for a person those"
        " about himself or herself, for those who supervise all."
    )
    async def open_inquiries(self, info: strawberry.Info, overdue_only: bool = True) -> list[OpenInquiry] | None:
        context: Context = info.context
        requester, days = context.requester, timedelta(days=context.services.outcome_days)
        with reading(context, _READ, "inquiry"):
            purposes = [code for code, purpose in context.engine.purposes.items() if purpose.outcome]
            due = context.at - days
            own = None if requester.person or context.engine.may(requester.role, _SUPERVISE) else requester.organisation
            found = await _inquiries(context).open(
                purposes, due if overdue_only else context.at, organisation=own, person=requester.person
            )
        return [_open(inquiry, inquiry.at < due) for inquiry in found]

    @strawberry.field(
        description="What each client asked, got and used in the last year: the own organisation's, for those who"
        " supervise every one's. Counts only."
    )
    async def minimisation(self, info: strawberry.Info) -> list[MinimisationShown] | None:
        context: Context = info.context
        with reading(context, "MINIMISATION_READ", "minimisation"):
            supervises = context.engine.may(context.requester.role, _SUPERVISE)
            own = None if supervises else context.requester.organisation
            found = await _inquiries(context).minimisation(context.at - _YEAR, own)
        return [
            MinimisationShown(
                organisation=one.organisation,
                client=one.client,
                purpose=one.purpose,
                asks=one.asks,
                items_asked=one.asked,
                items_released=one.released,
                asks_reported=one.reported,
                items_released_of_reported=one.released_of_reported,
                items_used=one.used,
            )
            for one in found
        ]


@strawberry.type
class OutcomeMutations:
    @strawberry.mutation(
        description="Report what became of an application, case or contract, and which of the released items were used."
        " Closes all asks of the own organisation under that reference; once reported, it stands."
    )
    async def report_outcome(
        self, info: strawberry.Info, reference: str, outcome: Outcome, items_used: list[str]
    ) -> OutcomeReport | None:
        context: Context = info.context
        organisation = context.requester.organisation
        with acting(context, _REPORT, "inquiry", reason=outcome.value) as act:
            number = act.reference = _number(context, reference)
            store = _inquiries(context)
            inquiries = await store.named(organisation, number)
            released = await store.released([inquiry.id for inquiry in inquiries])
            used = closed(inquiries, released, outcome, frozenset(items_used))
            act.people = tuple(dict.fromkeys(inquiry.person for inquiry in inquiries))
            if used:
                act.lay_down(closing(organisation, number, outcome, used, context.at))
        return OutcomeReport(reference=number, outcome=outcome, closed=len(used), asks=len(inquiries))


def _open(inquiry: Inquiry, overdue: bool) -> OpenInquiry:
    return OpenInquiry(
        id=strawberry.ID(inquiry.id),
        organisation=inquiry.organisation,
        client=inquiry.client,
        purpose=inquiry.purpose,
        reference=inquiry.reference,
        asked_on=Day(civil_day(inquiry.at).isoformat()),
        overdue=overdue,
    )


def _number(context: Context, reference: str) -> str:
    """As the ask named it. Raises ReferenceRequired, ReferenceInvalid."""
    rule, basis = f"act {_REPORT}: names the reference of the ask", context.engine.book.acts[_REPORT].basis
    try:
        number = checked_reference(reference or None)
    except ReferenceInvalid:
        raise ReferenceInvalid(rule=rule, basis=basis) from None
    if number is None:
        raise ReferenceRequired(rule=rule, basis=basis)
    return number


def _inquiries(context: Context) -> Inquiries:
    if context.services.inquiries is None:
        raise StoreUnavailable()
    return context.services.inquiries
