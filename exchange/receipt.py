"""The receipt of a consent: what both sides keep of it, in plain words, signed by the gateway.

Fields after the Kantara Consent Receipt 1.1 and ISO/IEC TS 27560:2023. It holds no id number and no name: the person
and the partner stand as keyed digests. Signed with the log's key as a C2SP signed note, so that the tools which check
a checkpoint check a receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Protocol

from exchange.audit import canonical, stamp
from exchange.catalogue import Catalogue
from exchange.consent import Consent
from exchange.purpose import Purpose
from exchange.warning import WARNINGS

KIND = "personal-credit-consent-receipt/1"


class Signs(Protocol):
    """See `exchange.checkpoint.Signer`."""

    def signed(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Receipt:
    body: bytes
    """Canonical JSON (RFC 8785)."""

    @property
    def digest(self) -> str:
        """SHA-256 of the body, hexadecimal: the sealed entry of the act names it."""
        return sha256(self.body).hexdigest()

    def note(self, signer: Signs) -> str:
        """The body and its signature line."""
        return signer.signed(self.body.decode() + "\n")


def receipt(consent: Consent, at: datetime, catalogue: Catalogue, purposes: Mapping[str, Purpose]) -> Receipt:
    """Of a consent as it stands after its last act."""
    return Receipt(canonical(_fields(consent, at, catalogue, purposes)))


def mode(consent: Consent) -> str:
    return "once" if consent.single_use else "periodic" if consent.frequency else "standing"


def _fields(consent: Consent, at: datetime, catalogue: Catalogue, purposes: Mapping[str, Purpose]) -> dict[str, Any]:
    return {
        "kind": KIND,
        "jurisdiction": "CN",
        "consent": consent.id,
        "act": consent.last_act.value,
        "state": consent.state_at(consent.changed_at or at).value,
        "issued_at": stamp(consent.changed_at or at),
        "person": consent.person,
        "organisation": consent.organisation,
        "client": consent.client or "",
        "purposes": [
            {"code": code, "zh": purposes[code].title_zh, "en": purposes[code].title_en, "basis": purposes[code].basis}
            if code in purposes
            else {"code": code, "zh": "", "en": "", "basis": ""}
            for code in sorted(consent.purposes)
        ],
        "covers": "named" if consent.items is not None or consent.groups else "what_the_purpose_opens",
        "items": [_item(key, catalogue) for key in sorted(consent.items or ())],
        "groups": sorted(consent.groups),
        "written_items": [_item(key, catalogue) for key in sorted(consent.written)],
        "standard": catalogue.version,
        "data_from": _day(consent.since),
        "data_to": _day(consent.until),
        "mode": mode(consent),
        "frequency": {"times": consent.frequency.times, "per": consent.frequency.per.value}
        if consent.frequency
        else {},
        "valid_from": stamp(consent.valid_from),
        "valid_until": stamp(consent.valid_until),
        "collection": {"method": consent.proof.kind.value, "evidence": consent.proof.evidence},
        "form": {"version": consent.form.version, "sha256": consent.form.digest} if consent.form else {},
        "warning": _warning(consent),
        "partner": {"person": consent.partner, "relation": consent.relation or ""} if consent.partner else {},
        "rights": {
            "zh": "您可以随时暂停或者撤回本同意，撤回自下一次查询起生效，不影响撤回前已经进行的处理；"
            "您可以查看谁在何时查询了哪些信息。",
            "en": "You may pause or revoke this consent at any time; it holds from the next inquiry on and leaves what "
            "was done before as it was. You may read who inquired what, and when.",
        },
        "words": {"zh": _zh(consent, purposes), "en": _en(consent, purposes)},
    }


def _item(key: str, catalogue: Catalogue) -> dict[str, str]:
    item = catalogue.items.get(key)
    return {"item": key, "zh": item.name_zh if item else "", "en": item.name.replace("_", " ") if item else ""}


def _warning(consent: Consent) -> dict[str, Any]:
    if consent.warned is None or not consent.written:
        return {}
    text = WARNINGS[consent.warned.version]
    return {
        "version": text.version,
        "sha256": text.digest,
        "zh": text.zh,
        "en": text.en,
        "items": sorted(consent.warned.items),
        "shown_at": stamp(consent.warned.at),
    }


def _zh(consent: Consent, purposes: Mapping[str, Purpose]) -> str:
    names = "、".join(purposes[code].title_zh for code in sorted(consent.purposes) if code in purposes)
    often = {"once": "仅限使用一次", "standing": "有效期内可多次使用"}.get(mode(consent))
    if consent.frequency:
        per = {"day": "每日", "month": "每月", "year": "每年"}[consent.frequency.per]
        often = f"{per}最多使用{consent.frequency.times}次"
    return (
        f"同意机构{consent.organisation}为{names}查询本人信用信息，{often}，"
        f"有效期至{stamp(consent.valid_until)[:10]}（协调世界时）。"
    )


def _en(consent: Consent, purposes: Mapping[str, Purpose]) -> str:
    names = ", ".join(purposes[code].title_en.lower() for code in sorted(consent.purposes) if code in purposes)
    often = {"once": "for one use", "standing": "for any number of uses"}.get(mode(consent))
    if consent.frequency:
        often = f"at most {consent.frequency.times} times a {consent.frequency.per}"
    return (
        f"{consent.organisation} may inquire about this person's credit information for {names}, {often}, "
        f"until {stamp(consent.valid_until)[:10]} (UTC)."
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
