"""The log for those who supervise: entries by what they hold, and who was exposed through a client.

Every read is an act, sealed before its answer leaves: who read, how much, and a keyed digest of what was looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import orjson
import strawberry

from exchange.audit import Event
from exchange.decision import Treatment
from exchange.refusals import CursorInvalid, EntryUnknown, FirstInvalid, StoreUnavailable
from exchange.sought import Sought, sought
from exchange.store.index import Exposure, Index, Place
from resolvers.acting import Acting, acting
from resolvers.context import Context
from resolvers.entries import LogEntry, Reader, Said, reader
from resolvers.scalars import Instant

MOST = 100
READ = "LOG_READ"
EXPOSURE = "LOG_EXPOSURE"
_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{15}Z)_([1-9][0-9]{0,14})")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_PERSON = re.compile(r"[0-9a-f]{32}")


@strawberry.type(description="Entries of the log, newest first.")
class LogPage:
    entries: list[LogEntry]
    after: str | None = strawberry.field(description="Where the next page begins; null where nothing older is there.")


@strawberry.type(description="One item of which something left.")
class ExposedItem:
    item: Said
    treatment: Treatment
    count: int = strawberry.field(description="Disclosures in which it was released …")
    delivered: int = strawberry.field(description="… and of them those in which its department had something to give.")


@strawberry.type(description="One person, by keyed digest, and what left about him or her.")
class ExposedPerson:
    person: str
    count: int = strawberry.field(description="Disclosures.")
    first: Instant
    last: Instant
    items: list[ExposedItem]


@strawberry.type(description="Who was exposed through one client within a time (PIPL art 57).")
class ExposurePage:
    people: int = strawberry.field(description="How many people in all.")
    disclosures: int
    exposed: list[ExposedPerson] = strawberry.field(description="By keyed digest.")
    after: str | None = strawberry.field(description="Where the next page begins; null after the last.")


@strawberry.type
class OversightQueries:
    @strawberry.field(
        description="Entries of the log that hold all of this; times in RFC 3339, `until` not included. For those who"
        " supervise; each read is sealed."
    )
    async def disclosures(
        self,
        info: strawberry.Info,
        client: str | None = None,
        organisation: str | None = None,
        purpose: str | None = None,
        role: str | None = None,
        rule: str | None = None,
        code: str | None = None,
        event: Event | None = None,
        item: str | None = None,
        since: str | None = None,
        until: str | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> LogPage | None:
        context: Context = info.context
        with _reading(context, READ, "entries", first) as under_way:
            wanted = sought(
                client=client,
                organisation=organisation,
                purpose=purpose,
                role=role,
                rule=rule,
                code=code,
                event=event and event.value,
                item=item,
                since=since,
                until=until,
            )
            found = await _index(context).find(wanted, first + 1, _place(after))
            told = [orjson.loads(each.entry) for each in found[:first]]
            words = await reader(context, told)
            _told(under_way, context, wanted, len(told))
            more = len(found) > first > 0
            return LogPage(
                entries=[words.shown(entry, people=entry["people"]) for entry in told],
                after="{}_{}".format(*found[first - 1].place) if more else None,
            )

    @strawberry.field(
        description="One entry of the log by the id that its answer named. For those who supervise; each read is"
        " sealed."
    )
    async def log_entry(self, info: strawberry.Info, id: strawberry.ID) -> LogEntry | None:
        context: Context = info.context
        with acting(context, READ, "entry") as under_way:
            digest = context.services.digests.document(str(id))
            under_way.said = replace(under_way.said, digest=digest)
            found = await _index(context).named(id) if _ID.fullmatch(id) else None
            if found is None:
                raise EntryUnknown()
            entry = orjson.loads(found)
            words = await reader(context, [entry])
            return words.shown(entry, people=entry["people"])

    @strawberry.field(
        description="Who was exposed through this client from `since` until before `until`, and what left. For those"
        " who supervise; each read is sealed."
    )
    async def exposure(
        self,
        info: strawberry.Info,
        client: str,
        since: str,
        until: str,
        first: int = 50,
        after: str | None = None,
    ) -> ExposurePage | None:
        context: Context = info.context
        with _reading(context, EXPOSURE, "people", first) as under_way:
            wanted = sought(client=client, since=since, until=until)
            if after is not None and not _PERSON.fullmatch(after):
                raise CursorInvalid()
            window = (client, wanted.since or "", wanted.until or "")
            index = _index(context)
            people, disclosures = await index.exposed(*window)
            found, more = await index.exposure(*window, first, after or "")
            _told(under_way, context, wanted, len(found))
            words = Reader(context.services.catalogue, context.engine)
            return ExposurePage(
                people=people,
                disclosures=disclosures,
                exposed=[_exposed(words, one) for one in found],
                after=found[-1].person if more and found else None,
            )


@contextmanager
def _reading(context: Context, act: str, object: str, first: int) -> Iterator[Acting]:
    with acting(context, act, object) as under_way:
        if not 0 <= first <= MOST:
            raise FirstInvalid()
        yield under_way


def _told(under_way: Acting, context: Context, wanted: Sought, count: int) -> None:
    said = under_way.said
    digest = context.services.digests.document(wanted.canonical().decode())
    under_way.said = replace(said, object=f"{said.object}:{count}", digest=digest)


def _place(after: str | None) -> Place | None:
    if after is None:
        return None
    if not (found := _PLACE.fullmatch(after)):
        raise CursorInvalid()
    return Place(found[1], int(found[2]))


def _index(context: Context) -> Index:
    if context.services.index is None:
        raise StoreUnavailable()
    return context.services.index


def _exposed(words: Reader, one: Exposure) -> ExposedPerson:
    return ExposedPerson(
        person=one.person,
        count=one.count,
        first=Instant(one.first),
        last=Instant(one.last),
        items=[
            ExposedItem(
                item=words.item(each.item),
                treatment=Treatment(each.treatment),
                count=each.count,
                delivered=each.delivered,
            )
            for each in one.items
        ],
    )
