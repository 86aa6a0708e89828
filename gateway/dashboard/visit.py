"""One request of somebody who is signed in: who, in which language, and what a page needs to draw itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from exchange.refusals import BodyInvalid, BodyTooLarge
from exchange.session import Session
from exchange.wording import ROLES, Words, of
from gateway.dashboard import render
from gateway.dashboard.api import Answer, Answers, api
from gateway.dashboard.page import Page

_LARGEST_FORM_BYTES = 65_536
ATTEMPT = "x-attempt"
_LONGEST_ATTEMPT = 4
_OK = 200
_FORM = "application/x-www-form-urlencoded"
ME = """query Me {
  me { organisation client operator role districts purposes acts { code en zh basis } }
}"""


@dataclass(slots=True)
class Visit:
    request: Request
    session: Session
    page: Page
    language: str
    theme: str
    endpoint: Answers
    menu: tuple[Page, ...]
    me: Mapping[str, Any] = field(default_factory=dict)
    """`me` of the API; empty in a fragment."""
    form: Mapping[str, str] = field(default_factory=dict)
    """What a form sent, its token left out; the frame has looked at that already."""

    async def api(self, document: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """Ask the gateway's API as the user; see `gateway.dashboard.api.api`."""
        client = self.request.client
        return await api(
            self.endpoint, self.session, document, variables, peer=(client.host, client.port) if client else None
        )

    def query(self, name: str, default: str = "") -> str:
        """One parameter of the address, or what stands for it."""
        return self.request.query_params.get(name, default)

    def t(self, key: str) -> str:
        """The page's word, or the frame's."""
        return render.word(key, self.language, self.page.words)

    def said(self, words: Words) -> str:
        """In the reader's language."""
        return words.zh if self.language == "zh" else words.en

    @property
    def here(self) -> str:
        """Path and query: where the reader comes back to after a choice of language or colours."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def attempt(self) -> int:
        """How often this page has asked for itself again by now, while something was being counted."""
        said = self.request.headers.get(ATTEMPT, "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < _LONGEST_ATTEMPT else 0

    @property
    def role(self) -> str:
        """Title of the user's role."""
        return render.word("role", self.language, {"role": of(ROLES, self.me.get("role", ""))})

    def show(self, template: str, status: int = 200, **context: Any) -> Response:
        """The whole page, or a fragment: whatever the template extends."""
        return render.shown(
            template,
            status,
            visit=self,
            me=self.me,
            language=self.language,
            theme=self.theme,
            page=self.page,
            menu=self._menu(),
            form_token=self.session.form_token,
            said_aloud=self.t("counted") if self.attempt and status == _OK else "",
            t=self.t,
            **context,
        )

    def _menu(self) -> list[Page]:
        """What the API says that this role may do decides; nothing is guessed."""
        acts = {act["code"] for act in self.me.get("acts", ())}
        return [page for page in self.menu if not page.hidden and (page.act is None or page.act in acts)]


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form. Raises BodyTooLarge, and BodyInvalid for one that is none, is not whole, or says
    something twice."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise BodyInvalid()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_FORM_BYTES:
                raise BodyTooLarge()
    except ClientDisconnect:
        raise BodyInvalid() from None  # nobody waits for the answer
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError:
        raise BodyInvalid() from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyInvalid()
    return found
