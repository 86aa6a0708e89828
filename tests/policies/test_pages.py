"""What the pages on policies say, the policies do."""

from __future__ import annotations

import re
from pathlib import Path

from exchange.catalogue import Catalogue
from exchange.decision import GroundState
from policies.engine import Engine
from policies.rulebook import FILES
from tests.policies.matrix import DENIED_ROLES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "policies.md").read_text("utf-8")


def test_the_page_names_every_file_row_condition_and_denied_role(engine: Engine) -> None:
    for word in (*FILES, *engine.book.rows, *DENIED_ROLES):
        assert f"`{word}`" in PAGE, word


def test_what_the_page_shows_of_a_file_stands_in_it() -> None:
    shipped = [path.read_text("utf-8") for path in (DOCS.parent / "policies").rglob("*.yaml")]
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) > 1
    for block in blocks:
        assert any(re.sub(r" +#.*", "", block) in text for text in shipped), block


def test_the_example_rule_opens_what_the_checklist_says(catalogue: Catalogue, folder: Path, add) -> None:
    (line,) = re.findall(r"```csv\n\s*(.*?)\n", (DOCS / "adding-a-rule.md").read_text("utf-8"))
    add("permits.csv", line)
    changed = Engine.load(folder, catalogue)
    decision = changed.verdict("market-clerk", "LICENSING", "UTL02.arrears_amount", GroundState.ORDINARY)
    assert (decision.treatment, decision.rule) == ("BANDED", "P-LICENSING-UTILITY-ARREARS")
