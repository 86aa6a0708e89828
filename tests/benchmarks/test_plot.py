from __future__ import annotations

from xml.etree import ElementTree

from benchmarks.plot import drawn


def test_a_bar_for_each_server_is_longer_the_more_it_costs() -> None:
    workload = {"what": "…", "ours": {"cpu_ms": 5.0}, "floor": {"cpu_ms": 0.5}, "strawberry": {"cpu_ms": 50.0}}
    text = drawn({"database": "PostgreSQL", "people": 50, "workloads": {"W1": workload, "W2": {"ours": {"cpu_ms": 1}}}})
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    *_, ours, floor, strawberry, small = (float(bar.get("width", "0").rstrip("%")) for bar in root.iter(f"{space}rect"))
    assert floor < small < ours < strawberry
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
