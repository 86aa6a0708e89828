"""`catalogue`: the standard in force, for anybody who may sign in."""

from __future__ import annotations

from exchange.catalogue import Catalogue, Department, Item, RecordType
from resolvers import types


def described(catalogue: Catalogue) -> types.Catalogue:
    return types.Catalogue(
        id=catalogue.id,
        version=catalogue.version,
        state=catalogue.state,
        revision=catalogue.revision,
        title_zh=catalogue.title_zh,
        title_en=catalogue.title_en,
        departments=[_department(catalogue, department) for department in catalogue.departments.values()],
        code_lists=[
            types.CodeList(
                name=codes.name,
                source=codes.source,
                values=[types.Code(code=code, meaning_zh=meaning) for code, meaning in codes.values.items()],
            )
            for codes in catalogue.code_lists.values()
        ],
    )


def _department(catalogue: Catalogue, department: Department) -> types.CatalogueDepartment:
    return types.CatalogueDepartment(
        code=department.code,
        name=department.name,
        name_zh=department.name_zh,
        name_today_zh=department.name_today_zh,
        domain=department.domain,
        section=department.section,
        records=[_record(catalogue, record) for record in department.records.values()],
    )


def _record(catalogue: Catalogue, record: RecordType) -> types.CatalogueRecord:
    return types.CatalogueRecord(
        code=record.code,
        name=record.name,
        name_zh=record.name_zh,
        field=record.list_name,
        many=record.many,
        group=record.group,
        basis=catalogue.legal_bases[record.basis],
        description=record.description,
        items=[_item(catalogue, item) for item in record.items.values()],
    )


def _item(catalogue: Catalogue, item: Item) -> types.CatalogueItem:
    return types.CatalogueItem(
        key=item.key,
        code=item.code,
        name=item.name,
        name_zh=item.name_zh,
        kind=item.kind,
        group=item.group,
        basic=item.basic,
        sensitivity=item.sensitivity,
        negative=item.negative,
        basis=catalogue.legal_bases[item.basis],
        code_list=item.code_list,
        unit=item.unit,
        description=item.description,
    )
