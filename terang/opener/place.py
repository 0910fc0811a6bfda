"""Where an opener works: a node beside others that use it, and alone on its own account."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from terang.chain.compile import artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import Deployment
from terang.chain.outbox import Outbox
from terang.chain.shared import SharedChain, depth
from terang.errors import UsageError
from terang.i18n import _
from terang.ledger import Ledger
from terang.opener.mirror import Mirror
from terang.replay.audit import Progress


def connect(
    url: str, record: Path, outbox: Path, finality: int | None, progress: Progress
) -> tuple[Ledger, Mirror]:
    """Connects to a ledger beside others that use its node.

    Args:
        url: address of the node's JSON-RPC.
        record: file of the deployment.
        outbox: folder of what was sent and is not known to be done.
        finality: how many blocks below the newest one may still be replaced; None for what the
            node calls final, which on a development chain is the newest block.
        progress: is told what a person should know.

    Raises:
        ChainUnreachable: when no node answers.
        DeploymentError: when the record cannot be used or the chain differs from it.
    """
    compiled = artifacts()
    with Chain(url) as node:
        blocks = depth(node, finality)
    chain = SharedChain(url, compiled.errors)
    deployment = Deployment.load(record, chain)
    # an opener's acts follow from its seed: a second one is refused, or says the same
    ledger = Ledger(chain, deployment, compiled, Outbox(outbox, progress), repeatable=True)
    return ledger, Mirror(ledger, blocks, progress)


@contextmanager
def alone(folder: Path, account: str) -> Iterator[None]:
    """Keeps a second process from working for the same account inside the block.

    Raises:
        UsageError: when there is one, or the folder cannot be used.
    """
    path = folder / f"{account}.lock"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(
            _("Cannot write {path} ({reason}). Free the place or name another.").format(
                path=path, reason=error.strerror
            )
        ) from error
    with os.fdopen(handle, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                _("Another process works for {account} already. End that one first.").format(
                    account=account
                )
            ) from error
        yield
