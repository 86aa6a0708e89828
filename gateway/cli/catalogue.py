"""`gateway catalogue`: the standard."""

from __future__ import annotations

from cyclopts import App

from exchange.standard.load import check as faults_of
from exchange.standard.load import content_digest
from gateway.cli.where import FAULTY, HERE, Where, ended, standard

app = App(name="catalogue", help="The standard: departments, record types, items.")


@app.command
def check(*, where: Where = HERE) -> None:
    """List every fault of the standard and of its approval record at once; exit 1 if there is one."""
    settings = where.settings()
    found = faults_of(settings.standard, settings.approval)
    if found:
        ended(FAULTY, *map(str, found), f"{len(found)} faults.")
    catalogue = standard(settings)
    print(
        f"{catalogue.id} {catalogue.version} ({catalogue.state}): {len(catalogue.departments)} departments, "
        f"{len(catalogue.records)} record types, {len(catalogue.items)} items; no fault."
    )
    print(f"content digest {content_digest(settings.standard)}")
