"""Handing signed transactions to a node, and waiting until a block has each of them."""

import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from terang.chain import answers
from terang.chain.answers import BadAnswer, Block
from terang.chain.connection import Chain, ChainUnreachable, RpcError
from terang.chain.outbox import Sent
from terang.chain.reverts import Reverted
from terang.chain.underway import UnderWay
from terang.errors import CHAIN_UNREACHABLE, TerangError
from terang.i18n import _

_SEND_ATTEMPTS = 3
_POOL = 4_000  # transactions in Anvil's pool at once; it slows down with a deep one
_IDLE_BLOCKS = 3  # empty blocks after which the node will not take the rest either
_PATIENT_BLOCKS = 3  # blocks without it after which an act is signed at a higher fee
_PATIENT_SECONDS = 10.0  # the same in time: a node may say that blocks fly by
_QUICK = 0.1  # seconds between two questions, up to which nobody asks for the newest block

Place = tuple[str, int]
"""An account and its number, which one transaction has."""


class NotIncluded(TerangError, TimeoutError):
    """Transactions were sent, and the chain has not included them in time.

    Attributes:
        transactions: their hashes, all versions of each; one of these may still be included.
    """

    exit_code = CHAIN_UNREACHABLE

    def __init__(self, waiting: Sequence[Sent]) -> None:
        first = waiting[0]
        hashes = ["0x" + each.hex() for each in first.hashes]
        said = (
            _(
                "{count} transactions are not in a block yet, the first of them {label} "
                "({transaction}). Do not repeat them: look that hash up first."
            )
            if len(hashes) == 1
            else _(
                "{count} transactions are not in a block yet, the first of them {label}, which was "
                "sent at several fees ({transaction}). Do not repeat them: look up all those "
                "hashes first, of which a block can take one."
            )
        )
        super().__init__(
            said.format(count=len(waiting), label=first.label, transaction=", ".join(hashes))
        )
        self.transactions = tuple(hash_ for each in waiting for hash_ in each.hashes)


