"""The whole gateway over a small demo city: what `gateway demo` makes, `build` serves and the command line reads."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from msgspec import structs
from starlette.applications import Starlette

from exchange.evidence import Proof
from exchange.registration import Kind
from gateway.app import build, now
from gateway.clients import ClientsFaulty
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.start import prepare
from gateway.renewal import Refused
from gateway.settings import Settings, SettingsFaulty, load

CLEAN = next(person.id_number for person in TEST_PEOPLE if "clean" in person.tags)
ASK = """query A($id: IdNumber!, $p: Purpose!) {
  person(idNumber: $id, purpose: $p, reference: "SQ-1") { idNumber disclosure { id } }
}"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    data = tmp_path_factory.mktemp("demo")
    prepare(data, people=20, database=None, at=now())
    return load({}, data=data).settings


@dataclass
class Served:
    app: Starlette
    http: httpx.AsyncClient

    async def token(self, **chosen: str) -> str:
        return (await self.http.post("/demo/token", json=chosen)).json()["token"]

    async def ask(self, token: str, purpose: str, id: str = CLEAN) -> dict:
        response = await self.http.post(
            "/graphql",
            json={"query": ASK, "variables": {"id": id, "p": purpose}},
            headers={"Authorization": f"Bearer {token}"},
        )
        return response.json()


@pytest.fixture(scope="module")
async def served(settings: Settings) -> AsyncIterator[Served]:
    app = build(settings, environ={})
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://g") as http:
        yield Served(app, http)


async def test_a_bank_asks_and_the_answer_is_in_the_log(served: Served) -> None:
    answer = await served.ask(await served.token(client="bank-system"), "LOAN_APPROVAL")
    assert "errors" not in answer
    sealed = await served.app.state.gateway.log.find(answer["data"]["person"]["disclosure"]["id"])
    assert sealed
    assert json.loads(sealed)["client"] == "bank-system"
    assert CLEAN.encode() not in sealed


async def test_a_person_asks_about_himself_and_nobody_else(served: Served) -> None:
    token = await served.token(client="person", id_number=CLEAN)
    assert (await served.ask(token, "SELF_QUERY"))["data"]["person"]["idNumber"] == CLEAN
    other = next(p.id_number for p in TEST_PEOPLE if p.id_number != CLEAN)
    refused = await served.ask(token, "SELF_QUERY", other)
    assert refused["errors"][0]["extensions"]["code"] == "PERSON_NOT_PERMITTED"


async def test_health_and_metrics(served: Served) -> None:
    assert (await served.http.get("/health/live")).json() == {"status": "alive"}
    ready = await served.http.get("/health/ready")
    assert ready.status_code == 200
    assert set(ready.json()["departments"]) == {"PSB", "PBC", "HRS", "HPF", "TAX", "CRT", "SAM", "UTL", "CVA", "CRO"}
    metrics = (await served.http.get("/metrics")).text
    assert 'gateway_asks_total{outcome="ANSWERED"}' in metrics
    assert CLEAN not in metrics


async def test_the_gateway_is_not_ready_while_the_log_is_down(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(_: object) -> bool:
        return False

    monkeypatch.setattr(type(served.app.state.gateway.log), "health", down)
    ready = await served.http.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "log-unavailable")


