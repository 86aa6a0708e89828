"""The loader: what ships is whole, and every kind of fault is named with its line."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

import gateway.demo
from exchange.catalogue import Kind
from exchange.standard.fault import StandardFaulty, StandardNotInForce
from exchange.standard.load import FOLDER, check, content_digest, load, read

APPROVAL = Path(gateway.demo.__file__).parent / "approval.yaml"


def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "standard"
    folder.mkdir()
    for file in FOLDER.glob("*.yaml"):
        shutil.copy(file, folder)
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, f"{old!r} is not in {file.name}"
    file.write_text(text.replace(old, new, 1))


def line_of(file: Path, text: str) -> int:
    return next(n for n, line in enumerate(file.read_text().splitlines(), 1) if text in line)


def test_the_shipped_standard_has_no_fault():
    assert check() == []


def test_ten_departments_forty_record_types_168_items():
    catalogue = read()
    assert list(catalogue.departments) == ["PSB", "PBC", "HRS", "HPF", "TAX", "CRT", "SAM", "UTL", "CVA", "CRO"]
    assert (len(catalogue.records), len(catalogue.items)) == (40, 168)
    assert [d.section for d in catalogue.departments.values()] == [
        *("publicSecurity", "financial", "socialSecurity", "housingFund", "taxation", "courts"),
        *("marketRegulation", "utilities", "civilAffairs", "creditOffice"),
    ]


def test_the_demo_puts_it_in_force_and_nothing_else_does():
    assert load(approval=APPROVAL).state == "in_force"
    with pytest.raises(StandardNotInForce) as refused:
        load()
    assert (refused.value.state, refused.value.code) == ("draft", "STANDARD_NOT_IN_FORCE")
    assert read().state == "draft"


def test_a_changed_standard_is_no_longer_in_force(tmp_path):
    folder = copy(tmp_path)
    change(folder / "pbc.yaml", "description: Outstanding balance.", "description: Balance.")
    with pytest.raises(StandardNotInForce) as refused:
        load(folder, APPROVAL)
    (fault,) = refused.value.faults
    assert fault.code == "APPROVAL_DIGEST"
    assert content_digest(folder) in fault.message
    assert content_digest(folder) != content_digest()
    assert fault.line == line_of(APPROVAL, "digest:")


def test_a_renewed_record_puts_the_changed_standard_in_force(tmp_path):
    folder = copy(tmp_path)
    change(folder / "pbc.yaml", "description: Outstanding balance.", "description: Balance.")
    approval = tmp_path / "approval.yaml"
    approval.write_text(APPROVAL.read_text().replace(content_digest(), content_digest(folder)))
    assert load(folder, approval).items["PBC03.balance"].description == "Balance."


def test_layout_and_comments_do_not_change_the_digest(tmp_path):
    folder = copy(tmp_path)
    file = folder / "cro.yaml"
    file.write_text("# a remark\n" + yaml.safe_dump(yaml.safe_load(file.read_text()), sort_keys=False))
    assert content_digest(folder) == content_digest()
    assert read(folder).revision == read().revision == content_digest()[:16]


@pytest.mark.parametrize(
    ("old", "new", "code", "mark"),
    [
        ("version: 1.0.0", "version: 1.0.1", "APPROVAL_OF_ANOTHER", "version:"),
        ("state: expert_review", "state: submitted", "APPROVAL_STEP", "- state: submitted"),
        ("date: 2026-03-16", "date: 2025-03-16", "APPROVAL_STEP", "- state: expert_review"),
        ("state: draft", "state: approved", "APPROVAL_STEP", "- state: approved"),
        ("state: in_force", "state: forced", "VALUE_INVALID", "state: forced"),
        ("date: 2026-08-03", "date: soon", "VALUE_INVALID", "date: soon"),
        ("    by: 国家有关部门(演示)\n", "", "KEY_MISSING", "- state: approved"),
        ("demonstration: true", "demonstration: true\nsigned: yes", "KEY_UNKNOWN", "signed"),
    ],
)
def test_an_approval_record_that_does_not_stand(tmp_path, old, new, code, mark):
    approval = tmp_path / "approval.yaml"
    approval.write_text(APPROVAL.read_text())
    change(approval, old, new)
    assert (code, line_of(approval, mark)) in [(f.code, f.line) for f in check(FOLDER, approval)]
    with pytest.raises(StandardNotInForce):
        load(approval=approval)


def test_an_approval_that_ends_before_in_force_or_after_it_does_not_serve(tmp_path):
    approval = tmp_path / "approval.yaml"
    approval.write_text(APPROVAL.read_text().partition("  - state: in_force")[0])
    with pytest.raises(StandardNotInForce) as refused:
        load(approval=approval)
    assert refused.value.state == "approved"
    withdrawn = "  - {state: withdrawn, date: 2026-11-01, by: 市信用办, document: 决定}\n"
    approval.write_text(APPROVAL.read_text() + withdrawn)
    with pytest.raises(StandardNotInForce) as refused:
        load(approval=approval)
    assert refused.value.state == "withdrawn"


def test_a_missing_approval_record_is_a_fault():
    with pytest.raises(StandardNotInForce) as refused:
        load(approval=FOLDER / "nowhere.yaml")
    assert [f.code for f in refused.value.faults] == ["FILE_UNREADABLE"]


FAULTS = [
    # file, what stands there, what is put there, code, text of the line that must be named
    ("pbc.yaml", "since: opened_on", "since: opened_on\n    colour: red", "KEY_UNKNOWN", "colour: red"),
    ("pbc.yaml", "    list: loanAccounts\n", "", "KEY_MISSING", "  PBC03:"),
    ("pbc.yaml", "many: true", "many: often", "VALUE_INVALID", "many: often"),
    ("hrs.yaml", "{code: HRS02005,", "{code: HRS02005, code: HRS02005,", "DUPLICATE_KEY", "code: HRS02005, code"),
    ("tax.yaml", "department: TAX", "department: [TAX", "FILE_UNREADABLE", "name: "),
    ("psb.yaml", "kind: string", "kind: letters", "VALUE_INVALID", "kind: letters"),
    ("psb.yaml", "      sex:", "      religion:", "FORBIDDEN_ITEM", "      religion:"),
    ("psb.yaml", "name_zh: 性别", "name_zh: 血型", "FORBIDDEN_ITEM", "name_zh: 血型"),
    ("psb.yaml", "description: Legal name.", "description: Blood types.", "FORBIDDEN_ITEM", "Blood types."),
    ("psb.yaml", "description: Address in", "description: 民族 in", "FORBIDDEN_ITEM", "民族"),
    ("psb.yaml", "code_list: sex", "code_list: gender", "CODE_LIST_UNKNOWN", "code_list: gender"),
    ("psb.yaml", "kind: code, code_list: sex", "kind: code", "CODE_LIST_MISSING", "      sex:"),
    ("psb.yaml", "kind: date", "kind: date, code_list: sex", "CODE_LIST_INVALID", "kind: date, code_list"),
    ("psb.yaml", "basis: IDC3, scoring: never", "basis: IDC9, scoring: never", "BASIS_UNKNOWN", "IDC9"),
    ("psb.yaml", "negative: false, basis: IDC3,", "negative: false,", "KEY_MISSING", "      id_number:"),
    ("psb.yaml", "code: PSB01002", "code: PSB01001", "DUPLICATE_CODE", "{code: PSB01001, name_zh: 姓名"),
    ("psb.yaml", "code: PSB01002", "code: PSB0102", "CODE_FORM", "code: PSB0102,"),
    ("psb.yaml", "code: PSB01002", "code: PSB02009", "CODE_FORM", "code: PSB02009"),
    ("psb.yaml", "  PSB02:", "  PBC02:", "CODE_FORM", "  PBC02:"),
    (
        "psb.yaml",
        "name: household_registration",
        "name: person_identity",
        "DUPLICATE_NAME",
        "    name: person_identity",
    ),
    ("pbc.yaml", "list: cardAccounts", "list: loanAccounts", "NAME_CLASH", "list: loanAccounts"),
    ("pbc.yaml", "list: cardAccounts", "list: hasLoanAccounts", "NAME_CLASH", "list: hasLoanAccounts"),
    ("pbc.yaml", "type: CardAccount", "type: Financial", "NAME_CLASH", "type: Financial"),
    ("pbc.yaml", "type: CardAccount", "type: Record", "NAME_CLASH", "type: Record"),
    ("pbc.yaml", "section: financial", "section: summary", "NAME_CLASH", "section: summary"),
    ("hrs.yaml", "section: socialSecurity", "section: financial", "NAME_CLASH", "section: financial"),
    ("pbc.yaml", "      five_category:", "      provenance:", "NAME_CLASH", "      provenance:"),
    ("pbc.yaml", "      five_category:", "      fiveCategory:", "NAME_FORM", "      fiveCategory:"),
    ("pbc.yaml", "since: opened_on", "since: balance", "SINCE_INVALID", "since: balance"),
    ("pbc.yaml", "mask: mobile", "mask: phone", "MASK_UNKNOWN", "mask: phone"),
    ("pbc.yaml", "code_list: account_type", "code_list: account_type, mask: name", "MASK_INVALID", "mask: name"),
    ("pbc.yaml", "band: amount", "band: decile", "BAND_UNKNOWN", "band: decile"),
    ("pbc.yaml", "band: amount", "band: month", "BAND_INVALID", "unit: CNY, band: month"),
    ("pbc.yaml", 'format: "n..15,0"', "format: money", "FORMAT_INVALID", "format: money"),
    ("pbc.yaml", r"'^1[3-9]\d{9}$'", "'^1[3-9'", "PATTERN_INVALID", "'^1[3-9'"),
    ("hrs.yaml", ", group: consent_amounts", "", "GROUP_INVALID", "      contribution_base:"),
    ("pbc.yaml", "starts: delinquency_ended_on, years", "starts: ended_on, years", "CLOCK_INVALID", "starts: ended_on"),
    ("pbc.yaml", "starts: delinquency_ended_on, years: 5,", "starts: due_on,", "CLOCK_INVALID", "starts: due_on"),
    ("pbc.yaml", "shown_from: inquired_at", "shown_from: inquirer_code", "CLOCK_INVALID", "shown_from: inquirer_code"),
    ("pbc.yaml", "years: 5, removes", "years: 50, removes", "VALUE_INVALID", "years: 50"),
    ("pbc.yaml", "{repayment_status: negative}", "{month: negative}", "CLOCK_INVALID", "{month: negative}"),
    ("pbc.yaml", "{repayment_status: negative}", "{repayment_status: bad}", "CODE_UNKNOWN", "{repayment_status: bad}"),
    ("crt.yaml", 'case_status: ["3"]', 'case_status: ["33"]', "CODE_UNKNOWN", '["33"]'),
    ("utl.yaml", "rolling_window_months: 24, ", "", "CLOCK_MISSING", "  UTL01:"),
    ("code_lists.yaml", '{"0": 未知的性别', "{0: 未知的性别", "KEY_NOT_TEXT", "{0: 未知的性别"),
    ("code_lists.yaml", 'negative: ["1"', 'negative: ["X"', "CODE_UNKNOWN", 'negative: ["X"'),
    ("legal_bases.yaml", "HKR: 户口登记条例", "HKR: 1958", "VALUE_INVALID", "HKR: 1958"),
    ("catalogue.yaml", "state: draft", "state: in_force", "VALUE_INVALID", "state: in_force"),
]


@pytest.mark.parametrize(("name", "old", "new", "code", "mark"), FAULTS)
def test_each_fault_is_named_with_its_line(tmp_path, name, old, new, code, mark):
    folder = copy(tmp_path)
    change(folder / name, old, new)
    found = [(fault.file, fault.line, fault.code) for fault in check(folder)]
    lines = [n for n, line in enumerate((folder / name).read_text().splitlines(), 1) if mark in line]
    assert any((name, line, code) in found for line in lines), found


def test_a_negative_record_type_without_a_clock(tmp_path):
    folder = copy(tmp_path)
    file = folder / "crt.yaml"
    change(file, next(line for line in file.read_text().splitlines(True) if "starts: fulfilled_on" in line), "")
    assert [(f.code, f.line) for f in check(folder)] == [("CLOCK_MISSING", line_of(file, "  CRT01:"))]


def test_all_faults_of_all_files_at_once(tmp_path):
    folder = copy(tmp_path)
    change(folder / "psb.yaml", "code_list: sex", "code_list: gender")
    change(folder / "hrs.yaml", "kind: code", "kind: letters")
    change(folder / "cro.yaml", "basis: PUB", "basis: NONE")
    (folder / "edu.yaml").write_text("department: EDU\n")
    with pytest.raises(StandardFaulty) as refused:
        read(folder)
    assert {f.file for f in refused.value.faults} == {"psb.yaml", "hrs.yaml", "cro.yaml", "edu.yaml"}
    assert "psb.yaml:" in str(refused.value)
    with pytest.raises(StandardFaulty):
        load(folder, APPROVAL)


@pytest.mark.parametrize("name", ["catalogue.yaml", "code_lists.yaml", "legal_bases.yaml", "utl.yaml"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"- 1\n", b"null\n"])
def test_an_unreadable_file_is_a_fault_and_no_traceback(tmp_path, name, content):
    folder = copy(tmp_path)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    assert name in {fault.file for fault in check(folder)}


def test_settled_groups_names_and_attributes():
    catalogue = read()
    items, records = catalogue.items, catalogue.records
    for key in ("HRS02.contribution_base", "HPF01.monthly_contribution", "HPF01.balance", "TAX03.tax_paid_amount"):
        assert items[key].group == "consent_amounts"
        assert items[key].written_consent_only
    assert sum(item.written_consent_only for item in items.values()) == 4
    assert {items[k].group for k in ("TAX03.tax_year", "TAX03.declared_on_time")} == {"tax"}
    assert items["PSB02.registered_address"].group == "contact"
    assert records["TAX01"].list_name == "taxArrearsRecords"
    assert records["TAX01"].type_name == "TaxArrears"
    assert records["PBC03"].has_name == "hasLoanAccounts"
    assert records["PBC05"].attributes == {"delinquency_ended_on": Kind.DATE}
    assert records["UTL02"].attributes == {"provider_code": Kind.STRING}
    assert (records["PBC03"].since, records["PBC05"].since, records["PBC08"].since) == (
        *("opened_on", None),
        "inquired_at",
    )


def test_code_lists_keep_old_and_local_codes_and_their_subsets():
    lists = read().code_lists
    assert lists["division_code"].values["530121"].startswith("呈贡县")
    assert lists["institution_type"].values["K1"].startswith("农村信用社")
    assert set(lists["division_code"].subsets["pilot_2008"]) == {
        *("530102", "530103", "530111", "530112", "530181", "530114", "530121"),
    }
    assert lists["repayment_status"].subsets["negative"] == tuple("1234567BDGZ")
    assert "08" in lists["inquiry_reason"].values


def test_every_string_date_and_number_has_what_its_treatment_needs():
    for item in read().items.values():
        if item.kind in (Kind.DECIMAL, Kind.INTEGER, Kind.DATE):
            assert item.band, item.key
        if item.kind in (Kind.CODE, Kind.BOOLEAN, Kind.YEAR_MONTH):
            assert (item.mask, item.band) == (None, None), item.key
    masks = {key: item.mask for key, item in read().items.items() if item.mask}
    assert len(masks) == 20
    assert masks["PBC08.inquirer_code"] == masks["UTL01.provider_code"] == "institution"
    assert masks["UTL01.account_number"] == masks["PBC05.account_id"] == "account"
    bands = {key: item.band for key, item in read().items.items()}
    assert bands["PSB01.birth_date"] == "year"
    assert bands["HPF01.months_paid_24m"] == "months24"
    assert bands["PBC03.overdue_terms"] == "count"


def test_the_checklist_explains_every_fault_code():
    root = FOLDER.parent.parent
    source = "".join(file.read_text() for file in FOLDER.glob("*.py"))
    codes = set(re.findall(r'"([A-Z]+_[A-Z_]+)"', source)) - {"STANDARD_FAULTY", "STANDARD_NOT_IN_FORCE"}
    explained = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", (root / "docs" / "adding-an-item.md").read_text()))
    assert codes - explained == set()
    assert explained - codes == set()
