"""The mapping author's SQL: one read-only piece."""

import pytest

from connectors.fragment import fragment_fault, name_fault, with_keys, with_names_quoted


@pytest.mark.parametrize(
    "text",
    [
        "a = 1; DROP TABLE t",
        "a /* x */",
        "a -- x",
        "a = 'open",
        'a = "open',
        "$$x$$",
        "E'\\''",
        "a = ?",
        "(a",
        "a)",
        "",
        "  ",
        "delete",
        "DeLeTe from t",
        "lo_import('x')",
        "PG_READ_FILE('x')",
        "load_extension('x')",
        "set_config('a', 'b', false)",
        "nextval('s')",
        "load_file('/etc/passwd')",
        "SLEEP(9)",
        "pg_sleep(9)",
        '"pg_sleep"(9)',
        r"E'\' || ' || pg_sleep(9)) AS x --'",
        r"e'a\\b'",
        "table_to_xml('t', true, true, '')",
        "database_to_xml(true, true, '')",
        "ts_stat('SELECT 1')",
        "BENCHMARK(1000000, md5('x'))",
        "get_lock('x', 9)",
        "release_all_locks()",
        "master_pos_wait('x', 4)",
        "`a`",
        "@@datadir",
        "a union select 1",
        "{key:a}",
    ],
)
def test_refused_expressions(text: str) -> None:
    assert fragment_fault(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "trim(ORG_CD)",
        "DEL_FLAG = '0' AND x <> 'it''s; -- fine'",
        "replace(a, 'x', 'y') || \"update\"",
        "a::text LIKE '5%'",
        r"a <> '\'",
        "\"sleep\" = 'E'",
        "type = 'E' || 'x'",
    ],
)
def test_accepted_expressions(text: str) -> None:
    assert fragment_fault(text) is None


def test_a_select_may_read_and_never_write() -> None:
    assert fragment_fault("SELECT a, {key:t.b} AS k FROM t JOIN u ON t.a = u.a", select=True) is None
    assert fragment_fault("SELECT a FROM t; SELECT b FROM t", select=True) is not None
    assert fragment_fault("WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", select=True) is not None
    assert fragment_fault("SELECT a INTO OUTFILE '/tmp/x' FROM t", select=True) is not None
    assert fragment_fault("SELECT a FROM t FOR UPDATE", select=True) is not None
    assert fragment_fault("SELECT {key:a) OR (1} FROM t", select=True) is not None


@pytest.mark.parametrize("name", ["a b", 'a"b', "a;b", "1a", "", "a.b", "a--", "x" * 64])
def test_refused_names(name: str) -> None:
    assert name_fault(name) is not None


def test_accepted_names() -> None:
    assert name_fault("LN_NO") is None
    assert name_fault("贷款编号") is None
    assert name_fault("s.t", parts=2) is None
    assert name_fault("a.b.c", parts=2) is not None


def test_names_are_quoted_as_the_database_has_them() -> None:
    names = {"del_flag": "DEL_FLAG", "plain": "plain", "trim": "TRIM"}
    assert with_names_quoted("DEL_FLAG = 'DEL_FLAG' AND trim(Plain) = \"x\"", names) == (
        '"DEL_FLAG" = \'DEL_FLAG\' AND trim(Plain) = "x"'
    )


def test_keys_are_written_out() -> None:
    assert with_keys("SELECT {key:t.a}, 1", lambda column: f"k({column})") == "SELECT k(t.a), 1"
