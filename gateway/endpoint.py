"""`POST /graphql`: one ask from its bytes to its sealed answer. The order of the steps is `_answer` and `_executed`."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from graphql import DocumentNode
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from exchange.digests import Digests
from exchange.refusals import AuditUnavailable, ChangedMeanwhile, Internal, Refusal, RetryKeyUsed, StoreUnavailable
from exchange.requester import Requester
from exchange.retry import RetryKey
from exchange.store.log import Log
from exchange.store.security import SecurityLog
from gateway import body, media
from gateway.auth import Authenticator, Barred, challenge
from gateway.certificate import presented
from gateway.limits import Limits, SyntaxInvalidAt
from gateway.networks import NOBODY, Networks
from gateway.repeats import Repeats
from gateway.retries import HEADER as RETRY_KEY
from gateway.retries import REPLAYED, Retries
from gateway.telemetry import Metrics, fault
from gateway.watch import Watch
from resolvers.operation import Executed, Operations

_log = structlog.get_logger()
_ID_LIKE = re.compile(r"\d{15}")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept"}
_REQUEST_ERROR = 400
_OK = 200


class Endpoint:
    """INVARIANT: no answer leaves before its disclosures are sealed; a refusal in place of it is sealed too, or counted
    where it is one of a flood (`gateway.repeats`)."""

    def __init__(
        self,
        operations: Operations,
        authenticator: Authenticator,
        log: Log,
        security: SecurityLog,
        digests: Digests,
        limits: Limits,
        metrics: Metrics,
        retries: Retries,
        *,
        body_limit_bytes: int,
        document_cache: int,
        trusted_proxies: Networks = NOBODY,
        watch: Watch | None = None,
    ) -> None:
        self._operations = operations
        self._authenticator = authenticator
        self._trusted_proxies = trusted_proxies
        self._log = log
        self._security = security
        self._limits = limits
        self._digests = digests
        self._metrics = metrics
        self._retries = retries
        self._watch = watch
        self._repeats = Repeats(log)
        self._body_limit_bytes = body_limit_bytes
        self._documents = _Documents(limits, digests, document_cache)
        self._under_way: set[asyncio.Task[Response]] = set()

    async def answer(self, request: Request) -> Response:
        """Credentials first: of a stranger's body not a byte is read, and nothing is sealed."""
        try:
            certificate = presented(request, self._trusted_proxies)
            requester = await self._authenticator.requester(request.headers.getlist("authorization"), certificate)
            barred: Refusal | None = None
        except Barred as known:
            requester, barred = known.requester, known.refusal
        except Refusal as refusal:
            self._metrics.strangers.labels(refusal.code).inc()
            self._security.note(refusal.code, request.client.host if request.client else None)
            return refused(refusal, challenge(refusal))
        # A client that hangs up cancels its request; the work goes on, so that what was read is also sealed.
        task = asyncio.create_task(self._answer(requester, request, barred))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for what is under way, and seal what was counted."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._repeats.close()

    async def _answer(self, requester: Requester, request: Request, barred: Refusal | None) -> Response:
        began = time.perf_counter()
        media_type = media.JSON
        status: int | None = None
        key: RetryKey | None = None
        leaving: _Leaving | None = None
        admitted = False
        executed = Executed({}, _OK, ())
        services = self._operations.services
        try:
            await services.admission.request(requester, services.clock())
            admitted = True
            media_type = media.accepted(request.headers.get("accept"))
            if barred is not None:
                raise barred
            posted = await body.read(request, self._body_limit_bytes)
            key = self._retries.key(request.headers.getlist(RETRY_KEY), requester, posted)
            again, key = await self._retried(key)
            if again is not None:
                leaving = _Leaving(executed, again, REPLAYED)
            else:
                executed = await self._executed(requester, posted)
        except ClientDisconnect:
            return Response(status_code=_REQUEST_ERROR)
        except Refusal as refusal:
            executed, status, key = self._operations.refusal(requester, refusal, ""), refusal.status, None
        leaving = leaving or await (self._sealed(executed, key) if admitted else self._turned_away(executed))
        if leaving.executed is not executed:
            executed, status = leaving.executed, None  # another refusal took its place
        await self._given_back(executed)
        if self._watch is not None:
            await self._watch.see(executed)
        if status is None:
            # A well-formed request is answered with 200 in the older media type, whatever its document was worth.
            older = media_type == media.JSON and executed.status == _REQUEST_ERROR
            status = _OK if older else executed.status
        self._metrics.answered(_outcome(executed), time.perf_counter() - began)
        later = {"Retry-After": str(executed.retry_after_s)} if executed.retry_after_s else {}
        return _response(leaving.content, status, media_type, {**leaving.headers, **later})

    async def _executed(self, requester: Requester, posted: body.Posted) -> Executed:
        text = posted.query
        try:
            name, document = self._documents.parsed(text)
            return await self._operations.run(requester, document, text, posted.variables, posted.operation_name, name)
        except SyntaxInvalidAt as refusal:
            executed = self._operations.refusal(requester, refusal, text)
            executed.body["errors"][0]["locations"] = [{"line": refusal.line, "column": refusal.column}]
            return executed
        except Refusal as refusal:
            return self._operations.refusal(requester, refusal, text)
        except Exception as error:
            _log.error("ask_failed", **fault(error))
            return self._operations.refusal(requester, Internal(), text)

    async def _given_back(self, executed: Executed) -> None:
        """The quota of what was refused. Where that cannot be, it stays counted and the answer leaves all the same."""
        if executed.owed:
            try:
                await self._operations.services.admission.give_back(executed.owed)
            except Exception as error:
                _log.error("quota_not_given_back", **fault(error))

    async def _sealed(self, executed: Executed, key: RetryKey | None) -> _Leaving:
        """The answer that may leave: this one, or that of the same ask which was quicker, or the refusal that sealing
        it met (a consent that was revoked or used meanwhile), or, where nothing can be written, AUDIT_UNAVAILABLE,
        which discloses nothing."""
        for _ in range(2):
            try:
                content = _written(executed)
                keep = self._retries.kept(key, executed.disclosures, content)
                began = time.perf_counter()
                try:
                    await self._log.seal(executed.disclosures, self._digests.answer(content), keep)
                finally:
                    self._metrics.seal_seconds.observe(time.perf_counter() - began)
                return _Leaving(executed, content)
            except AuditUnavailable:
                break
            except ChangedMeanwhile as refusal:
                again = None if key is None else await self._again(key)
                if isinstance(again, bytes):
                    return _Leaving(executed.replaced(), again, REPLAYED)
                executed, key = executed.refused(again or refusal), None
            except Refusal as refusal:
                executed = executed.refused(refusal)
            except Exception as error:
                _log.error("seal_failed", **fault(error))
                executed = executed.refused(Internal())
        executed = executed.refused(AuditUnavailable())
        return _Leaving(executed, _written(executed))

    async def _turned_away(self, executed: Executed) -> _Leaving:
        """A refusal that cost its client no rate, so that nothing but its own speed bounds how many there are."""
        (refused,) = executed.disclosures
        if self._repeats.counts(refused):
            return _Leaving(executed, _written(executed))
        leaving = await self._sealed(executed, None)
        if leaving.executed.disclosures[0].code != refused.code:
            self._repeats.not_sealed(refused)
        return leaving

    async def _retried(self, key: RetryKey | None) -> tuple[bytes | None, RetryKey | None]:
        """The kept answer. Where its consent was taken back since, the ask goes the whole way, and is refused there."""
        try:
            return (None if key is None else await self._retries.answer(key)), key
        except (RetryKeyUsed, StoreUnavailable):
            raise
        except Refusal:
            return None, None

    async def _again(self, key: RetryKey) -> bytes | Refusal | None:
        try:
            return await self._retries.answer(key)
        except Refusal as refusal:
            return refusal


