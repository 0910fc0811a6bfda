"""Transactions: signed here, sent in bulk, each one's receipt checked."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, Protocol

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.answers import BadAnswer, Log
from terang.chain.connection import Chain, ChainUnreachable, RpcError
from terang.chain.reverts import Reverted
from terang.errors import CHAIN_UNREACHABLE, TerangError
from terang.i18n import _

_FALLBACK_TIP = 1_000_000_000  # wei; one gwei, for a node that suggests none
_GAS_MARGIN = (5, 4)  # an estimate is of the state before; another's act may come between
_MOST_COST = 10**18  # wei for one act: a node that asks more wants the account's whole balance
_SEND_ATTEMPTS = 3
_POOL = 4_000  # transactions in Anvil's pool at once; it slows down with a deep one
_IDLE_BLOCKS = 3  # empty blocks after which Anvil will not take the rest either


class Wallet(Protocol):
    """Whoever signs."""

    @property
    def address(self) -> str:
        """Checksummed address."""

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Returns the raw signed transaction for JSON-RPC's fields of it."""


class Act(NamedTuple):
    """One transaction to be sent.

    Attributes:
        wallet: who signs it.
        to: contract; None to create one.
        data: calldata, or creation code.
        gas: limit; None to have it estimated, which only a single act can.
        label: what it does, in words, for errors.
    """

    wallet: Wallet
    to: str | None
    data: bytes
    gas: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction.

    Attributes:
        transaction: its hash.
        block: number of its block.
        gas_used: of the whole transaction.
        contract: address of the contract that it created, if any.
        logs: what it emitted, in order.
        revert: why it was refused; None when it was carried out.
    """

    transaction: bytes
    block: int
    gas_used: int
    contract: str | None
    logs: tuple[Log, ...]
    revert: Reverted | None = None


class NotIncluded(TerangError, TimeoutError):
    """Transactions were sent, and the chain has not included them in time.

    Attributes:
        transactions: their hashes; each may still be included later.
    """

    exit_code = CHAIN_UNREACHABLE

    def __init__(self, transactions: Sequence[bytes], label: str) -> None:
        super().__init__(
            _(
                "{count} transactions are not in a block yet, the first of them {label} "
                "({transaction}). Do not repeat them: look that hash up first."
            ).format(count=len(transactions), label=label, transaction="0x" + transactions[0].hex())
        )
        self.transactions = tuple(transactions)


class TooDear(TerangError):
    """The node asks a fee that no honest chain does."""


class _Signed(NamedTuple):
    act: Act
    raw: bytes
    hash: bytes
    gas: int


class Sender:
    """Sends acts over one chain.

    Args:
        chain: where to.
        timeout: seconds within which a chain that mines by itself must include them.
    """

    def __init__(self, chain: Chain, *, timeout: float = 180.0) -> None:
        self._chain = chain
        self._timeout = timeout

    def send(self, acts: Sequence[Act], *, allow_revert: bool = False) -> list[Receipt]:
        """Signs, sends and waits for all of `acts`.

        The acts of one wallet are carried out in their order; between wallets the node chooses.
        Each hash is known before anything is sent, so what is sent again after a lost answer is
        the same transaction, never a second.

        Args:
            acts: in the order wanted; several at once must each name their gas limit.
            allow_revert: return a refused act's receipt with its `revert` instead of raising. Such
                an act must name its gas limit: what fails at the estimate is not sent.

        Returns:
            the receipts, in the order of `acts`.

        Raises:
            Reverted: when a contract refuses one; the others may have been carried out.
            TooDear: when the node asks an absurd fee.
            NotIncluded: when the chain does not include them in time.
            RpcError: when the node refuses one.
            ChainUnreachable: when the node cannot be reached.
        """
        if not acts:
            return []
        signed = self._sign(acts)
        if len(acts) > 1 and self._chain.is_anvil:
            found = self._in_bulk(signed)
        else:
            self._broadcast(signed)
            found = self._wait(signed)
        receipts = [self._receipt(each, found[each.hash]) for each in signed]
        if not allow_revert:
            for receipt in receipts:
                if receipt.revert is not None:
                    raise receipt.revert
        return receipts

    def _sign(self, acts: Sequence[Act]) -> list[_Signed]:
        chain = self._chain
        senders = list(dict.fromkeys(act.wallet.address for act in acts))
        nonces = {
            sender: answers.quantity(count, "a nonce")
            for sender, count in zip(
                senders,
                chain.batch([("eth_getTransactionCount", [each, "pending"]) for each in senders]),
                strict=True,
            )
        }
        tip, most = self._fees()
        signed = []
        for act in acts:
            sender = act.wallet.address
            gas = self._estimate(act, alone=len(acts) == 1) if act.gas is None else act.gas
            if gas * most > _MOST_COST:
                raise TooDear(
                    _(
                        "The node asks {cost} wei for {label}, far more than is usual. "
                        "Use another node."
                    ).format(cost=gas * most, label=act.label)
                )
            raw = act.wallet.sign_transaction(
                {
                    "type": 2,
                    "chainId": chain.chain_id,
                    "nonce": nonces[sender],
                    "maxPriorityFeePerGas": tip,
                    "maxFeePerGas": most,
                    "gas": gas,
                    "to": act.to,
                    "value": 0,
                    "data": act.data,
                }
            )
            nonces[sender] += 1
            signed.append(_Signed(act, raw, keccak(raw), gas))
        return signed

    def _fees(self) -> tuple[int, int]:
        """Returns the tip and the most per gas, in wei; zero where gas has no price."""
        base = self._chain.head().base_fee
        if base == 0:
            return 0, 0
        try:
            tip = answers.quantity(self._chain.rpc("eth_maxPriorityFeePerGas"), "the tip")
        except RpcError:
            tip = _FALLBACK_TIP
        return tip, 2 * base + tip  # holds for six full blocks in a row, each of them 12.5 % dearer

    def _estimate(self, act: Act, *, alone: bool) -> int:
        if not alone:
            raise ValueError(f"{act.label or 'an act'} of several needs a gas limit")
        estimate = self._chain.rpc_or_revert("eth_estimateGas", _request(act), label=act.label)
        over, under = _GAS_MARGIN
        return answers.quantity(estimate, "gas") * over // under

    def _broadcast(self, signed: Sequence[_Signed]) -> None:
        """Hands the transactions to the node; what it has already is not handed over again."""
        missing = list(signed)
        for attempt in range(_SEND_ATTEMPTS):
            try:
                replies = self._chain.batch(
                    [("eth_sendRawTransaction", ["0x" + each.raw.hex()]) for each in missing],
                    keep_errors=True,
                )
            except ChainUnreachable:
                if attempt == _SEND_ATTEMPTS - 1:
                    raise
                missing = self._unknown(missing)
                continue
            refused = [
                (each, reply)
                for each, reply in zip(missing, replies, strict=True)
                if isinstance(reply, RpcError)
            ]
            # "already known" and "nonce too low" are also what a node says to one that it has.
            lost = {each.hash for each in self._unknown([each for each, _reply in refused])}
            for each, reply in refused:
                if each.hash in lost:
                    raise self._chain.reverted(reply, each.act.label) or reply
            return

    def _unknown(self, signed: Sequence[_Signed]) -> list[_Signed]:
        known = self._chain.batch(
            [("eth_getTransactionByHash", ["0x" + each.hash.hex()]) for each in signed]
        )
        return [each for each, found in zip(signed, known, strict=True) if found is None]

    def _in_bulk(self, signed: Sequence[_Signed]) -> dict[bytes, Any]:
        """Fills Anvil's pool, then makes blocks until it is empty: one block holds hundreds."""
        chain = self._chain
        found: dict[bytes, Any] = {}
        chain.rpc("evm_setAutomine", False)
        try:
            rest = iter(signed)
            while part := list(islice(rest, _POOL)):
                self._broadcast(part)
                waiting = {each.hash for each in part}
                idle = 0
                while waiting and idle < _IDLE_BLOCKS:
                    chain.mine()
                    block = chain.head()
                    included = waiting.intersection(block.transactions)
                    idle = 0 if included else idle + 1
                    waiting -= included
                    if waiting and not included:
                        # Anvil drops what an account sent behind one that did not fit a block
                        self._broadcast([each for each in part if each.hash in waiting])
                    if included:
                        receipts = chain.rpc("eth_getBlockReceipts", hex(block.number))
                        for entry in answers.entries(receipts, "receipts"):
                            found[_hash(entry)] = entry
                if waiting:
                    raise self._not_included(part, waiting)
        finally:
            chain.rpc("evm_setAutomine", True)
        return found

    def _wait(self, signed: Sequence[_Signed]) -> dict[bytes, Any]:
        """Asks for the receipts until all are there or the time is over."""
        found: dict[bytes, Any] = {}
        waiting = {each.hash for each in signed}
        deadline = time.monotonic() + self._timeout
        pause = 0.01
        while True:
            asked = list(waiting)
            replies = self._chain.batch(
                [("eth_getTransactionReceipt", ["0x" + each.hex()]) for each in asked]
            )
            for each, reply in zip(asked, replies, strict=True):
                if reply is not None:
                    found[each] = reply
            waiting -= found.keys()
            if not waiting:
                return found
            if time.monotonic() > deadline:
                raise self._not_included(signed, waiting)
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    @staticmethod
    def _not_included(signed: Sequence[_Signed], waiting: set[bytes]) -> NotIncluded:
        late = [each for each in signed if each.hash in waiting]
        return NotIncluded([each.hash for each in late], late[0].act.label)

    def _receipt(self, signed: _Signed, value: Any) -> Receipt:
        entry = answers.fields(value, "a receipt")
        if _hash(value) != signed.hash:
            raise BadAnswer("a receipt")
        number = answers.quantity(entry["blockNumber"], "a receipt's block")
        used = answers.quantity(entry["gasUsed"], "a receipt's gas")
        created = entry["contractAddress"]
        carried_out = answers.quantity(entry["status"], "a receipt's status") == 1
        return Receipt(
            transaction=signed.hash,
            block=number,
            gas_used=used,
            contract=answers.address(created, "a new contract") if created else None,
            logs=tuple(
                answers.log(each) for each in answers.entries(entry["logs"], "a receipt's logs")
            ),
            revert=None if carried_out else self._why(signed, number, used),
        )

    def _why(self, signed: _Signed, block: int, used: int) -> Reverted:
        """Finds the reason of a refusal by repeating the act as a call.

        First on the state after its own block: it has the block's time and whatever came before
        the act in it. Then on the state before, in case something after the act made it possible.
        """
        label = signed.act.label
        for state in (block, block - 1):
            try:
                self._chain.rpc_or_revert(
                    "eth_call", _request(signed.act, signed.gas), hex(state), label=label
                )
            except Reverted as revert:
                return revert
            except RpcError:
                continue  # such as out of gas
        if used >= signed.gas * 63 // 64:  # a call inside gets at most that (EIP-150)
            return Reverted(
                "OutOfGas",
                {"gas": signed.gas},
                _("The gas limit of {gas} was not enough. Give a higher one.").format(
                    gas=signed.gas
                ),
                label,
            )
        return Reverted(
            "",
            {},
            _("The contract refused, but would not now. Look at the state and try again."),
            label,
        )


def _request(act: Act, gas: int | None = None) -> dict[str, str]:
    request = {"from": act.wallet.address, "data": "0x" + act.data.hex()}
    if act.to is not None:
        request["to"] = act.to
    if gas is not None:
        request["gas"] = hex(gas)
    return request


def _hash(value: Any) -> bytes:
    entry = answers.fields(value, "a receipt")
    return answers.data(entry["transactionHash"], "a receipt's transaction", 32)
