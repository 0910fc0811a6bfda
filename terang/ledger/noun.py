"""What every noun of the ledger shares: acts that write, views that read."""

from collections.abc import Sequence
from typing import Any

from terang.chain.act import Act, Receipt, Wallet
from terang.chain.answers import Log
from terang.chain.connection import BlockId, Chain
from terang.chain.contract import Contract, Event


class Noun:
    """One contract, under the name of what it keeps.

    Methods that change something return an `Act`, to be sent alone or with many others by
    `Ledger.send`. Each names its gas limit, so that many can be sent without asking the node
    about one after the other.
    """

    def __init__(self, chain: Chain, contract: Contract) -> None:
        self._chain = chain
        self.contract = contract

    def events(self, receipts: Sequence[Receipt]) -> list[Event]:
        """Returns what this contract emitted in some transactions, in order."""
        return [
            self.contract.decode_log(log)
            for receipt in receipts
            for log in receipt.logs
            if log.address == self.contract.address
        ]

    def event(self, receipt: Receipt, name: str) -> Event:
        """Returns the one event of this name that a transaction made this contract emit."""
        (found,) = (each for each in self.events([receipt]) if each.name == name)
        return found

    def _logs(self) -> list[Log]:
        """Returns everything that this contract ever emitted, in order."""
        return self._chain.logs(0, self._chain.head().number, [self.contract.address])

    def _act(self, wallet: Wallet, function: str, *args: Any, gas: int) -> Act:
        label = f"{self.contract.name}.{function}"
        return Act(wallet, self.contract.address, self.contract.encode(function, *args), gas, label)

    def _view(self, function: str, *args: Any, block: BlockId = "latest") -> Any:
        return self._chain.view(self.contract, function, *args, block=block)

    def _views(
        self, function: str, arguments: Sequence[Sequence[Any]], block: BlockId = "latest"
    ) -> list[Any]:
        return self._chain.views(
            [(self.contract, function, each) for each in arguments], block=block
        )
