"""The mapping author's own SQL: `expression`, `where`, `from: SELECT …`. Checked before it is ever sent.

INVARIANT: a fragment is one read-only piece: no second statement, comment, writing word or server function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_TOKEN = re.compile(
    r"(?P<escaped>E'(?:[^'\\]|'')*\\)|(?P<string>'(?:[^']|'')*')|(?P<quoted>\"(?:[^\"]|\"\")+\")"
    r"|(?P<comment>--|/\*|\*/)"
    r"|(?P<key>\{key:[^{}]*\})|(?P<word>[^\W\d][\w$]*)|(?P<number>\d+(?:\.\d+)?)|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL | re.IGNORECASE,
)
# fmt: off
_WRITING = frozenset([
    "INSERT", "UPDATE", "DELETE", "MERGE", "UPSERT", "DROP", "ALTER", "CREATE", "TRUNCATE", "GRANT", "REVOKE",
    "COPY", "INTO", "ATTACH", "DETACH", "PRAGMA", "VACUUM", "ANALYZE", "REINDEX", "CALL", "DO", "EXEC", "EXECUTE",
    "PREPARE", "DEALLOCATE", "SET", "RESET", "LOCK", "LISTEN", "NOTIFY", "UNLISTEN", "BEGIN", "COMMIT",
    "ROLLBACK", "SAVEPOINT", "RETURNING", "DECLARE", "REFRESH", "CLUSTER", "HANDLER", "OUTFILE", "DUMPFILE",
])
# fmt: on
_READING = frozenset(["SELECT", "WITH", "FROM", "UNION", "INTERSECT", "EXCEPT", "VALUES", "TABLE"])
_SERVER = re.compile(
    r"(pg_|lo_|dblink|current_setting$|set_config$|nextval$|setval$|load_extension$|readfile$|writefile$"
    r"|(query|table|schema|database|cursor)_to_|ts_stat$|connectby$|crosstab"
    r"|load_file$|sleep$|benchmark$|get_lock$|release_(all_)?locks?$|is_(free|used)_lock$|(master|source)_\w*wait"
    r"|wait_for_executed_gtid|sys_(exec|eval|get|set)$|lastval$)",
    re.I,
)
_NAME = re.compile(r"[^\W\d][\w$#（）]{0,62}")
_KEY = re.compile(r"\{key:(?P<column>[^{}]*)\}")


def name_fault(name: str, parts: int = 1) -> str | None:
    """Why this is not the name of a column (or, of two parts, of a table)."""
    pieces = name.split(".")
    if not 1 <= len(pieces) <= parts or not all(_NAME.fullmatch(piece) for piece in pieces):
        return "is not a plain name; write other SQL as 'expression' or 'from: SELECT …'"
    return None


def is_select(text: str) -> bool:
    return bool(re.match(r"\s*(SELECT|WITH)\b", text, re.I))


def fragment_fault(text: str, *, select: bool = False) -> str | None:
    """Why this fragment is refused, or None. `select`: a whole SELECT, else an expression over one row."""
    depth = 0
    for token in _TOKEN.finditer(text):
        kind, piece = token.lastgroup, token.group()
        if kind == "comment":
            return "holds a comment"
        if kind == "escaped":  # PostgreSQL ends such a text elsewhere than these patterns do
            return "holds a backslash within E'…'; write the sign itself"
        if kind == "quoted" and text[token.end() :].lstrip().startswith("(") and _SERVER.match(piece[1:]):
            return f"calls {piece.lower()}, a function of the server"
        if kind == "key" and (not select or name_fault(piece[5:-1], 2)):
            return "'{key:…}' stands for a column inside a SELECT only"
        if kind == "word" and (fault := _word_fault(piece.upper(), select)):
            return fault
        if kind == "other":
            if piece in ";'\"\\$`#@?\0{}":
                return f"holds {piece!r}"
            depth += (piece == "(") - (piece == ")")
            if depth < 0:
                return "closes a bracket that it did not open"
    if depth:
        return "leaves a bracket open"
    if not text.strip():
        return "is empty"
    return None


def _word_fault(word: str, select: bool) -> str | None:
    if word in _WRITING:
        return f"holds the writing word {word}"
    if word in _READING and not select:
        return f"holds {word}; a condition or expression reads its own row only"
    if _SERVER.match(word):
        return f"calls {word.lower()}, a function of the server"
    return None


def with_names_quoted(text: str, names: Mapping[str, str]) -> str:
    """Bare names that PostgreSQL would fold to lower case, written as the database has them.

    `names`: lower-case name → name as inspected. Words that name nothing there are left alone.
    """

    def replaced(token: re.Match[str]) -> str:
        piece = token.group()
        actual = names.get(piece.lower()) if token.lastgroup == "word" else None
        if actual is None or actual == piece.lower() or text[token.end() :].lstrip().startswith("("):
            return piece
        return f'"{actual}"'

    return _TOKEN.sub(replaced, text)


def with_texts(text: str, write: Callable[[str], str]) -> str:
    """Every text constant that is not ASCII replaced by what `write` makes of its words."""

    def replaced(token: re.Match[str]) -> str:
        piece = token.group()
        if token.lastgroup != "string" or piece.isascii():
            return piece
        return write(piece[1:-1].replace("''", "'"))

    return _TOKEN.sub(replaced, text)


def with_keys(text: str, key: Callable[[str], str]) -> str:
    """`{key:COLUMN}` replaced by SQL for the 18-character form of that column."""
    return _KEY.sub(lambda found: key(found["column"]), text)


def words_of(text: str) -> frozenset[str]:
    """The names and words of a fragment in lower case, those in its strings left out."""
    found: set[str] = set()
    for token in _TOKEN.finditer(text):
        piece = token.group().lower()
        if token.lastgroup == "word":
            found.add(piece)
        elif token.lastgroup == "quoted":
            found.add(piece[1:-1].replace('""', '"'))
        elif token.lastgroup == "key":
            found.update(piece[5:-1].split("."))
    return frozenset(found)
