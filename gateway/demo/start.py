"""First start of the demo: city, keys, consents and disputes in one folder, with the settings that serve them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from exchange.consent import Consent, ConsentState
from exchange.digests import Digests
from exchange.dispute import Dispute
from exchange.person import PersonId
from exchange.retention import civil_day
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.dispute import Disputes
from exchange.store.schema import upgrade
from exchange.warning import warned
from gateway.demo.city import City, make
from gateway.demo.consents import DemoConsent, demo_consents
from gateway.demo.disputes import demo_disputes
from gateway.demo.issuer import make_digest_key, make_keys, make_log_key, write_secret
from gateway.settings import Settings

Progress = Callable[[int, int, str], None]
_HERE = Path(__file__).parent
_NOT_WORD = re.compile(r"\W+")


def prepare(
    data: Path,
    *,
    people: int,
    database: str | None,
    at: datetime,
    store: str | None = None,
    progress: Progress | None = None,
) -> City:
    """Make what the demo serves, as far as it is not there already, in the folder `data`.

    `gateway.toml` in it names the demo's standard, clients and issuer, so that every command with this data folder
    works with them; the departments' URLs, which may hold a password, stand in `secrets.env` (0600).

    `store`: URL of the gateway's own store, where it is not the file in `data`.
    """
    data.mkdir(parents=True, exist_ok=True)
    make_keys(data / "issuer")
    make_digest_key(data / "digest.key")
    make_log_key(data / "log.key")
    city = make(database or data / "departments", people=people, day=civil_day(at), progress=progress)
    name_sources(data, city)
    settings = Settings(data=data, store=store)
    asyncio.run(_fill(settings, Digests(settings.key(), settings.digest_algorithm), city, at))
    return city


def name_sources(data: Path, city: City) -> None:
    """Write where the departments stand, and the settings that serve them."""
    write_secret(data / "secrets.env", "".join(f"{name}={url}\n" for name, url in city.environ.items()))
    (data / "gateway.toml").write_text(_toml(data), encoding="utf-8")


async def _fill(settings: Settings, digests: Digests, city: City, at: datetime) -> None:
    """Consents and disputes. Those that are there stay as they are: used, revoked, or as the city first had them."""
    await upgrade(settings.store_url)  # the demo's own file, perhaps of an older version
    database = await Database.open(settings.store_url)
    try:
        await Consents(database).add([_consent(c, digests) for c in (*demo_consents(civil_day(at)), *city.consents)])
        await Disputes(database).add(
            Dispute(
                id=_NOT_WORD.sub("-", f"{d.kind}-{d.record}-{d.record_key}"),
                kind=d.kind,
                person=digests.person(PersonId.parse(d.id_number)),
                record=d.record,
                record_key=d.record_key,
                opened_on=d.opened_on,
                statement=d.statement,
            )
            for d in demo_disputes(civil_day(at))
        )
    finally:
        await database.close()


def _consent(consent: DemoConsent, digests: Digests) -> Consent:
    return Consent(
        id=consent.id,
        person=digests.person(PersonId.parse(consent.id_number)),
        organisation=consent.organisation,
        purposes=frozenset({consent.purpose}),
        valid_from=consent.valid_from,
        valid_until=consent.valid_until,
        items=consent.items,
        written_items=consent.written_items,
        single_use=consent.single_use,
        warned=warned(consent.written_items, consent.valid_from) if consent.written_items else None,
        state=ConsentState(consent.state),
        partner=consent.partner and digests.person(PersonId.parse(consent.partner)),
        relation="spouse" if consent.partner else None,
        made_at=consent.valid_from,
    )


def _toml(data: Path) -> str:
    named = {
        "approval": _HERE / "approval.yaml",
        "clients": _HERE / "clients.yaml",
        "demo_issuer": (data / "issuer").resolve(),
    }
    lines = [f"{name} = '{path}'" for name, path in named.items()]
    return "# Written by 'gateway demo'. DEMONSTRATION ONLY.\n" + "\n".join([*lines, "phase = 'pilot'", ""])
