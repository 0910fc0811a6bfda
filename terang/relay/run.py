"""Starts a relay: connects, reads its queue, serves until it is told to end."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import Deployment
from terang.chain.shared import SharedChain, depth
from terang.i18n import _
from terang.identity.signer import Signer
from terang.ledger import Ledger
from terang.relay.courier import Courier
from terang.relay.desk import Desk
from terang.relay.queue import Queue
from terang.relay.service import Service
from terang.serving.doors import address_of, listen, serve, tls_context
from terang.serving.limits import Limits
from terang.serving.lines import once_each
from terang.vocabulary import Licence

_NODE: Final = 10.0  # seconds that a request to the node may take


@dataclass(frozen=True)
class Plan:
    """How a relay serves.

    Attributes:
        url: address of the node's JSON-RPC.
        record: file of the deployment's record.
        folder: of what it promised.
        host: address to listen at.
        port: TCP port; 0 for any free one.
        margin: seconds before closing in which nothing is promised.
        each: requests per minute of one client.
        together: requests per minute of all clients.
        per_tender: envelopes that one client may bring for a tender.
        finality: blocks below the newest one that may still be replaced; None for what the node
            calls final.
        certificate: file of the TLS certificate and key; None for plain HTTP.
    """

    url: str
    record: Path
    folder: Path
    host: str
    port: int
    margin: int
    each: int
    together: int
    per_tender: int
    finality: int | None = None
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
        signer: the relay's account, used for nothing else.
        tell: is told what goes wrong, line by line.
        ready: is told the address once it answers.

    Raises:
        CannotListen: when the address cannot be used.
        UsageError: when the certificate cannot.
        QueueError: when the queue cannot.
        ChainUnreachable: when no node answers.
        DeploymentError: when the record cannot be used, or the chain differs from it.
    """
    asyncio.run(_run(plan, artifacts, signer, once_each(tell), ready))


async def _run(
    plan: Plan,
    artifacts: Artifacts,
    signer: Signer,
    tell: Callable[[str], None],
    ready: Callable[[str], None],
) -> None:
    # desk and courier work at the same time, and a connection is for one of them
    for_desk, for_courier = (_connect(plan, artifacts) for _each in range(2))
    tls = tls_context(plan.certificate) if plan.certificate else None
    if not for_desk.participants.licensed(Licence.RELAY, signer.address):
        tell(
            _(
                "{account} is no licensed relay now and will promise nothing. The administrator "
                "licenses it by `participant licence grant relay {account}`."
            ).format(account=signer.address)
        )
    listening = listen(plan.host, plan.port)
    try:
        place = f"{for_desk.chain.chain_id}-{for_desk.tenders.contract.address}-{signer.address}"
        queue = Queue(plan.folder / place)
        with Chain(plan.url, timeout=_NODE) as node:
            finality = depth(node, plan.finality)
        courier = Courier(for_courier, signer, queue, tell, finality=finality)
        desk = Desk(for_desk, signer, queue, plan.margin, lambda: courier.able)
        limits = Limits(plan.each, plan.together, plan.per_tender)
        service = Service(desk, queue, courier, limits, signer.address, tell)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        courier.start()
        ready(address_of(listening, tls=tls is not None))
        try:
            await serve(service.application(), listening, stop, tls)
        finally:
            service.close()
            courier.stop()
            queue.close()
    finally:
        listening.close()


def _connect(plan: Plan, artifacts: Artifacts) -> Ledger:
    chain = SharedChain(plan.url, artifacts.errors, timeout=_NODE)
    return Ledger(chain, Deployment.load(plan.record, chain), artifacts)
