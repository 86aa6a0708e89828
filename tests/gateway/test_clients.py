"""The file with which a register begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.client import Words
from gateway.clients import Clients, ClientsFaulty
from gateway.demo import constants
from tests.gateway.keys import CLIENTS, clients

KNOWN = Words({"auditor"}, {"AUDIT"}, {"530102"})
OFFICE = "organisations: {o: {kind: credit_office, title: Office}}\n"


@pytest.mark.parametrize(
    "text",
    [
        "clients: [",
        "clients: 1",
        "clients: {}",
        "organisations: {}",
        OFFICE + "clients: {a: {organisation: o, roles: [auditor]}}",
        OFFICE + "clients: {a: {organisation: o, roles: [auditor], title: t, administrator: true}}",
        OFFICE + "clients: {a: {organisation: o, roles: [nothing], title: t}}",
        OFFICE + "clients: {a: {organisation: o, roles: [auditor], purposes: [FUN], title: t}}",
        OFFICE + "clients: {a: {organisation: o, roles: [auditor], districts: ['999999'], title: t}}",
        "organisations: {o: {kind: bank, title: B}}\nclients: {a: {organisation: o, roles: [auditor], title: t}}",
        OFFICE + "clients: {a: {organisation: other, roles: [auditor], title: t}}",
        OFFICE + "clients: {A b: {organisation: o, roles: [auditor], title: t}}",
        OFFICE + "clients: {'530199199003070015': {organisation: o, roles: [auditor], title: t}}",
        "organisations: {o: {kind: circus, title: Office}}\nclients: {}",
        "organisations: {o: {kind: bank, title: B, licence: {number: '1', valid_until: 2026-02-30}}}\nclients: {}",
    ],
)
def test_a_faulty_file_stops_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(ClientsFaulty) as caught:
        Clients.read(tmp_path / "c.yaml", KNOWN)
    assert "530199199003070015" not in str(caught.value)
    with pytest.raises(ClientsFaulty):
        Clients.read(tmp_path / "none.yaml", KNOWN)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(OFFICE + "clients: {a: {organisation: p, roles: [x], title: t, purposes: [y]}}")
    with pytest.raises(ClientsFaulty) as caught:
        Clients.read(tmp_path / "c.yaml", KNOWN)
    assert len(caught.value.faults) == 3


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
