"""From a faultless draft to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.catalogue import Catalogue, CodeList, Department, Item, Kind, RecordType
from exchange.retention import Retention
from exchange.standard.draft import Draft

_ITEM_KEYS = ("collection", "code_list", "pattern", "format", "unit", "mask", "band", "second_person")
_RETENTION_KEYS = ("starts", "years", "removes", "display_ends", "repaired", "shown_from", "shown_years", "basis")
_CODE_KEYS = ("negative", "starts_when", "unpublished")

CONSENT_AMOUNTS = "consent_amounts"
"""The release group in which every item of 征信业管理条例 art 14(2) stands."""


def build(draft: Draft, state: str) -> Catalogue:
    head = draft.catalogue.data
    lists = {name: _code_list(name, data) for name, data in draft.code_lists.data.items()}
    return Catalogue(
        id=head["id"],
        version=head["version"],
        state=state,
        title_zh=head["title_zh"],
        title_en=head["title_en"],
        departments={d.data["department"]: _department(d.data, lists) for d in draft.departments},
        code_lists=lists,
        legal_bases=draft.legal_bases.data,
        revision=draft.digest()[:16],
    )


def _code_list(name: str, data: Mapping[str, Any]) -> CodeList:
    subsets = {subset: tuple(codes) for subset, codes in data.get("subsets", {}).items()}
    return CodeList(name, data["source"], data["values"], subsets)


def _department(data: Mapping[str, Any], lists: Mapping[str, CodeList]) -> Department:
    code = data["department"]
    return Department(
        code=code,
        name=data["name"],
        name_zh=data["name_zh"],
        name_today_zh=data["name_today_zh"],
        domain=data["domain"],
        section=data["section"],
        records={key: _record(key, code, record, lists) for key, record in data["records"].items()},
    )


def _record(code: str, department: str, data: Mapping[str, Any], lists: Mapping[str, CodeList]) -> RecordType:
    items = {name: _item(name, code, data["group"], item) for name, item in data["items"].items()}
    return RecordType(
        code=code,
        name=data["name"],
        name_zh=data["name_zh"],
        list_name=data["list"],
        type_name=data["type"],
        department=department,
        many=data["many"],
        group=data["group"],
        basis=data["basis"],
        description=data["description"],
        retention=_retention(data.get("retention", {}), items, lists),
        items=items,
        since=data.get("since"),
        attributes={name: Kind(kind) for name, kind in data.get("attributes", {}).items()},
    )


def _item(name: str, record: str, group: str, data: Mapping[str, Any]) -> Item:
    return Item(
        code=data["code"],
        name=name,
        record=record,
        name_zh=data["name_zh"],
        kind=Kind(data["kind"]),
        group=data.get("group", group),
        basic=data["indicator"] == "basic",
        sensitivity=data["sensitivity"],
        negative=data["negative"],
        basis=data["basis"],
        scoring=data["scoring"],
        description=data["description"],
        **{key: data.get(key) for key in _ITEM_KEYS},
    )


def _retention(data: Mapping[str, Any], items: Mapping[str, Item], lists: Mapping[str, CodeList]) -> Retention:
    plain = {key: data[key] for key in _RETENTION_KEYS if key in data}
    coded: dict[str, Any] = {
        key: {name: _codes(codes, items[name], lists) for name, codes in data[key].items()}
        for key in _CODE_KEYS
        if key in data
    }
    return Retention(**plain, **coded)


def _codes(codes: str | list[str], item: Item, lists: Mapping[str, CodeList]) -> tuple[str, ...]:
    """Codes as they stand, or those of a named subset of the item's code list."""
    return lists[item.code_list or ""].subsets[codes] if isinstance(codes, str) else tuple(codes)
