"""The files of a standard as they were read, before anything of them is believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.standard.document import Document, Place, read
from exchange.standard.fault import Fault

_OWN_FILES = ("catalogue", "legal_bases", "code_lists")


@dataclass(frozen=True, slots=True)
class Draft:
    catalogue: Document
    legal_bases: Document
    code_lists: Document
    departments: tuple[Document, ...]
    unlisted: tuple[str, ...] = ()
    """Files of the folder that `catalogue.yaml` does not list."""

    def documents(self) -> tuple[Document, ...]:
        return (self.catalogue, self.legal_bases, self.code_lists, *self.departments)

    def records(self) -> Iterator[Place]:
        for department in self.departments:
            yield from department.root.child("records").children()

    def items(self, record: Place) -> Iterator[Place]:
        yield from record.child("items").children()

    def digest(self) -> str:
        """SHA-256 over the content, 64 hexadecimal characters. Comments and layout do not count, order does: it is
        the order of the schema."""
        content = [document.data for document in self.documents()]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def faults(self) -> Iterator[Fault]:
        """What could not be read, and what nobody asked to read."""
        for document in self.documents():
            yield from document.faults
        for file in self.unlisted:
            yield Fault(file, 0, "FILE_UNLISTED", "catalogue.yaml does not list this department")


def read_draft(folder: Path) -> Draft:
    catalogue, legal_bases, code_lists = (read(folder / f"{name}.yaml") for name in _OWN_FILES)
    listed = catalogue.root.child("departments").data
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    present = {path.stem for path in folder.glob("*.yaml")}
    unlisted = sorted(present - set(names) - set(_OWN_FILES))
    return Draft(
        catalogue,
        legal_bases,
        code_lists,
        tuple(read(folder / f"{name}.yaml") for name in names),
        tuple(f"{name}.yaml" for name in unlisted),
    )
