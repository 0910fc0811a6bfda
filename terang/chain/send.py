"""Transactions: signed here, sent in bulk, each one's receipt checked."""

import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.act import Act, Receipt
from terang.chain.answers import BadAnswer, Block
from terang.chain.connection import Chain, ChainUnreachable, RpcError
from terang.chain.outbox import Entry, Outbox, OutboxError, Sent, key_of
from terang.chain.reverts import Reverted
from terang.chain.why import why
from terang.errors import CHAIN_UNREACHABLE, TerangError
from terang.i18n import _

_FALLBACK_TIP = 1_000_000_000  # wei; one gwei, for a node that suggests none
_GAS_MARGIN = (5, 4)  # an estimate is of the state before; another's act may come between
_MOST_COST = 10**18  # wei for one act: a node that asks more wants the account's whole balance
_SEND_ATTEMPTS = 3
_POOL = 4_000  # transactions in Anvil's pool at once; it slows down with a deep one
_IDLE_BLOCKS = 3  # empty blocks after which the node will not take the rest either


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


class _Signer(NamedTuple):
    """Whoever signed what is signed already."""

    address: str

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        raise ValueError(f"{self.address} has signed already")


class _Signed(NamedTuple):
    act: Act
    raw: bytes
    hash: bytes
    gas: int

    @classmethod
    def earlier(cls, sent: Sent) -> "_Signed":
        """Makes what was written down into what it was."""
        fields = sent.decoded()
        act = Act(_Signer(sent.account), fields.to, fields.data, fields.gas, sent.label)
        return cls(act, sent.raw, keccak(sent.raw), fields.gas)

    def sent(self) -> Sent:
        """Returns what is written down of it."""
        return Sent(self.act.wallet.address, self.raw, self.act.label)


