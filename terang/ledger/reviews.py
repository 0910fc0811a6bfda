"""Reviews: complaints against awards, and who decides them."""

from collections.abc import Sequence

from terang.chain.act import Act, Receipt, Wallet
from terang.ledger.noun import Noun
from terang.ledger.tenders import Terms
from terang.vocabulary import Remedy


class Reviews(Noun):
    """Complaints; no tender is awarded while one about its ranking is open."""

    def complain(self, tenderer: Wallet, tender: int, terms: Terms, grounds: bytes) -> Act:
        """Complains against the ranking of a tender, and draws the panel that decides.

        The deposit is taken from the sender, who approved it before.

        Args:
            tenderer: an account that acts for an organisation whose bid was opened.
            tender: the tender, in its standstill.
            terms: as published last.
            grounds: keccak256 of the published grounds.
        """
        return self._act(tenderer, "complain", tender, terms.argument(), grounds, gas=1_500_000)

    def filed(self, receipt: Receipt) -> int:
        """Returns the number that a complaint was given."""
        return int(self.event(receipt, "ComplaintFiled").args["complaintId"])

    def vote(
        self, member: Wallet, complaint: int, ruling: Remedy, abusive: bool, reasons: bytes
    ) -> Act:
        """Votes on a complaint, openly and once.

        Args:
            member: the account of a seat of its panel.
            complaint: its number.
            ruling: what is to be done; NONE dismisses it.
            abusive: whether it is abusive; only where it is dismissed.
            reasons: keccak256 of the published reasons.
        """
        return self._act(member, "vote", complaint, int(ruling), abusive, reasons, gas=250_000)

    def decide(self, sender: Wallet, complaint: int) -> Act:
        """Draws the conclusion from the votes on a complaint. Anyone may."""
        return self._act(sender, "decide", complaint, gas=1_500_000)

    def pay_deposit(self, sender: Wallet, complaint: int) -> Act:
        """Pays the deposit of a closed complaint back, or to the treasury that sends. Anyone may.

        Args:
            sender: anyone; a licensed treasury where the complaint was abusive.
            complaint: its number.
        """
        return self._act(sender, "payDeposit", complaint, gas=150_000)

    def panels(self, complaints: Sequence[int], attempt: int = 0) -> list[list[int]]:
        """Returns the seats of the panels that decide complaints; attempts count from 0."""
        return [
            [int(seat) for seat in panel]
            for panel in self._views("panelOf", [(each, attempt) for each in complaints])
        ]
