"""py-evm as a node: JSON-RPC in this process, without a server or a socket.

It answers what Terang asks and what moves a development chain, in the form that Ethereum's JSON-RPC
specifies, and refuses the rest as a node does that lacks a method.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Self

from terang.chain.compile import ErrorType
from terang.chain.connection import BlockId, Chain
from terang.chain.node import CHAIN_ID, NodeError
from terang.i18n import _

if TYPE_CHECKING:  # py-evm is optional, and takes half a second to import
    from eth.abc import BlockHeaderAPI, SignedTransactionAPI

    from terang.chain.evm import Block, Call, Execution, Machine

# JSON-RPC 2.0, section 5.1; EIP-1474; 3 is what nodes answer to a revert.
_NO_METHOD, _BAD_PARAMETERS, _FAILED, _REVERTED = -32601, -32602, -32000, 3
_NOBODY = bytes(20)
_BLOCK_GAS = 30_000_000  # as Anvil's


class PyEvm:
    """A fresh chain in this process, with gas at price zero, for a `with` block.

    Args:
        timestamp: time of the first block in seconds since 1970 UTC; None for now.
    """

    name = "pyevm"
    address = "pyevm"

    def __init__(self, *, timestamp: int | None = None) -> None:
        self._timestamp = timestamp
        self._methods: _Methods | None = None

    def __enter__(self) -> Self:
        """Makes the chain.

        Raises:
            NodeError: when py-evm is not installed.
        """
        # py-evm raises the limit far beyond what C's stack holds, for calls 1,024 deep: then a
        # deeply nested file would end the process. The ledger's contracts call a few deep.
        limit = sys.getrecursionlimit()
        try:
            from terang.chain.evm import Machine
        except ImportError as error:
            raise NodeError(
                _("py-evm is not installed. Run `pip install 'terang[pyevm]'`, then try again.")
            ) from error
        finally:
            sys.setrecursionlimit(limit)
        self._methods = _Methods(Machine(CHAIN_ID, _BLOCK_GAS, self._timestamp))
        return self

    def __exit__(self, *_error: object) -> None:
        self._methods = None

    def connect(self, errors: Mapping[bytes, ErrorType] | None = None) -> Chain:
        """Returns the chain, seen through this node (see `Chain`)."""
        return Chain(self, errors)

    def post(self, body: bytes) -> bytes:
        """Answers a request or a batch of them (see `Transport`).

        Raises:
            OSError: outside the block.
        """
        if self._methods is None:
            raise OSError("the node is not running")
        asked = json.loads(body)
        if isinstance(asked, list):
            return json.dumps([self._methods.answer(each) for each in asked]).encode()
        return json.dumps(self._methods.answer(asked)).encode()

    def close(self) -> None:
        """Nothing: the chain ends with the block, and several connections may share it."""


class _Fault(Exception):
    def __init__(self, code: int, message: str, **more: str) -> None:
        self.error = {"code": code, "message": message, **more}


class _Methods:
    """The methods, each with the parameters that JSON-RPC gives it."""

    def __init__(self, machine: "Machine") -> None:
        self._machine = machine
        self._by_name: Mapping[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: "py-evm/terang",
            "eth_chainId": lambda: hex(CHAIN_ID),
            "eth_blockNumber": lambda: hex(len(machine.blocks) - 1),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getTransactionByHash": self._transaction_by_hash,
            "eth_getTransactionReceipt": self._transaction_receipt,
            "eth_getTransactionCount": self._transaction_count,
            "eth_getLogs": self._logs,
            "eth_getBalance": lambda _address, _block="latest": hex(0),  # gas is free, and all
            "eth_getCode": self._code,
            "eth_getStorageAt": self._storage,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_sendRawTransaction": self._send,
            "evm_mine": self._mine,
            "evm_setAutomine": self._set_automine,
            "evm_setNextBlockTimestamp": self._set_time,
        }

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answers one request."""
        from terang.chain.evm import Refused

        envelope = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            method = self._by_name.get(request["method"])
            if method is None:
                raise _Fault(_NO_METHOD, f"the method {request['method']} is not available")
            return {**envelope, "result": method(*request["params"])}
        except _Fault as fault:
            return {**envelope, "error": fault.error}
        except Refused as refused:
            return {**envelope, "error": {"code": _FAILED, "message": str(refused)}}
        except RecursionError:
            return {**envelope, "error": {"code": _FAILED, "message": "calls too deep"}}
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            told = f"wrong parameters: {error}"
            return {**envelope, "error": {"code": _BAD_PARAMETERS, "message": told}}

    # What is there

    def _height(self, block: BlockId) -> int:
        newest = len(self._machine.blocks) - 1
        if block in ("latest", "pending", "safe", "finalized"):
            return newest
        height = 0 if block == "earliest" else int(str(block), 16)
        if height > newest:
            raise _Fault(_FAILED, f"no block {height}")
        return height

    def _block_by_number(self, number: str, full: bool) -> dict[str, Any] | None:
        try:
            block = self._machine.blocks[self._height(number)]
        except _Fault:
            return None
        return _block(block, full)

    def _block_receipts(self, number: str) -> list[dict[str, Any]]:
        block = self._machine.blocks[self._height(number)]
        return [_receipt(block, index) for index in range(len(block.included))]

    def _transaction_by_hash(self, hash_: str) -> dict[str, Any] | None:
        found = self._machine.place(_data(hash_))
        if found is not None:
            block, index = found
            return _transaction(block.included[index].transaction, block.header, index)
        waiting = self._machine.waiting(_data(hash_))
        return None if waiting is None else _transaction(waiting)

    def _transaction_receipt(self, hash_: str) -> dict[str, Any] | None:
        found = self._machine.place(_data(hash_))
        return None if found is None else _receipt(*found)

    def _transaction_count(self, address: str, block: str) -> str:
        newest = self._height("latest")
        if block == "pending":
            return hex(self._machine.nonce(_data(address), newest, pending=True))
        return hex(self._machine.nonce(_data(address), self._height(block)))

    def _logs(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        if unknown := wanted.keys() - {"fromBlock", "toBlock", "address", "topics"}:
            raise _Fault(_BAD_PARAMETERS, f"logs cannot be filtered by {sorted(unknown)}")
        addresses = {_data(each) for each in wanted["address"]}
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        events = {_data(each) for each in wanted.get("topics", [[]])[0]}
        return [
            log
            for block in self._machine.blocks[first : last + 1]
            for index in range(len(block.included))
            for log in _receipt(block, index)["logs"]
            if _data(log["address"]) in addresses
            and (not events or events.intersection(map(_data, log["topics"][:1])))
        ]

    def _code(self, address: str, block: str) -> str:
        return _hex(self._machine.code(_data(address), self._height(block)))

    def _storage(self, address: str, slot: str, block: str) -> str:
        word = self._machine.storage(_data(address), int(slot, 16), self._height(block))
        return _hex(word.to_bytes(32, "big"))

    # Calls

    def _call(self, request: Mapping[str, Any], block: str) -> str:
        found = self._machine.call(_request(request), self._height(block))
        if found.reverted or found.failure:
            self._refuse(found)
        return _hex(found.output)

    def _estimate(self, request: Mapping[str, Any]) -> str:
        found, enough = self._machine.estimate(_request(request))
        if found.reverted or found.failure:
            self._refuse(found)
        return hex(enough)

    def _refuse(self, found: "Execution") -> NoReturn:
        if found.reverted:
            raise _Fault(_REVERTED, "execution reverted", data=_hex(found.output))
        raise _Fault(_FAILED, found.failure)

    # What changes it

    def _send(self, raw: str) -> str:
        return _hex(self._machine.accept(_data(raw)))

    def _mine(self) -> str:
        self._machine.mine()
        return hex(0)

    def _set_automine(self, on: bool) -> bool:
        self._machine.automine = on
        return True

    def _set_time(self, timestamp: int) -> str:
        self._machine.next_time(timestamp)
        return hex(timestamp)


def _data(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _request(fields: Mapping[str, Any]) -> "Call":
    from terang.chain.evm import Call

    return Call(
        sender=_data(fields["from"]) if "from" in fields else _NOBODY,
        to=_data(fields.get("to") or ""),
        data=_data(fields.get("data") or ""),
        gas=int(fields["gas"], 16) if "gas" in fields else None,
    )


def _block(block: "Block", full: bool) -> dict[str, Any]:
    header: Any = block.header
    transactions = [each.transaction for each in block.included]
    return {
        "number": hex(header.block_number),
        "hash": _hex(header.hash),
        "parentHash": _hex(header.parent_hash),
        "stateRoot": _hex(header.state_root),
        "transactionsRoot": _hex(header.transaction_root),
        "receiptsRoot": _hex(header.receipt_root),
        "timestamp": hex(header.timestamp),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "transactions": [
            _transaction(each, header, index) if full else _hex(each.hash)
            for index, each in enumerate(transactions)
        ],
    }


def _transaction(
    transaction: "SignedTransactionAPI",
    header: "BlockHeaderAPI | None" = None,
    index: int | None = None,
) -> dict[str, Any]:
    return {
        "hash": _hex(transaction.hash),
        "from": _hex(transaction.sender),
        "to": _hex(transaction.to) if transaction.to else None,
        "nonce": hex(transaction.nonce),
        "gas": hex(transaction.gas),
        "value": hex(transaction.value),
        "input": _hex(transaction.data),
        "blockHash": None if header is None else _hex(header.hash),
        "blockNumber": None if header is None else hex(header.block_number),
        "transactionIndex": None if index is None else hex(index),
    }


def _receipt(block: "Block", index: int) -> dict[str, Any]:
    included, header = block.included[index], block.header
    transaction = included.transaction
    place = {
        "blockHash": _hex(header.hash),
        "blockNumber": hex(header.block_number),
        "transactionHash": _hex(transaction.hash),
        "transactionIndex": hex(index),
    }
    return {
        **place,
        "from": _hex(transaction.sender),
        "to": _hex(transaction.to) if transaction.to else None,
        "contractAddress": included.contract,
        "status": hex(included.carried_out),
        "gasUsed": hex(included.gas_used),
        "cumulativeGasUsed": hex(included.total_gas),
        "logs": [
            {
                **place,
                "address": _hex(log.address),
                "topics": [_hex(topic.to_bytes(32, "big")) for topic in log.topics],
                "data": _hex(log.data),
                "logIndex": hex(position),
            }
            for position, log in enumerate(included.logs, included.first_log)
        ],
    }
