"""All wiring: settings become an application. Whatever starts the gateway starts it here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from connectors.directory import Directory
from connectors.health import healths
from connectors.recorder import Watches
from exchange.catalogue import Catalogue
from exchange.digests import Digests
from exchange.holding import Holding, wanted
from exchange.phase import Phase
from exchange.records import Unavailable
from exchange.refusals import MethodInvalid, Refusal
from exchange.retention import civil_day
from exchange.standard.load import load
from exchange.statistics import counted_under
from exchange.store.activity import Activity
from exchange.store.alarm import Alarms
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.dispute import Disputes
from exchange.store.evidence import Evidence
from exchange.store.holding import Holdings
from exchange.store.inquiry import Inquiries
from exchange.store.log import Log
from exchange.store.register import Register
from exchange.store.registrar import Registrar
from exchange.store.retry import KeptAnswers
from exchange.store.revision import Revisions
from exchange.store.security import SecurityLog
from exchange.store.statistics import Statistics
from exchange.store.turns import Turns
from gateway import evidence, explorer, health, issuers
from gateway.auth import Authenticator
from gateway.built import Built
from gateway.certificate import presented
from gateway.console import Console
from gateway.counting import opened as opened_counters
from gateway.dashboard import routes as dashboard
from gateway.dashboard.frame import Frame
from gateway.demo import authorize, oauth
from gateway.demo.picker import Picker
from gateway.endpoint import Endpoint, refused
from gateway.founding import STARTED, found, words
from gateway.keeping import Keeping
from gateway.limits import Limits
from gateway.networks import Networks
from gateway.renewal import Renewal
from gateway.retries import Retries
from gateway.settings import Settings
from gateway.suspension import WATCH, Suspension
from gateway.telemetry import Metrics, configure
from gateway.unrouted import unrouted
from gateway.watch import Watch
from gateway.workers.channel import Channel
from gateway.workers.metrics import of_all, packed
from policies.alarms import read as alarm_rules
from policies.revision import standard_files
from resolvers.context import Services
from resolvers.operation import Operations
from resolvers.schema import build as build_schema

_COUNT_S = 60.0
"""What counting a department's holdings may take in all; each statement has the source's own deadline."""
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Gateway:
    """One running gateway; stands in `app.state.gateway` between start and stop."""

    endpoint: Endpoint
    services: Services
    policies: Renewal
    directory: Directory
    consents: Consents
    log: Log
    evidence: Evidence
    metrics: Metrics
    channel: Channel | None
    picker: Picker | None
    oauth: oauth.OAuth | None
    dashboard: Frame | None
    trusted_proxies: Networks


def now() -> datetime:
    return datetime.now(UTC)


def build(
    settings: Settings,
    *,
    environ: Mapping[str, str] | None = None,
    clock: Clock = now,
    recorder: Watches | None = None,
    channel: Channel | None = None,
) -> Starlette:
    """The application. Nothing is read before it starts; a fault of standard, policies, mappings, clients or keys
    stops the start with its own exception. `recorder` sees each statement that runs at a department; `channel` leads to
    the supervisor, where this process is one of several workers."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.gateway = await opened(
                settings, os.environ if environ is None else environ, clock, recorder, channel, stack, app
            )
            yield

    routes: list[BaseRoute] = [
        Route("/graphql", _GraphQL(settings.graphiql), methods=["GET", "POST"]),
        Route("/health/live", _live),
        Route("/health/ready", _ready),
        Route("/metrics", _metrics),
        Route("/audit/checkpoint", _checkpoint),
        Route("/audit/proof/{id}", _proof),
    ]
    if settings.graphiql and explorer.BUILT.is_dir():
        routes.append(Mount("/static/graphiql", Built(directory=explorer.BUILT, headers=explorer.STATIC)))
    if settings.demo_issuer:
        routes += [
            Route("/demo/choices", _choices),
            Route("/demo/token", _token, methods=["POST"]),
            Route(oauth.TOKEN, _oauth_token, methods=["POST"]),
            Route(oauth.JWKS, _oauth_jwks),
            Route(oauth.METADATA, _oauth_metadata),
            Route(authorize.OPENID, _openid_metadata),
            Route(authorize.AUTHORIZE, _authorize, methods=["GET", "POST"]),
        ]
    if dashboard.enabled(settings):
        routes += dashboard.routes()
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: unrouted})
    app.router.redirect_slashes = False  # a redirect would repeat the query string
    return app


