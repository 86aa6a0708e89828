"""A client: what one system or desk of an organisation is registered for; never taken from a token."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from exchange.naming import identifies, titled, worded
from exchange.quota import Limits

MARKET_ACCESS = "征信业管理条例 arts 6-7; 征信业务管理办法 art 23 (market access)"
"""The basis of what a registration leaves out."""
ATTRIBUTES = frozenset({"institution", "provider", "department"})


class Telling(StrEnum):
    """How a client is told what was withheld from it. The sealed entry is the same for all three."""

    DISCLOSURE = "disclosure"
    """As ordinary data beside the answer."""
    ERRORS = "errors"
    """As GraphQL errors with the path of each selection too."""
    REFUSE = "refuse"
    """An ask of which anything is withheld is refused as a whole."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a registration may name."""

    roles: Container[str]
    purposes: Container[str]
    divisions: Container[str]


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is registered of a client."""

    organisation: str
    roles: tuple[str, ...]
    title: str
    title_zh: str = ""
    purposes: tuple[str, ...] | None = None
    """Purposes that it may ask for, of those that its role has; null = all of them."""
    attributes: dict[str, str] = {}
    """What row conditions compare with: `institution`, `provider`, `department`."""
    districts: tuple[str, ...] = ()
    """Divisions that the client may ask about (GB/T 2260); empty = all."""
    withheld: Telling = Telling.DISCLOSURE
    limits: Limits = Limits()
    """What it may ask in a time."""
    bound_tokens: bool = False
    """Whether only tokens that are bound to a client certificate are accepted (RFC 8705)."""

    def widens(self, before: Client) -> frozenset[str]:
        """What of it lets more than before. Titles, order and how withheld items are told let nothing."""
        wider = set[str]()
        if self.organisation != before.organisation:
            wider.add("organisation")
        if not set(self.roles) <= set(before.roles):
            wider.add("roles")
        if before.purposes is not None and (self.purposes is None or not set(self.purposes) <= set(before.purposes)):
            wider.add("purposes")
        if before.districts and (not self.districts or not set(self.districts) <= set(before.districts)):
            wider.add("districts")
        if self.attributes != before.attributes:
            wider.add("attributes")
        if self.limits.widens(before.limits):
            wider.add("limits")
        if before.bound_tokens and not self.bound_tokens:
            wider.add("bound_tokens")
        return frozenset(wider)

    def faults(self, words: Words) -> Iterator[str]:
        """Names of the fields that cannot stand in the register: what does not hold together, and unknown words."""
        if not identifies(self.organisation):
            yield "organisation"
        if not titled(self.title):
            yield "title"
        if self.title_zh and not titled(self.title_zh):
            yield "title_zh"
        if not self.roles or any(role not in words.roles for role in self.roles) or _doubled(self.roles):
            yield "roles"
        if self.purposes is not None and (
            any(purpose not in words.purposes for purpose in self.purposes) or _doubled(self.purposes)
        ):
            yield "purposes"
        if any(division not in words.divisions for division in self.districts) or _doubled(self.districts):
            yield "districts"
        if not self.attributes.keys() <= ATTRIBUTES or not all(map(worded, self.attributes.values())):
            yield "attributes"
        if any(purpose not in words.purposes for purpose in self.limits.purposes):
            yield "limits"


def _doubled(words: tuple[str, ...]) -> bool:
    return len(set(words)) < len(words)
