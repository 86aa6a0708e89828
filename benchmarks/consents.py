"""Who consented to be asked about in full: couples of the city, to the developers, each naming the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from benchmarks.rules import EVERYTHING
from benchmarks.workloads import CATALOGUE
from exchange.consent import Consent
from exchange.digests import Digests
from exchange.person import PersonId
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.warning import warned
from gateway.demo.city import SEED
from gateway.demo.lives import residents, spouse_ref
from gateway.demo.published import TEST_PEOPLE
from gateway.settings import Settings

COUPLES = 500
"""How many are asked about, and nobody else: what tells of a second person needs that one's consent too."""
_ORGANISATION = "sandbox"
_PUBLISHED = frozenset(person.id_number for person in TEST_PEOPLE)
_WRITTEN = frozenset(key for key, item in CATALOGUE.items.items() if item.written_consent_only)


def couples(people: int, day: date) -> Iterator[tuple[str, str]]:
    """Id numbers of the married whose spouse lives in the city too, as far as they are asked about."""
    return islice(_couples(people, day), COUPLES)


def _couples(people: int, day: date) -> Iterator[tuple[str, str]]:
    waiting: dict[str, str] = {}
    for life in residents(SEED, people, day, _PUBLISHED):
        if life.marriage is None or life.marriage.spouse_ref is None:
            continue
        if other := waiting.pop(spouse_ref(life.number), None):
            yield other, life.number
        else:
            waiting[life.marriage.spouse_ref] = life.number


async def add_consents(settings: Settings, store: str, people: int, day: date) -> None:
    """Everything, the amounts of art 14(2) in writing."""
    digests = Digests(settings.key(), settings.digest_algorithm)
    since = datetime.combine(day - timedelta(days=90), time.min, UTC)
    pairs = [pair for one, other in couples(people, day) for pair in ((one, other), (other, one))]
    database = await Database.open(store)
    try:
        await Consents(database).add(
            Consent(
                id=f"consent-{_ORGANISATION}-{number:08d}",
                person=digests.person(PersonId.parse(person)),
                organisation=_ORGANISATION,
                purposes=frozenset({EVERYTHING}),
                valid_from=since,
                valid_until=since + timedelta(days=1825),
                written_items=_WRITTEN,
                warned=warned(_WRITTEN, since),
                partner=digests.person(PersonId.parse(partner)),
                relation="spouse",
                made_at=since,
            )
            for number, (person, partner) in enumerate(pairs)
        )
    finally:
        await database.close()