async def opened(
    settings: Settings,
    environ: Mapping[str, str],
    clock: Clock,
    recorder: Watches | None,
    channel: Channel | None,
    stack: AsyncExitStack,
    app: Starlette,
) -> Gateway:
    """Open everything, in the order in which one thing needs another; `stack` closes it in the reverse order."""
    configure(settings.log_level)
    catalogue = load(settings.standard, settings.approval)
    metrics = Metrics()
    policies = Renewal.open(settings.policies, catalogue, metrics, clock)
    engine = policies.current.engine
    digests = Digests(settings.key(), settings.digest_algorithm)
    signer = settings.signer()

    database = await Database.open(settings.store_url, settings.log_hash)
    stack.push_async_callback(database.close)
    log = Log(database, budget_s=settings.seal_budget_s)
    stack.callback(log.close)
    security = SecurityLog(settings.data / "security.jsonl", digests, limit_bytes=settings.security_log_bytes)
    stack.callback(security.close)
    written = standard_files(settings.standard, settings.approval, catalogue)
    await policies.keep_by(Keeping(Revisions(database), log, settings.policies, catalogue, written, clock).keep)
    register, known = Register(database), words(engine, catalogue)
    await found(settings.clients, known, register, Console(log, engine, catalogue.version, clock, STARTED))
    authenticator = Authenticator(
        await stack.enter_async_context(issuers.opened(settings, metrics.read_keys)),
        register,
        skew_s=settings.clock_skew_s,
        clock=clock,
        cache=settings.token_cache,
    )
    tokens = oauth.OAuth.open(settings, register, digests, clock) if settings.demo_issuer else None
    picker = Picker.open(settings, register, policies.current, digests, clock) if settings.demo_issuer else None
    consents = Consents(database)
    if channel is not None:
        channel.exposed = lambda: packed(*metrics.registries)
        await stack.enter_async_context(channel.open())
    counters = opened_counters(settings, metrics, channel)
    stack.push_async_callback(counters.close)
    alarms = Alarms(database)
    directory = await Directory.open(
        settings.departments,
        catalogue,
        settings.environment(environ),
        civil_day(clock()),
        wrap=picker.wrap if picker else None,
        recorder=recorder,
        registry=metrics.registry,
        workers=channel.of if channel else 1,
    )
    stack.push_async_callback(directory.close)
    await stack.enter_async_context(directory.watching(settings.drift_s))

    limits = Limits(
        settings.document_depth,
        settings.document_aliases,
        settings.document_fields,
        settings.document_tokens,
        settings.introspection,
    )

    async def count(wishes: Mapping[str, tuple[str, ...]]) -> Mapping[str, Holding | Unavailable]:
        return await directory.holdings(wishes, asyncio.get_running_loop().time() + _COUNT_S)

    holdings = Holdings(database, count, wanted(catalogue), timedelta(seconds=settings.count_s), clock)
    stack.push_async_callback(holdings.close)
    statistics, activity = Statistics(database, register, counted_under(catalogue)), Activity(database)
    stack.push_async_callback(statistics.close)
    stack.push_async_callback(activity.close)
    registrar, proofs = Registrar(register, known), Evidence(log, signer)
    services = Services(
        catalogue=catalogue,
        policies=policies.current,
        directory=directory,
        consents=consents,
        disputes=Disputes(database),
        receipts=signer,
        digests=digests,
        clock=clock,
        districts=_covered(settings.phase, catalogue),
        phase=Phase(settings.phase),
        deadline_s=settings.deadline_s,
        turns=Turns(database),
        inquiries=Inquiries(database),
        outcome_days=settings.outcome_days,
        absence_step_s=settings.absence_step_ms / 1000,
        parses=limits.parsed,
        completes=settings.completes,
        counters=counters,
        registrar=registrar,
        alarms=alarms,
        evidence=proofs,
        index=log.index,
        statistics=statistics,
        activity=activity,
        holdings=holdings,
        healths=lambda: healths(metrics.registry),
    )
    suspension = Suspension(registrar, lambda: Console(log, policies.current.engine, catalogue.version, clock, WATCH))
    endpoint = Endpoint(
        Operations(build_schema(catalogue, engine), services),
        authenticator,
        log,
        security,
        digests,
        limits,
        metrics,
        Retries(KeptAnswers(database), log, services),
        body_limit_bytes=settings.body_limit_bytes,
        document_cache=settings.document_cache,
        trusted_proxies=settings.trusted_proxies,
        watch=Watch(alarm_rules(settings.policies), counters, digests, alarms, metrics, suspension),
    )
    stack.push_async_callback(endpoint.drain)
    await stack.enter_async_context(policies.watching())
    frame = (
        await dashboard.opened(settings, app, database, endpoint, clock, stack) if dashboard.enabled(settings) else None
    )
    return Gateway(
        endpoint,
        services,
        policies,
        directory,
        consents,
        log,
        proofs,
        metrics,
        channel,
        picker,
        tokens,
        frame,
        settings.trusted_proxies,
    )


