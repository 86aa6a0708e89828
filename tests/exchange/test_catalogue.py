"""The catalogue's own words."""

from exchange.catalogue import Catalogue, Item, Kind
from exchange.standard.load import read

CATALOGUE = read()


def test_keys_records_and_items_agree():
    for code, record in CATALOGUE.records.items():
        assert record.code == code
        assert CATALOGUE.departments[record.department].records[code] is record
        for item in CATALOGUE.items_of(code):
            assert CATALOGUE.items[item.key] is item
            assert item.record == code
            assert item.code.startswith(code)


def test_items_keep_the_order_of_the_standard():
    keys = list(CATALOGUE.items)
    assert (keys[0], keys[-1]) == ("PSB01.id_number", "CRO03.result")
    assert keys.index("PBC03.account_id") < keys.index("PBC03.balance") < keys.index("PBC04.account_id")


def test_names_in_the_schema():
    assert CATALOGUE.departments["PBC"].type_name == "Financial"
    assert CATALOGUE.records["HRS02"].has_name == "hasPensionInsurance"


def test_every_name_that_an_item_gives_is_known():
    for item in CATALOGUE.items.values():
        assert item.basis in CATALOGUE.legal_bases
        assert (item.code_list in CATALOGUE.code_lists) is (item.kind is Kind.CODE)


def test_groups_are_those_of_the_items():
    assert {"identity", "consent_amounts", "tax", "follows_annotated_record"} < CATALOGUE.groups
    assert len(CATALOGUE.groups) == 18


def test_words_cannot_be_changed_in_place():
    for kind in (Item, Catalogue):
        assert kind.__dataclass_params__.frozen
