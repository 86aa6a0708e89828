"""What anybody may fetch to check the log: its newest checkpoint, and the proof of an entry whose id was in the answer.

Neither holds an entry, so neither needs a token: an id is 128 random bits that only its answer named, and an unknown
one is told nothing.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from exchange.checkpoint import Signer
from exchange.evidence import Proof
from exchange.refusals import StoreUnavailable
from exchange.store.log import Log

_FRESH = {"Cache-Control": "no-store"}


class Evidence:
    def __init__(self, log: Log, signer: Signer | None) -> None:
        """`signer`: None where the log has no key; then there is nothing to fetch."""
        self._log = log
        self._signer = signer

    async def checkpoint(self) -> Response:
        if self._signer is None:
            return Response(status_code=404)
        try:
            return PlainTextResponse((await checkpoint(self._log, self._signer))[1], headers=_FRESH)
        except StoreUnavailable:
            return Response(status_code=503)

    async def proof(self, id: str) -> Response:
        try:
            proof = None if self._signer is None else await prove(self._log, self._signer, id)
        except StoreUnavailable:
            return Response(status_code=503)
        return Response(status_code=404) if proof is None else PlainTextResponse(str(proof), headers=_FRESH)


async def checkpoint(log: Log, signer: Signer) -> tuple[int, str]:
    """The log's size now, and the note that signs it. Raises StoreUnavailable."""
    size = await log.tree.size()
    return size, signer.checkpoint(size, await log.tree.root(size), (await log.tree.hashing()).name)


async def prove(log: Log, signer: Signer, id: str, *, entry: bytes = b"") -> Proof | None:
    """The proof of one disclosure's entry under the checkpoint of now, or None. Raises StoreUnavailable."""
    place = await log.place(id)
    if place is None:
        return None
    size, note = await checkpoint(log, signer)
    return Proof(place.sequence - 1, tuple(await log.tree.inclusion(place.sequence, size)), note, entry)
