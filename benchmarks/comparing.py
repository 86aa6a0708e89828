"""Before anything is measured: both endpoints answer with the same numbers of rows, list by list.

The hand-written endpoint knows one clock (inquiries of the last years) and no relation, so only people of whom no other
rule takes a row are asked about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from benchmarks.driver import Ask, answers
from benchmarks.process import Server
from benchmarks.workloads import Workload
from gateway.demo.city import SEED, City
from gateway.demo.lives import residents

PEOPLE = 60
_CANDIDATES = 400
_RELEASED = ("FULL", "MASKED", "BANDED")

Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Compared:
    """Asks about the same people to both, and how many rows one answer holds on average."""

    gateway: list[Ask]
    floor: list[Ask]
    people: int
    rows: float


def candidates(workload: Workload, people: int, day: date) -> list[str]:
    """Generated people: those who consented, or for a portfolio all."""
    if workload.people > 1:
        return [life.number for life in residents(SEED, people, day, frozenset())]
    return [consent.id_number for consent in City(people, SEED, day, {}).consents][:_CANDIDATES]


async def released(gateway: Server, workload: Workload, token: str, number: str) -> list[str]:
    """The items whose values the gateway releases to this client for this purpose."""
    (answer,) = await answers(gateway, [gateway_ask(workload, token, [number])])
    (disclosure, *_) = answer["extensions"]["disclosure"].values()
    return [key for key, treatment in disclosure["treatments"].items() if treatment in _RELEASED]


async def compared(gateway: Server, floor: Server, workload: Workload, token: str, numbers: list[str]) -> Compared:
    """Raises RuntimeError where too few people are the same on both sides."""
    size = workload.people
    groups = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    same: list[str] = []
    rows = 0
    for group in groups:
        (answer,) = await answers(gateway, [gateway_ask(workload, token, group)])
        (by_hand,) = await answers(floor, [floor_ask(workload, group)])
        data = answer["data"]
        mine = data["persons"] if size > 1 else [data["person"]]
        for number, one, other in zip(group, mine, by_hand["data"], strict=True):
            here, there = counts(one), counts(other)
            if all(here.get(key, 0) == count for key, count in there.items()) and sum(there.values()):
                same.append(number)
                rows += sum(there.values())
        if len(same) >= max(PEOPLE, 2 * size):
            break
    if len(same) < max(PEOPLE // 2, size):
        raise RuntimeError(f"{workload.name}: only {len(same)} people have the same rows on both sides")
    if size > 1:
        asked = [(same[at:] + same[:at])[:size] for at in range(0, len(same), 10)]
    else:
        asked = [[number] for number in same]
    return Compared(
        [gateway_ask(workload, token, group) for group in asked],
        [floor_ask(workload, group) for group in asked],
        len(same),
        rows / len(same) * size,
    )


def counts(person: Mapping[str, Any]) -> Counts:
    """(section, list) → rows; a single record is one row."""
    return {
        (section, name): len(value) if isinstance(value, list) else int(value is not None)
        for section, lists in person.items()
        if isinstance(lists, dict)
        for name, value in lists.items()
    }


def gateway_ask(workload: Workload, token: str, numbers: Sequence[str]) -> Ask:
    return Ask("/graphql", workload.body(numbers), token)


def floor_ask(workload: Workload, numbers: Sequence[str]) -> Ask:
    return Ask(f"/{workload.name}", json.dumps({"people": list(numbers)}).encode())
