"""RFC 9162, 2.1.1, 2.1.3.1 and 2.1.4.1, by its own words: recursively, over all leaves."""

from __future__ import annotations

import hashlib


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(leaves, of=hashlib.sha256):
    if not leaves:
        return of(b"").digest()
    if len(leaves) == 1:
        return of(b"\0" + leaves[0]).digest()
    k = split(len(leaves))
    return of(b"\1" + mth(leaves[:k], of) + mth(leaves[k:], of)).digest()


def path(m, leaves, of=hashlib.sha256):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    return (
        [*path(m, leaves[:k], of), mth(leaves[k:], of)]
        if m < k
        else [*path(m - k, leaves[k:], of), mth(leaves[:k], of)]
    )


def subproof(m, leaves, whole=True):
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]
