"""The demo's disputes are about records that are there."""

from __future__ import annotations

from collections.abc import Callable

from gateway.demo.people import TEST_PEOPLE, demo_disputes
from tests.gateway.demo.conftest import DAY, Record


def test_each_is_about_a_record_of_its_person(rows: Callable[[str, str], list[Record]]) -> None:
    loans = {(row["ID_NO"], row["ACCT_ID"]) for row in rows("pbc", "LN_ACCT")}
    penalties = {(row["CERT_NO"], row["ROW_ID"]) for row in rows("sam", "PUNISH")}
    found = {dispute.kind: dispute for dispute in demo_disputes(DAY)}
    assert (found["dispute"].id_number, found["dispute"].record_key) in loans
    assert (found["repair"].id_number, found["repair"].record_key) in penalties
    assert (found["dispute"].record, found["repair"].record) == ("PBC03", "SAM02")
    assert all(dispute.opened_on < DAY for dispute in found.values())
    assert len(found["dispute"].statement or "") <= 100


def test_they_belong_to_the_people_whose_tags_say_so() -> None:
    tags = {person.id_number: person.tags for person in TEST_PEOPLE}
    assert [tags[dispute.id_number] for dispute in demo_disputes(DAY)] == [("disputed",), ("repair-under-way",)]
