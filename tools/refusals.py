"""`python -m tools.refusals`: writes what refusals say in Chinese to where the explorer has it."""

from __future__ import annotations

import json
from pathlib import Path

from exchange.wording import advice, codes, sentence

TARGET = Path(__file__).parents[1] / "web" / "src" / "refusals.json"


def printed() -> str:
    """Code → sentence and next step. English comes with each refusal itself."""
    found = {code: [sentence(code).zh, advice(code).zh] for code in codes()}
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    TARGET.write_text(printed(), "utf-8")
