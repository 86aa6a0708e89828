"""The retry of an ask that was answered: `Idempotency-Key` → the answer that was sealed, if it may still be given."""

from __future__ import annotations

import orjson

from exchange.digests import Digests
from exchange.disclosure import Disclosure
from exchange.refusals import ConsentTooOften, ConsentUnknown, ConsentUsedUp, RetryKeyInvalid, RetryKeyUsed
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
        what = [posted.query, posted.variables, posted.operation_name, self._scope(requester)]
        return RetryKey.of(headers[0], requester, orjson.dumps(what, option=orjson.OPT_SORT_KEYS), self._digests)

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
        for named in (entry["ground"]["consent"], entry["ground"].get("second")):
            if not named:
                continue
            consent = await self._services.consents.named(named)
            if consent is None:
                raise ConsentUnknown()
            asked = entry["organisation"], consent.person, entry["purpose"], self._services.clock(), entry["client"]
            refusal = consent.refusal(*asked)
            # That it is used up, or as often as it may, is this very inquiry's doing.
            if refusal is not None and not isinstance(refusal, ConsentUsedUp | ConsentTooOften):
                raise refusal

    def _scope(self, requester: Requester) -> list[object]:
        """What bounds an answer beside policy, standard and ground: a registration or a token that was narrowed since
        makes it another ask."""
        purposes = None if requester.purposes is None else sorted(requester.purposes)
        districts = sorted(requester.districts)
        return [purposes, districts, dict(requester.attributes), requester.telling, self._services.phase]

    @property
    def _digests(self) -> Digests:
        return self._services.digests
