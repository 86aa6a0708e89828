"""Before anything is measured: all answer alike, row by row, as far as the gateway gives values in full.

The endpoints written by hand know one clock (inquiries of the last years) and no relation, so only people of whom no
other rule takes a row are asked about.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from benchmarks.consents import couples
from benchmarks.contender import Contender, Profile
from benchmarks.driver import Ask, answers
from benchmarks.rules import EVERYTHING
from benchmarks.workloads import Workload
from gateway.demo.city import SEED, City

PEOPLE = 60
_TRIED = 600
_GIVEN = ("FULL", "MASKED", "BANDED")


class Unequal(RuntimeError):
    """Too few people are the same on all sides."""


@dataclass(frozen=True)
class Compared:
    """Asks about the same people to each, and what one answer holds on average."""

    asks: Mapping[str, list[Ask]]
    """By the contender's name."""
    people: int
    rows: float
    values: float


def candidates(workload: Workload, people: int, day: date) -> list[str]:
    """Those who consented to be asked about for this purpose."""
    if workload.purpose == EVERYTHING:
        return [number for couple in couples(people, day) for number in couple]
    return [consent.id_number for consent in islice(City(people, SEED, day, {}).consents, _TRIED)]


async def given(ours: Contender, workload: Workload, number: str) -> dict[str, str]:
    """Item → how the gateway gives it to this client for this purpose, withheld ones apart."""
    (answer,) = await answers(ours.server, [ours.ask(workload, [number])])
    (disclosure, *_) = answer["extensions"]["disclosure"].values()
    return {key: treatment for key, treatment in disclosure["treatments"].items() if treatment in _GIVEN}


async def compared(
    contenders: Sequence[Contender], workload: Workload, numbers: Sequence[str], full: Mapping[str, Sequence[str]]
) -> Compared:
    """`full`: list → names of what is compared by value. The first contender is the gateway. Raises Unequal."""
    size = workload.people
    same: list[str] = []
    apart: Counter[str] = Counter()
    rows = values = 0
    for at in range(0, len(numbers), size):
        group = numbers[at : at + size]
        found = [
            contender.profiles(workload, (await answers(contender.server, [contender.ask(workload, group)]))[0])
            for contender in contenders
        ]
        for number, first, *others in zip(group, *found, strict=True):
            mine, *theirs = (lists(profile, full) for profile in (first, *others))
            unlike = {name for other in theirs for name in {*mine, *other} if mine.get(name) != other.get(name)}
            apart.update(unlike)
            if mine and not unlike:
                same.append(number)
                rows += sum(map(len, mine.values()))
                values += sum(len(row) for several in rows_of(first).values() for row in several)
        if len(same) >= max(PEOPLE, 2 * size):
            break
    if len(same) < max(min(PEOPLE, len(numbers)) // 2, size):
        most = ", ".join(f"{name} ({count})" for name, count in apart.most_common(5))
        raise Unequal(f"{workload.name}: only {len(same)} of {len(numbers)} people are the same on all sides: {most}")
    asked = [(same[at:] + same[:at])[:size] for at in range(0, len(same), 10 if size > 1 else 1)]
    return Compared(
        {each.name: [each.ask(workload, group) for group in asked] for each in contenders},
        len(same),
        rows / len(same) * size,
        values / len(same) * size,
    )


def lists(profile: Profile, full: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """List → its rows, each as far as it is compared by value, in an order that says nothing; empty lists left out."""
    found = {
        name: sorted(json.dumps([row[item] for item in full.get(name, ())], ensure_ascii=False) for row in rows)
        for name, rows in rows_of(profile).items()
    }
    return {name: rows for name, rows in found.items() if rows}


def rows_of(profile: Profile) -> dict[str, list[Mapping[str, Any]]]:
    """A single record is one row."""
    return {
        name: value if isinstance(value, list) else [value]
        for section in profile.values()
        if isinstance(section, dict)
        for name, value in section.items()
        if value is not None
    }