def _written(executed: Executed) -> bytes:
    """Once for each body: what it is made of is many times as large, and is let go while the seal is waited for."""
    content = orjson.dumps(executed.body)
    executed.body.clear()
    return content


@dataclass(frozen=True, slots=True)
class _Leaving:
    """What leaves: an answer whose entries are sealed."""

    executed: Executed
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class _Documents:
    """Parsed documents, by keyed digest. One that may hold an id number is not kept (invariant 8)."""

    def __init__(self, limits: Limits, digests: Digests, most: int) -> None:
        self._limits = limits
        self._digests = digests
        self._most = most
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()

    def parsed(self, text: str) -> tuple[str, DocumentNode]:
        """With its keyed digest."""
        name = self._digests.document(text)
        document = self._kept.get(name)
        if document is not None:
            self._kept.move_to_end(name)
            return name, document
        document = self._limits.parsed(text)
        if not _ID_LIKE.search(text):
            self._kept[name] = document
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return name, document


def refused(refusal: Refusal, headers: dict[str, str] | None = None) -> Response:
    """A refusal of a request that never became an ask: nothing to seal."""
    content = {"errors": [{"message": refusal.message, "extensions": refusal.extensions()}]}
    return _response(orjson.dumps(content), refusal.status, media.JSON, headers)


def _response(content: bytes, status: int, media_type: str, headers: dict[str, str] | None = None) -> Response:
    named = {"X-Request-Id": secrets.token_hex(8), **_HEADERS, **(headers or {})}
    return Response(content, status, named, f"{media_type}; charset=utf-8")


def _outcome(executed: Executed) -> str:
    """`ANSWERED`, or the code of the first refusal."""
    codes: list[Any] = [disclosure.code for disclosure in executed.disclosures if disclosure.code]
    return codes[0] if codes else "ANSWERED"
