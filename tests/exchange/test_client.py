"""What of a client lets more than before, and what cannot stand in the register."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.client import Client, Telling, Words
from exchange.quota import Allowance, ClientAllowance, Limits

PLAIN = Client(
    organisation="bank-a",
    roles=("bank-system", "bank-officer"),
    title="Bank A, loans",
    purposes=("LOAN_APPROVAL", "POST_LOAN"),
    attributes={"institution": "B1"},
    districts=("530102", "530103"),
    bound_tokens=True,
)


def like(**changed: Any) -> Client:
    return msgspec.structs.replace(PLAIN, **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"title": "Another", "title_zh": "另一个"},
        {"roles": ("bank-officer", "bank-system")},
        {"roles": ("bank-officer",)},
        {"purposes": ("POST_LOAN",)},
        {"purposes": ()},
        {"districts": ("530103",)},
        {"withheld": Telling.REFUSE},
        {"limits": Limits(client=ClientAllowance(per_day=1))},
    ],
)
def test_what_lets_no_more(changed: dict[str, Any]) -> None:
    assert like(**changed).widens(PLAIN) == frozenset()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"organisation": "bank-b"}, "organisation"),
        ({"roles": ("bank-system", "auditor")}, "roles"),
        ({"purposes": None}, "purposes"),
        ({"purposes": ("LOAN_APPROVAL", "CARD_APPROVAL")}, "purposes"),
        ({"districts": ()}, "districts"),
        ({"districts": ("530102", "530112")}, "districts"),
        ({"bound_tokens": False}, "bound_tokens"),
        ({"attributes": {}}, "attributes"),
        ({"attributes": {"institution": "B2"}}, "attributes"),
        ({"limits": Limits(client=ClientAllowance(per_day=None))}, "limits"),
    ],
)
def test_what_lets_more(changed: dict[str, Any], field: str) -> None:
    assert like(**changed).widens(PLAIN) == {field}


def test_every_purpose_and_every_district_is_the_widest_there_is() -> None:
    widest = like(purposes=None, districts=())
    assert PLAIN.widens(widest) == frozenset()
    assert widest.widens(PLAIN) == {"purposes", "districts"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"organisation": "Bank A"}, "organisation"),
        ({"organisation": ""}, "organisation"),
        ({"organisation": "530199199003070015"}, "organisation"),
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "line\nline"}, "title"),
        ({"title": "号码 530199199003070015"}, "title"),
        ({"title_zh": "<b>"}, "title_zh"),
        ({"roles": ()}, "roles"),
        ({"roles": ("bank-system", "bank-system")}, "roles"),
        ({"roles": ("nobody",)}, "roles"),
        ({"purposes": ("FUN",)}, "purposes"),
        ({"districts": ("999999",)}, "districts"),
        ({"attributes": {"power": "all"}}, "attributes"),
        ({"attributes": {"institution": ""}}, "attributes"),
        ({"limits": Limits(purposes={"FUN": Allowance(per_day=1)})}, "limits"),
        ({"attributes": {"institution": "' OR 1=1 --"}}, "attributes"),
    ],
)
def test_what_cannot_stand_in_the_register(changed: dict[str, Any], field: str) -> None:
    known = Words({"bank-system", "bank-officer"}, {"LOAN_APPROVAL", "POST_LOAN"}, {"530102", "530103"})
    assert list(PLAIN.faults(known)) == []
    assert list(like(**changed).faults(known)) == [field]
