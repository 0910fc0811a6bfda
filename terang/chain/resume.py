"""Going on with a deployment that was interrupted.

Before its first transaction a deployment writes down its plan, the deployer's next nonce and the
newest block. What it did after that is on the chain: the deployer's transactions from that nonce
on. So nothing that was created can be lost, and nothing is created twice.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from terang.chain import answers
from terang.chain.connection import Chain
from terang.chain.files import read_file, write_json
from terang.errors import TerangError
from terang.i18n import _

_BLOCKS = 200  # asked for at once, each with its transactions
_PENDING_SECONDS = 180.0
_PAUSE = 0.1


class CannotResume(TerangError):
    """An interrupted deployment cannot be gone on with."""


class Done(NamedTuple):
    """A transaction of the deployer: its hash, its block, its receiver (None creates), its data."""

    transaction: bytes
    block: int
    to: str | None
    data: bytes


@dataclass(frozen=True)
class Beginning:
    """Where a deployment begins.

    Attributes:
        nonce: the deployer's for the first contract.
        block: the newest one before it.
    """

    nonce: int
    block: int

    def done(self, chain: Chain, deployer: str) -> dict[int, Done]:
        """Returns what the deployer has sent since, by nonce.

        Raises:
            CannotResume: when its transactions wait too long for a block, or are not to be found.
        """
        used = _settled(chain, deployer)
        wanted = range(self.nonce, used)
        found: dict[int, Done] = {}
        head = chain.head().number if wanted else -1
        for first in range(self.block, head + 1, _BLOCKS):
            numbers = range(first, min(first + _BLOCKS, head + 1))
            blocks = chain.batch([("eth_getBlockByNumber", [hex(each), True]) for each in numbers])
            for number, block in zip(numbers, blocks, strict=True):
                entries = answers.fields(block, "a block")["transactions"]
                for each in answers.entries(entries, "transactions"):
                    entry = answers.fields(each, "a transaction")
                    if answers.address(entry["from"], "a sender") == deployer:
                        nonce = answers.quantity(entry["nonce"], "a nonce")
                        found[nonce] = _done(entry, number)
            if found.keys() >= set(wanted):
                return {nonce: found[nonce] for nonce in wanted}
        if wanted:
            raise CannotResume(
                _(
                    "The chain does not show what {deployer} sent. "
                    "Use a node that has all blocks from {block} on."
                ).format(deployer=deployer, block=self.block)
            )
        return {}


def beginning(part: Path | None, chain: Chain, deployer: str, plan: str) -> Beginning:
    """Returns where a deployment begins; where an earlier run of the same one began.

    Args:
        part: file of the interrupted deployment; written when it is not there. None keeps nothing.
        chain: where.
        deployer: its address.
        plan: tells this deployment from others.

    Raises:
        CannotResume: when the file is of another deployment or chain, or cannot be used.
    """
    genesis = chain.genesis()
    try:
        if part is not None and part.exists():
            return _read(part, genesis, plan)
        new = Beginning(chain.nonces([deployer], "pending")[deployer], chain.head().number)
        if part is not None:
            content = {"genesis": genesis, "plan": plan, "nonce": new.nonce, "block": new.block}
            write_json(part, content)
    except OSError as error:
        raise CannotResume(
            _("Cannot use {path} ({reason}). Free the place or name another.").format(
                path=part, reason=error.strerror or error
            )
        ) from error
    return new


def _read(part: Path, genesis: str, plan: str) -> Beginning:
    try:
        content: dict[str, Any] = json.loads(read_file(part))
        same = (content["genesis"], content["plan"]) == (genesis, plan)
        found = Beginning(content["nonce"], content["block"])
        if any(type(each) is not int or each < 0 for each in (found.nonce, found.block)):
            raise ValueError("content")
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise CannotResume(
            _(
                "{path} is not what an interrupted deployment leaves. Remove it to deploy anew."
            ).format(path=part)
        ) from error
    if not same:
        raise CannotResume(
            _(
                "{path} is of another deployment: another chain, deployer, administrator, currency "
                "or release. Repeat the command as it was, or remove that file to deploy anew."
            ).format(path=part)
        )
    return found


def _settled(chain: Chain, deployer: str) -> int:
    """Waits until nothing of the deployer is pending; returns its next nonce."""
    deadline = time.monotonic() + _PENDING_SECONDS
    while True:
        latest, pending = (
            chain.nonces([deployer], state)[deployer] for state in ("latest", "pending")
        )
        if latest >= pending:
            return latest
        if time.monotonic() > deadline:
            raise CannotResume(
                _(
                    "What {deployer} sent is not in a block yet. Wait until it is, then run the "
                    "same command again."
                ).format(deployer=deployer)
            )
        time.sleep(_PAUSE)


def _done(entry: Mapping[str, Any], block: int) -> Done:
    to, data = entry["to"], entry["input"]
    return Done(
        answers.data(entry["hash"], "a transaction", 32),
        block,
        answers.address(to, "a receiver") if to else None,
        answers.data(entry["data"] if data is None else data, "a transaction"),
    )
