"""Drafts a department's mapping file from its live database. What the draft does not know is a fault with a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.dates import date_format
from connectors.inspecting import Inspector, Table
from connectors.likeness import Likeness, unit_of
from connectors.matching import Candidate, Match, matches, named_person
from connectors.sql.runner import SourceFailed
from exchange.catalogue import Catalogue, Department, Item, Kind

Progress = Callable[[int, int, str], None]
"""How many of how many steps are done, and with what."""

_DATE_FORMATS = ("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S")
_MONTH_FORMATS = ("%Y%m", "%Y-%m", "%Y/%m", "%Y%m%d", "%Y-%m-%d")
_FILLERS = ("00000000", "99991231", "9999-12-31", "0000-00-00", "0", "000000", "999912")
_BOOLEANS = ("true", "t", "1", "false", "f", "0")
_OF_THE_TABLE = ("FAILED", "SHAPE_CHANGED", "TIMEOUT")
"""What a count may end with where the database itself stands: a view over nothing, a store of another server."""
_LIKELY = 0.45
"""From here on a table is taken for a record type."""


@dataclass(frozen=True, slots=True)
class Draft:
    text: str
    """The mapping file."""
    department: str
    records: int
    """How many record types have a table."""
    items: int
    """How many items have a column."""
    open: int
    """How many points `gateway department check` will name."""
    left_out: int
    """Tables and columns whose names no mapping can write, and tables that cannot be counted."""


@dataclass(slots=True)
class _Page:
    """Lines of the file, and how many of them are open."""

    lines: list[str] = field(default_factory=list)
    open: int = 0
    items: int = 0

    def line(self, text: str, why: str = "") -> None:
        self.lines.append(f"{text}  # {why}" if why else text)

    def opened(self, text: str, why: str) -> None:
        self.open += 1
        self.line(text, f"OPEN: {why}")


async def draft(
    inspector: Inspector, catalogue: Catalogue, department: str | None = None, progress: Progress | None = None
) -> Draft:
    """`department` None: the one whose record types fit best. Raises SourceFailed."""
    tables, left_out = await inspector.tables()
    steps = len(tables)
    people: dict[str, Candidate] = {}
    for done, table in enumerate(tables):
        if progress:
            progress(done, 2 * steps, table.name)
        try:
            if person := named_person(table) or await _counted_person(inspector, table):
                people[table.name] = person
        except SourceFailed as failed:
            if failed.why not in _OF_THE_TABLE:
                raise
            left_out += 1
    codes = [department] if department else [*catalogue.departments]
    of = {code: matches(catalogue.departments[code], tables, people) for code in codes}
    chosen = department or max(of, key=lambda code: _fit([each[0].score for each in of[code].values() if each]))
    taken = {code: each[0] for code, each in of[chosen].items() if each and each[0].score >= _LIKELY}
    keys = await _keys(inspector, taken)
    usual = max(set(keys.values()), key=[*keys.values()].count, default="")
    page = _Page()
    _head(page, catalogue, catalogue.departments[chosen], usual, any_record=bool(taken))
    for done, (code, match) in enumerate(taken.items()):
        if progress:
            progress(steps + done, steps + len(taken), match.table.name)
        await _record(page, inspector, catalogue, match, "" if keys[code] == usual else keys[code])
    _not_held(page, {code: each for code, each in of[chosen].items() if code not in taken})
    return Draft("\n".join(page.lines) + "\n", chosen, len(taken), page.items, page.open, left_out)


def _fit(scores: Sequence[float]) -> tuple[float, float]:
    """One record type that has a table says more than many that nearly have one."""
    return sum(score for score in scores if score >= _LIKELY), sum(scores)


async def _counted_person(inspector: Inspector, table: Table) -> Candidate | None:
    """The column of which nearly all filled values look like id numbers."""
    texts = [each for each in table.columns.values() if "char" in each.type or "text" in each.type or not each.type]
    tests = {each.name: inspector.looks_like_id(each.name) for each in texts}
    filled = {f"{each.name} filled": inspector.filled(each.name) for each in texts}
    counted = await inspector.counts(table.name, tests | filled) if texts else {}
    for each in texts:
        if counted[each.name] and counted[each.name] >= 0.9 * counted[f"{each.name} filled"]:
            return Candidate(each, Likeness(0.8, "found by counting"))
    return None


async def _keys(inspector: Inspector, taken: Mapping[str, Match]) -> dict[str, str]:
    """Record type → its `person_key: {…}`. A form found in one table is looked up in all of them."""
    counted = {
        code: await inspector.counts(match.table.name, inspector.person_tests(match.person.column.name))
        for code, match in taken.items()
    }
    forms = [form for form in ("id18", "id15") if any(each[form] for each in counted.values())] or ["id18"]
    found: dict[str, str] = {}
    for code, match in taken.items():
        clean = [step for step in ("trim", "halfwidth", "upper") if counted[code][step]]
        steps = f", clean: [{', '.join(clean)}]" if clean else ""
        found[code] = f"person_key: {{column: {_name(match.person.column.name)}, formats: [{', '.join(forms)}]{steps}}}"
        found[code] += f"  # {match.person.likeness.reason}"
    return found


def _head(page: _Page, catalogue: Catalogue, department: Department, person_key: str, *, any_record: bool) -> None:
    page.line(
        f"# {department.name_zh}, drafted from its database. Each guess says why; what is marked OPEN wants an answer."
    )
    page.line(f"department: {department.code}")
    page.line("connector: sql")
    page.line(f"url: ${{GATEWAY_{department.code}_URL}}")
    page.line(f"standard: {catalogue.version}")
    page.line("agreement:")
    page.opened("  approver: ''", "who approved the exchange")
    page.line("  document: ''")
    page.opened("  valid_until: ''", "last day of the agreement, YYYY-MM-DD")
    if person_key:
        page.line(person_key)
    page.line("records:" if any_record else "records: {}")


async def _record(page: _Page, inspector: Inspector, catalogue: Catalogue, match: Match, person_key: str) -> None:
    record = match.record
    page.line(f"  {record.code}:", f"{record.name_zh} ({record.name}); table {match.score:.2f}")
    page.line(f"    from: {_name(match.table.name)}")
    if person_key:
        page.line(f"    {person_key}")
    if match.deleted:
        page.opened("    where: ''", f"what makes a row count? {match.deleted.column.name} may mark deleted ones")
    if match.key:
        names = [_name(each.name) for each in match.key]
        text = names[0] if len(names) == 1 else "[" + ", ".join(names) + "]"
        page.line(f"    record_key: {text}", "primary key")
    else:
        page.opened("    record_key: ''", "which column is the row's own key")
    if match.as_of:
        text, why = await _dated(inspector, match, match.as_of, Kind.DATE)
        page.line(f"    as_of: {{column: {_name(match.as_of.column.name)}{text}}}", why)
    if record.attributes:
        page.line("    attributes:")
    for name in record.attributes:
        page.opened(f"      {name}: {{}}", "a fact that conditions of the standard need")
    page.line("    items:")
    not_held: list[str] = []
    for name, item in record.items.items():
        candidate = match.taken(name)
        if candidate:
            page.items += 1
            await _item(page, inspector, catalogue, match, candidate, item)
        elif item.basic or match.items[name]:
            page.opened(f"      {name}: {{}}", _asked(item, match.items[name]))
        else:
            not_held.append(name)
    if not_held:
        page.line(f"    not_held: [{', '.join(not_held)}]", "supplementary, and no column is like them")


async def _item(
    page: _Page, inspector: Inspector, catalogue: Catalogue, match: Match, candidate: Candidate, item: Item
) -> None:
    column = candidate.column.name
    start = f"      {item.name}: {{column: {_name(column)}"
    why = f"{candidate.likeness.score:.2f} {candidate.likeness.reason}, {item.name_zh}"
    if item.kind in (Kind.DATE, Kind.YEAR_MONTH):
        text, told = await _dated(inspector, match, candidate, item.kind)
        (page.opened if "''" in text else page.line)(f"{start}{text}}}", f"{why}; {told}")
    elif item.kind in (Kind.CODE, Kind.BOOLEAN):
        codes = catalogue.code_lists[item.code_list].values if item.code_list else dict.fromkeys(_BOOLEANS, "")
        tests = {"filled": inspector.filled(column), "known": inspector.among(column, [*codes])}
        counted = await inspector.counts(match.table.name, tests)
        if counted["filled"] and counted["filled"] == counted["known"]:
            page.line(start + "}", f"{why}; all {counted['filled']} values are the standard's own")
        else:
            meant = " ".join(f"{code}={text}" if text else code for code, text in [*codes.items()][:16])
            odd = counted["filled"] - counted["known"]
            page.opened(f"{start}, values: {{}}}}", f"{why}; {odd} values are not the standard's: {_plain(meant)}")
    elif item.kind is Kind.DECIMAL and "CNY" in (item.unit or ""):
        unit = unit_of(column, candidate.column.comment)
        if unit:
            page.line(f"{start}, unit: {unit}}}", f"{why}; unit by name or comment")
        elif "int" in candidate.column.type:
            page.opened(f"{start}, unit: ''}}", f"{why}; whole numbers: fen, yuan or wan?")
        else:
            page.line(start + "}", f"{why}; taken as yuan")
    else:
        page.line(start + "}", why)


async def _dated(inspector: Inspector, match: Match, candidate: Candidate, kind: Kind) -> tuple[str, str]:
    """`, format: …, empty: …` and why; `''` for a format that could not be told."""
    column = candidate.column
    if any(word in column.type for word in ("date", "time")) and inspector.dialect.name != "sqlite":
        return "", f"type {column.type}"
    patterns = _MONTH_FORMATS if kind is Kind.YEAR_MONTH else _DATE_FORMATS
    text = inspector.text(column.name)
    tests = {each: inspector.dialect.fits(text, date_format(each)) for each in patterns}
    tests |= {filler: inspector.among(column.name, [filler]) for filler in _FILLERS}
    counted = await inspector.counts(match.table.name, tests | {"filled": inspector.filled(column.name)})
    fitting = [each for each in patterns if counted[each] > counted.get("99991231", 0) * (each == "%Y%m%d")]
    fillers = [each for each in _FILLERS if counted[each]]
    fitted = sum(counted[each] for each in fitting)
    apart = [each for each in fillers if each != "99991231" or "%Y%m%d" not in fitting]
    odd = counted["filled"] - fitted - sum(counted[each] for each in apart)
    written = f'"{fitting[0]}"' if len(fitting) == 1 else "[" + ", ".join(f'"{each}"' for each in fitting) + "]"
    found = f", format: {written if fitting else chr(39) * 2}"
    if fillers:
        found += ", empty: [" + ", ".join(f'"{each}"' for each in fillers) + "]"
    if not fitting:
        return found, f"no format of {counted['filled']} values could be told"
    return found, f"format by count{f'; {odd} values have none of them' if odd > 0 else ''}"


def _not_held(page: _Page, rest: Mapping[str, Sequence[Match]]) -> None:
    if rest:
        page.line(f"not_held: [{', '.join(rest)}]", "no table is like enough; these answer as absent")
    for code, found in rest.items():
        if found:
            named = ", ".join(f"{each.table.name} ({each.score:.2f})" for each in found[:3])
            page.line(f"# {code} {found[0].record.name_zh}: perhaps {named}")


def _asked(item: Item, candidates: Sequence[Candidate]) -> str:
    named = ", ".join(f"{each.column.name} ({each.likeness.score:.2f} {each.likeness.reason})" for each in candidates)
    return f"{item.name_zh}; {named or 'no column is like it'}; map it, or list it under not_held"


def _name(name: str) -> str:
    return f'"{name}"' if "#" in name else name


def _plain(text: str) -> str:
    return " ".join(text.split())
