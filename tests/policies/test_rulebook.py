"""Every kind of fault stops the start, with its file and line, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from policies.faults import PolicyFaulty
from policies.rulebook import FILES, FOLDER, read

GOOD = "p, bank, LOAN_APPROVAL, group:court, FULL, , ordinary, P-TEST, CREDIT_QUERY"


def faults(folder: Path, catalogue: Catalogue) -> list[tuple[str, int, str]]:
    with pytest.raises(PolicyFaulty) as caught:
        read(folder, catalogue)
    return [(fault.file, fault.line, fault.message) for fault in caught.value.faults]


def test_the_shipped_policies_are_without_fault(catalogue: Catalogue) -> None:
    book = read(FOLDER, catalogue)
    assert len(book.permits) > 200
    assert book.forbids
    assert len({rule.id for rule in (*book.permits, *book.forbids)}) == len(book.permits) + len(book.forbids)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (GOOD.replace("bank", "bnak"), "unknown role 'bnak'; did you mean 'bank'?"),
        (
            GOOD.replace("LOAN_APPROVAL", "LOAN_APROVAL"),
            "unknown purpose 'LOAN_APROVAL'; did you mean 'LOAN_APPROVAL'?",
        ),
        (GOOD.replace("LOAN_APPROVAL", "*"), "unknown purpose '*'"),
        (GOOD.replace("group:court", "group:curt"), "unknown item or group 'group:curt'; did you mean 'group:court'?"),
        (GOOD.replace("group:court", "PBC03.ballance"), "unknown item or group 'PBC03.ballance'"),
        (GOOD.replace("FULL", "FULLY"), "unknown treatment 'FULLY'; did you mean 'FULL'?"),
        (GOOD.replace("FULL", "*"), "unknown treatment '*'"),
        (GOOD.replace("FULL", "WITHHELD"), "unknown treatment 'WITHHELD'"),
        (GOOD.replace("FULL, ,", "FULL, own_bank,"), "unknown row condition 'own_bank'"),
        (GOOD.replace("ordinary", "oral"), "unknown ground 'oral'"),
        (
            GOOD.replace("CREDIT_QUERY", "CREDIT_QERY"),
            "unknown legal basis 'CREDIT_QERY'; did you mean 'CREDIT_QUERY'?",
        ),
        (GOOD.replace("P-TEST", "P-CARD-CO"), "the id 'P-CARD-CO' stands already at permits.csv:"),
        (GOOD.replace("P-TEST", "default-deny"), "the id 'default-deny' is reserved"),
        (GOOD.replace(", P-TEST", ", "), "id is blank"),
        (GOOD.replace(", ordinary", ","), "ground is blank"),
        (GOOD.replace("FULL, ,", "FULL,"), "8 columns where 9 belong"),
        (GOOD + ", more", "10 columns where 9 belong"),
        (GOOD.replace("p, ", "g, "), "the line must begin with 'p'"),
        (GOOD + " # a remark", "basis holds a '#'"),
        (GOOD.replace("CREDIT_QUERY", '"CREDIT_QUERY'), "not a line of comma-separated values"),
        (GOOD.replace("group:court", "group:marital"), "reaches no item: items of sensitivity 4 must be named"),
        (GOOD.replace("group:court", "sensitivity:4"), "reaches no item: items of sensitivity 4 must be named"),
        (GOOD.replace("group:court, FULL", "PBC03.account_status, MASKED"), "MASKED has no meaning for"),
        (GOOD.replace("FULL, ,", "FULL, own_provider,"), "says nothing about CRT01, CRT02, CRT03, CRT04"),
        (GOOD.replace("LOAN_APPROVAL", "POST_LOAN").replace("ordinary", "written"), "does not rest on consent"),
        (GOOD.replace("LOAN_APPROVAL", "lending").replace("ordinary", "written"), "does not rest on consent"),
    ],
)
def test_a_faulty_permit(catalogue: Catalogue, folder: Path, add, line: str, message: str) -> None:
    number = add("permits.csv", line)
    found = faults(folder, catalogue)
    assert [(file, at) for file, at, _ in found] == [("permits.csv", number)]
    assert message in found[0][2]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("p, lender, *, *, FULL, own_institution, , F-T, CREDIT_QUERY", "unknown row condition 'own_institution'"),
        ("p, lender, *, *, FULL, , ordinary, F-T, CREDIT_QUERY", "unknown ground 'ordinary'"),
        ("p, *, *, *, FULL, , , F-T, CREDIT_QUERY", "unknown role '*'"),
        ("p, lender, *, *, FULL, , , P-CARD-CO, CREDIT_QUERY", "the id 'P-CARD-CO' stands already at permits.csv:"),
    ],
)
def test_a_faulty_forbid(catalogue: Catalogue, folder: Path, add, line: str, message: str) -> None:
    number = add("forbids.csv", line)
    found = faults(folder, catalogue)
    assert [(file, at) for file, at, _ in found] == [("forbids.csv", number)]
    assert message in found[0][2]


def test_every_fault_at_once(catalogue: Catalogue, folder: Path, add, edit) -> None:
    permit = add("permits.csv", GOOD.replace("bank", "bnak").replace("FULL", "FULLY"))
    forbid = add("forbids.csv", "p, lender")
    purpose = edit("purposes.yaml", "relation: open_account_here", "relation: open_acount_here")
    row = edit("rows.yaml", "{missing: closed_on}", "{missing: closed_at}")
    found = {(file, line) for file, line, _ in faults(folder, catalogue)}
    assert found == {
        ("permits.csv", permit),
        ("forbids.csv", forbid),
        ("purposes.yaml", purpose),
        ("rows.yaml", row),
    }
    with pytest.raises(PolicyFaulty) as caught:
        read(folder, catalogue)
    assert f"permits.csv:{permit}: unknown role 'bnak'; did you mean 'bank'?" in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(catalogue: Catalogue, folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert (name, 0) in {(file, line) for file, line, _ in faults(folder, catalogue)}


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("csv") or name == "model.conf"])
def test_a_file_that_is_not_utf8(catalogue: Catalogue, folder: Path, name: str) -> None:
    (folder / name).write_bytes("# 政策".encode("gb18030"))
    found = faults(folder, catalogue)
    assert any(file == name and "UTF-8" in message for file, _, message in found)


def test_another_model(catalogue: Catalogue, folder: Path, edit) -> None:
    line = edit("model.conf", "g(r.role, p.role) && ", "")
    found = faults(folder, catalogue)
    assert [(file, at) for file, at, _ in found] == [("model.conf", line)]
    assert "not the model that decisions are compiled by" in found[0][2]


def test_a_catalogue_basis_may_be_named(catalogue: Catalogue, folder: Path, add) -> None:
    add("permits.csv", GOOD.replace("CREDIT_QUERY", "CIR14"))
    assert read(folder, catalogue).permits[-1].basis == catalogue.legal_bases["CIR14"]


def test_a_basis_without_words(catalogue: Catalogue, folder: Path, add) -> None:
    blank, day = add("bases.yaml", "BLANK:"), add("bases.yaml", "DAY: 2026-02-30")
    found = faults(folder, catalogue)
    assert ("bases.yaml", blank, "BLANK must be a text") in found
    assert ("bases.yaml", day, "not a value of YAML; put it in quotes") in found


def test_a_row_condition_without_words(catalogue: Catalogue, folder: Path, edit) -> None:
    line = edit("rows.yaml", "en: only fraud against the insurance funds", "en:")
    assert ("rows.yaml", line, "en of insurance_fraud_only must be a text") in faults(folder, catalogue)
