"""Every life of a 300-person city is coherent, read back from the departments' own tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from connectors.forms import form_of
from connectors.place import Form
from exchange.person import PersonId
from gateway.demo.lives import lives
from gateway.demo.months import month_of, settled_month
from gateway.demo.naming import DIVISIONS
from tests.gateway.demo.conftest import DAY, Record, by

Rows = Callable[[str, str], list[Record]]
LATE = set("1234567")
NEGATIVE = LATE | set("BDGZ")
PILOT = {"530102", "530103", "530111", "530112", "530181", "530114"}


def day_of(text: str | None) -> date | None:
    """A day of any of the departments, or None for their fillers."""
    if not text or text in ("00000000", "99991231"):
        return None
    return date.fromisoformat(text)


def month_number(text: str) -> int:
    return int(text[:4]) * 12 + int(text[4:6]) - 1


@pytest.fixture(scope="module")
def accounts(rows: Rows) -> list[tuple[Record, list[Record]]]:
    """Loans and cards, each with its months, oldest first."""
    months = by(rows("pbc", "PAY_MON"), "ACCT_ID")
    found = [*rows("pbc", "LN_ACCT"), *rows("pbc", "CRD_ACCT")]
    return [(account, sorted(months[account["ACCT_ID"]], key=lambda row: row["YM"])) for account in found]


@pytest.fixture(scope="module")
def loans(accounts: list[tuple[Record, list[Record]]]) -> list[tuple[Record, list[Record]]]:
    return [(account, months) for account, months in accounts if "LN_BAL" in account]


def test_everybody_has_a_right_number_of_the_synthetic_division(rows: Rows) -> None:
    people = rows("psb", "T_RKXX")
    assert len({row["ZJHM"] for row in people}) == len(people)
    for row in people:
        person = PersonId.parse(row["ZJHM"])
        assert person.number == row["ZJHM"]
        assert person.synthetic
        assert person.born == day_of(row["CSRQ"])
        assert 5 <= person.age_on(DAY) <= 95
        assert (int(person.number[16]) % 2 == 1) == (row["XB"] == "M")


def test_names_are_of_many_kinds(rows: Rows) -> None:
    names = [row["XM"] for row in rows("psb", "T_RKXX")]
    assert any("\u00b7" in name for name in names)
    assert any(ord(sign) > 0xFFFF for name in names for sign in name)
    assert all(2 <= len(name) <= 50 for name in names)


def test_homes_are_in_kunming_and_mostly_in_the_pilot(rows: Rows) -> None:
    divisions = [row["XZQH"] for row in rows("psb", "T_HJXX")]
    assert set(divisions) <= DIVISIONS.keys()
    assert 0.7 < sum(division in PILOT for division in divisions) / len(divisions) < 1
    assert {row["HJZT"] for row in rows("psb", "T_HJXX")} >= {"A", "D"}


def test_the_dead_and_children_have_no_open_account(rows: Rows) -> None:
    dead = {row["ZJHM"] for row in rows("psb", "T_HJXX") if row["HJZT"] == "D"}
    young = {row["ZJHM"] for row in rows("psb", "T_RKXX") if PersonId(row["ZJHM"]).age_on(DAY) < 18}
    assert dead
    assert young
    for row in rows("psb", "T_RKXX"):
        assert (row["ZJZT"] == "ZX") == (row["ZJHM"] in dead)
    open_to = {PersonId.parse(row["ID_NO"]).number for row in rows("pbc", "LN_ACCT") if row["CLS_DT"] == "99991231"}
    assert not open_to & (dead | young)


def test_nobody_borrowed_or_worked_as_a_child(rows: Rows) -> None:
    for row in (*rows("pbc", "LN_ACCT"), *rows("pbc", "CRD_ACCT")):
        opened = day_of(row["OPEN_DT"])
        assert opened
        assert PersonId.parse(row["ID_NO"]).age_on(opened) >= 18
    for row in rows("hrs", "AC20"):
        started = day_of(row["AAE030"])
        assert started
        assert PersonId.parse(row["AAC002"]).age_on(started) >= 17


def test_old_rows_hold_the_15_digit_number_of_a_known_person(rows: Rows) -> None:
    known = {row["ZJHM"] for row in rows("psb", "T_RKXX")}
    held = {(table, row["ID_NO"]) for table in ("LN_ACCT", "INQ_REC") for row in rows("pbc", table)}
    old = {(table, number) for table, number in held if len(number) == 15}
    assert old
    assert all(PersonId.parse(number).number in known for _, number in held)
    mixed = [
        number for table, number in old if table == "LN_ACCT" and ("INQ_REC", PersonId.parse(number).number) in held
    ]
    assert mixed, "somebody stands under both forms in different tables"
    for _, number in old:
        assert form_of(Form("id15"), PersonId.parse(number)) == number


def test_an_account_has_24_to_60_months_without_a_gap(accounts: list[tuple[Record, list[Record]]]) -> None:
    assert len(accounts) > 200
    for account, months in accounts:
        numbers = [month_number(row["YM"]) for row in months]
        assert 24 <= len(numbers) <= 60
        assert all(later - earlier == 1 for earlier, later in pairwise(numbers))
        closed, opened = day_of(account["CLS_DT"]), day_of(account["OPEN_DT"])
        assert opened
        assert numbers[-1] == (month_of(closed) if closed else settled_month(DAY))
        for number, row in zip(numbers, months, strict=True):
            assert (row["PAY_STAT"] == "/") == (number < month_of(opened))
            assert (row["PAY_STAT"] == "C") == (closed is not None and number == month_of(closed))


def test_arrears_grow_by_one_a_month_and_end_before_they_are_settled(
    accounts: list[tuple[Record, list[Record]]],
) -> None:
    cured = running = 0
    for account, months in accounts:
        statuses = [row["PAY_STAT"] for row in months]
        for before, after in pairwise(statuses):
            if after in LATE:
                grown = "1" if before not in LATE else str(min(7, int(before) + 1))
                assert after == grown
        late = [month_number(row["YM"]) for row in months if row["PAY_STAT"] in NEGATIVE]
        ended = day_of(account["DLQ_END_DT"])
        assert all(row["DLQ_END_DT"] == account["DLQ_END_DT"] for row in months)
        if ended:
            cured += 1
            assert ended <= DAY
            assert all(month < month_of(ended) for month in late)
            if month_of(ended) - 1 >= month_number(months[0]["YM"]):
                assert late[-1] == month_of(ended) - 1
            assert account["ODUE_AMT"] == 0
        elif late:
            running += 1
            assert late[-1] == settled_month(DAY)
            assert account["ODUE_AMT"] > 0
        else:
            assert account["ODUE_AMT"] == 0
    assert cured
    assert running


def test_status_class_and_sums_of_a_loan_agree(loans: list[tuple[Record, list[Record]]]) -> None:
    seen = set()
    for loan, months in loans:
        seen.add(loan["ACCT_STAT"])
        last, terms, closed = months[-1]["PAY_STAT"], loan["ODUE_TERMS"], day_of(loan["CLS_DT"])
        running = 0
        for row in reversed(months):
            if row["PAY_STAT"] not in NEGATIVE:
                break
            running += 1
        assert terms == running
        assert 0 <= loan["ODUE_AMT"] <= loan["LN_BAL"] <= (loan["LN_AMT"] or loan["CR_LMT"])
        assert (loan["ODUE_AMT"] > 0) == (terms > 0)
        assert (closed is not None) == (loan["ACCT_STAT"] == "30")
        match loan["ACCT_STAT"]:
            case "10":
                assert terms == 0
                assert loan["CLS5"] == "A"
                assert last in "N*"
            case "20":
                assert last in LATE
                assert loan["CLS5"] == ("B" if terms <= 3 else "C" if terms <= 6 else "D")
            case "30":
                assert (loan["LN_BAL"], loan["CUR_DUE"], loan["CLS5"], last) == (0, 0, "A", "C")
                ended = day_of(loan["DLQ_END_DT"])
                assert closed
                assert ended is None or ended <= closed
            case "40":
                assert last == "B"
                assert loan["CLS5"] == "E"
                assert loan["ODUE_AMT"] == loan["LN_BAL"]
            case other:
                raise AssertionError(other)
    assert seen == {"10", "20", "30", "40"}


def test_use_of_a_card_stays_within_its_limit(rows: Rows) -> None:
    cards = rows("pbc", "CRD_ACCT")
    assert len(cards) > 100
    for card in cards:
        assert 0 <= card["ODUE_AMT"] <= card["USED_AMT"] <= card["CR_LMT"]
        assert 0 <= card["AVG6_AMT"] <= card["CR_LMT"]
        assert card["USED_AMT"] <= 6 * (card["AVG6_AMT"] + 100)
        if card["ACCT_STAT"] == "40":
            assert (card["USED_AMT"], card["AVG6_AMT"]) == (0, 0)
            assert day_of(card["CLS_DT"])


def test_an_inquiry_of_the_lender_precedes_each_account(rows: Rows) -> None:
    asked = by(rows("pbc", "INQ_REC"), "ID_NO")
    by_person: dict[str, list[Record]] = {}
    for number, inquiries in asked.items():
        by_person.setdefault(PersonId.parse(number).number, []).extend(inquiries)
    for table, reason in (("LN_ACCT", "02"), ("CRD_ACCT", "03")):
        for account in rows("pbc", table):
            opened = day_of(account["OPEN_DT"])
            assert opened
            assert any(
                inquiry["INQ_RSN"] == reason
                and inquiry["INQ_ORG"] == account["ORG_CD"]
                and opened - timedelta(days=31) <= (day_of(inquiry["INQ_DT"]) or DAY) < opened
                for inquiry in by_person.get(PersonId.parse(account["ID_NO"]).number, [])
            )


def test_some_inquiries_are_there_twice_and_equal(rows: Rows) -> None:
    twice = [found for found in by(rows("pbc", "INQ_REC"), "INQ_NO").values() if len(found) > 1]
    assert twice
    assert all(found[0] == found[1] for found in twice)


def _worked_months(spells: list[Record]) -> set[int]:
    """Months of the last 24 settled ones on whose 15th the person was employed."""
    last = settled_month(DAY)
    return {
        month
        for month in range(last - 23, last + 1)
        for spell in spells
        if (day_of(spell["AAE030"]) or DAY) <= date(month // 12, month % 12 + 1, 15) <= (day_of(spell["AAE031"]) or DAY)
    }


def test_insured_months_are_the_months_of_employment(rows: Rows) -> None:
    spells: dict[str, list[Record]] = {}
    for spell in rows("hrs", "AC20"):
        spells.setdefault(PersonId.parse(spell["AAC002"]).number, []).append(spell)
    paid = {
        key: {month_number(row["AAE003"]) for row in found} for key, found in by(rows("hrs", "AC43"), "AAZ002").items()
    }
    full = checked = 0
    for enrolled in rows("hrs", "AC02"):
        worked = spells.get(PersonId.parse(enrolled["AAC002"]).number)
        if worked is None:
            continue
        months = _worked_months(worked)
        assert paid.get(enrolled["AAZ002"], set()) == months
        first = min(spell["AAE030"] for spell in worked)
        assert enrolled["AAC030"] == first[:6]
        assert (enrolled["AAC031"] == "1") == any(spell["AAE031"] == "99991231" for spell in worked)
        full += len(months) == 24
        checked += 1
    assert checked > 300
    assert full > 100


def test_fund_months_are_months_of_employment_too(rows: Rows) -> None:
    spells: dict[str, list[Record]] = {}
    for spell in rows("hrs", "AC20"):
        spells.setdefault(PersonId.parse(spell["AAC002"]).number, []).append(spell)
    whole = 0
    funds = rows("hpf", "GJJ_ZH")
    for fund in funds:
        worked = spells.get(PersonId.parse(fund["SFZH"]).number, [])
        most = len(_worked_months(worked))
        assert fund["JCYS24"] <= most or not worked
        assert fund["CJNY"].replace("-", "") in {spell["AAE030"][:6] for spell in worked} or not worked
        whole += fund["JCYS24"] == 24
    assert whole > len(funds) / 3


def test_personal_arrears_of_the_pension_leave_their_months_unpaid(rows: Rows) -> None:
    paid = by(rows("hrs", "AC43"), "AAZ002")
    owing = [row for row in rows("hrs", "AC02") if row["AAE100"]]
    for row in owing:
        assert row["AAE101"] == "00000000"
        window = settled_month(DAY) - max(settled_month(DAY) - 23, month_number(row["AAC030"])) + 1
        assert len(paid.get(row["AAZ002"], [])) == window - row["AAE100"]


def test_a_list_entry_and_a_restriction_share_an_enforcement_case_after_a_judgment(rows: Rows) -> None:
    cases = {(row["SFZHM"], row["ZXAH"]): row for row in rows("crt", "ZX_AJ")}
    judgments = by(rows("crt", "MS_PJ"), "SFZHM")
    assert cases
    for (number, case_number), case in cases.items():
        year = int(case_number[1:5])
        assert any((day_of(j["SXRQ"]) or DAY).year <= year for j in judgments[number])
        closed = day_of(case["JARQ"])
        assert (closed is not None) == (case["AJZT"] == "ZXWB")
        if closed:
            assert any(j["LXRQ"] == case["JARQ"] and j["SXRQ"] < case["JARQ"] for j in judgments[number])
    listed, restricted = rows("crt", "SX_MD"), rows("crt", "XX_LING")
    assert listed
    for entry in listed:
        closed, deleted = day_of(cases[entry["SFZHM"], entry["ZXAH"]]["JARQ"]), day_of(entry["SCRQ"])
        assert (deleted is None) == (closed is None)
        assert deleted is None or closed is None or closed <= deleted <= closed + timedelta(days=5)
        assert entry["JZRQ"] > entry["FBRQ"]
        assert deleted is None or entry["FBRQ"] < entry["SCRQ"]
        assert entry["FBRQ"] <= DAY.isoformat()
    for order in restricted:
        assert (order["SFZHM"], order["ZXAH"]) in cases
    sources = {(row["PERSON_NO"], row["SRC_REC"]) for row in rows("cro", "MEASURE")}
    assert sources == {(entry["SFZHM"], entry["ZXAH"]) for entry in listed}


def test_a_bad_loan_comes_before_its_judgment(rows: Rows) -> None:
    months = by(rows("pbc", "PAY_MON"), "ACCT_ID")
    judgments = by(rows("crt", "MS_PJ"), "SFZHM")
    bad = [loan for loan in rows("pbc", "LN_ACCT") if loan["ACCT_STAT"] == "40"]
    assert bad
    for loan in bad:
        first = min(row["YM"] for row in months[loan["ACCT_ID"]] if row["PAY_STAT"] in NEGATIVE)
        sued = judgments[PersonId.parse(loan["ID_NO"]).number]
        assert any(j["SXRQ"].replace("-", "")[:6] > first for j in sued)


def test_a_penalty_is_decided_then_fulfilled_then_repaired(rows: Rows) -> None:
    penalties = rows("sam", "PUNISH")
    assert {row["SEVERITY"] for row in penalties} >= {"MINOR", "GENERAL"}
    months = {"GENERAL": (3, 12), "SERIOUS": (12, 36)}
    for row in penalties:
        assert row["PEN_DATE"] <= row["FULFIL_DATE"]
        assert row["REPAIR_DATE"] is None or row["FULFIL_DATE"] <= row["REPAIR_DATE"] <= DAY.isoformat()
        if row["SEVERITY"] == "MINOR":
            assert row["PUB_END"] is None
            continue
        least, most = months[row["SEVERITY"]]
        length = (date.fromisoformat(row["PUB_END"]) - date.fromisoformat(row["PEN_DATE"])).days
        assert least * 30 - 3 <= length <= most * 31
    decisions = {(row["CERT_NO"], row["PEN_DEC_NO"]) for row in penalties if row["REPAIR_DATE"]}
    assert {(row["PERSON_NO"], row["TARGET_REC"]) for row in rows("cro", "REPAIR")} == decisions


def test_arrears_are_counted_before_they_are_cleared(rows: Rows) -> None:
    for row in rows("tax", "QS_GG"):
        assert row["QJRQ"] == "" or row["TJRQ"] < row["QJRQ"] <= DAY.isoformat()
    settled = 0
    for row in rows("utl", "ARREARS"):
        ended = row["SETTLE_DT"] != "00000000"
        settled += ended
        assert row["NOTICE_DT"] <= (row["SETTLE_DT"] if ended else f"{DAY:%Y%m%d}")
        assert row["ARR_MON"] >= 1
    assert settled


def test_a_utility_account_is_in_arrears_exactly_when_its_last_month_is_unpaid(rows: Rows) -> None:
    states = set()
    for row in rows("utl", "CUST_ACCT"):
        assert len(row["REC24"]) == 24
        assert (row["IN_ARREARS"] == "Y") == (row["REC24"][-1] in LATE)
        states.add(row["IN_ARREARS"])
    assert states == {"Y", "N"}


def test_a_marriage_is_mutual_and_tells_no_number(rows: Rows) -> None:
    registered = {row["BRBS"]: row for row in rows("cva", "HY_DJ")}
    couples = [row for row in registered.values() if row["HYZK"] == "YH"]
    assert len(couples) > 20
    for row in couples:
        other = registered[row["POBS"]]
        assert other["POBS"] == row["BRBS"] != row["POBS"]
        assert other["HYZK"] == "YH"
        assert row["SFZHM"].strip()[:17] not in row["POBS"]
    assert all(row["POBS"] is None for row in registered.values() if row["HYZK"] != "YH")


def test_numbers_of_others_are_not_given_again() -> None:
    first = next(lives(1, 2, DAY))
    again = next(lives(1, 2, DAY, frozenset({first.number})))
    assert again.number != first.number
    assert PersonId.parse(again.number).born == first.born