def _covered(phase: str, catalogue: Catalogue) -> frozenset[str] | None:
    """Divisions whose people the phase covers (plan, part 3): none while building, the pilot's, or the whole city."""
    if phase == "service":
        return None
    return frozenset(catalogue.code_lists["division_code"].subsets["pilot_2008"] if phase == "pilot" else ())


class _GraphQL:
    """An application of its own: every ask comes by here, and nothing that wraps a function is of use to it."""

    def __init__(self, graphiql: bool) -> None:
        self._graphiql = graphiql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        if request.method == "POST":
            response = await _of(request).endpoint.answer(request)
        else:
            response = explorer.page(request) if self._graphiql else refused(MethodInvalid(), {"Allow": "POST"})
        await response(scope, receive, send)


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _ready(request: Request) -> Response:
    gateway = _of(request)
    services = gateway.services
    found, status = await health.readiness(
        services.catalogue, gateway.policies, gateway.log, gateway.directory, services.counters
    )
    return JSONResponse(found, status, {"Cache-Control": "no-store"})


async def _metrics(request: Request) -> Response:
    gateway = _of(request)
    found = await of_all(gateway.channel, gateway.metrics) if gateway.channel else gateway.metrics.exposed()
    return Response(found, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _checkpoint(request: Request) -> Response:
    return await evidence.checkpoint(_of(request).evidence)


async def _proof(request: Request) -> Response:
    return await evidence.proof(_of(request).evidence, request.path_params["id"])


async def _choices(request: Request) -> Response:
    picker = _of(request).picker
    return await picker.choices() if picker else Response(status_code=404)


async def _token(request: Request) -> Response:
    picker = _of(request).picker
    return await picker.token(request) if picker else Response(status_code=404)


async def _oauth_token(request: Request) -> Response:
    gateway = _of(request)
    if gateway.oauth is None:
        return Response(status_code=404)
    try:
        certificate = presented(request, gateway.trusted_proxies)
    except Refusal as refusal:
        return refused(refusal)
    return await gateway.oauth.token(request, certificate)


async def _oauth_jwks(request: Request) -> Response:
    found = _of(request).oauth
    return found.jwks() if found else Response(status_code=404)


async def _oauth_metadata(request: Request) -> Response:
    found = _of(request).oauth
    return found.metadata(request) if found else Response(status_code=404)


async def _openid_metadata(request: Request) -> Response:
    found = _of(request).oauth
    return found.openid(request) if found else Response(status_code=404)


async def _authorize(request: Request) -> Response:
    found = _of(request).oauth
    return await found.authorize.page(request) if found else Response(status_code=404)


def _of(request: Request) -> Gateway:
    return request.app.state.gateway
