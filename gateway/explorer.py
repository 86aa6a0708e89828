"""GraphiQL for a browser, from this server alone: `make web` builds it into `gateway/static/graphiql`."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from exchange.refusals import MethodInvalid
from gateway.endpoint import refused

BUILT = Path(__file__).parent / "static" / "graphiql"
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
STATIC = {"Content-Security-Policy": _POLICY}
"""Of its files: a worker has the policy that its own script came with."""
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Personal credit gateway</title>
<h1>GraphiQL is not built yet</h1>
<p>Run <code>make web</code> and load this page again. 尚未构建 GraphiQL：请运行 <code>make web</code> 后刷新。</p>
<p>The endpoint itself answers: send <code>POST /graphql</code>.</p>
</html>
"""


def page(request: Request, built: Path = BUILT) -> Response:
    """GET without a query is for browsers; a query in a URL would stand in every proxy's log and is refused."""
    if "query" in request.query_params or "text/html" not in request.headers.get("accept", ""):
        return refused(MethodInvalid(), {"Allow": "POST"})
    index = built / "index.html"
    return HTMLResponse(index.read_text("utf-8") if index.is_file() else _NOT_BUILT, headers=_HEADERS)
