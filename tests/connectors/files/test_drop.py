"""Keys of drops: whatever does not fit is a fault with its line, all at once."""

from pathlib import Path

import pytest

from connectors.faults import MappingFaulty
from connectors.files.drop import Drops
from connectors.mapping import read
from tests.connectors.files.dropping import TODAY, drops_text, files
from tests.connectors.small import CATALOGUE, MAPPING, write_mapping

HEAD = "connector: files\ndrops:\n"


def options(folder: Path, drops: str) -> Drops:
    text = MAPPING.replace("connector: sql", HEAD + drops)
    place = read(write_mapping(folder, text), CATALOGUE, {"SMALL_URL": "file:///drops"}, TODAY)["PBC"].sources[0]
    assert isinstance(place.options, Drops)
    return place.options


def test_a_drop_is_read_with_what_it_does_not_say(tmp_path: Path) -> None:
    found = options(tmp_path, '  a: {file: "a_*.csv", delimiter: "|", quote: "", header: [x, y], as_of: "a_%Y%m%d"}')
    drop = found.drops["a"]
    assert (drop.format, drop.delimiter, drop.quote, drop.header, drop.as_of) == (
        "csv",
        "|",
        "",
        ("x", "y"),
        "a_%Y%m%d",
    )
    assert (drop.encoding, drop.sheet, drop.line) == (None, None, 4)
    assert (found.complete, found.renew_s, found.quiet_s) == (None, 10.0, 2.0)


@pytest.mark.parametrize(
    ("drop", "fault"),
    [
        ("a: {}", "'file' is missing"),
        ("a: {file: ../secret.csv}", "no path"),
        ("a: {file: .hidden.csv}", "no path"),
        ("a: {file: a.dat}", "'format' is csv, xlsx or parquet"),
        ("a: {file: a.csv, format: xml}", "'format' is csv, xlsx or parquet"),
        ("a: {file: a.csv, colour: red}", "unknown key 'colour'"),
        ("a: {file: a.csv, delimiter: '||'}", "must be one character"),
        ("a: {file: a.csv, delimiter: ''}", "must be one character"),
        ("a: {file: a.csv, sheet: x}", "'sheet' is for xlsx only"),
        ("a: {file: a.xlsx, quote: x}", "'quote' is for csv only"),
        ("a: {file: a.csv, encoding: klingon}", "unknown encoding"),
        ("a: {file: a.csv, header: [x, X]}", "each once"),
        ("a: {file: a.csv, header: ['x; DROP']}", "each once"),
        ("a: {file: a.parquet, header: [x]}", "names its own columns"),
        ("a: {file: a.csv, as_of: '%Y-%m'}", "pattern of a day"),
        ("'x; DROP TABLE y': {file: a.csv}", "the drop's name is not a plain name"),
    ],
)
def test_what_does_not_fit_is_a_fault_with_its_line(tmp_path: Path, drop: str, fault: str) -> None:
    with pytest.raises(MappingFaulty) as caught:
        options(tmp_path, f"  {drop}")
    (found,) = caught.value.faults
    assert fault in found.text
    assert found.line == 4


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(MappingFaulty) as caught:
        options(tmp_path, "  a: {file: a/b.csv}\n  A: {file: b.csv, sheet: x}\nrenew_s: soon\ncomplete: /x")
    assert [found.line for found in caught.value.faults] == [4, 5, 6, 7]


def test_the_keys_of_drops_are_for_drops(tmp_path: Path) -> None:
    text = MAPPING.replace("connector: sql", "connector: sql\nrenew_s: 1")
    with pytest.raises(MappingFaulty, match="'renew_s' is not for the connector sql"):
        read(write_mapping(tmp_path, text), CATALOGUE, {"SMALL_URL": "sqlite:///x"}, TODAY)


async def test_a_mapping_without_drops_says_so(tmp_path: Path) -> None:
    (tmp_path / "drops").mkdir()
    text = drops_text(".csv")
    start, end = text.index("drops:"), text.index("url:")
    connector = files(tmp_path, text[:start] + text[end:])
    found = await connector.check()
    await connector.close()
    assert any("'drops' is missing" in fault for fault in found.faults)