class Sender:
    """Sends acts over one chain.

    Args:
        chain: where to.
        outbox: keeps what is under way, so that it is not sent twice after a process was killed;
            None to keep it in memory only.
        timeout: seconds within which a chain that mines by itself must include them.
    """

    def __init__(
        self, chain: Chain, outbox: Outbox | None = None, *, timeout: float = 180.0
    ) -> None:
        self._chain = chain
        self._outbox = outbox
        self._timeout = timeout

    def send(
        self, acts: Sequence[Act], *, allow_revert: bool = False, intent: str = ""
    ) -> list[Receipt]:
        """Signs, sends and waits for all of `acts`.

        The acts of one wallet are carried out in their order; between wallets the node chooses.
        Each hash is known before anything is sent, so what is sent again after a lost answer is
        the same transaction, never a second.

        Args:
            acts: in the order wanted; several at once must each name their gas limit.
            allow_revert: return a refused act's receipt with its `revert` instead of raising. Such
                an act must name its gas limit: what fails at the estimate is not sent.
            intent: the same for the same wish, such as a digest of the command line. With an
                outbox, acts that were sent for it earlier, and whose end nobody learned, are
                followed to their end in place of sending them again. Other acts of the same
                accounts that are under way are settled first. "" keeps nothing.

        Returns:
            the receipts, in the order of `acts`.

        Raises:
            Reverted: when a contract refuses one; the others may have been carried out.
            TooDear: when the node asks an absurd fee.
            NotIncluded: when the chain does not include them in time.
            RpcError: when the node refuses one.
            ChainUnreachable: when the node cannot be reached.
            OutboxError: when the outbox cannot be used, or the node refuses what is in it.
        """
        if not acts:
            return []
        if self._outbox is None or not intent:
            signed = self._sign(acts)
            found = self._carry_out(signed)
            receipts = [self._receipt(each, found[each.hash]) for each in signed]
        else:
            receipts = self._once(self._outbox, acts, intent)
        return receipts if allow_revert else _carried_out(receipts)

    def try_out(self, act: Act) -> None:
        """Has the node carry an act out on the newest block without sending it.

        Raises:
            Reverted: when the contract refuses.
        """
        self._chain.rpc_or_revert("eth_call", _request(act), "latest", label=act.label)

    def settle(self, intent: str) -> list[Receipt]:
        """Follows what was sent earlier for an intent to its end, and sends nothing else.

        For a wish that can not be made into acts any more, since they have been carried out.

        Args:
            intent: as for `send`.

        Returns:
            the receipts of what the outbox had of it.

        Raises:
            Reverted: when a contract refused one; the others may have been carried out.
            NotIncluded: when the chain does not include them in time.
            ChainUnreachable: when the node cannot be reached.
            OutboxError: when the outbox cannot be used, or the node refuses what is in it.
        """
        outbox = self._outbox
        if outbox is None:
            return []
        done: list[Receipt] = []
        for entry in outbox.entries(self._chain.chain_id, self._chain.genesis()):
            if entry.is_for(intent):
                done += self._settle(outbox, entry)
                outbox.forget(entry)
        return _carried_out(done)

    def _once(self, outbox: Outbox, acts: Sequence[Act], intent: str) -> list[Receipt]:
        """Carries out `acts`, except what is under way for the same intent already."""
        chain = self._chain
        genesis = chain.genesis()
        key = key_of(intent, [(each.wallet.address, each.to, each.data) for each in acts])
        earlier: list[Receipt] = []
        for entry in outbox.entries(
            chain.chain_id, genesis, {each.wallet.address for each in acts}
        ):
            done = self._settle(outbox, entry)
            if entry.key == key:
                earlier = done
            outbox.forget(entry)
        if earlier:
            return earlier
        signed = self._sign(acts)
        entry = outbox.keep(chain.chain_id, genesis, key, [each.sent() for each in signed])
        try:
            found = self._carry_out(signed)
        except (RpcError, Reverted):
            if len(self._unknown(signed)) == len(signed):  # nothing of it is under way
                outbox.forget(entry)
            raise
        done = [self._receipt(each, found[each.hash]) for each in signed]
        outbox.forget(entry)
        return done

    def _settle(self, outbox: Outbox, entry: Entry) -> list[Receipt]:
        """Follows an earlier sending to its end; returns the receipts."""
        signed = [_Signed.earlier(each) for each in entry.sent]
        used = self._chain.nonces(list({each.account: None for each in entry.sent}), "latest")
        # Asked for after the nonces: one used by then, without this receipt, is another's.
        found = self._receipts(signed)
        waiting = []
        for each, sent in zip(signed, entry.sent, strict=True):
            if each.hash not in found and sent.decoded().nonce < used[sent.account]:
                # signing it anew would do it twice, should the node be hiding a receipt
                raise OutboxError(
                    _(
                        "{label} ({transaction}) was sent earlier. Its account has gone on, and "
                        "the node shows no receipt of it: another transaction took its place, or "
                        "the node hides it. Look that hash up elsewhere; if it never happened, "
                        "remove {path}, then repeat."
                    ).format(label=sent.label, transaction="0x" + each.hash.hex(), path=entry.path)
                )
            outbox.progress(
                _("Following what was sent earlier: {label} ({transaction}).").format(
                    label=sent.label, transaction="0x" + each.hash.hex()
                )
            )
            if each.hash not in found:
                waiting.append(each)
        try:
            if waiting:
                found |= self._carry_out(waiting, again=True)
        except (RpcError, Reverted) as error:
            raise OutboxError(
                _(
                    "What was sent earlier is refused now. {reason} Then repeat; "
                    "if the chain can never take it, remove {path}."
                ).format(reason=error, path=entry.path)
            ) from error
        return [self._receipt(each, found[each.hash]) for each in signed]

    def _carry_out(self, signed: Sequence[_Signed], *, again: bool = False) -> dict[bytes, Any]:
        """Hands transactions over and returns their receipts.

        Args:
            signed: in their order; what the node has already is only waited for.
            again: whether a killed process may have left a development chain making no blocks.
        """
        if (len(signed) > 1 or again) and self._chain.is_development:
            return self._in_bulk(signed)
        self._broadcast(signed)
        return self._wait(signed)

    def _sign(self, acts: Sequence[Act]) -> list[_Signed]:
        chain = self._chain
        senders = list(dict.fromkeys(act.wallet.address for act in acts))
        nonces = chain.nonces(senders, "pending")
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
        """Fills a development chain's pool, then makes blocks until it is empty.

        One block holds hundreds.
        """
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
                        # one that was under way already may be in an earlier block
                        done = self._receipts([each for each in part if each.hash in waiting])
                        found |= done
                        waiting -= done.keys()
                        # Anvil drops what an account sent behind one that did not fit a block
                        self._broadcast([each for each in part if each.hash in waiting])
                    if included:
                        found.update(self._block_receipts(block))
                if waiting:
                    raise self._not_included(part, waiting)
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
        return {_hash(each): each for each in answers.entries(receipts, "receipts")}

    def _wait(self, signed: Sequence[_Signed]) -> dict[bytes, Any]:
        """Asks for the receipts until all are there or the time is over."""
        found: dict[bytes, Any] = {}
        waiting = {each.hash for each in signed}
        deadline = time.monotonic() + self._timeout
        pause = 0.01
        while True:
            found |= self._receipts([each for each in signed if each.hash in waiting])
            waiting -= found.keys()
            if not waiting:
                return found
            if time.monotonic() > deadline:
                raise self._not_included(signed, waiting)
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _receipts(self, signed: Sequence[_Signed]) -> dict[bytes, Any]:
        """Returns those receipts that the chain has, by the transaction's hash."""
        replies = self._chain.batch(
            [("eth_getTransactionReceipt", ["0x" + each.hash.hex()]) for each in signed]
        )
        return {
            each.hash: reply
            for each, reply in zip(signed, replies, strict=True)
            if reply is not None
        }

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
            revert=None
            if carried_out
            else why(
                self._chain,
                _request(signed.act, signed.gas),
                block=number,
                used=used,
                label=signed.act.label,
            ),
        )


def _carried_out(receipts: list[Receipt]) -> list[Receipt]:
    """Returns the receipts; raises the first refusal among them."""
    for receipt in receipts:
        if receipt.revert is not None:
            raise receipt.revert
    return receipts


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
