"""A consent before it is one: what is given, requested or recorded, and whether it may be kept.

A consent must be informed and specific (PIPL arts 14, 17): known purposes, known items, an end, and for the items of
征信业管理条例 art 14(2) the warning that covers exactly these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from exchange.catalogue import Catalogue
from exchange.consent import Act, Consent
from exchange.consenting import Party, begun
from exchange.frequency import Frequency
from exchange.person import bears_id_number
from exchange.proof import BY_HAND, Form, Proof, ProofKind
from exchange.purpose import Purpose
from exchange.refusals import ConsentInvalid, ConsentUnwarned
from exchange.warning import CURRENT, WARNINGS, Warned, Warning, warned

LONGEST = timedelta(days=5 * 366)
"""Of any consent; a longer one is not specific (PIPL art 14)."""
EARLIEST = timedelta(days=366)
"""How long before its recording a consent may have been signed."""
MOST_PURPOSES = 8
MOST_TIMES = 1000
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OF_BOTH = frozenset({"consent", "application", "contract"})
"""Grounds of purposes for which a second person may consent to what is told of him or her."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The warning that a person says that he or she has seen: its version, and the items that it listed."""

    version: str
    items: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """As it was filled in, unchecked."""

    organisation: str
    purposes: frozenset[str]
    valid_until: datetime
    valid_from: datetime | None = None
    items: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()
    written_items: frozenset[str] = frozenset()
    seen: Seen | None = None
    single_use: bool = False
    frequency: Frequency | None = None
    client: str | None = None
    since: date | None = None
    until: date | None = None
    form: Form | None = None
    proof: Proof = BY_HAND
    partner: str | None = None
    """Keyed digest."""
    relation: str | None = None


def made(
    proposal: Proposal,
    *,
    id: str,
    person: str,
    act: Act,
    by: Party,
    at: datetime,
    catalogue: Catalogue,
    purposes: Mapping[str, Purpose],
) -> Consent:
    """The consent. Raises ConsentInvalid, whose rule names the part; ConsentUnwarned; and what `begun` raises."""
    state = begun(act, by)
    begins = proposal.valid_from or at
    if act is not Act.RECORD:
        begins = max(begins, at)
    for fault in _faults(proposal, act, begins, at, person, catalogue, purposes):
        raise ConsentInvalid(rule=f"consent {fault}")
    text = None
    if act is not Act.REQUEST and proposal.written_items:
        text = checked_warning(proposal.seen, proposal.written_items, begins, recorded=act is Act.RECORD)
    return Consent(
        id=id,
        person=person,
        organisation=proposal.organisation,
        purposes=proposal.purposes,
        valid_from=begins,
        valid_until=proposal.valid_until,
        items=proposal.items,
        groups=proposal.groups,
        written_items=proposal.written_items,
        single_use=proposal.single_use,
        state=state,
        client=proposal.client,
        since=proposal.since,
        until=proposal.until,
        frequency=proposal.frequency,
        form=proposal.form,
        proof=proposal.proof,
        warned=text,
        partner=proposal.partner,
        relation=proposal.relation,
        last_act=act,
        made_at=at,
        changed_at=at,
    )


def checked_warning(seen: Seen | None, items: frozenset[str], at: datetime, *, recorded: bool = False) -> Warned:
    """That the person was warned of exactly these items: by the text in force, or in a record by any published one.

    Raises ConsentUnwarned.
    """
    text: Warning | None = None
    if seen is not None and seen.items == items:
        text = WARNINGS.get(seen.version) if recorded or seen.version == CURRENT.version else None
    if text is None:
        raise ConsentUnwarned(rule="consent writtenItems", basis="征信业管理条例 art 14(2)")
    return warned(items, at, text)


def approved_part(consent: Consent, written_items: frozenset[str] | None, seen: Seen | None, at: datetime) -> Consent:
    """A request as the person answers it: with all, some or none of the written items that were asked for.

    Raises ConsentInvalid where an item was not asked for, ConsentUnwarned.
    """
    kept = consent.written_items if written_items is None else written_items
    if not kept <= consent.written_items:
        raise ConsentInvalid(rule="consent writtenItems")
    text = checked_warning(seen, kept, at) if kept else None
    return replace(consent, written_items=kept, warned=text)


def _faults(
    given: Proposal,
    act: Act,
    begins: datetime,
    at: datetime,
    person: str,
    catalogue: Catalogue,
    purposes: Mapping[str, Purpose],
) -> Iterator[str]:
    """The parts that do not fit, by their names in the schema."""
    if not _fit(given.organisation):
        yield "organisation"
    if given.client is not None and not _fit(given.client):
        yield "client"
    yield from _covering(given, catalogue, purposes)
    if begins > at + LONGEST or begins < at - EARLIEST:
        yield "validFrom"
    if not max(begins, at) < given.valid_until <= begins + LONGEST:
        yield "validUntil"
    if given.since and given.until and given.since > given.until:
        yield "dataFrom"
    if given.frequency is not None and (given.single_use or not 1 <= given.frequency.times <= MOST_TIMES):
        yield "frequency"
    if act is Act.RECORD and given.form is None:
        yield "form"
    if given.form is not None and not (_fit(given.form.version) and _SHA256.fullmatch(given.form.digest)):
        yield "form"
    own = given.proof.kind is ProofKind.OWN_ACT
    if own is (act is Act.RECORD) or (not own and not _SHA256.fullmatch(given.proof.evidence)):
        yield "proof"
    if (given.partner is None) is not (given.relation is None) or given.partner == person:
        yield "partner"
    if given.relation is not None and given.relation not in {i.second_person for i in catalogue.items.values()}:
        yield "partner"


def _fit(word: str) -> bool:
    return bool(_WORD.fullmatch(word)) and not bears_id_number(word)


def _covering(given: Proposal, catalogue: Catalogue, purposes: Mapping[str, Purpose]) -> Iterator[str]:
    grounds = {"consent"} if given.partner is None else _OF_BOTH
    if not 1 <= len(given.purposes) <= MOST_PURPOSES:
        yield "purposes"
    for code in given.purposes:
        if code not in purposes or purposes[code].ground not in grounds or purposes[code].own:
            yield "purposes"
    if given.items is not None:
        if not given.items and not given.groups and not given.written_items:
            yield "items"
        if any(key not in catalogue.items or catalogue.items[key].written_consent_only for key in given.items):
            yield "items"
    if not given.groups <= catalogue.groups:
        yield "groups"
    if any(key not in catalogue.items or not catalogue.items[key].written_consent_only for key in given.written_items):
        yield "writtenItems"
