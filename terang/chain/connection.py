"""One node over JSON-RPC.

Raw requests, in batches where there are many: a client library that builds an object per call is
several times slower, and this is where the time goes.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

from terang.chain import answers
from terang.chain.answers import BadAnswer, Block, Log
from terang.chain.compile import ErrorType
from terang.chain.contract import Contract
from terang.chain.reverts import Reverted, decode
from terang.chain.transport import Http, Transport
from terang.errors import CHAIN_UNREACHABLE, TerangError, UsageError
from terang.i18n import _

BlockId = int | str  # a height, or "latest", "earliest", "pending"

_BODY_LIMIT = 900_000  # bytes; nodes refuse bodies over 1 MB (Besu) or 2 MB (Anvil)
_BATCH_LIMIT = 1_000  # requests; Besu's default is 1,024
_LOG_SPAN = 5_000  # blocks; public nodes refuse longer ranges
_TOO_POOR = (  # what nodes say to a sender who cannot pay; each has its own words
    "insufficient funds",  # geth, Nethermind, Erigon, Anvil
    "doesn't have enough funds",  # Hardhat
    "upfront cost exceeds account balance",  # Besu
)
_DEVELOPMENT = {  # development chains: what they call themselves, in small letters, and their names
    "anvil": "Anvil",
    "hardhatnetwork": "Hardhat",
    "py-evm": "py-evm",
}


class ChainUnreachable(TerangError, ConnectionError):
    """No node answers at the address, or not in time."""

    exit_code = CHAIN_UNREACHABLE


class RpcError(TerangError):
    """The node understood the request and refused it.

    Attributes:
        code: JSON-RPC error code.
        reason: the node's own words.
        data: revert data; empty when there are none.
    """

    def __init__(self, method: str, code: int, reason: str, data: bytes) -> None:
        super().__init__(
            _("The node refuses {method}: {reason} ({code}). Correct that, then repeat.").format(
                method=method, reason=reason, code=code
            )
        )
        self.code = code
        self.reason = reason
        self.data = data


class CannotPay(RpcError):
    """The node does not take a transaction, because its sender has too little for the gas."""

    def __str__(self) -> str:
        return _(
            "The account cannot pay for the gas; the node says: {reason} ({code}). Send it some of "
            "the chain's own currency, or let a relay send for it."
        ).format(reason=self.reason, code=self.code)


class Chain:
    """A chain, seen through one node.

    Args:
        node: http:// or https:// address of the node's JSON-RPC, or another way to it.
        errors: custom errors to recognise in reverts (`Artifacts.errors`).
        timeout: seconds that one request over HTTP may take.

    Attributes:
        url: the node's address as it was given, or what its transport calls it.

    Raises:
        UsageError: when `node` is no such address.
    """

    def __init__(
        self,
        node: str | Transport,
        errors: Mapping[bytes, ErrorType] | None = None,
        *,
        timeout: float = 60.0,
    ) -> None:
        self._transport: Transport = Http(node, timeout) if isinstance(node, str) else node
        self.url = node if isinstance(node, str) else node.address
        self.errors = errors or {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self._transport.close()

    # Requests

    def rpc(self, method: str, *params: Any) -> Any:
        """Makes one request and returns its result as the node gave it.

        Raises:
            ChainUnreachable: when nobody answers in time.
            RpcError: when the node refuses.
            BadAnswer: when the answer is not JSON-RPC.
        """
        return self.batch([(method, params)])[0]

    def batch(
        self, calls: Sequence[tuple[str, Sequence[Any]]], *, keep_errors: bool = False
    ) -> list[Any]:
        """Makes many requests, in as few bodies as the size limit allows.

        Args:
            calls: method and parameters of each.
            keep_errors: return an `RpcError` in its place instead of raising the first.

        Returns:
            the results in the order of `calls`.

        Raises:
            ChainUnreachable: when nobody answers in time.
            RpcError: when the node refuses one, unless `keep_errors`.
            BadAnswer: when the answer is not JSON-RPC.
        """
        results: list[Any] = []
        bodies: list[str] = []
        size = 0
        for number, (method, params) in enumerate(calls):
            body = json.dumps(
                {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            )
            if bodies and (size + len(body) > _BODY_LIMIT or len(bodies) == _BATCH_LIMIT):
                results += self._post(bodies, len(results), calls)
                bodies, size = [], 0
            bodies.append(body)
            size += len(body) + 1
        if bodies:
            results += self._post(bodies, len(results), calls)
        if not keep_errors:
            for result in results:
                if isinstance(result, RpcError):
                    raise result
        return results

    def _post(
        self, bodies: list[str], first: int, calls: Sequence[tuple[str, Sequence[Any]]]
    ) -> list[Any]:
        text = bodies[0] if len(bodies) == 1 else f"[{','.join(bodies)}]"
        try:
            answer = self._transport.post(text.encode())
        except OSError as error:
            raise ChainUnreachable(
                _("No answer from the node at {url}. Check the address and that it runs.").format(
                    url=self._transport.address
                )
            ) from error
        try:
            parsed = json.loads(answer)
        except (ValueError, RecursionError) as error:
            raise BadAnswer(calls[first][0]) from error
        replies = [parsed] if isinstance(parsed, dict) else parsed
        by_id: dict[int, Any] = {}
        for reply in answers.entries(replies, calls[first][0]):
            entry = answers.fields(reply, calls[first][0])
            # An error about the whole body comes as one object, its id null.
            if entry["id"] is None and isinstance(entry["error"], dict):
                raise self._refusal(calls[first][0], entry["error"])
            if not isinstance(entry["id"], int) or entry["id"] in by_id:
                raise BadAnswer(calls[first][0])
            by_id[entry["id"]] = entry
        results: list[Any] = []
        for number in range(first, first + len(bodies)):
            method = calls[number][0]
            entry = by_id.get(number) or {}
            if isinstance(entry.get("error"), dict):
                results.append(self._refusal(method, entry["error"]))
            elif "result" in entry:
                results.append(entry["result"])
            else:
                raise BadAnswer(method)
        return results

    @staticmethod
    def _refusal(method: str, error: Mapping[str, Any]) -> RpcError:
        code, reason, data = error.get("code"), error.get("message"), error.get("data")
        if isinstance(data, dict):  # some nodes wrap it
            data = data.get("data")
        try:
            revert = answers.data(data, method)
        except BadAnswer:
            revert = b""
        printable = "".join(each if each.isprintable() else " " for each in str(reason))[:500]
        kind = CannotPay if any(each in printable.lower() for each in _TOO_POOR) else RpcError
        return kind(method, code if isinstance(code, int) else 0, printable, revert)

    # What the chain says

    @cached_property
    def chain_id(self) -> int:
        """The chain's id; asked once."""
        return answers.quantity(self.rpc("eth_chainId"), "the chain's id")

    def head(self) -> Block:
        """Returns the newest block."""
        return self.block("latest")

    def block(self, number: BlockId) -> Block:
        """Returns the block of this height.

        Raises:
            UsageError: when the chain has no such block.
        """
        result = self.rpc("eth_getBlockByNumber", _block_id(number), False)
        if result is None:
            raise UsageError(
                _("The chain has no block {number} yet. Wait, or give a lower one.").format(
                    number=number
                )
            )
        return answers.block(result)

    @property
    def now(self) -> int:
        """Time of the newest block, in seconds since 1970 UTC: the chain's only clock."""
        return self.head().timestamp

    def genesis(self) -> str:
        """Returns the hash of the first block, in hex: a chain that was reset has another."""
        return "0x" + self.block(0).hash.hex()

    def nonces(self, accounts: Sequence[str], state: str) -> dict[str, int]:
        """Returns how many transactions each account has sent.

        Args:
            accounts: their addresses.
            state: "latest" counts those in blocks, "pending" also those that wait.
        """
        counts = self.batch([("eth_getTransactionCount", [each, state]) for each in accounts])
        return {
            account: answers.quantity(count, "a nonce")
            for account, count in zip(accounts, counts, strict=True)
        }

    def code_at(self, address: str, block: BlockId = "latest") -> bytes:
        """Returns the code at `address`; empty for a person's account."""
        return answers.data(self.rpc("eth_getCode", address, _block_id(block)), "code")

    def storage_at(self, address: str, slot: int, block: BlockId = "latest") -> bytes:
        """Returns the 32 bytes that the contract at `address` keeps in `slot`."""
        word = self.rpc("eth_getStorageAt", address, hex(slot), _block_id(block))
        return answers.data(word, "storage", 32)

    def logs(
        self, first: int, last: int, addresses: Sequence[str], events: Sequence[bytes] = ()
    ) -> list[Log]:
        """Returns the logs of `addresses` in the blocks `first` to `last`, both included.

        They come in the order of the chain. An inverted range has none.

        Args:
            first: number of the first block.
            last: number of the last block.
            addresses: of the contracts.
            events: first topics (`Contract.topic`) of those wanted; all events without any.

        Raises:
            BadAnswer: when the node returns others than were asked for, or out of order.
        """
        wanted = {answers.checksum(each) for each in addresses}
        only = {"topics": [["0x" + each.hex() for each in events]]} if events else {}
        found: list[Log] = []
        for start in range(first, last + 1, _LOG_SPAN):
            end = min(start + _LOG_SPAN - 1, last)
            result = self.rpc(
                "eth_getLogs",
                {"fromBlock": hex(start), "toBlock": hex(end), "address": sorted(wanted)} | only,
            )
            part = [answers.log(each) for each in answers.entries(result, "logs")]
            places = [(each.block, each.index) for each in part]
            if any(not start <= each.block <= end or each.address not in wanted for each in part):
                raise BadAnswer("logs")
            if events and any(not each.topics or each.topics[0] not in events for each in part):
                raise BadAnswer("logs")
            if any(before >= after for before, after in pairwise(places)):
                raise BadAnswer("the order of logs")
            found += part
        return found

    def call(self, address: str, data: bytes, block: BlockId = "latest") -> bytes:
        """Runs `data` at `address` without sending anything, and returns the output.

        Raises:
            Reverted: when the contract refuses.
        """
        result = self.rpc_or_revert("eth_call", _call(address, data), _block_id(block))
        return answers.data(result, "a call")

    def rpc_or_revert(self, method: str, *params: Any, label: str = "") -> Any:
        """Like `rpc`, but a revert becomes a `Reverted` with its reason.

        Raises:
            Reverted: when the contract refuses; `label` says what was being done.
        """
        result = self.batch([(method, params)], keep_errors=True)[0]
        if isinstance(result, RpcError):
            raise self.reverted(result, label) or result
        return result

    def reverted(self, error: RpcError, label: str = "") -> Reverted | None:
        """Returns the revert that `error` reports, or None when it reports something else."""
        if error.data or error.code == 3 or "revert" in error.reason.lower():
            return decode(error.data, self.errors, label)
        return None

    def view(self, contract: Contract, name: str, *args: Any, block: BlockId = "latest") -> Any:
        """Calls a view function and decodes what it returns (see `Contract.decode_output`).

        Raises:
            Reverted: when the contract refuses.
        """
        return self.views([(contract, name, args)], block=block)[0]

    def views(
        self, calls: Sequence[tuple[Contract, str, Sequence[Any]]], *, block: BlockId = "latest"
    ) -> list[Any]:
        """Calls many view functions at one block, in batches.

        Args:
            calls: contract, function and arguments of each.
            block: all at this one.

        Raises:
            Reverted: when a contract refuses one.
        """
        where = _block_id(block)
        replies = self.batch(
            [
                ("eth_call", (_call(contract.address, contract.encode(name, *args)), where))
                for contract, name, args in calls
            ],
            keep_errors=True,
        )
        results: list[Any] = []
        for reply, (contract, name, _args) in zip(replies, calls, strict=True):
            if isinstance(reply, RpcError):
                raise self.reverted(reply, f"{contract.name}.{name}") or reply
            results.append(contract.decode_output(name, answers.data(reply, "a call")))
        return results

    # A development chain's clock

    @cached_property
    def client(self) -> str:
        """Name of the node's program, without its version; asked once."""
        told = str(self.rpc("web3_clientVersion")).partition("/")[0]
        return _DEVELOPMENT.get(told.lower(), told)

    @cached_property
    def is_development(self) -> bool:
        """Whether the node is one whose mining and clock can be commanded."""
        return self.client in _DEVELOPMENT.values()

    def mine(self) -> None:
        """Makes one block now. On a development chain only.

        Raises:
            UsageError: on any other node.
        """
        self._only_development()
        self.rpc("evm_mine")

    def advance_to(self, timestamp: int) -> None:
        """Makes a block with this time, so that the chain's `now` is it. Development chains only.

        Args:
            timestamp: seconds since 1970 UTC. Nothing happens when the chain is there already.

        Raises:
            UsageError: on any other node, or when the chain is past it.
        """
        self._only_development()
        now = self.now
        if timestamp < now:
            raise UsageError(
                _("The chain's time {now} is past {timestamp}. Give a later time.").format(
                    now=now, timestamp=timestamp
                )
            )
        if timestamp > now:
            self.rpc("evm_setNextBlockTimestamp", timestamp)
            self.rpc("evm_mine")  # not in one batch: Hardhat does not keep a batch's order

    def _only_development(self) -> None:
        if not self.is_development:
            raise UsageError(
                _(
                    "Only the clock of a development chain (Anvil, Hardhat, py-evm) can be moved. "
                    "Start one, or wait."
                )
            )


def _block_id(block: BlockId) -> str:
    return hex(block) if isinstance(block, int) else block


def _call(address: str, data: bytes) -> dict[str, str]:
    return {"to": address, "data": "0x" + data.hex()}
