"""The body of a request to the demo's issuer: small, or refused."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from exchange.refusals import BodyInvalid, BodyTooLarge

_LARGEST_BYTES = 16_384


async def posted(request: Request) -> bytes:
    """Raises BodyTooLarge, and BodyInvalid where the client left before its end."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_BYTES:
                raise BodyTooLarge()
    except ClientDisconnect:
        raise BodyInvalid() from None
    return bytes(body)
