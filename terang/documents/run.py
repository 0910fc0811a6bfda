"""Starts a document store: connects, looks at what it has, serves until it is told to end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
from terang.serving.doors import Bounds, attend, listen, tls_context
from terang.serving.front import Front
from terang.serving.limits import Limits
from terang.serving.lines import once_each
from terang.vocabulary import Licence

_NODE: Final = 10.0  # seconds that a request to the node may take

BOUNDS: Final = Bounds(seconds=1_200.0)
"""A document of 64 MiB may take ten minutes to come, and as long to go."""


@dataclass(frozen=True)
class Plan:
    """How a store serves.

    Attributes:
        url: address of the node's JSON-RPC.
        record: file of the deployment's record.
        store: a folder, or s3://BUCKET/PREFIX.
        front: where it answers, and how often it may be asked.
        keeps: seconds for which it promises to keep a document.
        room: bytes that it takes.
    """

    url: str
    record: Path
    store: str
    front: Front
    keeps: int
    room: Room


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
    asyncio.run(_run(plan, artifacts, signer, once_each(tell), ready))


async def _run(
    plan: Plan,
    artifacts: Artifacts,
    signer: Signer,
    tell: Callable[[str], None],
    ready: Callable[[str], None],
) -> None:
    place, front = place_of(plan.store), plan.front
    if not isinstance(place, Local):
        raise UsageError(
            _("{store} is served already. Serve a folder, or s3://BUCKET/PREFIX.").format(
                store=place.name
            )
        )
    chain = Chain(plan.url, artifacts.errors, timeout=_NODE)
    ledger = Ledger(chain, Deployment.load(plan.record, chain), artifacts)
    tls = tls_context(front.certificate) if front.certificate else None
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
    service = Service(place, notary, Limits(front.each, front.together), quota, spool, tell)
    with listen(front.host, front.port) as listening:
        try:
            await attend(service.application(), listening, ready, tls, BOUNDS)
        finally:
            service.close()


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
