"""What decides, gathered as it was written, and made to decide again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from exchange.catalogue import Catalogue
from exchange.revision import Revision
from exchange.standard.draft import read_draft
from exchange.standard.fault import StandardFaulty
from exchange.standard.load import FOLDER as STANDARD
from exchange.standard.load import read
from policies import source
from policies.engine import Engine
from policies.faults import Fault, PolicyFaulty
from policies.rulebook import FILES, revision_of

_POLICIES, _STANDARD, _APPROVAL = "policies/", "standard/", "approval.yaml"


class RevisionUnreadable(ValueError):
    """This version of the gateway cannot make that revision decide, or it decides under another name."""


def standard_files(folder: Path | None, approval: Path | None, catalogue: Catalogue) -> Mapping[str, bytes]:
    """The files of the standard that `catalogue` was read from. Raises PolicyFaulty where they differ by now."""
    folder, faults = folder or STANDARD, list[Fault]()
    contents = source.contents(folder, [path.name for path in folder.glob("*.yaml")], faults)
    draft = read_draft(folder)
    names = [document.file for document in draft.documents()]
    files = {_STANDARD + name: contents.get(name, b"") for name in names}
    if approval is not None:
        files[_APPROVAL] = source.read(approval, faults) or b""
    if not faults and draft.digest()[: len(catalogue.revision)] != catalogue.revision:
        faults.append(Fault(folder.name, 0, source.CHANGED))
    if faults:
        raise PolicyFaulty(faults)
    return files


def gathered(engine: Engine, folder: Path, catalogue: Catalogue, standard: Mapping[str, bytes]) -> Revision:
    """The revision of this engine, from its folder. Raises PolicyFaulty where the folder holds another by now."""
    faults: list[Fault] = []
    contents = source.contents(folder, FILES, faults)
    if not faults and revision_of(contents, catalogue) != engine.revision:
        faults.append(Fault(folder.name, 0, source.CHANGED))
    if faults:
        raise PolicyFaulty(faults)
    files = {_POLICIES + name: content for name, content in contents.items()}
    return Revision(engine.revision, catalogue.version, {**files, **standard})


def restored(revision: Revision) -> tuple[Engine, Catalogue]:
    """What decided then. Raises RevisionUnreadable unless it reads, and has its own name again."""
    with TemporaryDirectory(prefix="gateway-revision-") as name:
        folder = Path(name)
        for file, content in revision.files.items():
            path = folder / file
            if not path.resolve().is_relative_to(folder.resolve()):
                raise RevisionUnreadable(revision.id)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        approval = folder / _APPROVAL
        try:
            catalogue = read(folder / _STANDARD, approval if approval.exists() else None)
            engine = Engine.load(folder / _POLICIES, catalogue)
        except (StandardFaulty, PolicyFaulty):
            raise RevisionUnreadable(revision.id) from None
    if engine.revision != revision.id:
        raise RevisionUnreadable(revision.id)
    return engine, catalogue