class Delivery:
    """Brings what is signed into blocks.

    Args:
        chain: where.
        timeout: seconds within which a chain that mines by itself must include it.
    """

    def __init__(self, chain: Chain, timeout: float) -> None:
        self._chain, self._timeout = chain, timeout

    def carry_out(self, way: UnderWay, *, again: bool = False) -> dict[Place, Any]:
        """Hands transactions over and returns their receipts.

        Args:
            way: what the node has already of it is only waited for.
            again: whether it was sent earlier. A killed process may have left a development chain
                making no blocks; and what was refused or left out since is mended at once.
        """
        bulk = (len(way.sent) > 1 or again) and self._chain.is_development
        stale = again and self._chain.head().number >= way.since + _PATIENT_BLOCKS
        try:
            if stale:
                self._mend(way, way.sent)
            elif not bulk:
                self.broadcast(way.sent)
            if bulk:
                return self._in_bulk(way)
        except RpcError:
            if stale or not again:
                raise
            self._mend(way, way.sent)  # such as a fee that was enough when it was signed
        return self._wait(way)

    def free(self, accounts: Sequence[str]) -> dict[str, int]:
        """Returns the first number of each account that neither the chain nor its pool has used."""
        accounts = list(dict.fromkeys(accounts))
        used, pending = (self._chain.nonces(accounts, each) for each in ("latest", "pending"))
        if any(pending[each] < used[each] for each in accounts):
            raise BadAnswer("a nonce")
        return pending

    def broadcast(self, sent: Sequence[Sent]) -> None:
        """Hands the newest versions to the node; what it has already is not handed over again."""
        missing = list(sent)
        for attempt in range(_SEND_ATTEMPTS):
            try:
                replies = self._offer([each.versions[-1] for each in missing])
            except ChainUnreachable:
                if attempt == _SEND_ATTEMPTS - 1:
                    raise
                missing = self.unknown(missing)
                continue
            refused = [
                (each, reply)
                for each, reply in zip(missing, replies, strict=True)
                if isinstance(reply, RpcError)
            ]
            # "already known" and "nonce too low" are also what a node says to one that it has.
            lost = {each.place for each in self.unknown([each for each, _reply in refused])}
            for each, reply in refused:
                if each.place in lost:
                    raise self._chain.reverted(reply, each.label) or reply
            return

    def _offer(self, raws: Sequence[bytes]) -> list[Any]:
        """Hands transactions over; returns what the node said, refusals too."""
        calls = [("eth_sendRawTransaction", ["0x" + each.hex()]) for each in raws]
        return self._chain.batch(calls, keep_errors=True)

    def unknown(self, sent: Sequence[Sent]) -> list[Sent]:
        """Returns those of which the node knows no version."""
        known = self._of_each_version("eth_getTransactionByHash", sent)
        return [each for each in sent if each.place not in known]

    def _of_each_version(self, method: str, sent: Sequence[Sent]) -> dict[Place, Any]:
        """Asks for the versions of acts by their hashes; returns what is there."""
        asked = [(each.place, hash_) for each in sent for hash_ in each.hashes]
        replies = self._chain.batch([(method, ["0x" + hash_.hex()]) for _place, hash_ in asked])
        return {
            place: reply
            for (place, _asked), reply in zip(asked, replies, strict=True)
            if reply is not None
        }

    def _mend(self, way: UnderWay, waiting: Sequence[Sent]) -> None:
        """Sends what no block takes at a higher fee, and what is missing before it."""
        chain = self._chain
        accounts = list({each.account: None for each in waiting})
        used, free = chain.nonces(accounts, "latest"), self.free(accounts)
        late = [each for each in waiting if each.fields.nonce >= used[each.account]]
        dearer = way.dearer(late, chain, chain.head().number)
        self._offer(way.missing(dearer, free))
        self.broadcast(dearer)

    def _in_bulk(self, way: UnderWay) -> dict[Place, Any]:
        """Fills a development chain's pool, then makes blocks until it is empty.

        One block holds hundreds.
        """
        chain = self._chain
        found: dict[Place, Any] = {}
        chain.rpc("evm_setAutomine", False)
        try:
            rest = iter(way.sent)
            while part := list(islice(rest, _POOL)):
                self.broadcast(part)
                hashes = {hash_: each.place for each in part for hash_ in each.hashes}
                waiting = {each.place: each for each in part}
                idle = 0
                while waiting and idle < _IDLE_BLOCKS:
                    chain.mine()
                    block = chain.head()
                    included = {hashes[each] for each in block.transactions if each in hashes}
                    idle = 0 if included else idle + 1
                    if included:
                        receipts = self._block_receipts(block)
                        found |= {
                            hashes[each]: receipts[each] for each in hashes.keys() & receipts.keys()
                        }
                    elif waiting:
                        # one that was under way already may be in an earlier block
                        found |= self.receipts(list(waiting.values()))
                    waiting = {
                        place: each
                        for place, each in waiting.items()
                        if place not in found and place not in included
                    }
                    if not included:
                        # Anvil drops what an account sent behind one that did not fit a block
                        self.broadcast(list(waiting.values()))
                if waiting:
                    raise NotIncluded(list(waiting.values()))
        finally:
            chain.rpc("evm_setAutomine", True)
        return found

    def _block_receipts(self, block: Block) -> dict[bytes, Any]:
        try:
            receipts = self._chain.rpc("eth_getBlockReceipts", hex(block.number))
        except RpcError:  # Hardhat lacks the method
            receipts = self._chain.batch(
                [("eth_getTransactionReceipt", ["0x" + each.hex()]) for each in block.transactions]
            )
        return {transaction_of(each): each for each in answers.entries(receipts, "receipts")}

    def _wait(self, way: UnderWay) -> dict[Place, Any]:
        """Asks for the receipts until all are there or the time is over."""
        found: dict[Place, Any] = {}
        deadline = time.monotonic() + self._timeout
        pause = 0.01
        while True:
            found |= self.receipts(way.waiting(found))
            if not (waiting := way.waiting(found)):
                return found
            if time.monotonic() > deadline:
                raise NotIncluded(waiting)
            if pause > _QUICK:
                self._again(way, waiting)
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _again(self, way: UnderWay, waiting: Sequence[Sent]) -> None:
        """Sends what waits again with each new block: first as it is, later at a higher fee."""
        head = self._chain.head().number
        if head == way.seen:
            return
        way.seen = head
        way.since = min(way.since, head)  # a false one must not be waited for
        with suppress(RpcError, Reverted, BadAnswer):  # a later block may take it, or mend it
            if head - way.since >= _PATIENT_BLOCKS and way.age >= _PATIENT_SECONDS:
                self._mend(way, waiting)
            else:
                self.broadcast(self.unknown(waiting))

    def receipts(self, sent: Sequence[Sent]) -> dict[Place, Any]:
        """Returns those receipts that the chain has, whichever version it took."""
        return self._of_each_version("eth_getTransactionReceipt", sent)


def transaction_of(value: Any) -> bytes:
    """Returns the hash of the transaction that a receipt is of."""
    entry = answers.fields(value, "a receipt")
    return answers.data(entry["transactionHash"], "a receipt's transaction", 32)
