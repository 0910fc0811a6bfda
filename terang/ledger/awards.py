"""Awards: panels, ballots, ranking, standstill."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from terang.chain.act import Act, Wallet
from terang.identity import typed_data
from terang.ledger.boxes import Boxes
from terang.ledger.keys import KeyClaim
from terang.ledger.tenders import Terms
from terang.vocabulary import Phase

BALLOTS = 16
"""The stage of the ballots of round 0; later rounds follow."""

NO, YES, YES_ALTHOUGH_LOW, RECUSED = 0, 1, 2, 255
"""Marks of a ballot, one byte per bidder."""

MARKS: Final = {"yes": YES, "no": NO, "low": YES_ALTHOUGH_LOW, "recused": RECUSED}
"""The marks by the words that people write."""


class Winner(NamedTuple):
    """The organisation and price that an award stands for; 0 and 0 until bids are ranked."""

    organisation: int
    price: int


class Awards(Boxes):
    """From opened bids to the award; stage 16 + round is the box of ballots."""

    segment = 8
    domain_name = typed_data.BALLOTS

    # A ballot's marks take one word for each eight bids.
    _open_each = 220_000

    def draw(self, sender: Wallet, tender: int, terms: Terms, key: KeyClaim) -> Act:
        """Draws the panel of the next round and opens its ballot box. Anyone may.

        Args:
            sender: who pays the gas.
            tender: the tender.
            terms: as published.
            key: a ready key, for the ballots.
        """
        return self._act(sender, "draw", tender, terms.argument(), key.argument(), gas=1_200_000)

    def rank(self, sender: Wallet, tender: int, bidders: int) -> Act:
        """Compares the next `bidders` bids by the opened ballots. Anyone may."""
        return self._act(sender, "rank", tender, bidders, gas=250_000 + 25_000 * bidders)

    def finalise(self, sender: Wallet, tender: int) -> Act:
        """Awards once the standstill is over. Anyone may."""
        return self._act(sender, "finalise", tender, gas=200_000)

    def phases(self, tenders: Sequence[int]) -> list[Phase]:
        """Returns where each tender stands, over its whole life."""
        return [Phase(each) for each in self._views("phase", [(tender,) for tender in tenders])]

    def panels(self, tenders: Sequence[int], round_: int = 0) -> list[list[int]]:
        """Returns the seats on each tender's panel."""
        return [
            [int(seat) for seat in panel]
            for panel in self._views("panelOf", [(tender, round_) for tender in tenders])
        ]

    def winners(self, tenders: Sequence[int]) -> list[Winner]:
        """Returns whom each tender is awarded to, or would be after the standstill."""
        return [
            Winner(int(each["organisation"]), int(each["price"]))
            for each in self._views("winnerOf", [(tender,) for tender in tenders])
        ]
