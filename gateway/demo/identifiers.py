"""Numbers that the demo's people, firms and cases bear: all in division 530199 or otherwise unassigned."""

from __future__ import annotations

from datetime import date

from exchange.person import SYNTHETIC_DIVISION, check_digit

_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_FIRM_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def id_number(born: date, serial: int) -> str:
    """18 characters (GB 11643); `serial` 1 to 999, odd for a man."""
    first17 = f"{SYNTHETIC_DIVISION}{born:%Y%m%d}{serial:03d}"
    return first17 + check_digit(first17)


def uscc(firm: int) -> str:
    """The unified social credit code (GB 32100) of the demo's firm of that number, 0 to 9999."""
    body = f"MA6K{firm:04d}"
    total = sum(w * int(sign, 36) for w, sign in zip(_FIRM_WEIGHTS, body, strict=True))
    first17 = f"91{SYNTHETIC_DIVISION}{body}{'0123456789X0'[(11 - total % 11)]}"
    return first17 + uscc_check(first17)


def uscc_check(first17: str) -> str:
    """The 18th character for 17 of the code."""
    total = sum(w * _USCC_SIGNS.index(sign) for w, sign in zip(_USCC_WEIGHTS, first17, strict=True))
    return _USCC_SIGNS[(31 - total % 31) % 31]


def case_number(year: int, court: str, kind: str, number: int) -> str:
    """`(2024)云0102执123号`; kind `民初` or `执`."""
    return f"({year})云{court}{kind}{number}号"
