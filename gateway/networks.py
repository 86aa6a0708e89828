"""Whose word about a request is taken: the addresses of the servers in front."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network


class Networks:
    """Addresses and networks, written with a comma between them."""

    def __init__(self, text: str | Iterable[str] = "") -> None:
        """Raises ValueError."""
        names = text.split(",") if isinstance(text, str) else text
        try:
            self._networks = tuple(ip_network(name.strip()) for name in names if name.strip())
        except (ValueError, AttributeError):
            raise ValueError("must be addresses or networks, with a comma between them") from None

    def holds(self, host: str | None) -> bool:
        """Whether a peer's address is among them. Something that is no address, such as a Unix socket, is not."""
        if not self._networks or host is None:
            return False
        try:
            address = ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self._networks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Networks) and self._networks == other._networks

    def __hash__(self) -> int:
        return hash(self._networks)

    def __str__(self) -> str:
        return ", ".join(map(str, self._networks)) or "–"


NOBODY = Networks()
