"""The retry of an ask that was answered: `Idempotency-Key` → the answer that was sealed, if it may still be given."""

from __future__ import annotations

import orjson

from exchange.consent import ConsentState
from exchange.digests import Digests
from exchange.disclosure import Disclosure
from exchange.refusals import ConsentUnknown, ConsentUsedUp, RetryKeyInvalid, RetryKeyUsed
from exchange.requester import Requester
from exchange.retry import LARGEST, Kept, RetryKey
from exchange.store.log import Log
from exchange.store.retry import KeptAnswers
from gateway.body import Posted
from resolvers.context import Services

HEADER = "idempotency-key"
REPLAYED = {"Idempotent-Replayed": "true"}


class Retries:
    """INVARIANT: what is given again was sealed when it was first given, and its ground still holds."""

    def __init__(self, kept: KeptAnswers, log: Log, services: Services) -> None:
        self._kept = kept
        self._log = log
        self._services = services

    def key(self, headers: list[str], requester: Requester, posted: Posted) -> RetryKey | None:
        """Of a request's Idempotency-Key headers. Raises RetryKeyInvalid."""
        if not headers:
            return None
        if len(headers) > 1:
            raise RetryKeyInvalid()
        ask = orjson.dumps([posted.query, posted.variables, posted.operation_name], option=orjson.OPT_SORT_KEYS)
        return RetryKey.of(headers[0], requester, ask, self._digests)

    async def answer(self, key: RetryKey) -> bytes | None:
        """What was answered under this key, or None. Raises RetryKeyUsed where that was another ask or other rules
        have come into force since, and the refusal of a consent that was taken back meanwhile."""
        kept = await self._kept.find(key.name, self._services.clock())
        if kept is None:
            return None
        content = key.opened(kept) if kept.ask == key.ask else None
        if content is None:
            raise RetryKeyUsed()
        for id in kept.entries:
            await self._still(id)
        return content

    def kept(self, key: RetryKey | None, disclosures: tuple[Disclosure, ...], content: bytes) -> Kept | None:
        """What the seal shall keep: an answer that discloses or changes something. A refusal may be asked again."""
        if key is None or len(content) > LARGEST or not disclosures or any(each.code for each in disclosures):
            return None
        return key.kept(content, self._services.clock(), tuple(each.id for each in disclosures))

    async def _still(self, id: str) -> None:
        """Purpose and ground are checked on every request, a retry too."""
        text = await self._log.find(id)
        entry = orjson.loads(text) if text else {}
        current = self._services.policies.engine
        if (entry.get("policy"), entry.get("standard")) != (current.revision, self._services.catalogue.version):
            raise RetryKeyUsed()
        if not entry["ground"]["consent"]:
            return
        consent = await self._services.consents.named(entry["ground"]["consent"])
        if consent is None:
            raise ConsentUnknown()
        refusal = consent.refusal(entry["organisation"], consent.person, entry["purpose"], self._services.clock())
        # That it is used up is this very inquiry's doing.
        if refusal is not None and not (isinstance(refusal, ConsentUsedUp) and consent.state is ConsentState.CONSUMED):
            raise refusal

    @property
    def _digests(self) -> Digests:
        return self._services.digests
