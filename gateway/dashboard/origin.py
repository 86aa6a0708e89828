"""Where a request comes from, and where one may be sent: no other site's form, no other site's page."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from exchange.refusals import FormForeign

ROOT = "/dashboard"
_LONGEST = 1_024


def own(request: Request, public_url: str | None) -> str:
    """`https://host`: this gateway as the browser sees it."""
    found = urlsplit(public_url or str(request.base_url))
    return f"{found.scheme}://{found.netloc}"


def check(request: Request, public_url: str | None) -> None:
    """Raises FormForeign unless the browser says that a page of ours sent this (Fetch Metadata, or Origin)."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        raise FormForeign()
    if origin is not None and origin != own(request, public_url):
        raise FormForeign()
    if site is None and origin is None:
        raise FormForeign()


def local(path: str | None) -> str:
    """A path of the dashboard, to come back to; the overview for anything else. No host, no scheme, no trick with
    slashes, backslashes or control characters leads elsewhere."""
    if (
        path is None
        or len(path) > _LONGEST
        or not (path == ROOT or path.startswith((ROOT + "/", ROOT + "?")))
        or "//" in path
        or "\\" in path
        or not path.isascii()
        or not path.isprintable()
        or ".." in path
    ):
        return ROOT
    return path
