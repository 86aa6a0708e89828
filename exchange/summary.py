"""The figures of a profile's summary: each names the items it is made of, and carries the highest class of them.

A figure is open only where all its inputs are; banded where one of them is. Rows that clocks or row conditions hide
are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from exchange.records import Bad, Conflict, Value

Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, Value]]]
"""Record code → rows, each item name → canonical value."""

_LATE = frozenset("1234567BDGZ")
_WORST = "/#A*CNM1234567DZGB"
"""Repayment states from best to worst."""
_SETTLED = frozenset({"3", "5"})


class Unusable(Exception):
    """An input does not fit the standard, or sources differ about it, so the figure would be wrong."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    """GraphQL field of `ProfileSummary`."""
    kind: Literal["money", "count", "code", "boolean"]
    inputs: tuple[str, ...]
    """Item keys."""
    description: str
    compute: Callable[[Rows], Decimal | int | str | bool | None]


def _values(rows: Rows, key: str) -> list[str]:
    code, name = key.split(".")
    values = [row[name] for row in rows.get(code, ())]
    _check(values)
    return [str(value) for value in values if value is not None]


def _check(values: Sequence[Value]) -> None:
    """What does not fit comes first: of such a value nobody knows whether it differs."""
    if any(isinstance(value, Bad) for value in values):
        raise Unusable(Bad.VALUE.value)
    if any(isinstance(value, Conflict) for value in values):
        raise Unusable(Conflict.code)


def _sum(*keys: str) -> Callable[[Rows], Decimal]:
    return lambda rows: sum((Decimal(value) for key in keys for value in _values(rows, key)), Decimal(0))


def _count(key: str, counts: Callable[[str], bool] = lambda _: True) -> Callable[[Rows], int]:
    return lambda rows: sum(map(counts, _values(rows, key)))


def _some(key: str) -> Callable[[Rows], bool]:
    return lambda rows: bool(_values(rows, key))


def _open_sum(amount: str, ended: str) -> Callable[[Rows], Decimal]:
    code, ended_name = ended.split(".")
    amount_name = amount.split(".")[1]

    def compute(rows: Rows) -> Decimal:
        still = [row for row in rows.get(code, ()) if row[ended_name] is None]
        _check([row[name] for row in rows.get(code, ()) for name in (amount_name, ended_name)])
        return sum((Decimal(str(row[amount_name])) for row in still if row[amount_name] is not None), Decimal(0))

    return compute


def _worst(key: str) -> Callable[[Rows], str | None]:
    return lambda rows: max(_values(rows, key), key=_WORST.index, default=None)


def _figures() -> Iterable[Figure]:
    status, month = "PBC03.account_status", "PBC05.repayment_status"
    yield Figure("loanAccounts", "count", (status,), "Loan accounts on record.", _count(status))
    yield Figure(
        "openLoanAccounts",
        "count",
        (status,),
        "Loan accounts neither settled nor transferred.",
        _count(status, lambda code: code not in _SETTLED),
    )
    yield Figure("loanBalance", "money", ("PBC03.balance",), "Outstanding loans.", _sum("PBC03.balance"))
    yield Figure("cardLimit", "money", ("PBC04.credit_limit",), "Limits of all cards.", _sum("PBC04.credit_limit"))
    yield Figure("cardUsed", "money", ("PBC04.used_amount",), "Used of all cards.", _sum("PBC04.used_amount"))
    overdue = ("PBC03.overdue_amount", "PBC04.overdue_amount")
    yield Figure("overdueAmount", "money", overdue, "Overdue now on loans and cards.", _sum(*overdue))
    yield Figure(
        "lateMonths",
        "count",
        (month,),
        "Months on record with a repayment late or worse.",
        _count(month, lambda code: code in _LATE),
    )
    yield Figure("worstRepaymentStatus", "code", (month,), "Worst repayment status on record.", _worst(month))
    yield Figure(
        "inquiries",
        "count",
        ("PBC08.inquiry_reason",),
        "Inquiries of the last two years.",
        _count("PBC08.inquiry_reason"),
    )
    yield Figure(
        "openEnforcementCases",
        "count",
        ("CRT02.case_status",),
        "Enforcement cases under way.",
        _count("CRT02.case_status", lambda code: code == "1"),
    )
    yield Figure(
        "enforcementCases",
        "count",
        ("CRT02.case_status",),
        "Enforcement cases on record.",
        _count("CRT02.case_status"),
    )
    yield Figure(
        "dishonestDebtor",
        "boolean",
        ("CRT03.performance_status",),
        "Whether the person stands on the courts' list of dishonest debtors.",
        _some("CRT03.performance_status"),
    )
    yield Figure(
        "taxArrears",
        "money",
        ("TAX01.arrears_amount", "TAX01.cleared_on"),
        "Tax arrears not yet cleared.",
        _open_sum("TAX01.arrears_amount", "TAX01.cleared_on"),
    )
    yield Figure(
        "penalties",
        "count",
        ("SAM02.penalty_type",),
        "Administrative penalties on display.",
        _count("SAM02.penalty_type"),
    )
    yield Figure(
        "utilityArrears",
        "money",
        ("UTL02.arrears_amount", "UTL02.settled_on"),
        "Utility arrears not yet settled.",
        _open_sum("UTL02.arrears_amount", "UTL02.settled_on"),
    )


FIGURES: Mapping[str, Figure] = {figure.name: figure for figure in _figures()}
