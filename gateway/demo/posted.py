"""The body of a request to the demo's issuer: small, or refused."""

from __future__ import annotations

from starlette.requests import Request

from exchange.refusals import BodyTooLarge

_LARGEST_BYTES = 16_384


async def posted(request: Request) -> bytes:
    """Raises BodyTooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BYTES:
            raise BodyTooLarge()
    return bytes(body)
