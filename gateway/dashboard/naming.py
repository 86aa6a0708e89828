"""Names of the codes that the API tells, in the reader's language. They are words of the standard and the policies in
force, nobody's right: whether a code is told at all is the API's own decision."""

from __future__ import annotations

from exchange.wording import ROLES, STATES, Words, of
from gateway.dashboard.visit import Visit

_OTHERS = {"person": Words("the person", "信息主体本人"), "guardian": Words("a guardian", "监护人")}
"""Roles whose words are for who bears them, as somebody else calls them."""


def named(visit: Visit, dimension: str, code: str) -> str:
    """`dimension` as the API calls it: `purpose`, `role`, `district`, `code` …"""
    if not code:
        return visit.t({"district": "whole_city", "purpose": "no_purpose", "code": "answered"}.get(dimension, "none"))
    chinese = visit.language == "zh"
    gateway = visit.request.app.state.gateway
    if dimension == "role":
        words = _OTHERS.get(code) or of(ROLES, code)
        return words.zh if chinese else words.en
    if dimension == "purpose":
        purpose = gateway.policies.current.engine.purposes.get(code)
        return code if purpose is None else purpose.title_zh if chinese else purpose.title_en
    if dimension == "district":
        name = gateway.services.catalogue.code_lists["division_code"].values.get(code)
        return f"{name} {code}" if name else code
    if dimension == "department":
        found = gateway.services.catalogue.departments.get(code)
        return (
            code if found is None else found.name_zh if chinese else _plain(found.name).title().replace("Pboc", "PBOC")
        )
    if dimension in {"record", "recordType"}:
        record = gateway.services.catalogue.records.get(code)
        return code if record is None else record.name_zh if chinese else _plain(record.name)
    if dimension in {"kind", "clientKind"}:
        key = f"kind_{code}"
        return found if (found := visit.t(key)) != key else code
    if dimension == "treatment":
        return visit.t(f"treatment_{code}")
    if dimension == "state":
        words = of(STATES, code)
        return words.zh if chinese else words.en.capitalize()
    return code


def _plain(name: str) -> str:
    """`public_security_bureau` as it is read."""
    return name.replace("_", " ").capitalize()
