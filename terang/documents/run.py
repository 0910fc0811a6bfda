"""Starts a document store: connects, looks at what it has, serves until it is told to end."""

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import Deployment
from terang.documents.intake import Quota, Room
from terang.documents.notary import Notary
from terang.documents.place import Folder, Local
from terang.documents.places import place_of
from terang.documents.service import Service
from terang.errors import UsageError
from terang.i18n import _
from terang.identity.signer import Signer
from terang.ledger import Ledger
from terang.relay.limits import Limits
from terang.relay.run import CannotListen, tls_context
from terang.vocabulary import Licence

_NODE: Final = 10.0  # seconds that a request to the node may take
_CONNECTION: Final = 1_200.0  # seconds for one connection, however slowly it is used
_MOST_CONNECTIONS: Final = 256


@dataclass(frozen=True)
class Plan:
    """How a store serves.

    Attributes:
        url: address of the node's JSON-RPC.
        record: file of the deployment's record.
        store: a folder, or s3://BUCKET/PREFIX.
        host: address to listen at.
        port: TCP port; 0 for any free one.
        keeps: seconds for which it promises to keep a document.
        each: requests per minute of one client.
        together: requests per minute of all clients.
        room: bytes that it takes.
        certificate: file of the TLS certificate and key; None for plain HTTP.
    """

    url: str
    record: Path
    store: str
    host: str
    port: int
    keeps: int
    each: int
    together: int
    room: Room
    certificate: Path | None = None


def run(
    plan: Plan,
    artifacts: Artifacts,
    signer: Signer,
    tell: Callable[[str], None],
    ready: Callable[[str], None],
) -> None:
    """Serves until SIGINT or SIGTERM.

    Args:
        plan: how.
        artifacts: the compiled contracts.
        signer: the store's account.
        tell: is told what goes wrong, line by line.
        ready: is told the address once it answers.

    Raises:
        CannotListen: when the address cannot be used.
        UsageError: when the certificate or the store cannot.
        StoreError: when the store cannot be read.
        ChainUnreachable: when no node answers.
        DeploymentError: when the record cannot be used, or the chain differs from it.
    """
    asyncio.run(_run(plan, artifacts, signer, tell, ready))


async def _run(
    plan: Plan,
    artifacts: Artifacts,
    signer: Signer,
    tell: Callable[[str], None],
    ready: Callable[[str], None],
) -> None:
    place = place_of(plan.store)
    if not isinstance(place, Local):
        raise UsageError(
            _("{store} is served already. Serve a folder, or s3://BUCKET/PREFIX.").format(
                store=place.name
            )
        )
    chain = Chain(plan.url, artifacts.errors, timeout=_NODE)
    ledger = Ledger(chain, Deployment.load(plan.record, chain), artifacts)
    tls = tls_context(plan.certificate) if plan.certificate else None
    if not ledger.participants.licensed(Licence.RELAY, signer.address):
        tell(
            _(
                "{account} has no licence now, and the store will take nothing. The administrator "
                "licenses it by `participant licence grant relay {account}`."
            ).format(account=signer.address)
        )
    spool = _prepare(place)
    quota = Quota(plan.room, sum(size for _digest, size in place.sizes()))
    notary = Notary(ledger, signer, plan.keeps)
    service = Service(place, notary, Limits(plan.each, plan.together), quota, spool, tell)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with _listen(plan.host, plan.port) as listening:
        host, port = listening.getsockname()[:2]
        ready(f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}")
        await serve(service, listening, stop, tls)


def _prepare(place: Local) -> Path | None:
    """Makes a folder, and clears it of what a killed process left; returns it as the spool."""
    if not isinstance(place, Folder):
        return None
    try:
        place.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise place.failure(error) from error
    place.sweep()
    return place.path


async def serve(
    service: Service,
    listening: socket.socket,
    stop: asyncio.Event,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Answers on a socket until told to stop.

    Args:
        service: what answers.
        listening: bound.
        stop: set to end.
        tls: with certificate and key; None for plain HTTP.
    """
    silent = logging.Logger("terang-store")  # aiohttp's lines tell who asked
    silent.addHandler(logging.NullHandler())
    runner = web.AppRunner(
        service.application(),
        access_log=None,
        logger=silent,
        handle_signals=False,
        keepalive_timeout=15.0,
        shutdown_timeout=5.0,
    )
    await runner.setup()
    loop = asyncio.get_running_loop()
    http = runner.server
    assert http is not None  # noqa: S101 - it is there after `setup`

    def accept() -> asyncio.Protocol:
        handler = http()

        def end() -> None:
            if handler.transport is not None:
                handler.transport.abort()  # at once: who reads slowly is not waited for

        loop.call_later(0 if len(http.connections) >= _MOST_CONNECTIONS else _CONNECTION, end)
        return handler

    server = await loop.create_server(
        accept, sock=listening, ssl=tls, ssl_handshake_timeout=10.0 if tls else None
    )
    try:
        await stop.wait()
    finally:
        server.close()
        await runner.cleanup()
        service.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise CannotListen(
            _("Cannot listen at {host}:{port} ({reason}). Give another address by --listen.")
            .format(host=host, port=port, reason=error.strerror or error)
        ) from error  # fmt: skip
