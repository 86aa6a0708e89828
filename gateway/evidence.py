"""What anybody may fetch to check the log: its newest checkpoint, and the proof of an entry whose id was in the answer.

Neither holds an entry, so neither needs a token: an id is 128 random bits that only its answer named, and an unknown
one is told nothing.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from exchange.refusals import StoreUnavailable
from exchange.store.evidence import Evidence

_FRESH = {"Cache-Control": "no-store"}


async def checkpoint(evidence: Evidence) -> Response:
    """404 where the log has no key."""
    try:
        return _text((await evidence.checkpoint())[1])
    except StoreUnavailable:
        return Response(status_code=503)


async def proof(evidence: Evidence, id: str) -> Response:
    try:
        return _text(await evidence.prove(id))
    except StoreUnavailable:
        return Response(status_code=503)


def _text(found: object) -> Response:
    return Response(status_code=404) if found is None else PlainTextResponse(str(found), headers=_FRESH)
