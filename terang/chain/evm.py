"""A chain inside this process: py-evm's Cancun machine, blocks on demand, gas at price zero.

eth-tester wraps the same machine, but its blocks have a base fee, it drops the data of a revert,
and it finds a transaction by walking the chain: what would be left of it is less than this.
"""

import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from eth.abc import (
    BlockHeaderAPI,
    ComputationAPI,
    LogAPI,
    ReceiptAPI,
    SignedTransactionAPI,
    StateAPI,
)
from eth.consensus.context import ConsensusContext
from eth.db.atomic import AtomicDB
from eth.db.chain import ChainDB
from eth.exceptions import Revert
from eth.vm.chain_context import ChainContext
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.blocks import CancunBlockHeader
from eth.vm.forks.cancun.transactions import CancunTransactionBuilder
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address, BlockNumber
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException

from terang.chain.deploy import created_address

_CALL_DEPTH_SHARE = 63  # of 64 parts of its gas, a call gives at most these to another (EIP-150)


class Refused(Exception):
    """The machine does not take a transaction, or a call cannot be begun; says why."""


class Call(NamedTuple):
    """What would be sent.

    Attributes:
        sender: 20 bytes.
        to: 20 bytes; empty to create a contract.
        data: calldata or creation code.
        gas: limit; None for a whole block's.
    """

    sender: bytes
    to: bytes
    data: bytes
    gas: int | None = None


class Execution(NamedTuple):
    """What came of a call.

    Attributes:
        output: what it returned; with a revert, the revert's data.
        reverted: whether the contract refused.
        failure: the machine's own words when it could not go on, as without gas; else empty.
        gas: what it took, before refunds.
    """

    output: bytes
    reverted: bool
    failure: str
    gas: int


@dataclass(frozen=True, slots=True)
class Included:
    """A transaction in its block.

    Attributes:
        transaction: as it was sent.
        carried_out: False when it was reverted.
        gas_used: of the whole transaction.
        total_gas: gas used in the block up to here.
        contract: address of the contract that it created; None for none.
        logs: what it emitted.
        first_log: position of its first log in the block.
    """

    transaction: SignedTransactionAPI
    carried_out: bool
    gas_used: int
    total_gas: int
    contract: str | None
    logs: tuple[LogAPI, ...]
    first_log: int


class Block(NamedTuple):
    """A block: its header, and what it includes."""

    header: BlockHeaderAPI
    included: tuple[Included, ...]


