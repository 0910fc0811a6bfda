"""Ballots: panels, recusals, sealed ballots."""

from collections.abc import Sequence
from typing import Final

from terang.chain.act import Act, Receipt, Wallet
from terang.identity.typed_data import BALLOTS as DOMAIN
from terang.ledger.boxes import Boxes

NO, YES, YES_ALTHOUGH_LOW, RECUSED = 0, 1, 2, 255
"""Answers of a ballot, one byte per bidder."""

MOST_SCORE: Final = 100
"""Scores of proposals are from 0 to this."""

MARKS: Final = {"yes": YES, "no": NO, "low": YES_ALTHOUGH_LOW, "recused": RECUSED}
"""The answers by the words that people write."""


class Ballots(Boxes):
    """Panels and their ballots; stage 16 + round is the box of ballots."""

    segment = 8
    domain_name = DOMAIN

    # A ballot's marks take one word for each eight bids.
    _open_each = 220_000

    def recuse(self, sender: Wallet, tender: int, round_: int, reason: bytes) -> Act:
        """Leaves the panel of a round whose ballots are not closed; a reserve takes the place.

        Args:
            sender: the account of a seat on the panel.
            tender: the tender.
            round_: from 0.
            reason: keccak256 of the reasons.
        """
        return self._act(sender, "recuse", tender, round_, reason, gas=600_000)

    def recused(self, receipt: Receipt) -> tuple[int, int]:
        """Returns the seat that left a panel, and the one that took its place (0: none)."""
        event = self.event(receipt, "SeatRecused")
        return int(event.args["seat"]), int(event.args["reserve"])

    def panels(self, tenders: Sequence[int], round_: int = 0) -> list[list[int]]:
        """Returns the seats on each tender's panel; 0 for a place that no reserve took."""
        return [
            [int(seat) for seat in panel]
            for panel in self._views("panelOf", [(tender, round_) for tender in tenders])
        ]
