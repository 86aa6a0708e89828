"""Which settings a command works with, and how it ends when they or what they name is at fault."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import Parameter

from connectors.faults import MappingFaulty
from exchange.catalogue import Catalogue
from exchange.refusals import Refusal
from exchange.standard.fault import StandardFaulty, StandardNotInForce
from exchange.standard.load import read
from exchange.store.database import Database, LogHashDiffers, StoreNewer, StoreNotDurable, StoreOlder
from gateway.clients import ClientsFaulty
from gateway.jwks import KeysFaulty
from gateway.settings import Loaded, Settings, SettingsFaulty, load
from policies.engine import Engine
from policies.faults import PolicyFaulty

FAULTY = 1
"""What was looked at is at fault: the answer of a check."""
USAGE = 2
"""The command line or the settings are at fault."""
UNABLE = 3
"""Something that the command needs is not there or does not answer."""


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """Common to all commands."""

    data: Annotated[Path | None, Parameter(help="Data folder (default: GATEWAY_DATA, else ./demo-data).")] = None
    config: Annotated[Path | None, Parameter(help="TOML file of settings (default: GATEWAY_CONFIG).")] = None

    def loaded(self, **given: object) -> Loaded:
        with faults_shown():
            return load(os.environ, self.config, data=self.data, **given)

    def settings(self, **given: object) -> Settings:
        return self.loaded(**given).settings


HERE = Where()

Policies = Annotated[
    Path | None, Parameter(name="--policies", help="Another folder of policies (default: GATEWAY_POLICIES).")
]


def standard(settings: Settings) -> Catalogue:
    """The standard in whatever state it is: these commands look at it and serve nothing."""
    with faults_shown():
        return read(settings.standard, settings.approval)


def engine(settings: Settings, catalogue: Catalogue, folder: Path | None = None) -> Engine:
    """The policies of `folder`, or else of the settings."""
    with faults_shown():
        return Engine.load(folder or settings.policies, catalogue)


@contextmanager
def faults_shown() -> Iterator[None]:
    """What the operator can mend is told on standard error, all of it at once, without a trace."""
    try:
        yield
    except SettingsFaulty as error:
        ended(USAGE, *error.faults)
    except StandardNotInForce as error:
        ended(UNABLE, str(error), "Name an approval record with GATEWAY_APPROVAL; see docs/adding-an-item.md.")
    except (LogHashDiffers, StoreOlder, StoreNewer, StoreNotDurable) as error:
        ended(USAGE, str(error))
    except (StandardFaulty, PolicyFaulty, MappingFaulty, ClientsFaulty, KeysFaulty) as error:
        ended(FAULTY, *map(str, error.faults))
    except Refusal as refusal:
        ended(UNABLE, f"{refusal.code}: {refusal.message}", refusal.help)


@asynccontextmanager
async def store(settings: Settings) -> AsyncIterator[Database]:
    """The gateway's own store, also while a gateway runs; the command ends here where there is none."""
    with faults_shown():
        file = settings.store_file
        if file is not None and not os.access(file, os.R_OK):
            ended(UNABLE, f"There is no store at {file}: start 'gateway demo' first, or name its folder with --data.")
        database = await Database.open(settings.store_url)
        try:
            yield database
        finally:
            await database.close()


def ended(code: int, *lines: str) -> NoReturn:
    for line in lines:
        print(line, file=sys.stderr)
    raise SystemExit(code)