class Machine:
    """A fresh chain in memory.

    Args:
        chain_id: its id.
        block_gas: gas that the transactions of one block may use together.
        timestamp: time of the first block, in seconds since 1970 UTC; None for now.

    Attributes:
        blocks: all of them, by height.
        automine: whether each transaction gets a block at once.
    """

    def __init__(self, chain_id: int, block_gas: int, timestamp: int | None = None) -> None:
        database = AtomicDB()
        self._chain_id = chain_id
        self._chaindb = ChainDB(database)
        self._consensus = ConsensusContext(database)
        self._ahead = 0 if timestamp is None else timestamp - int(time.time())
        self._next_time: int | None = None
        self._pool: dict[bytes, SignedTransactionAPI] = {}
        self._places: dict[bytes, tuple[int, int]] = {}
        self._states: dict[int, StateAPI] = {}
        self.automine = True
        first = CancunBlockHeader(
            difficulty=0,
            block_number=BlockNumber(0),
            gas_limit=block_gas,
            timestamp=int(time.time()) + self._ahead,
        )
        self._chaindb.persist_header(first)
        self.blocks = [Block(first, ())]

    # Transactions and blocks

    def accept(self, raw: bytes) -> bytes:
        """Takes a signed transaction, and returns its hash.

        Raises:
            Refused: when it can never be carried out, or not as the sender's next.
        """
        try:
            transaction = CancunTransactionBuilder.decode(raw)
            transaction.validate()
            sender = transaction.sender
        except (ValidationError, RLPException, ValueError, IndexError) as error:
            raise Refused(f"malformed transaction: {error}") from error
        if transaction.chain_id != self._chain_id:
            raise Refused("the transaction is for another chain")
        hash_ = transaction.hash
        if hash_ in self._pool or hash_ in self._places:
            raise Refused("already known")
        expected = self.nonce(sender, len(self.blocks) - 1, pending=True)
        if transaction.nonce != expected:
            told = "low" if transaction.nonce < expected else "high"
            raise Refused(f"nonce too {told}: {transaction.nonce} instead of {expected}")
        if transaction.gas > self.blocks[-1].header.gas_limit:
            raise Refused("the gas limit is above a block's")
        if transaction.gas < transaction.intrinsic_gas:
            raise Refused("the gas limit is below the least that any transaction needs")
        if transaction.value or transaction.max_fee_per_gas:  # nobody owns anything here
            raise Refused("insufficient funds for gas * price + value")
        self._pool[hash_] = transaction
        if self.automine:
            self.mine()
        return hash_

    def next_time(self, timestamp: int) -> None:
        """Gives the next block this time; later blocks go on from there.

        Raises:
            Refused: when the chain is there already.
        """
        if timestamp <= self.blocks[-1].header.timestamp:
            raise Refused("the timestamp is not after the newest block's")
        self._next_time = timestamp

    def mine(self) -> None:
        """Makes a block of what waits, in the order in which it came, as far as its gas goes."""
        parent = self.blocks[-1].header
        header: BlockHeaderAPI = CancunBlockHeader(
            difficulty=0,
            block_number=BlockNumber(parent.block_number + 1),
            gas_limit=parent.gas_limit,
            timestamp=self._time(),
            parent_hash=parent.hash,
            state_root=parent.state_root,
        )
        vm = self._vm(header)
        taken: list[SignedTransactionAPI] = []
        receipts: list[ReceiptAPI] = []
        included: list[Included] = []
        first_log = 0
        for transaction in self._pool.values():
            if header.gas_used + transaction.gas > header.gas_limit:
                break
            receipt, computation = vm.apply_transaction(header, transaction)
            included.append(_included(transaction, receipt, computation, header, first_log))
            first_log += len(receipt.logs)
            header = vm.add_receipt_to_header(header, receipt)
            taken.append(transaction)
            receipts.append(receipt)
        block = vm.set_block_transactions_and_withdrawals(vm.get_block(), header, taken, receipts)
        header = vm.finalize_block(block).block.header
        self._chaindb.persist_header(header)
        for index, transaction in enumerate(taken):
            del self._pool[transaction.hash]
            self._places[transaction.hash] = (len(self.blocks), index)
        self.blocks.append(Block(header, tuple(included)))

    def _time(self) -> int:
        if self._next_time is not None:
            timestamp, self._next_time = self._next_time, None
            self._ahead = timestamp - int(time.time())
            return timestamp
        return max(int(time.time()) + self._ahead, self.blocks[-1].header.timestamp + 1)

    # What is there

    def place(self, hash_: bytes) -> tuple[Block, int] | None:
        """Returns the block that includes a transaction and its position there, or None."""
        if hash_ not in self._places:
            return None
        height, index = self._places[hash_]
        return self.blocks[height], index

    def waiting(self, hash_: bytes) -> SignedTransactionAPI | None:
        """Returns a transaction that is in no block yet, or None."""
        return self._pool.get(hash_)

    def nonce(self, account: bytes, height: int, *, pending: bool = False) -> int:
        """Returns how many transactions an account has sent up to a block.

        Args:
            account: whose.
            height: of the block.
            pending: count also those that wait.
        """
        sent = self._state(height).get_nonce(Address(account))
        if pending:
            sent += sum(each.sender == account for each in self._pool.values())
        return sent

    def code(self, account: bytes, height: int) -> bytes:
        """Returns the code at an address after a block."""
        return self._state(height).get_code(Address(account))

    def storage(self, account: bytes, slot: int, height: int) -> int:
        """Returns a word of a contract's storage after a block."""
        return self._state(height).get_storage(Address(account), slot)

    # Calls

    def call(self, call: Call, height: int) -> Execution:
        """Carries out a call on the state after a block, in that block's time, and forgets it.

        Raises:
            Refused: when its gas does not even let it begin.
        """
        state = self._state(height)
        limit = self.blocks[height].header.gas_limit
        unsigned = CancunTransactionBuilder.new_unsigned_dynamic_fee_transaction(
            chain_id=self._chain_id,
            nonce=state.get_nonce(Address(call.sender)),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=limit if call.gas is None else call.gas,
            to=Address(call.to),
            value=0,
            data=call.data,
            access_list=(),
        )
        transaction: Any = SpoofTransaction(unsigned, from_=Address(call.sender))
        if transaction.gas < transaction.intrinsic_gas:
            raise Refused("intrinsic gas too low")
        snapshot = state.snapshot()
        try:
            computation = state.apply_transaction(transaction)
        except ValidationError as error:
            raise Refused(str(error)) from error
        finally:
            state.revert(snapshot)
        failure = ""
        reverted = computation.is_error and isinstance(computation.error, Revert)
        if computation.is_error and not reverted:
            failure = f"{type(computation.error).__name__}: {computation.error}"
        took = transaction.gas - computation.get_gas_remaining()
        return Execution(bytes(computation.output), reverted, failure, took)

    def estimate(self, call: Call) -> tuple[Execution, int]:
        """Returns what comes of a call with all gas, and a limit that is enough for it.

        The limit is what it took, before refunds, and the part that each call must keep back,
        tried; not the least possible.
        """
        height = len(self.blocks) - 1
        limit = self.blocks[-1].header.gas_limit
        found = self.call(call._replace(gas=limit), height)
        if found.reverted or found.failure:
            return found, limit
        enough = found.gas
        while enough < limit:
            tried = self.call(call._replace(gas=enough), height)
            if not tried.reverted and not tried.failure:
                break
            enough = min(limit, enough + enough // _CALL_DEPTH_SHARE + 1)
        return found, enough

    def _state(self, height: int) -> StateAPI:
        """The state after a block; the last one asked for is kept, for many questions in a row."""
        if height not in self._states:
            self._states = {height: self._vm(self.blocks[height].header).state}
        return self._states[height]

    def _vm(self, header: BlockHeaderAPI) -> CancunVM:
        context = ChainContext(self._chain_id)
        return CancunVM(header, self._chaindb, context, self._consensus)


def _included(
    transaction: SignedTransactionAPI,
    receipt: ReceiptAPI,
    computation: ComputationAPI,
    before: BlockHeaderAPI,
    first_log: int,
) -> Included:
    created = None
    if not transaction.to and computation.is_success:
        created = created_address("0x" + transaction.sender.hex(), transaction.nonce)
    return Included(
        transaction=transaction,
        carried_out=computation.is_success,
        gas_used=receipt.gas_used - before.gas_used,
        total_gas=receipt.gas_used,
        contract=created,
        logs=tuple(receipt.logs),
        first_log=first_log,
    )
