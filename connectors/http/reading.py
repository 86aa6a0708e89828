"""Reads `service` and `resources` of a mapping file. Every fault is noted with its line.

INVARIANT: an id number travels in the body of a POST, never in a url; a mapping that would do otherwise is refused.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path as File

import yaml

from connectors.fragment import name_fault
from connectors.http.address import address_fault
from connectors.http.service import Auth, Paging, Path, People, Resource, Service, Tls
from connectors.marked import Node
from connectors.placing import read_forms

KEYS = frozenset({"service", "resources"})

_RESOURCE_KEYS = frozenset(["method", "path", "people", "rows", "columns", "may_lack", "paging", "fields", "success"])
_PAGING_KEYS = frozenset({"page", "first", "size", "rows", "last", "total", "cursor", "send"})
_AUTH_KEYS = frozenset({"token_url", "client_id", "client_secret", "scope"})
_PATH = re.compile(r"(/[\w.~!$&'()*+,;=:@-]+)+/?", re.ASCII)


def read_service(found: Mapping[str, Node], environ: Mapping[str, str]) -> Service:
    auth, tls = _service(found["service"], environ) if "service" in found else (None, None)
    entries = found["resources"].entries() if "resources" in found else {}
    resources: dict[str, Resource] = {}
    for name, node in entries.items():
        if fault := name_fault(name):
            node.fault(f"the name of this resource {fault}")
        elif name.lower() in resources:
            node.fault("another resource has this name")
        elif resource := _resource(name, node, environ):
            resources[name.lower()] = resource
    return Service(resources, auth, tls)


def _service(node: Node, environ: Mapping[str, str]) -> tuple[Auth | None, Tls | None]:
    found = node.fields({"auth", "tls"})
    auth = _auth(found["auth"], environ) if "auth" in found else None
    return auth, _tls(found["tls"], environ) if "tls" in found else None


def _auth(node: Node, environ: Mapping[str, str]) -> Auth | None:
    found = node.fields(_AUTH_KEYS, required=("token_url", "client_id", "client_secret"))
    texts = {
        name: (entry.secret(environ) if name == "client_secret" else entry.from_environment(environ)) or ""
        for name, entry in found.items()
    }
    if texts.get("token_url") and (fault := address_fault(texts["token_url"])):
        found["token_url"].fault(fault)
    if not all(texts.get(name) for name in ("token_url", "client_id", "client_secret")):
        return None
    return Auth(texts["token_url"], texts["client_id"], texts["client_secret"], texts.get("scope", ""))


def _tls(node: Node, environ: Mapping[str, str]) -> Tls | None:
    found = node.fields({"ca", "certificate", "key"})
    if ("certificate" in found) != ("key" in found):
        node.fault("'certificate' and 'key' go together")
        return None
    texts = {name: entry.from_environment(environ) for name, entry in found.items()}
    if None in texts.values():
        return None
    tls = Tls(texts.get("ca"), texts.get("certificate"), texts.get("key"))
    try:
        context(tls)
    except (OSError, ValueError):
        node.fault("these files are not there, or are not a PEM certificate and its key without a passphrase")
    return tls


def context(tls: Tls | None) -> ssl.SSLContext:
    """Raises OSError or ValueError where the files are not what they should be."""
    made = ssl.create_default_context(cafile=tls.ca if tls else None)
    if tls and tls.certificate:
        if b"ENCRYPTED" in File(tls.key or "").read_bytes():
            raise ValueError("a passphrase would be asked for at the terminal")
        made.load_cert_chain(tls.certificate, tls.key)
    return made


def _resource(name: str, node: Node, environ: Mapping[str, str]) -> Resource | None:
    found = node.fields(_RESOURCE_KEYS, required=("path", "columns"))
    method = (found["method"].text() or "") if "method" in found else "POST"
    if method not in ("POST", "GET"):
        found["method"].fault("'method' is POST or GET")
    path = (found["path"].text() or "") if "path" in found else ""
    if "path" in found and (not _PATH.fullmatch(path) or ".." in path):
        found["path"].fault("a path begins with / and holds no variable, query or ..; people are named in the body")
    people = _people(found["people"], environ) if "people" in found else None
    if method == "GET" and "people" in found:
        found["people"].fault("a GET names its people in the url, where an id number must not be; ask by POST")
    if method == "POST" and "people" not in found:
        node.fault("'people' is missing: how the service is told whom it is asked for")
    if method == "GET" and "fields" in found:
        found["fields"].fault("'fields' is for the body of a POST")
    columns = _columns(found.get("columns"))
    may_lack = frozenset(found["may_lack"].texts()) if "may_lack" in found else frozenset()
    for column in sorted(may_lack - columns.keys()):
        found["may_lack"].fault(f"'columns' has no {column}")
    paging = _paging(found["paging"]) if "paging" in found else None
    rows, fields = _field(found.get("rows")), _field(found.get("fields"))
    success = _success(found["success"]) if "success" in found else None
    resource = Resource(name, node.line, method, path, rows, columns, people, may_lack, paging, fields or None, success)
    _separate(resource, node)
    return resource


def _people(node: Node, environ: Mapping[str, str]) -> People | None:
    found = node.fields({"field", "formats", "batch"}, required=("field", "formats"))
    forms = [
        form for each in (found["formats"].each() if "formats" in found else ()) for form in read_forms(each, environ)
    ]
    batch = _number(found["batch"], 1000) if "batch" in found else None
    field = _field(found.get("field"))
    return People(field, tuple(forms), batch) if field else None


def _columns(node: Node | None) -> dict[str, Path]:
    """A list of names that the fields have too, or column → field path."""
    if node is None:
        return {}
    if isinstance(node.node, yaml.SequenceNode):
        columns = {name: (name,) for name in node.texts()}
    else:
        columns = {name: _field(entry) for name, entry in node.entries().items()}
    seen: set[str] = set()
    for name in columns:
        if fault := name_fault(name):
            node.fault(f"the name of a column {fault}")
        if name.lower() in seen:
            node.fault(f"two columns differ in case alone: {name}")
        seen.add(name.lower())
    if not columns:
        node.fault("names no column")
    return columns


def _paging(node: Node) -> Paging | None:
    found = node.fields(_PAGING_KEYS)
    if ("page" in found) == ("cursor" in found):
        node.fault("pages are asked by number ('page', 'size') or by cursor ('cursor', 'send')")
        return None
    for name in ("last", "total", "first") if "cursor" in found else ("send",):
        if name in found:
            found[name].fault(f"'{name}' is for the other kind of paging")
    if "cursor" in found and "send" not in found:
        node.fault("'send' is missing: the field of the body that holds the cursor")
    if "last" in found and "total" in found:
        node.fault("'last' or 'total', not both")
    paths = {name: _field(found[name]) for name in ("page", "size", "last", "total", "cursor", "send") if name in found}
    first = _number(found["first"], 1, 0) if "first" in found else 1
    return Paging(first=first, rows=_number(found["rows"], 10_000) if "rows" in found else 200, **paths)


def _success(node: Node) -> tuple[Path, frozenset[str]] | None:
    found = node.fields({"field", "is"}, required=("field", "is"))
    field = _field(found.get("field"))
    return (field, frozenset(found["is"].texts())) if field and "is" in found else None


def _separate(resource: Resource, node: Node) -> None:
    """One field of the body cannot hold two things."""
    paging = resource.paging or Paging()
    sent = [resource.people.field if resource.people else None, resource.fields, paging.page, paging.size, paging.send]
    paths = [path for path in sent if path]
    for i, one in enumerate(paths):
        if any(one[: len(other)] == other or other[: len(one)] == one for other in paths[i + 1 :]):
            node.fault(f"two things are sent in the field {'.'.join(one)}")


def _field(node: Node | None) -> Path:
    """() where nothing is said, or nothing that can be used."""
    text = node.text() if node else None
    if node is None or text is None:
        return ()
    path = tuple(text.split("."))
    if not all(path) or len(path) > 8:
        node.fault("a field path is names with dots between them: data.list")
        return ()
    return path


def _number(node: Node, most: int, least: int = 1) -> int:
    text = node.text() or ""
    if text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most:
        return int(text)
    node.fault(f"must be a whole number, at least {least} and at most {most}")
    return 1
