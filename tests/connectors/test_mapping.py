"""Every kind of fault in a mapping file is seen, with its line, and all of them at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.check import check
from connectors.directory import Directory
from connectors.faults import MappingFaulty
from connectors.mapping import read
from tests.connectors.small import CATALOGUE, MAPPING, write_mapping

ENVIRON = {"SMALL_URL": "sqlite:///somewhere.db"}
TODAY = date(2026, 11, 24)


def faults(folder: Path, old: str, new: str) -> list[tuple[int, str]]:
    assert MAPPING.count(old) >= 1
    write_mapping(folder, MAPPING.replace(old, new, 1))
    with pytest.raises(MappingFaulty) as caught:
        read(folder, CATALOGUE, ENVIRON, TODAY)
    return [(fault.line, fault.text) for fault in caught.value.faults]


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(MAPPING.splitlines(), start=1) if text in line)


def test_the_small_mapping_is_read_whole(tmp_path: Path) -> None:
    place = read(write_mapping(tmp_path), CATALOGUE, ENVIRON, TODAY)["PBC"].sources[0]
    assert place.url == "sqlite:///somewhere.db"
    loan = place.records["PBC03"]
    assert loan.items["account_status"].values == {"0": "1", "1": "3", "5": "1"}
    assert loan.items["ended_on"].empty == ("00000000",)
    assert loan.items["settled_on"].column == "STL"
    assert place.records["PBC02"].order_by == (("upd", True),)
    assert place.records["PBC01"].person_key.clean == ("trim", "halfwidth", "upper")


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("department: PBC", "department: XYZ", "department: PBC", "no such department"),
        ("connector: sql", "connector: magic", "connector: sql", "connectors of a mapping file"),
        ("connector: sql", "conector: sql", "connector: sql", "unknown key 'conector'"),
        ("${SMALL_URL}", "${OTHER_URL}", "url:", "OTHER_URL is not set"),
        ("${SMALL_URL}", "mongodb://somewhere", "url:", "a url begins with"),
        ("standard: 1.0.0", "standard: 0.9.0", "standard:", "another version"),
        ("valid_until: 2031-12-31", "valid_until: 2026-11-23", "agreement:", "has ended"),
        ("valid_until: 2031-12-31", "valid_until: soon", "agreement:", "must be a day"),
        ("valid_until: 2031-12-31", "valid_until: 2031-W52-1", "agreement:", "must be a day"),
        ("${SMALL_URL}", "postgresql://gateway:Geheim77@db/x", "url:", "a password stands in the environment"),
        ("formats: [id18, id15]", "formats: []", "formats: [id18, id15]", "names no form of an id number"),
        (
            "formats: [id18, id15]",
            "formats: [{format: hashed, digest: hmac-sm3, key: Geheim77, over: id18}]",
            "formats: [id18, id15]",
            "a secret stands in the environment",
        ),
        ("record_key: LN_NO", "record_key: []", "record_key: LN_NO", "names no column"),
        ('["00000000"]', '["\\0"]', "DLQ_END", "no database can write"),
        ('"P": "1"', '"\\ud800": "1"', "GUAR", "no database can write"),
        ("approver: 市信用办, ", "", "agreement:", "'approver' is missing"),
        ("  PBC06:", "  PBC99:", "from: pay", "no record type PBC99"),
        ("      balance: {column: LN_BAL", "      blance: {column: LN_BAL", "LN_BAL", "no item PBC03.blance"),
        ("      balance: {column: LN_BAL", "      religion: {column: LN_BAL", "LN_BAL", "no item PBC03.religion"),
        ("      terms: {column: TERMS}\n", "", "from: LN_ACCT", "PBC03.terms has no place"),
        ("      settled_on:", "      setled_on:", "settled_on:", "no attribute PBC03.setled_on"),
        ("unit: fen", "unit: cent", "LN_BAL", "'unit' is fen, yuan or wan"),
        ("terms: {column: TERMS}", "terms: {column: TERMS, unit: fen}", "TERMS", "for amounts only"),
        ('format: "%Y%m"}', 'format: "%b %Y"}', "REP_M", "a format is made of"),
        ('DLQ_END, format: "%Y%m%d"', 'DLQ_END, format: "%Y%m"', "DLQ_END", "needs %d"),
        ("terms: {column: TERMS}", 'terms: {column: TERMS, format: "%Y%m%d"}', "TERMS", "for dates and months"),
        ('"1": "3", "5": "1"', '"1": "8", "5": "1"', "STAT", "'8' is not in the code list status"),
        ('otherwise: "9"', 'otherwise: "7"', "GUAR", "'7' is not in the code list guarantee"),
        ("{value: CNY}", "{value: GBP}", "value: CNY", "'GBP' is not in the code list currency"),
        ('{"Y": true, "N": false}', '{"Y": 1, "N": 0}', "JOINT", "a boolean is true or false"),
        ("terms: {column: TERMS}", "terms: {column: TERMS, values: {a: 1}}", "TERMS", "are for codes"),
        ("terms: {column: TERMS}", "terms: {column: TERMS, expression: TERMS}", "TERMS", "exactly one of"),
        ("terms: {column: TERMS}", "terms: {}", "TERMS", "exactly one of"),
        ("{column: TERMS}", "{column: 'TERMS; DROP TABLE x'}", "TERMS", "not a plain name"),
        ("{column: TERMS}", "{column: 'TERMS\" FROM x --'}", "TERMS", "not a plain name"),
        ("from: LN_ACCT", "from: LN_ACCT, other", "from: LN_ACCT", "not a plain name"),
        ("record_key: LN_NO", "record_key: [LN_NO, 'x; DROP']", "record_key: LN_NO", "not a plain name"),
        ("order_by: upd desc", "order_by: [upd desc, 'n; DROP']", "order_by", "or a list of such"),
        ("{column: TERMS}", "{column: '期 数'}", "TERMS", "not a plain name"),
        ("{column: TERMS}", "{column: TERMS, clean: [scrub]}", "TERMS", "unknown cleaning 'scrub'"),
        ("{column: TERMS}", "{column: TERMS, clean: [amount]}", "TERMS", "for amounts only"),
        ('DLQ_END, format: "%Y%m%d"', 'DLQ_END, format: "%y%m%d"', "DLQ_END", "two digits"),
        ("standard: 1.0.0", "standard: 1.0.0\nencoding: big5", "agreement", "unknown encoding"),
        ("record_key: LN_NO", "record_key: '1) OR (1=1'", "record_key: LN_NO", "not a plain name"),
        ("order_by: upd desc", "order_by: 'upd desc, 1'", "order_by", "one column"),
        ("distinct: [n]", "distinct: ['n)']", "distinct", "not a plain name"),
        ("DEL_FLAG = '0'", "1=1; DELETE FROM x", "DEL_FLAG", "holds ';'"),
        ("DEL_FLAG = '0'", "1=1 -- x", "DEL_FLAG", "comment"),
        ("DEL_FLAG = '0'", "x IN (SELECT n FROM job)", "DEL_FLAG", "reads its own row only"),
        ("DEL_FLAG = '0'", "pg_sleep(9) IS NULL", "DEL_FLAG", "function of the server"),
        ("DEL_FLAG = '0'", "1=1) OR (1=1", "DEL_FLAG", "closes a bracket"),
        ("job.upd FROM job", "job.upd INTO x FROM job", "SELECT job", "writing word INTO"),
        ("formats: [id18, id15]", "formats: [id18, id16]", "formats: [id18, id15]", "id18, id15 or"),
        ("clean: [trim,", "clean: [scrub,", "clean:", "unknown cleaning 'scrub'"),
        ("{column: id18, formats", "{formats", "column: id18", "either 'column' or 'expression'"),
        ("    record_key: LN_NO\n", "", "from: LN_ACCT", "'record_key' is missing"),
        (
            "      terms: {column: TERMS}",
            "      terms: {column: A}\n      terms: {column: B}",
            "month:",
            "stands here twice",
        ),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, at: str, says: str) -> None:
    found = faults(tmp_path, old, new)
    assert any(line == line_of(at) and says in text for line, text in found), found


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    write_mapping(tmp_path, MAPPING.replace("unit: fen", "unit: cent").replace("LN_NO", "'LN;NO'"))
    (tmp_path / "other.yaml").write_text("a: [1", "utf-8")
    (tmp_path / "empty.yaml").write_text("", "utf-8")
    with pytest.raises(MappingFaulty) as caught:
        read(tmp_path, CATALOGUE, ENVIRON, TODAY)
    assert [fault.file for fault in caught.value.faults] == ["empty.yaml", "other.yaml", *["pbc.yaml"] * 3]


def test_two_files_of_one_department(tmp_path: Path) -> None:
    write_mapping(tmp_path)
    (tmp_path / "pbc2.yaml").write_text(MAPPING, "utf-8")
    with pytest.raises(MappingFaulty, match=r"pbc2\.yaml:1: PBC has a mapping already"):
        read(tmp_path, CATALOGUE, ENVIRON, TODAY)


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(MappingFaulty, match="no mapping file"):
        read(tmp_path, CATALOGUE, ENVIRON, TODAY)


def test_what_is_not_held_is_said(tmp_path: Path) -> None:
    text = MAPPING.replace("      terms: {column: TERMS}\n", "").replace(
        "    from: LN_ACCT", "    from: LN_ACCT\n    not_held: [terms]"
    )
    start, _, _ = text.partition("  PBC06:")
    place = read(write_mapping(tmp_path, start + "not_held: [PBC06]\n"), CATALOGUE, ENVIRON, TODAY)["PBC"].sources[0]
    assert "PBC06" not in place.records
    assert "terms" not in place.records["PBC03"].items


def test_a_record_type_that_was_forgotten_does_not_answer_as_absent(tmp_path: Path) -> None:
    start, _, _ = MAPPING.partition("  PBC06:")
    with pytest.raises(MappingFaulty, match="PBC06 has no place; map it, or list it under 'not_held'"):
        read(write_mapping(tmp_path, start), CATALOGUE, ENVIRON, TODAY)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    write_mapping(tmp_path)
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "deep.yaml").write_text("a: " + "[" * 5000, "utf-8")
    (tmp_path / "tax.yml").write_text(MAPPING, "utf-8")
    with pytest.raises(MappingFaulty) as caught:
        read(tmp_path, CATALOGUE, ENVIRON, TODAY)
    assert [str(fault) for fault in caught.value.faults] == [
        "deep.yaml:1: is nested too deep",
        "folder.yaml:1: cannot be read",
        "gone.yaml:1: cannot be read",
        "tax.yml:1: a mapping file ends in .yaml",
    ]


@pytest.mark.parametrize("url", ["oracle://gateway:Geheim77@db/x", "postgresql://db.example/x", "nothing"])
async def test_a_url_that_will_not_do_stops_the_start_with_its_line(tmp_path: Path, url: str) -> None:
    with pytest.raises(MappingFaulty) as caught:
        await Directory.open(write_mapping(tmp_path), CATALOGUE, {"SMALL_URL": url}, TODAY)
    assert [fault.line for fault in caught.value.faults] == [line_of("url:")]
    (found,) = await check(tmp_path, CATALOGUE, {"SMALL_URL": url}, TODAY)
    assert (found.reachable, len(found.faults)) == (False, 1)
    assert "Geheim77" not in f"{found.faults} {caught.value}"


def test_a_password_may_come_apart_from_the_rest_of_the_url(tmp_path: Path) -> None:
    text = MAPPING.replace("${SMALL_URL}", "postgresql://gateway:${PASSWORD}@127.0.0.1/x")
    place = read(write_mapping(tmp_path, text), CATALOGUE, {"PASSWORD": "Geheim77"}, TODAY)["PBC"].sources[0]
    assert place.url == "postgresql://gateway:Geheim77@127.0.0.1/x"


def test_a_hashed_key(tmp_path: Path) -> None:
    text = MAPPING.replace(
        "formats: [id18, id15]",
        "formats: [{format: hashed, digest: hmac-sm3, key: '${KEY}', over: id18, case: upper}]",
        1,
    )
    write_mapping(tmp_path, text)
    with pytest.raises(MappingFaulty, match="KEY is not set"):
        read(tmp_path, CATALOGUE, ENVIRON, TODAY)
    (form,) = (
        read(tmp_path, CATALOGUE, ENVIRON | {"KEY": "k"}, TODAY)["PBC"].sources[0].records["PBC03"].person_key.forms
    )
    assert (form.digest, form.key, form.case) == ("hmac-sm3", b"k", "upper")
    assert repr(form) == "Form(hashed)"
