"""Certificate-bound tokens behind a real nginx with the configuration that we ship (RFC 8705)."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from gateway.certificate import thumbprint
from tests.deploy.conftest import Behind
from tests.deploy.nginx import Proxy, nginx
from tests.gateway.keys import private_key, signed

pytestmark = [pytest.mark.nginx, pytest.mark.slow, pytest.mark.filterwarnings("ignore:ssl.TLSVersion")]
_ASK = {"query": "{ me { client operator role } }"}


@pytest.fixture(scope="module")
def proxy(behind: Behind) -> Iterator[Proxy]:
    with nginx(behind.port) as found:
        yield found


@pytest.fixture(scope="module")
def lenient(behind: Behind) -> Iterator[Proxy]:
    """A site that lets in also those without a certificate."""
    with nginx(behind.port, verify="optional") as found:
        yield found


def bearer(behind: Behind, certificate: Path | None, **changed: Any) -> dict[str, str]:
    now = int(datetime.now(UTC).timestamp())
    said = {
        "iss": "https://issuer.demo.invalid",
        "aud": "personal-credit-gateway",
        "iat": now,
        "nbf": now,
        "exp": now + 600,
        "jti": "j",
        "sub": "li.wei",
        "client_id": "bank-system",
        "role": "bank-system",
        "org": "bank-a",
        "districts": [],
    }
    if certificate:
        said["cnf"] = {"x5t#S256": thumbprint(quote(certificate.read_text()))}
    return {"Authorization": f"Bearer {signed(private_key(behind.data / 'issuer'), said | changed)}"}


def code(answer: httpx.Response) -> str:
    return answer.json()["errors"][0]["extensions"]["code"]


def test_a_bound_token_and_its_certificate(behind: Behind, proxy: Proxy) -> None:
    mine = proxy.clients.issue("bank-a")
    with proxy.http(mine) as http:
        answer = http.post("/graphql", json=_ASK, headers=bearer(behind, mine[0]))
    assert answer.json()["data"]["me"] == {"client": "bank-system", "operator": "li.wei", "role": "bank-system"}
    assert answer.headers["strict-transport-security"]
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert "nginx/" not in answer.headers.get("server", "")


def test_a_stolen_token_with_a_certificate_of_somebody_else(behind: Behind, proxy: Proxy) -> None:
    mine, other = proxy.clients.issue("bank-a"), proxy.clients.issue("bank-b")
    with proxy.http(other) as http:
        answer = http.post("/graphql", json=_ASK, headers=bearer(behind, mine[0]))
    assert (answer.status_code, code(answer)) == (401, "TOKEN_INVALID")


def test_a_stolen_token_and_the_certificate_sent_along_as_a_header(behind: Behind, proxy: Proxy) -> None:
    """nginx sets the header; what a sender thought of does not get through, however it is spelt."""
    mine, other = proxy.clients.issue("bank-a"), proxy.clients.issue("bank-b")
    escaped = quote(mine[0].read_text())
    with proxy.http(other) as http:
        for name in ("X-Client-Cert", "x-client-cert", "X_Client_Cert", "X-Client_Cert"):
            answer = http.post("/graphql", json=_ASK, headers={**bearer(behind, mine[0]), name: escaped})
            assert code(answer) == "TOKEN_INVALID", name


def test_without_a_certificate_nginx_lets_nobody_in(behind: Behind, proxy: Proxy) -> None:
    with proxy.http() as http:
        answer = http.post("/graphql", json=_ASK, headers=bearer(behind, None))
    assert answer.status_code == 400
    assert "me" not in answer.text


def test_where_the_site_lets_in_those_without_one_a_bound_token_is_worth_nothing(
    behind: Behind, lenient: Proxy
) -> None:
    mine = lenient.clients.issue("bank-a")
    with lenient.http() as http:
        assert code(http.post("/graphql", json=_ASK, headers=bearer(behind, mine[0]))) == "TOKEN_INVALID"
        header = {"X-Client-Cert": quote(mine[0].read_text())}
        assert code(http.post("/graphql", json=_ASK, headers=bearer(behind, mine[0]) | header)) == "TOKEN_INVALID"
        assert http.post("/graphql", json=_ASK, headers=bearer(behind, None)).json()["data"]["me"]
    with lenient.http(mine) as http:
        assert http.post("/graphql", json=_ASK, headers=bearer(behind, mine[0])).json()["data"]["me"]


def test_a_certificate_of_another_authority(behind: Behind, proxy: Proxy, lenient: Proxy) -> None:
    for each in (proxy, lenient):
        stranger = each.servers.issue("stranger")
        with each.http(stranger) as http:
            answer = http.post("/graphql", json=_ASK, headers=bearer(behind, stranger[0]))
        assert answer.status_code == 400
        assert "data" not in answer.text


def test_past_the_proxy_the_header_is_believed_from_its_address_only(behind: Behind, proxy: Proxy) -> None:
    """127.0.0.1 is trusted here, 127.0.0.2 is a stranger on the same wire."""
    mine = proxy.clients.issue("bank-a")
    headers = bearer(behind, mine[0]) | {"X-Client-Cert": quote(mine[0].read_text())}
    for source, accepted in (("127.0.0.1", True), ("127.0.0.2", False)):
        with httpx.Client(transport=httpx.HTTPTransport(local_address=source)) as http:
            answer = http.post(f"http://127.0.0.1:{behind.port}/graphql", json=_ASK, headers=headers)
            forwarded = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"}
            lying = http.post(f"http://127.0.0.1:{behind.port}/graphql", json=_ASK, headers=headers | forwarded)
        for each in (answer, lying):
            assert ("data" in each.json()) is accepted
            assert accepted or code(each) == "TOKEN_INVALID"


def test_a_revoked_certificate(behind: Behind) -> None:
    with nginx(behind.port) as proxy:
        mine, other = proxy.clients.issue("bank-a"), proxy.clients.issue("bank-b")
        with proxy.http(mine) as http:
            assert "data" in http.post("/graphql", json=_ASK, headers=bearer(behind, mine[0])).json()
        revocations(proxy, mine[0])
        site = proxy.folder / "site.conf"
        site.write_text(site.read_text().replace("# ssl_crl", "ssl_crl"))
        proxy.reload()
        for _ in range(200):  # the old workers go on until the new ones are there
            with proxy.http(mine) as http:
                answer = http.post("/graphql", json=_ASK, headers=bearer(behind, mine[0]))
            if answer.status_code != 200:
                break
            time.sleep(0.05)
        assert answer.status_code == 400
        with proxy.http(other) as http:
            assert "data" in http.post("/graphql", json=_ASK, headers=bearer(behind, other[0])).json()
        assert "data" not in answer.text


def revocations(proxy: Proxy, certificate: Path) -> None:
    authority = x509.load_pem_x509_certificate(proxy.clients.ca.read_bytes())
    key = serialization.load_pem_private_key((proxy.folder / "tls/clients-ca.key").read_bytes(), None)
    now = datetime.now(UTC)
    number = x509.load_pem_x509_certificate(certificate.read_bytes()).serial_number
    revoked = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now).build()
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now - timedelta(hours=1))
        .next_update(now + timedelta(hours=1))
        .add_revoked_certificate(revoked)
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]
    )
    (proxy.folder / "tls/clients.crl").write_bytes(made.public_bytes(serialization.Encoding.PEM))


def test_a_person_is_asked_about_and_nothing_of_it_stands_in_nginx(behind: Behind, proxy: Proxy) -> None:
    mine = proxy.clients.issue("bank-a")
    query = (
        'query($id: IdNumber!) { person(idNumber: $id, purpose: LOAN_APPROVAL, reference: "A-1") '
        "{ idNumber disclosure { id } } }"
    )
    people = behind.demo.people()
    headers = bearer(behind, mine[0])
    with proxy.http(mine) as http:
        posted = {"query": query, "variables": {"id": people["clean"]}}
        answer = http.post("/graphql", json=posted, headers=headers).json()
        assert "errors" not in answer, answer["errors"]
        http.get(f"/graphql?query={people['clean']}", headers=headers)
        http.get(f"/elsewhere/{people['clean']}", headers=headers)
        large = {**posted, "extensions": {"a": people["clean"] * 20_000}}
        assert code(http.post("/graphql", json=large, headers=headers)) == "BODY_TOO_LARGE"
    told = proxy.logs(2) + (proxy.folder / "output").read_text()
    assert " POST " in told
    for secret in (people["clean"], headers["Authorization"][7:], "bank-a", "127.0.0.1", "elsewhere"):
        assert secret not in told


def test_neither_body_nor_answer_is_written_to_a_file(behind: Behind) -> None:
    with nginx(behind.port, told="warn") as proxy:
        mine = proxy.clients.issue("bank-a")
        posted = {"query": "{ __typename " + "# 还原\n" * 20_000 + "}"}
        with proxy.http(mine) as http:
            answer = http.post("/graphql", json=posted, headers=bearer(behind, mine[0]))
            assert answer.headers["x-request-id"], "the gateway itself answered"
        told = proxy.logs(1)
    assert " POST " in told
    assert "temporary file" not in told


@pytest.mark.parametrize(
    "path", ["/metrics", "/health/ready", "/demo/token", "/demo/choices", "/", "/static/graphiql/"]
)
def test_what_is_for_the_inside_only(proxy: Proxy, path: str) -> None:
    with proxy.http(proxy.clients.issue("bank-a")) as http:
        assert http.get(path).status_code == 404
        assert http.post(path).status_code == 404


def test_what_is_for_the_outside(behind: Behind, proxy: Proxy) -> None:
    with proxy.http(proxy.clients.issue("bank-a")) as http:
        assert http.get("/health/live").json() == {"status": "alive"}
        assert http.get("/audit/checkpoint").status_code == 200
        assert http.get("/graphql").status_code == 405
        proof = http.get("/audit/proof/nothing")
        assert proof.status_code == 404
        assert "nginx" not in proof.text


def test_a_larger_body_is_refused_as_the_gateway_refuses_it(behind: Behind, proxy: Proxy) -> None:
    mine = proxy.clients.issue("bank-a")
    with proxy.http(mine) as http:
        answer = http.post("/graphql", content=b" " * 300_000, headers=bearer(behind, mine[0]))
    assert (answer.status_code, code(answer)) == (413, "BODY_TOO_LARGE")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_too_many_connections_of_one_certificate(behind: Behind, proxy: Proxy) -> None:
    """The 65th ask at once is told to come again; another client's is answered."""
    mine, other = proxy.clients.issue("bank-a"), proxy.clients.issue("bank-b")
    context = ssl.create_default_context(cafile=proxy.servers.ca)
    context.load_cert_chain(*mine)
    head = "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    held = []
    try:
        for _ in range(64):
            one = context.wrap_socket(socket.create_connection(("127.0.0.1", proxy.port)), server_hostname="127.0.0.1")
            one.sendall(head.encode())
            held.append(one)
        with proxy.http(mine) as http:
            for _ in range(100):  # those that were sent are not all read yet
                answer = http.post("/graphql", json=_ASK, headers=bearer(behind, mine[0]))
                if answer.status_code != 200:
                    break
                time.sleep(0.02)
            assert (answer.status_code, code(answer)) == (429, "RATE_LIMITED")
            assert answer.headers["retry-after"] == "1"
        with proxy.http(other) as http:
            assert "data" in http.post("/graphql", json=_ASK, headers=bearer(behind, other[0])).json()
    finally:
        for one in held:
            one.close()


def test_a_gateway_that_is_down(behind: Behind) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with nginx(nobody.getsockname()[1]) as proxy, proxy.http(proxy.clients.issue("bank-a")) as http:
            answer = http.post("/graphql", json=_ASK)
    assert (answer.status_code, code(answer)) == (503, "GATEWAY_UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1])
def test_old_versions_of_tls(proxy: Proxy, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=proxy.servers.ca)
    context.load_cert_chain(*proxy.clients.issue("bank-a"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", proxy.port)) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="127.0.0.1")
