"""Media types of GraphQL over HTTP: which of the two the client accepts."""

from __future__ import annotations

from exchange.refusals import NotAcceptable

GRAPHQL = "application/graphql-response+json"
"""Status codes tell request errors apart; also what a client gets that does not say (draft of 2025, §6)."""
JSON = "application/json"
"""The older form: every well-formed request is answered with 200."""

_MATCHES = {GRAPHQL: (GRAPHQL, "application/*", "*/*"), JSON: (JSON, "application/*", "*/*")}


def accepted(header: str | None) -> str:
    """The best of ours for an Accept header; on equal weight GRAPHQL. Raises NotAcceptable."""
    if not header or not header.strip():
        return GRAPHQL
    weights = _weights(header)
    found = {ours: next((weights[r] for r in ranges if r in weights), 0.0) for ours, ranges in _MATCHES.items()}
    best = max(found, key=lambda ours: found[ours])
    if found[best] <= 0:
        raise NotAcceptable()
    return best


def _weights(header: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in header.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            weights[media] = min(max(float(quality), 0.0), 1.0)
        except ValueError:
            weights[media] = 0.0
    return weights
