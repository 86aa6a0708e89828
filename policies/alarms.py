"""Which alarms are raised: `alarms.yaml` beside the policies. It decides no disclosure; it is read at the start."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from exchange.alarm import AlarmRules
from policies.faults import Fault, PolicyFaulty

FILE = "alarms.yaml"


def read(folder: Path) -> AlarmRules:
    """Without the file, the rules that the gateway comes with. Raises PolicyFaulty."""
    path = folder / FILE
    if not path.exists():
        return AlarmRules()
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), AlarmRules)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise PolicyFaulty([Fault(FILE, 0, "cannot be read as YAML")]) from None
    except msgspec.ValidationError as error:
        raise PolicyFaulty([Fault(FILE, 0, str(error))]) from None
