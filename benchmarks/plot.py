"""The figures of a run as a drawing: `python -m benchmarks.plot [latest.json] [out.svg]`. Bars of CPU, log scale."""

from __future__ import annotations

import json
import sys
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from benchmarks.report import LATEST

SERVERS = {
    "ours": "#0b6e4f",
    "floor": "#8d99ae",
    "strawberry": "#d1495b",
    "mercurius": "#edae49",
    "postgraphile": "#30638e",
}
"""In the order of the bars."""
_WIDTH, _LEFT, _BAR, _GAP = 760, 70, 16, 18


def drawn(latest: dict[str, Any]) -> str:
    """An SVG of its own, without script or address."""
    bars = [
        (name, server, workload[server]["cpu_ms"])
        for name, workload in latest["workloads"].items()
        for server in SERVERS
        if workload.get(server, {}).get("cpu_ms")
    ]
    low = floor(log10(min(value for *_, value in bars)))
    high = max(ceil(log10(max(value for *_, value in bars))), low + 1)
    scale = (_WIDTH - _LEFT - 60) / (high - low)
    parts, y, before = [], 34, ""
    for name, server, value in bars:
        y += _GAP if before and before != name else 0
        if before != name:
            parts.append(f'<text x="8" y="{y + 13}" font-weight="bold">{name}</text>')
        before, width = name, max((log10(value) - low) * scale, 1)
        parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 2}" fill="{SERVERS[server]}"/>')
        parts.append(f'<text x="{_LEFT + width + 5:.1f}" y="{y + 12}">{server} {value:.3g}</text>')
        y += _BAR
    for power in range(low, high + 1):
        x = _LEFT + (power - low) * scale
        parts.append(f'<line x1="{x:.1f}" y1="28" x2="{x:.1f}" y2="{y}" stroke="#ccc"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 16}" text-anchor="middle">{10.0**power:g} ms</text>')
    title = f"CPU of the server for one ask, {latest['database']}, {latest['people']:,} people (log scale)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y + 26}" font-family="sans-serif"'
        f' font-size="12" role="img"><title>{title}</title><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="8" y="18" font-size="13">{title}</text>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else LATEST
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else source.with_suffix(".svg")
    target.write_text(drawn(json.loads(source.read_text("utf-8"))), "utf-8")
