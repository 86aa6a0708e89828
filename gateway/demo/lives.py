"""The generated people of the city: seeded, coherent, the first n the same whatever comes after them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from random import Random

from exchange.person import PersonId
from gateway.demo import naming
from gateway.demo.accounts import borrow
from gateway.demo.household import keep_house
from gateway.demo.identifiers import id_number
from gateway.demo.life import Contact, Life, Marriage
from gateway.demo.months import shifted
from gateway.demo.sanctions import sanction
from gateway.demo.working import work

# fmt: off
OLD_ROWS = frozenset([
    "CONT_INFO", "OCCU_INFO", "LN_ACCT", "CRD_ACCT", "PAY_MON", "SPC_TXN", "REL_LIAB", "INQ_REC", "ANNO", "AC20",
    "AC02", "JJ_WG", "ZY_ZG", "GJJ_ZH", "GJJ_DK", "GJJ_WG", "QS_GG", "SS_WF", "NS_QK", "CUST_ACCT", "ARREARS",
    "HY_DJ", "SH_JZ",
])
"""Native tables in which somebody may still stand under the 15-digit number."""
# fmt: on
SOME_OLD_ROWS = frozenset({"LN_ACCT", "PAY_MON", "AC02", "GJJ_ZH", "CUST_ACCT"})


@dataclass(frozen=True, slots=True)
class _Sketch:
    """Who somebody is, before anything has happened."""

    age: int
    sex: str
    alive: bool


def spouse_ref(number: str) -> str:
    """The civil register's opaque reference to a person; tells nothing of the number without the register's list."""
    return "S" + sha256(f"demo civil register {number}".encode()).hexdigest()[:12].upper()


def lives(seed: int, people: int, day: date, taken: frozenset[str] = frozenset()) -> Iterator[Life]:
    """`people` lives in order of serial number, from 1. `taken`: id numbers that belong to others."""
    for life in residents(seed, people, day, taken):
        yield _lived(Random(f"{seed}/life/{life.serial}"), life, day)  # noqa: S311


def residents(seed: int, people: int, day: date, taken: frozenset[str] = frozenset()) -> Iterator[Life]:
    """The same people as `lives`, with their names, numbers and spouses, before anything else has happened."""
    used = set(taken)
    for first in range(0, people, 2):
        pair = Random(f"{seed}/pair/{first}")  # noqa: S311
        sketches = (_sketch(pair, "1"), _sketch(pair, "2"))
        together = all(s.age >= 24 and s.alive for s in sketches) and pair.random() < 0.6 and first + 2 <= people
        made = [_person(seed, first + place, sketch, day, used) for place, sketch in enumerate(sketches)]
        for life, other in ((made[0], made[1]), (made[1], made[0])):
            life.marriage = _marriage(pair, life, other if together else None, day)
            if life.serial <= people:
                yield life


def _sketch(rng: Random, sex: str) -> _Sketch:
    age = rng.randint(10, 17) if rng.random() < 0.05 else int(rng.triangular(18, 88, 38))
    return _Sketch(age, sex, rng.random() >= (0.06 if age > 65 else 0.004))


def _person(seed: int, place: int, sketch: _Sketch, day: date, used: set[str]) -> Life:
    rng = Random(f"{seed}/person/{place}")  # noqa: S311
    born = shifted(day, -12 * sketch.age) - timedelta(days=rng.randint(1, 360))
    serial = rng.randrange(1, 500) * 2 - (sketch.sex == "1")
    while (number := id_number(born, serial)) in used:
        serial = (serial + 1) % 998 + 1
    used.add(number)
    division = naming.division(rng)
    life = Life(place + 1, number, naming.name(rng), sketch.sex, born, division, naming.address(rng, division))
    if not sketch.alive:
        life.registration = life.document_status = "4"
    draw = rng.random()
    if number[6:8] == "19" and draw < 0.1:
        life.old_in = OLD_ROWS if draw < 0.04 else SOME_OLD_ROWS
    return life


def _marriage(rng: Random, life: Life, other: Life | None, day: date) -> Marriage | None:
    draw = rng.random()
    own = spouse_ref(life.number)
    if PersonId(life.number).age_on(day) < 22:
        return None
    if other:
        return Marriage("20", own, spouse_ref(other.number))
    return Marriage("10" if draw < 0.7 else "40" if draw < 0.9 else "30", own, None)


def _lived(rng: Random, life: Life, day: date) -> Life:
    age = PersonId(life.number).age_on(day)
    if age < 18 or life.registration == "4":
        return life
    home = naming.address(rng, life.division)
    life.contacts = [Contact(naming.mobile(rng), home, rng.choice(("2", "5", "6", "11")))]
    work(rng, life, age, day)
    borrow(rng, life, age, day)
    sanction(rng, life, day)
    keep_house(rng, life, day)
    return life
