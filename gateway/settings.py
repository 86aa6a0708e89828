"""Settings: defaults, then one TOML file, then the environment; an unknown one is refused.

Every field is `GATEWAY_<NAME>` in the environment and `<name>` in the file. Secrets stand in the environment or in a
file of their own that a setting names, never in the TOML file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from exchange.checkpoint import CheckpointFaulty, Signer
from exchange.store.database import POSTGRES, SQLITE, UNKNOWN
from gateway.keysource import permitted
from gateway.networks import NOBODY, Networks

_ROOT = Path(__file__).parent.parent
_PREFIX = "GATEWAY_"
_CONFIG = "GATEWAY_CONFIG"
_NAMED_BY_MAPPING = re.compile(r"\$\{(GATEWAY_\w+)\}")
_DEPARTMENT_URL = re.compile(r"GATEWAY_[A-Z]{3}_URL")
_PASSWORD = re.compile(r"(://[^/@:]*:)[^@]*@")
_SECRETS = frozenset({"digest_key", "sign_in_secret"})

Positive = Annotated[int, Meta(ge=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that an operator may set."""

    host: Annotated[str, Meta(description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 = any free one")] = 8000
    workers: Annotated[int, Meta(ge=1, le=64, description="How many processes serve")] = 1
    drain_s: Annotated[
        float, Meta(ge=0, le=300, description="Seconds that asks under way have to end when the gateway is stopped")
    ] = 10.0
    data: Annotated[Path, Meta(description="Folder of what the gateway itself keeps: log, consents, keys")] = Path(
        "demo-data"
    )
    store: Annotated[
        str | None,
        Meta(
            description="URL of the gateway's own store (sqlite:///, postgresql://); none = a file in the data folder"
        ),
    ] = None
    limits: Annotated[
        str,
        Meta(
            pattern=r"^(memory|rediss?://[^\s]+)$",
            description="Where rates and quotas are counted: memory, or redis:// or rediss:// that processes share",
        ),
    ] = "memory"
    limits_grace_s: Annotated[
        float, Meta(ge=0, le=60, description="Seconds that asks are counted in this process while Redis is away")
    ] = 10.0
    standard: Annotated[Path, Meta(description="Folder of the standard's files")] = _ROOT / "exchange/standard"
    approval: Annotated[Path | None, Meta(description="Approval record that puts the standard in force")] = None
    departments: Annotated[Path, Meta(description="Folder of the departments' mapping files")] = (
        _ROOT / "connectors/departments"
    )
    policies: Annotated[Path, Meta(description="Folder of the policy files")] = _ROOT / "policies"
    clients: Annotated[
        Path | None, Meta(description="File of organisations and clients with which an empty register begins")
    ] = None
    phase: Annotated[
        Literal["build", "pilot", "service"],
        Meta(description="Phase of the plan: who is covered, which purposes are open"),
    ] = "pilot"
    deadline_s: Annotated[float, Meta(gt=0, le=60, description="Seconds that departments have to answer one ask")] = 3.0
    outcome_days: Annotated[
        int, Meta(ge=1, le=3_650, description="Days after which an ask without a reported outcome is overdue")
    ] = 30
    absence_step_ms: Annotated[
        int, Meta(ge=0, le=1_000, description="Milliseconds at whose multiples absence is told; 0 = at once")
    ] = 20
    completes: Annotated[
        bool, Meta(description="Whether the answer of a query asked before is written without graphql-core")
    ] = True
    drift_s: Annotated[
        float, Meta(gt=0, le=86_400, description="Seconds between two looks at the shape of a department's source")
    ] = 60.0
    count_s: Annotated[
        float, Meta(ge=60, le=604_800, description="Seconds after which what departments hold is counted anew")
    ] = 3600.0
    seal_budget_s: Annotated[
        float, Meta(gt=0, le=30, description="Seconds that sealing may take before the ask is refused")
    ] = 2.0
    log_retention_years: Annotated[
        int, Meta(ge=5, le=100, description="Years that an entry stays in the log before it may be archived")
    ] = 5
    issuer: Annotated[str, Meta(description="`iss` of accepted tokens")] = "https://issuer.demo.invalid"
    audience: Annotated[str, Meta(description="`aud` of accepted tokens")] = "personal-credit-gateway"
    jwks: Annotated[
        Path | None, Meta(description="File of the issuer's public keys (JWKS); none = in the data folder")
    ] = None
    issuers: Annotated[
        Path | None, Meta(description="File of several accepted issuers; none = the one of issuer, audience and jwks")
    ] = None
    clock_skew_s: Annotated[
        int, Meta(ge=0, le=300, description="Seconds that an issuer's clock may be ahead of or behind this one")
    ] = 30
    jwks_pause_s: Annotated[
        float, Meta(ge=0.1, le=60, description="Least seconds between two reads of an issuer's keys")
    ] = 2.0
    jwks_stale_s: Annotated[
        float, Meta(ge=60, le=604_800, description="Seconds that an issuer's last keys go on while it cannot be read")
    ] = 86_400.0
    trusted_proxies: Annotated[
        Networks, Meta(description="Addresses and networks whose X-Client-Cert header is believed, comma between them")
    ] = NOBODY
    demo_issuer: Annotated[
        Path | None,
        Meta(description="Folder of the demo's own issuer; set only by the demo: it hands a token to whoever asks"),
    ] = None
    digest_key: Annotated[
        str | None, Meta(description="Key of the keyed digests, at least 64 hexadecimal digits; environment only")
    ] = None
    digest_key_file: Annotated[
        Path | None, Meta(description="File of the key of the keyed digests; none = digest.key in the data folder")
    ] = None
    digest_algorithm: Annotated[
        Literal["sha256", "sm3"], Meta(description="Hash of the keyed digests; sm3 for the national profile")
    ] = "sha256"
    log_key_file: Annotated[
        Path | None,
        Meta(description="File of the key that signs the log's checkpoints; none = log.key in the data folder"),
    ] = None
    log_hash: Annotated[
        Literal["sha256", "sm3"] | None,
        Meta(description="Hash of the log's chain and tree, chosen before its first entry; none = as begun (sha256)"),
    ] = None
    secrets_file: Annotated[
        Path | None,
        Meta(description="File of NAME=value lines for what mappings name (URLs, keys); none = secrets.env in data"),
    ] = None
    public_url: Annotated[
        str | None,
        Meta(description="Address at which browsers reach the gateway, https://…; needed with sign_in_issuer"),
    ] = None
    sign_in_issuer: Annotated[
        str | None,
        Meta(description="OpenID provider at whom the dashboard's users sign in; none = no dashboard, but in the demo"),
    ] = None
    sign_in_client: Annotated[str, Meta(description="The dashboard's client id at that provider")] = "dashboard"
    sign_in_secret: Annotated[
        str | None, Meta(description="The dashboard's secret at that provider, if it has one; environment only")
    ] = None
    sign_in_scope: Annotated[str, Meta(description="Scopes that the dashboard asks for")] = "openid"
    sign_in_ca: Annotated[
        Path | None, Meta(description="Authorities that may vouch for that provider's server; none = the system's")
    ] = None
    session_idle_minutes: Annotated[
        int, Meta(ge=1, le=480, description="Minutes without a request after which a dashboard session ends")
    ] = 30
    session_hours: Annotated[
        int, Meta(ge=1, le=24, description="Longest that a dashboard session lasts; never longer than its token")
    ] = 8
    graphiql: Annotated[bool, Meta(description="Whether a browser gets GraphiQL at GET /graphql")] = True
    introspection: Annotated[bool, Meta(description="Whether a document may ask for the schema")] = True
    body_limit_bytes: Annotated[int, Meta(ge=1024, description="Largest body that is read")] = 262_144
    document_depth: Annotated[Positive, Meta(description="Deepest nesting of fields")] = 10
    document_aliases: Annotated[Positive, Meta(description="Most aliases in one document, fragments spread out")] = 100
    document_fields: Annotated[Positive, Meta(description="Most fields in one document, fragments spread out")] = 2_000
    document_tokens: Annotated[Positive, Meta(description="Most tokens in one document")] = 10_000
    document_cache: Annotated[Positive, Meta(description="How many parsed documents are kept")] = 512
    token_cache: Annotated[Positive, Meta(description="How many verified tokens are kept until they expire")] = 4_096
    security_log_bytes: Annotated[
        int, Meta(ge=65_536, description="Size at which the security log of unknown callers rotates")
    ] = 4_194_304
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least level of the operational log")
    ] = "info"

    @property
    def store_url(self) -> str:
        return self.store or f"{SQLITE}{(self.data / 'gateway.db').resolve()}"

    @property
    def store_file(self) -> Path | None:
        """Of a store in SQLite."""
        return Path(self.store_url.removeprefix(SQLITE)) if self.store_url.startswith(SQLITE) else None

    @property
    def jwks_file(self) -> Path:
        return self.jwks or self.data / "issuer" / "jwks.json"

    @property
    def key_file(self) -> Path:
        return self.digest_key_file or self.data / "digest.key"

    @property
    def log_key(self) -> Path:
        return self.log_key_file or self.data / "log.key"

    def signer(self) -> Signer | None:
        """Who signs the log's checkpoints; None where there is no key and none is named. Raises SettingsFaulty."""
        if self.log_key_file is None and not self.log_key.exists():
            return None
        try:
            return Signer.parse(_content(self.log_key, "log_key_file"))
        except CheckpointFaulty as error:
            raise SettingsFaulty((f"log_key_file: {error}; 'gateway audit key --make NAME' makes one.",)) from None

    def key(self) -> bytes:
        """The key of the keyed digests, at least 32 bytes. Raises SettingsFaulty."""
        text = self.digest_key or _content(self.key_file, "digest_key_file")
        if not re.fullmatch(r"[0-9a-fA-F]{64,}", text.strip()) or len(text.strip()) % 2:
            raise SettingsFaulty(("digest_key: at least 64 hexadecimal digits are needed; 'openssl rand -hex 32'.",))
        return bytes.fromhex(text.strip())

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """What mappings may name as `${NAME}`: the secrets file under the environment."""
        path = self.secrets_file or self.data / "secrets.env"
        if not path.exists() and self.secrets_file is None:
            return dict(environ)
        lines = (line.strip() for line in _content(path, "secrets_file").splitlines())
        pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
        return {name.strip(): value.strip() for name, _, value in pairs} | dict(environ)


class SettingsFaulty(Exception):
    """The settings cannot be used; `faults` says why, each with a next step and without a secret."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Loaded:
    settings: Settings
    sources: Mapping[str, str]
    """Setting → `default`, the file's path, the variable's name, or `command line`."""


def load(environ: Mapping[str, str], config: Path | None = None, **given: object) -> Loaded:
    """Read the settings. `given` is what the command line says: it wins over all.

    The file is `config`, else GATEWAY_CONFIG, else `gateway.toml` in the data folder where there is one.
    Raises SettingsFaulty with every fault at once.
    """
    said = {name: value for name, value in given.items() if value is not None}
    from_environment = {
        name: environ[_variable(name)] for name in Settings.__struct_fields__ if _variable(name) in environ
    }
    file = _file(environ, config, said, from_environment)
    from_file = _toml(file) if file else {}
    faults = [
        f"{file}: '{name}' is not a setting; 'gateway settings' lists them."
        for name in from_file.keys() - set(Settings.__struct_fields__)
    ]
    faults += [f"{file}: '{name}' is a secret: set {_variable(name)} instead." for name in from_file.keys() & _SECRETS]
    values: dict[str, object] = {}
    sources = dict.fromkeys(Settings.__struct_fields__, "default")
    for layer, source in ((from_file, str(file)), (from_environment, None), (said, "command line")):
        for name in layer.keys() & set(Settings.__struct_fields__):
            fault = _fault(name, layer[name], source or _variable(name))
            if fault:
                faults.append(fault)
            else:
                values[name], sources[name] = layer[name], source or _variable(name)
    settings = _converted(values) if not faults else Settings()
    if settings.store and (not settings.store.startswith((SQLITE, *POSTGRES)) or settings.store == SQLITE):
        faults.append(f"{sources['store']}: {UNKNOWN}.")
    faults += _sign_in_faults(settings, sources)
    faults += _unknown_variables(environ, settings.departments)
    if faults:
        raise SettingsFaulty(tuple(sorted(faults)))
    return Loaded(settings, sources)


def described() -> dict[str, str]:
    """Setting → what it is for."""
    hints = get_type_hints(Settings, include_extras=True)
    return {
        name: next(m.description or "" for m in reversed(hints[name].__metadata__) if isinstance(m, Meta))
        for name in Settings.__struct_fields__
    }


def shown(name: str, value: object) -> str:
    """A value fit for the screen: secrets, and a password within a URL, hidden."""
    if name in _SECRETS and value is not None:
        return "(hidden)"
    return "–" if value is None else masked(str(value))


def masked(text: str) -> str:
    """A text in which no URL shows its password."""
    return _PASSWORD.sub(r"\1(hidden)@", text)


def _variable(name: str) -> str:
    return _PREFIX + name.upper()


def _file(environ: Mapping[str, str], config: Path | None, *layers: Mapping[str, Any]) -> Path | None:
    named = config or (Path(environ[_CONFIG]) if _CONFIG in environ else None)
    if named:
        if not named.is_file():
            raise SettingsFaulty((f"{named}: there is no such settings file.",))
        return named
    data = next((layer["data"] for layer in layers if "data" in layer), Settings().data)
    beside = Path(data) / "gateway.toml"
    return beside if beside.is_file() else None


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsFaulty((f"{file}: cannot be read as TOML ({type(error).__name__}).",)) from None


def _fault(name: str, value: object, source: str) -> str | None:
    """Why this value cannot be that setting; the value itself is not repeated, since it may be a secret."""
    try:
        _converted({name: value})
    except msgspec.ValidationError as error:
        return f"{source}: '{name}': {str(error).split(' - at')[0]}."
    return None


def _converted(values: Mapping[str, object]) -> Settings:
    return msgspec.convert(dict(values), Settings, strict=False, dec_hook=lambda kind, value: kind(value))


def _sign_in_faults(settings: Settings, sources: Mapping[str, str]) -> list[str]:
    """Whoever can change what goes between browser, gateway and provider can sign in as anybody."""
    urls = {"public_url": settings.public_url, "sign_in_issuer": settings.sign_in_issuer}
    found = [
        f"{sources[name]}: '{name}' must be an https URL without user, query or fragment (http on a loopback address)."
        for name, url in urls.items()
        if url is not None and (not permitted(url) or "?" in url)
    ]
    if settings.public_url and settings.public_url.removesuffix("/").count("/") > 2:
        found.append(f"{sources['public_url']}: 'public_url' must be an address without a path.")
    if settings.sign_in_issuer and not settings.public_url:
        found.append("public_url: the dashboard needs the address at which browsers reach it.")
    return found


def _unknown_variables(environ: Mapping[str, str], departments: Path) -> list[str]:
    known = {_variable(name) for name in Settings.__struct_fields__} | {_CONFIG}
    known |= {
        name
        for file in sorted(departments.glob("*.yaml"))
        for name in _NAMED_BY_MAPPING.findall(file.read_text("utf-8"))
    }
    return [
        f"{name}: no setting of this name; 'gateway settings' lists them."
        for name in environ
        if name.startswith(_PREFIX) and name not in known and not _DEPARTMENT_URL.fullmatch(name)
    ]


def _content(path: Path, setting: str) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise SettingsFaulty((f"{setting}: {path} cannot be read ({type(error).__name__}).",)) from None
