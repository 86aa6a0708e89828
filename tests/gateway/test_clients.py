"""The clients file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gateway.clients import Client, Clients, ClientsFaulty
from gateway.demo import constants
from tests.gateway.keys import CLIENTS, clients


@pytest.mark.parametrize(
    "text",
    [
        "clients: [",
        "clients: 1",
        "clients: {a: {organisation: o, roles: [auditor]}}",
        "clients: {a: {organisation: o, roles: [auditor], title: t, administrator: true}}",
        "clients: {a: {organisation: o, roles: [nothing], title: t}}",
    ],
)
def test_a_faulty_file_stops_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(ClientsFaulty):
        Clients.read(tmp_path / "c.yaml", frozenset({"auditor"}))
    with pytest.raises(ClientsFaulty):
        Clients.read(tmp_path / "none.yaml", frozenset())


def test_a_client_serves_while_active_and_licensed() -> None:
    client = Client(organisation="o", roles=("agency",), title="t", licensed_until=date(2026, 1, 31))
    assert client.serves_on(date(2026, 1, 31))
    assert not client.serves_on(date(2026, 2, 1))
    assert not Client(organisation="o", roles=(), title="t", active=False).serves_on(date(2026, 1, 1))


def test_the_demos_clients_belong_where_its_data_says() -> None:
    found = dict(iter(clients()))
    assert found["bank-system"].attributes == found["bank-officer"].attributes == {"institution": constants.BANK_A}
    assert found["bank-b-system"].attributes == {"institution": constants.BANK_B}
    assert found["rural-cooperative"].attributes == {"institution": constants.RURAL_COOPERATIVE}
    assert found["utility-clerk"].attributes == {"provider": constants.PROVIDER_WATER}
    assert found["bank-system"].organisation == constants.ORGANISATION_BANK_A
    assert found["agency"].organisation == constants.ORGANISATION_AGENCY
    assert found["fund-centre"].organisation == constants.ORGANISATION_FUND_CENTRE
    assert CLIENTS.is_file()