async def test_readiness_shows_the_policies_revision_and_the_last_refused_one(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies = served.app.state.gateway.policies
    shown = (await served.http.get("/health/ready")).json()["policy"]
    assert shown == {"revision": policies.current.engine.revision, "refused": None}
    refused = Refused(now(), "0123456789abcdef", "POLICY_FAULTY", 3)
    monkeypatch.setattr(policies, "refused", refused)
    ready = await served.http.get("/health/ready")
    assert ready.status_code == 200, "the policies before it decide"
    told = {"revision": "0123456789abcdef", "at": refused.at.isoformat(), "code": "POLICY_FAULTY", "faults": 3}
    assert ready.json()["policy"]["refused"] == told | {"standing": True}


async def test_the_picker_offers_clients_with_their_purposes_and_the_test_people(served: Served) -> None:
    choices = (await served.http.get("/demo/choices")).json()
    purposes = {client["id"]: client["purposes"] for client in choices["clients"]}
    assert "LOAN_APPROVAL" in purposes["bank-system"]
    assert purposes["person"] == ["SELF_QUERY"]
    assert len(choices["people"]) == len(TEST_PEOPLE)


@pytest.mark.parametrize("content", [b"", b"1", b'{"client": "nobody"}', b'{"client": "person"}', b"x" * 5_000])
async def test_the_picker_refuses_junk(served: Served, content: bytes) -> None:
    response = await served.http.post("/demo/token", content=content)
    assert response.json()["errors"][0]["extensions"]["code"]
    assert "token" not in response.json()


async def test_without_the_demos_issuer_nobody_hands_out_tokens(settings: Settings, tmp_path: Path) -> None:
    plain = {name: getattr(settings, name) for name in ("data", "approval", "clients")}
    app = build(Settings(**plain), environ={})
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://g") as http:
        assert (await http.get("/demo/choices")).status_code == 404
        assert (await http.post("/demo/token", json={"client": "auditor"})).status_code == 404
        assert (await http.get("/health/ready")).status_code == 200


async def test_no_clients_no_start(settings: Settings, tmp_path: Path) -> None:
    empty = f"sqlite:///{tmp_path}/empty.db"
    app = build(Settings(data=settings.data, approval=settings.approval, store=empty), environ={})
    with pytest.raises(ClientsFaulty):
        async with app.router.lifespan_context(app):
            pytest.fail("it started")


async def test_once_somebody_is_registered_the_file_is_not_read_again(settings: Settings, tmp_path: Path) -> None:
    plain = {name: getattr(settings, name) for name in ("data", "approval", "clients")}
    store = f"sqlite:///{tmp_path}/kept.db"
    for clients in (settings.clients, None, tmp_path / "there-is-no-such-file.yaml"):
        app = build(Settings(**{**plain, "clients": clients, "store": store}), environ={})
        async with app.router.lifespan_context(app):
            registered = await app.state.gateway.services.registrar.register.all(Kind.CLIENT)
            assert "bank-system" in {one.id for one in registered}
            entries = [json.loads(text) for text in await app.state.gateway.log.entries()]
            acts = [(e["event"], e["administrative"]["act"]) for e in entries]
            assert acts == [("administration", "POLICY_IN_FORCE"), ("administration", "CLIENT_IMPORT")]


def test_secrets_of_the_demo_are_readable_by_their_owner_alone(settings: Settings) -> None:
    for name in ("digest.key", "secrets.env", "issuer/private.json", "gateway.db"):
        assert (settings.data / name).stat().st_mode & 0o077 == 0, name


def test_a_second_start_keeps_keys_and_consents(settings: Settings) -> None:
    before = [(settings.data / name).read_bytes() for name in ("digest.key", "issuer/private.json")]
    prepare(settings.data, people=20, database=None, at=now())
    assert before == [(settings.data / name).read_bytes() for name in ("digest.key", "issuer/private.json")]


async def test_anybody_may_fetch_a_checkpoint_and_the_proof_of_an_answer(served: Served, settings: Settings) -> None:
    answer = await served.ask(await served.token(client="bank-system"), "LOAN_APPROVAL")
    id = answer["data"]["person"]["disclosure"]["id"]
    sealed = await served.app.state.gateway.log.find(id)
    signer = settings.signer()
    assert signer
    fetched = await served.http.get("/audit/checkpoint")
    assert fetched.headers["content-type"] == "text/plain; charset=utf-8"
    checkpoint = signer.verifier.checkpoint(fetched.text)
    assert checkpoint.size == json.loads(sealed)["sequence"]
    proof = await served.http.get(f"/audit/proof/{id}")
    assert Proof.parse(proof.text).holds(signer.verifier, sealed)
    assert not Proof.parse(proof.text).holds(signer.verifier, sealed + b" ")
    assert json.loads(sealed)["people"][0] not in proof.text


@pytest.mark.parametrize("id", ["unknown", "%00", "a" * 5000, "%ff", "..%2f"])
async def test_an_id_that_names_no_entry_is_told_nothing(served: Served, id: str) -> None:
    answer = await served.http.get(f"/audit/proof/{id}")
    assert (answer.status_code, answer.content.replace(b"Not Found", b"")) == (404, b"")


async def test_a_log_without_a_key_signs_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "log.key").write_text("nonsense")
    with pytest.raises(SettingsFaulty, match="log_key_file"):
        structs.replace(settings, log_key_file=tmp_path / "log.key").signer()
    (settings.log_key).rename(tmp_path / "log.key")
    app = build(settings, environ={})
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://g") as http,
        ):
            for path in ("/audit/checkpoint", "/audit/proof/d-1"):
                assert (await http.get(path)).status_code == 404
    finally:
        (tmp_path / "log.key").rename(settings.log_key)
