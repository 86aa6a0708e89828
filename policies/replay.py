"""The decisions of a sealed entry, derived again under what decided then. Pure: the entry, the engine, the consent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from exchange.audit import BETWEEN, bases_of
from exchange.catalogue import Catalogue
from exchange.consent import Consent, ground_on
from exchange.decision import Decision, Treatment
from exchange.ground import Ground
from exchange.narrowing import narrowed
from policies.engine import Engine

_RANK = {treatment: rank for rank, treatment in enumerate(Treatment)}
_SOMEBODY = "somebody"
"""Stands for a second person of whom an entry of form 3 tells nothing."""
_ALL_BASES = 5
"""The first form of entries that names every basis of a rule."""


class Outcome(StrEnum):
    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """What decided then is not there, or is not what it was."""
    UNDECIDED = "undecided"
    """The entry holds no decision of the policies: a refusal that rests on something else."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the entry says otherwise than the policies of its time."""

    subject: str
    """An item's key, a record type, a rule, a purpose or an act."""
    word: str
    """`treatment`, `rule`, `rows`, `basis`, `permitted`."""
    sealed: str
    derived: str


@dataclass(frozen=True, slots=True)
class Replayed:
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    why: str = ""
    """Of UNKNOWN: what is missing."""


def replay(entry: Mapping[str, Any], engine: Engine, catalogue: Catalogue, consent: Consent | None) -> Replayed:
    """`engine`, `catalogue`: what decided then. `consent`: the one that the entry names, as it is kept."""
    if entry["administrative"]:
        return _act(entry, engine)
    if entry["code"]:
        return _refusal(entry, engine)
    if entry["ground"]["consent"] and consent is None:
        return Replayed(Outcome.UNKNOWN, why="the consent is not kept")
    found: list[tuple[Difference, ...]] = []
    for ground in grounds_of(entry, consent, catalogue):
        if entry["ground"].get("terms", ground.terms) != ground.terms:
            return Replayed(Outcome.UNKNOWN, why="the consent is not what it was when the entry was sealed")
        found.append(tuple(_differences(entry, decided(entry, engine, catalogue, ground))))
    fewest = min(found, key=len)
    return Replayed(Outcome.DIFFERENT if fewest else Outcome.EQUAL, fewest)


def grounds_of(entry: Mapping[str, Any], consent: Consent | None, catalogue: Catalogue) -> list[Ground]:
    """What the ask rested on. Of an entry of form 3 or older, with and without a second person's consent."""
    said = entry["ground"]
    alone = Ground(said["kind"]) if consent is None else ground_on(consent, catalogue.grouped)
    second = replace(alone, partner=_SOMEBODY, partner_consent=said.get("second") or _SOMEBODY)
    if "second" not in said:
        return [alone, second]
    return [second if said["second"] else alone]


def decided(
    entry: Mapping[str, Any], engine: Engine, catalogue: Catalogue, ground: Ground
) -> Mapping[str, Decision | None]:
    """What these policies decide on all that the entry's ask was about; None = the standard has no such thing."""
    verdicts = narrowed(engine.decide(entry["role"], entry["purpose"], ground), catalogue, ground)
    found: dict[str, Decision | None] = {}
    for key in entry["items"]:
        if key in catalogue.records:
            # That a record is there at all: under the strongest decision of its type.
            of_type = [verdicts[item.key] for item in catalogue.records[key].items.values()]
            found[key] = min(of_type, key=lambda decision: _RANK[decision.treatment])
        else:
            found[key] = verdicts.get(key)
    return found


def _differences(entry: Mapping[str, Any], derived: Mapping[str, Decision | None]) -> Iterator[Difference]:
    for key, said in sorted(entry["items"].items()):
        decision = derived[key]
        if decision is None:
            yield Difference(key, "item", "asked", "not in the standard")
            continue
        words = (
            ("treatment", said["treatment"], decision.treatment.value),
            ("rule", said["rule"], decision.rule),
            ("rows", " ".join(said["rows"]), " ".join(sorted(decision.rows))),
        )
        for word, sealed, now in words:
            if sealed != now:
                yield Difference(key, word, sealed, now)
    found = bases_of(decision for decision in derived.values() if decision)
    for rule in sorted(found.keys() | entry["bases"].keys()):
        sealed, now = entry["bases"].get(rule, ""), found.get(rule, "")
        if sealed != now and (entry["version"] >= _ALL_BASES or sealed not in now.split(BETWEEN)):
            yield Difference(rule, "basis", sealed, now)


def _act(entry: Mapping[str, Any], engine: Engine) -> Replayed:
    act, code = entry["administrative"]["act"], entry["code"]
    if code and code != "ACT_NOT_PERMITTED":
        return Replayed(Outcome.UNDECIDED)
    return _permission(act, not code, engine.may(entry["role"], act))


def _refusal(entry: Mapping[str, Any], engine: Engine) -> Replayed:
    """A purpose is refused by the policies, or by the client's registration, of which they know nothing."""
    if entry["code"] != "PURPOSE_NOT_PERMITTED" or not entry["purpose"]:
        return Replayed(Outcome.UNDECIDED)
    permitted = engine.permitted(entry["role"], entry["purpose"])
    return Replayed(Outcome.UNDECIDED) if permitted else _permission(entry["purpose"], False, permitted)


def _permission(subject: str, sealed: bool, derived: bool) -> Replayed:
    if sealed == derived:
        return Replayed(Outcome.EQUAL)
    said = Difference(subject, "permitted", "yes" if sealed else "no", "yes" if derived else "no")
    return Replayed(Outcome.DIFFERENT, (said,))
