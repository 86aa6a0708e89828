"""Asks a service for the rows of one resource: for all people, in batches and pages, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from connectors.http.client import MOST_BYTES, Client, Denied
from connectors.http.document import UNFIT, at, put, scalar
from connectors.http.service import Paging, Path, People, Resource, Service
from connectors.http.token import Token
from connectors.sql.runner import SourceFailed

MOST_PAGES = 200
"""Of one batch."""
MOST_ROWS = 20_000
"""Of one fetch, over all its resources."""
MOST_OCTETS = 4 * MOST_BYTES
"""Of one fetch, over all its responses: pages that are each within their bound could fill the memory together."""
_ASKS = 8
"""Calls at once of one fetch."""

_T = TypeVar("_T")
Row = tuple[str | None, ...]


@dataclass(slots=True)
class Allowance:
    """What one fetch may still take."""

    rows: int = MOST_ROWS
    octets: int = MOST_OCTETS

    def spend(self, octets: int) -> None:
        self.octets -= octets
        if self.octets < 0:
            raise SourceFailed("FAILED")

    def take(self, rows: int) -> None:
        self.rows -= rows
        if self.rows < 0:
            raise SourceFailed("FAILED")


class Asking:
    """Raises SourceFailed for whatever the service does."""

    def __init__(self, url: str, service: Service, client: Client) -> None:
        self._url = url.rstrip("/")
        self._client = client
        self._token = Token(service.auth, client) if service.auth else None

    async def rows(
        self, resource: Resource, columns: Sequence[str], numbers: Sequence[str], allowance: Allowance
    ) -> list[Row]:
        """The values of `columns` in every row that the service has for these id numbers."""
        places = asyncio.Semaphore(_ASKS)

        async def batch(some: Sequence[str]) -> list[Any]:
            async with places:
                return await self._pages(resource, columns, some, allowance)

        found = await gathered(batch(some) for some in _batches(resource.people, numbers))
        return _rows([row for some in found for row in some], resource, columns)

    async def probe(self, resource: Resource, numbers: Sequence[str]) -> None:
        """One call for nobody: whether the service is there, lets us in and answers in its shape."""
        some = _batches(resource.people, numbers)[0]
        _list(await self._ask(resource, _body(resource, tuple(resource.columns), some), Allowance()), resource)

    async def _pages(
        self, resource: Resource, columns: Sequence[str], numbers: Sequence[str], allowance: Allowance
    ) -> list[Any]:
        body, paging = _body(resource, columns, numbers), resource.paging
        found: list[Any] = []
        seen: set[str] = set()
        for page in range(MOST_PAGES):
            if paging and paging.page:
                put(body, paging.page, paging.first + page)
            document = await self._ask(resource, body, allowance)
            some = _list(document, resource)
            allowance.take(len(some))
            found += some
            if paging is None:
                return found
            if paging.send:
                cursor = _cursor(document, paging)
                if cursor is None:
                    return found
                if cursor in seen:
                    break
                seen.add(cursor)
                put(body, paging.send, cursor)
            elif _ended(document, paging, len(some), len(found)):
                return found
        raise SourceFailed("FAILED")

    async def _ask(self, resource: Resource, body: dict[str, Any], allowance: Allowance) -> Any:
        token = await self._token.text() if self._token else None
        try:
            document = await self._call(resource, body, token, allowance)
        except Denied:
            if self._token is None:
                raise
            document = await self._call(resource, body, await self._token.text(refused=token), allowance)
        if resource.success:
            path, words = resource.success
            if scalar(_optional(document, path)) not in words:
                raise SourceFailed("FAILED")
        return document

    async def _call(self, resource: Resource, body: dict[str, Any], token: str | None, allowance: Allowance) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        url = self._url + resource.path
        if resource.method == "GET":
            query = _query(body, resource.paging)
            return await self._client.json("GET", url, query=query, headers=headers, spend=allowance.spend)
        return await self._client.json("POST", url, body=body, headers=headers, spend=allowance.spend)


async def gathered(asks: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """All at once; the first failure ends the others."""
    tasks = [asyncio.ensure_future(ask) for ask in asks]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _batches(people: People | None, numbers: Sequence[str]) -> list[Sequence[str]]:
    if people is None:
        return [()]
    size = people.batch or 1
    return [numbers[i : i + size] for i in range(0, len(numbers), size)]


def _body(resource: Resource, columns: Sequence[str], numbers: Sequence[str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if people := resource.people:
        put(body, people.field, list(numbers) if people.batch else numbers[0])
    if resource.fields:
        put(body, resource.fields, [".".join(resource.columns[column]) for column in columns])
    if (paging := resource.paging) and paging.page:
        put(body, paging.page, paging.first)
    if paging and paging.size:
        put(body, paging.size, paging.rows)
    return body


def _list(document: Any, resource: Resource) -> list[Any]:
    """A null where the list should be is an empty one only where the service also says that all went well."""
    try:
        found = at(document, resource.rows)
    except KeyError:
        raise SourceFailed("SHAPE_CHANGED") from None
    if found is None and resource.success:
        return []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise SourceFailed("SHAPE_CHANGED")
    return found


def _rows(found: list[Any], resource: Resource, columns: Sequence[str]) -> list[Row]:
    """A field that one row lacks does not fit; one that every row lacks is a changed shape, not a null."""
    lacking = dict.fromkeys(columns, 0)
    rows: list[Row] = []
    for row in found:
        values: list[str | None] = []
        for column in columns:
            try:
                values.append(scalar(at(row, resource.columns[column])))
            except KeyError:
                may = column in resource.may_lack
                lacking[column] += not may
                values.append(None if may else UNFIT)
        rows.append(tuple(values))
    if rows and len(rows) in lacking.values():
        raise SourceFailed("SHAPE_CHANGED")
    return rows


def _ended(document: Any, paging: Paging, rows: int, so_far: int) -> bool:
    """A short page is no end: the service may give fewer rows than were asked. Raises SourceFailed for a lie."""
    said = scalar(_optional(document, path)) if (path := paging.last or paging.total) else None
    if path is None:
        return rows == 0
    if paging.last:
        ended = {"true": True, "1": True, "false": False, "0": False}.get(said or "")
    else:
        ended = so_far >= int(said) if said and said.isascii() and said.isdigit() and len(said) < 10 else None
    if ended is None:
        raise SourceFailed("SHAPE_CHANGED")
    if rows == 0 and not ended:
        raise SourceFailed("FAILED")
    return ended


def _cursor(document: Any, paging: Paging) -> str | None:
    return scalar(_optional(document, paging.cursor or ())) or None


def _optional(document: Any, path: Path) -> Any:
    try:
        return at(document, path)
    except KeyError:
        return None


def _query(body: dict[str, Any], paging: Paging | None) -> dict[str, str]:
    """Where there is no body: the page, and nothing else, in the url."""
    paths = [path for path in (paging.page, paging.size, paging.send) if path] if paging else []
    found = {".".join(path): _optional(body, path) for path in paths}
    return {name: str(value) for name, value in found.items() if value is not None}
