"""`python -m benchmarks.times`: can response times tell what an answer must not tell?

The demo in its own process, asked over HTTP, one ask at a time. In each round every case is asked once, in an order
made by chance, so that whatever else the machine does falls on all alike. What must not be told apart is compared by
the two-sample test of Kolmogorov and Smirnov.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.driver import Ask, Connection
from benchmarks.process import Server, free_port, serving
from benchmarks.report import LATEST, machine
from benchmarks.two_samples import chance, distance
from exchange.person import check_digit
from gateway.demo.people import TEST_PEOPLE

GATEWAY = Path(sys.executable).parent / "gateway"
KEPT = LATEST.with_name("times.json")
CLIENT = "bank-system"
WARM = 50
"""Rounds that are not counted."""
LEVEL = 0.01
"""Of all pairs together; each is held to its share (Bonferroni)."""
_SELECTION = (
    "idNumber publicSecurity { personIdentity { name } }"
    " financial { loanAccounts { balance openedOn } hasCardAccounts }"
    " courts { enforcementCases { caseNumber caseStatus } } disclosure { id complete }"
)
_PEOPLE = {tag: person.id_number for person in TEST_PEOPLE for tag in person.tags}
_UNKNOWN = "53019919770101991"
"""The first 17 digits of a number that nobody has, and nobody consented for."""


@dataclass(frozen=True)
class Case:
    answer: str
    """What the requester is told; the same for all that must not be told apart."""
    about: str
    number: str
    purpose: str = "LOAN_APPROVAL"
    reference: str | None = "SQ-2026-000117"

    @property
    def body(self) -> bytes:
        query = (
            f"query($id: IdNumber!, $reference: String) {{ person(idNumber: $id, purpose: {self.purpose},"
            f" reference: $reference) {{ {_SELECTION} }} }}"
        )
        return json.dumps({"query": query, "variables": {"id": self.number, "reference": self.reference}}).encode()


def _cases() -> list[Case]:
    nobody = _UNKNOWN + check_digit(_UNKNOWN)
    denied = {"purpose": "AUDIT"}
    return [
        Case("not permitted", "somebody", _PEOPLE["clean"], **denied),
        Case("not permitted", "somebody, again", _PEOPLE["clean"], **denied),
        Case("not permitted", "no such person", nobody, **denied),
        Case("no number named", "somebody", _PEOPLE["clean"], reference=None),
        Case("no number named", "no such person", nobody, reference=None),
        Case("no consent", "somebody", _PEOPLE["no-consent"]),
        Case("no consent", "no such person", nobody),
        Case("absent", "no such person", _PEOPLE["nobody"]),
        Case("absent", "a minor", _PEOPLE["minor"]),
        Case("absent", "outside the districts", _PEOPLE["outside-pilot"]),
        Case("absent", "deceased", _PEOPLE["deceased"]),
    ]


async def _times(server: Server, token: str, cases: Sequence[Case], rounds: int) -> dict[Case, list[float]]:
    """Milliseconds from the first byte sent to the last one read."""
    found: dict[Case, list[float]] = {case: [] for case in cases}
    asks = {case: Ask("/graphql", case.body, token).bytes() for case in cases}
    order = list(cases)
    async with Connection(server.port) as connection:
        for number in range(WARM + rounds):
            random.shuffle(order)
            for case in order:
                began = time.perf_counter()
                status, _ = await connection.ask(asks[case])
                took = (time.perf_counter() - began) * 1000
                assert status == 200
                if number >= WARM:
                    found[case].append(took)
    return found


async def _alike(server: Server, token: str, cases: Sequence[Case]) -> dict[str, bool]:
    """By answer, whether all its cases are told the same, but for number, disclosure's id and consent."""
    told: dict[str, set[str]] = {}
    async with Connection(server.port) as connection:
        for case in cases:
            _, body = await connection.ask(Ask("/graphql", case.body, token).bytes())
            told.setdefault(case.answer, set()).add(json.dumps(_bare(json.loads(body)), sort_keys=True))
    return {answer: len(bodies) == 1 for answer, bodies in told.items()}


def _bare(answer: dict[str, Any]) -> dict[str, Any]:
    person = (answer["data"] or {}).get("person")
    if person:
        person.pop("idNumber")  # the asker's own, masked
        person["disclosure"].pop("id")
        beside = answer["extensions"]["disclosure"]["person"]
        beside.pop("id")
        beside["ground"].pop("consent")
    return answer


@dataclass(frozen=True)
class Pair:
    one: Case
    other: Case
    distance: float
    chance: float


def _pairs(times: Mapping[Case, list[float]]) -> list[Pair]:
    """Each case beside the first one of its answer."""
    first: dict[str, Case] = {}
    found = []
    for case, took in times.items():
        one = first.setdefault(case.answer, case)
        if one is not case:
            apart = distance(times[one], took)
            found.append(Pair(one, case, apart, chance(apart, len(times[one]), len(took))))
    return found


def _show(times: Mapping[Case, list[float]], pairs: Sequence[Pair], known: float) -> None:
    table = Table(title="What must not be told apart by time")
    for name in ("answer", "about", "median ms", "about", "median ms", "distance", "chance"):
        table.add_column(name, justify="right" if name in ("median ms", "distance", "chance") else "left")
    for pair in pairs:
        both = [text for case in (pair.one, pair.other) for text in (case.about, f"{median(times[case]):.2f}")]
        table.add_row(pair.one.answer, *both, f"{pair.distance:.3f}", f"{pair.chance:.2f}")
    console = Console(width=140)
    console.print(table)
    console.print(f"Told apart below a chance of {LEVEL / len(pairs):.4f}. 'no consent' beside 'absent': {known:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.times", description=__doc__)
    parser.add_argument("--asks", type=int, default=500, help="of each case (default: 500)")
    parser.add_argument("--people", type=int, default=500, help="size of the city (default: 500)")
    given = parser.parse_args()
    cases = _cases()
    with tempfile.TemporaryDirectory(prefix="gateway-times-") as folder:
        data, port = Path(folder) / "data", free_port()
        command = [GATEWAY, "demo", "--people", str(given.people), "--port", str(port), "--data", data]
        with serving(command, port, Path(folder) / "gateway.log") as server:
            asked = [GATEWAY, "token", CLIENT, "--ttl", "86400", "--data", data]
            token = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
            alike = asyncio.run(_alike(server, token, cases))
            times = asyncio.run(_times(server, token, cases, given.asks))
    pairs = _pairs(times)
    by_name = {(case.answer, case.about): took for case, took in times.items()}
    known = distance(by_name["no consent", "somebody"], by_name["absent", "no such person"])
    _show(times, pairs, known)
    KEPT.parent.mkdir(exist_ok=True)
    content = {
        "machine": machine(),
        "asks": given.asks,
        "bodies_alike": alike,
        "known_apart": round(known, 4),
        "pairs": [
            {
                "answer": pair.one.answer,
                "about": [pair.one.about, pair.other.about],
                "median_ms": [round(median(times[case]), 3) for case in (pair.one, pair.other)],
                "distance": round(pair.distance, 4),
                "chance": round(pair.chance, 4),
            }
            for pair in pairs
        ],
    }
    KEPT.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    apart = [pair for pair in pairs if pair.chance < LEVEL / len(pairs)]
    if apart or not all(alike.values()):
        sys.exit("Some answers that must not be told apart can be.")


if __name__ == "__main__":
    main()
