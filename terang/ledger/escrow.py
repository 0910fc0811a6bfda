"""Money: tokens of the treasury, and the escrow that pays by milestone."""

from collections.abc import Sequence
from typing import NamedTuple

from terang.chain.act import Act, Receipt, Wallet
from terang.ledger.agreements import Agreement
from terang.ledger.noun import Noun


class Account(NamedTuple):
    """The money of an agreement, in the currency's smallest unit.

    Attributes:
        funded: paid in.
        paid: earned by the supplier.
        refunded: returned.
        closed: whether the agreement is closed.
    """

    funded: int
    paid: int
    refunded: int
    closed: bool


class Escrow(Noun):
    """The money of agreements."""

    def fund(self, payer: Wallet, agreement: Agreement, amount: int) -> Act:
        """Pays in from the payer's allowance.

        Args:
            payer: acts for the buyer, or is a licensed treasury.
            agreement: as signed.
            amount: in the currency's smallest unit.
        """
        return self._act(payer, "fund", agreement.argument(), amount, gas=300_000)

    def report(
        self, supplier: Wallet, agreement: Agreement, milestone: int, evidence: bytes
    ) -> Act:
        """Reports a milestone as done; `evidence` is the keccak256 of its evidence."""
        return self._act(supplier, "report", agreement.argument(), milestone, evidence, gas=200_000)

    def accept(self, inspector: Wallet, agreement: Agreement, milestone: int, report: int) -> Act:
        """Accepts a report by its number; the last acceptance needed pays."""
        return self._act(inspector, "accept", agreement.argument(), milestone, report, gas=300_000)

    def reject(
        self, inspector: Wallet, agreement: Agreement, milestone: int, report: int, reason: bytes
    ) -> Act:
        """Rejects a report by its number; `reason` is the keccak256 of the reasons."""
        return self._act(
            inspector, "reject", agreement.argument(), milestone, report, reason, gas=250_000
        )

    def renounce(self, supplier: Wallet, agreement: Agreement) -> Act:
        """Gives up what is not paid yet, so that the agreement can be closed."""
        return self._act(supplier, "renounce", agreement.argument(), gas=200_000)

    def claim(self, sender: Wallet, token: str, payee: str, to: str) -> Act:
        """Sends what a token did not deliver earlier.

        Args:
            sender: anyone for the payee itself; the payee for an address of its choice.
            token: address of the currency.
            payee: to whom it was not delivered.
            to: receives it.
        """
        return self._act(sender, "claim", token, payee, to, gas=300_000)

    def close(self, party: Wallet, agreement: Agreement) -> Act:
        """Closes an agreement and returns what it still holds."""
        return self._act(party, "close", agreement.argument(), gas=250_000)

    def paid(self, receipts: Sequence[Receipt]) -> int:
        """Returns what some transactions paid for milestones, in the currency's smallest unit."""
        return sum(
            int(each.args["amount"])
            for each in self.events(receipts)
            if each.name == "MilestonePaid"
        )

    def accounts(self, tenders: Sequence[int]) -> list[Account]:
        """Returns the money of each tender's agreement; zeros where there is none."""
        return [
            Account(each["funded"], each["paid"], each["refunded"], each["closed"])
            for each in self._views("accountOf", [(tender,) for tender in tenders])
        ]


class Token(Noun):
    """Money of one currency, issued by the treasury."""

    def mint(self, treasury: Wallet, to: str, amount: int, commitment: bytes) -> Act:
        """Issues money against committed cash; `commitment` is the keccak256 of its record."""
        return self._act(treasury, "mint", to, amount, commitment, gas=150_000)

    def approve(self, owner: Wallet, spender: str, amount: int) -> Act:
        """Lets `spender` take so much of the owner's money."""
        return self._act(owner, "approve", spender, amount, gas=100_000)

    def decimals(self) -> int:
        """Returns the currency's minor units."""
        return int(self._view("decimals"))
