"""Starts a relay: connects, reads its queue, serves until it is told to end."""

import asyncio
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
from terang.serving.doors import attend, listen, tls_context
from terang.serving.front import Front
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
        front: where it answers, and how often it may be asked.
        margin: seconds before closing in which nothing is promised.
        per_tender: envelopes that one client may bring for a tender.
        finality: blocks below the newest one that may still be replaced; None for what the node
            calls final.
    """

    url: str
    record: Path
    folder: Path
    front: Front
    margin: int
    per_tender: int
    finality: int | None = None


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
    front = plan.front
    # desk and courier work at the same time, and a connection is for one of them
    for_desk, for_courier = (_connect(plan, artifacts) for _each in range(2))
    tls = tls_context(front.certificate) if front.certificate else None
    if not for_desk.participants.licensed(Licence.RELAY, signer.address):
        tell(
            _(
                "{account} is no licensed relay now and will promise nothing. The administrator "
                "licenses it by `participant licence grant relay {account}`."
            ).format(account=signer.address)
        )
    with listen(front.host, front.port) as listening:
        place = f"{for_desk.chain.chain_id}-{for_desk.tenders.contract.address}-{signer.address}"
        queue = Queue(plan.folder / place)
        with Chain(plan.url, timeout=_NODE) as node:
            finality = depth(node, plan.finality)
        courier = Courier(for_courier, signer, queue, tell, finality=finality)
        desk = Desk(for_desk, signer, queue, plan.margin, lambda: courier.able)
        limits = Limits(front.each, front.together, plan.per_tender)
        service = Service(desk, queue, courier, limits, signer.address, tell)
        courier.start()
        try:
            await attend(service.application(), listening, ready, tls)
        finally:
            service.close()
            courier.stop()
            queue.close()


def _connect(plan: Plan, artifacts: Artifacts) -> Ledger:
    chain = SharedChain(plan.url, artifacts.errors, timeout=_NODE)
    return Ledger(chain, Deployment.load(plan.record, chain), artifacts)
