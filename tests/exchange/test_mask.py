"""Every mask at its edges (the examples of the masking rules first)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.digests import Digests
from exchange.mask import MASKS
from exchange.records import Bad
from exchange.standard.load import read
from exchange.treatment import Masker

CODE_LISTS = read().code_lists
BANK_A = Masker(Digests(b"key"), "bank-a", "B10110000H0001", CODE_LISTS)
BANK_B = Masker(Digests(b"key"), "bank-b", "B10220000H0001", CODE_LISTS)


def masked(name: str, text: str, masker: Masker = BANK_A) -> str | Bad:
    return MASKS[name](text, masker)


def test_id_number():
    assert masked("id_number", "530199199003070015") == "5****************5"
    assert masked("id_number", "53019919900307001") is Bad.VALUE


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("张三", "张*"),
        ("王小明", "王**"),
        ("欧阳修文", "欧阳**"),
        ("欧阳修", "欧阳*"),
        ("欧阳", "欧*"),
        ("阿依·木呷", "阿*·木*"),
        ("阿依古丽·买买提", "阿***·买**"),
        ("阿依\u2022木呷", "阿*·木*"),
        ("阿依\u30fb木呷", "阿*·木*"),
        ("𠅤㛃", "𠅤*"),
        ("䶮文", "䶮*"),
        ("葛\U000e0100美玲", "葛\U000e0100**"),
        ("张", "*"),
        (" 张三 ", "张*"),
    ],
)
def test_name(name, expected):
    assert masked("name", name) == expected


@pytest.mark.parametrize("name", ["", "  ", "·", "阿依·"])
def test_a_name_that_is_none(name):
    assert masked("name", name) is Bad.VALUE


def test_mobile():
    assert masked("mobile", "13800001234") == "138****1234"
    assert masked("mobile", "0871-65123456") is Bad.VALUE
    assert masked("mobile", "1380000123\u0664") is Bad.VALUE


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("云南省昆明市盘龙区白塔路1号", "云南省昆明市盘龙区***"),
        ("昆明市安宁市连然街道大屯小区3栋", "昆明市安宁市***"),
        ("云南省昆明市石林彝族自治县鹿阜街道", "云南省昆明市石林彝族自治县***"),
        ("云南省昆明市寻甸回族彝族自治县仁德街道", "云南省昆明市寻甸回族彝族自治县***"),
        ("云南省大理白族自治州大理市下关镇", "云南省大理白族自治州大理市***"),
        ("云南省曲靖市师宗县丹凤街道", "云南省曲靖市师宗县***"),
        ("北京市海淀区中关村大街", "北京市海淀区***"),
        ("盘龙区白塔路1号", "盘龙区***"),
        ("云南省安宁市连然街道大屯小区3栋", "云南省安宁市***"),
        ("昆明市金星小区12栋", "昆明市***"),
        ("昆明市家乐福超市旁", "昆明市***"),
        ("白塔路3号", "***"),
        ("金星小区12栋", "***"),
        ("", "***"),
    ],
)
def test_address_to_district_level_and_never_further(address, expected):
    assert masked("address", address) == expected


def test_accounts_are_stable_for_one_organisation_and_different_for_another():
    here = masked("account", "LN0001")
    assert here == masked("account", "LN0001")
    assert here != masked("account", "LN0002")
    assert here != masked("account", "LN0001", BANK_B)
    assert isinstance(here, str)
    assert here.startswith("acc_")
    assert "LN0001" not in here


def test_an_institution_reads_its_own_code_only():
    assert masked("institution", "B10110000H0001") == "B10110000H0001"
    other = masked("institution", "B10220000H0001")
    assert isinstance(other, str)
    assert other.startswith("机构#")
    assert other == masked("institution", "B10220000H0001")
    assert other != masked("institution", "B10220000H0001", Masker(Digests(b"key"), "bank-c"))
    assert other != masked("institution", "B10220000H0001", Masker(Digests(b"other"), "bank-a"))
    nobody = Masker(Digests(b"key"), "agency-one")
    assert MASKS["institution"]("B10110000H0001", nobody) != "B10110000H0001"


def test_employer():
    assert masked("employer", "昆明机床股份有限公司") == "昆明***"
    assert masked("employer", "云铜") == "云***"
    assert masked("employer", "甲") == "***"
    assert masked("employer", " ") is Bad.VALUE


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("(2024)云01执123号", "(2024)云01执***号"),
        ("\uff082024\uff09云0102民初1234号", "(2024)云0102民初***号"),
        ("(2024)云01执恢12号之一", "(2024)云01执恢***号"),
        ("(2024)最高法民终1号", "(2024)最高法民终***号"),
    ],
)
def test_case_number(number, expected):
    assert masked("case_number", number) == expected


@pytest.mark.parametrize("number", ["云01执123号", "(24)云01执123号", "(2024)云01执", ""])
def test_a_case_number_of_another_form_is_not_shown(number):
    assert masked("case_number", number) is Bad.VALUE


@given(st.sampled_from(sorted(MASKS)), st.text(min_size=1, max_size=60))
def test_no_mask_shows_a_text_whole_or_raises(name, text):
    released = masked(name, text)
    assert released is Bad.VALUE or (released != text and isinstance(released, str)) or "*" in text


@given(st.text(alphabet="昆明市盘龙区安宁省云南自治州县白塔路小大街道1234567890号栋超", max_size=40))
def test_an_address_never_shows_a_number(address):
    released = masked("address", address)
    assert isinstance(released, str)
    assert not any(character.isdigit() for character in released)
    assert address.startswith(released.removesuffix("***"))
