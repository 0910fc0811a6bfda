"""Awards: the draw of panels, ranking, standstill, acceptance, passing over."""

from collections.abc import Sequence
from typing import NamedTuple

from terang.chain.act import Act, Receipt, Wallet
from terang.ledger.keys import KeyClaim
from terang.ledger.noun import Noun
from terang.ledger.tenders import Terms
from terang.vocabulary import Failure, Phase


class Winner(NamedTuple):
    """The organisation and price that an award stands for; 0 and 0 until bids are ranked."""

    organisation: int
    price: int


class Awards(Noun):
    """From opened bids to the award."""

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

    def flag(self, sender: Wallet, tender: int, position: int) -> Act:
        """Says publicly that a bid is abnormally low by the rule of its tender. Anyone may.

        Args:
            sender: who pays the gas.
            tender: the tender.
            position: of the bid in the order of opening, from 0.
        """
        return self._act(sender, "flag", tender, position, gas=200_000)

    def course(self, receipts: Sequence[Receipt]) -> str:
        """Returns the last turn that some rankings gave a tender, by its event; "" for none."""
        turns = ("StandstillStarted", "NoBidAcceptable", "QualityDecided", "LowPricesQuestioned")
        return next((e.name for e in reversed(self.events(receipts)) if e.name in turns), "")

    def finalise(self, sender: Wallet, tender: int) -> Act:
        """Awards once the standstill is over. Anyone may."""
        return self._act(sender, "finalise", tender, gas=200_000)

    def accept(self, winner: Wallet, tender: int, terms: Terms) -> Act:
        """Says for the winner that it is ready to sign, so that it is not passed over.

        Args:
            winner: an account that acts for it.
            tender: the tender.
            terms: as published last.
        """
        return self._act(winner, "accept", tender, terms.argument(), gas=250_000)

    def pass_over(self, sender: Wallet, tender: int) -> Act:
        """Passes over a winner that neither signed nor accepted in time. Anyone may."""
        return self._act(sender, "passOver", tender, gas=250_000)

    def phases(self, tenders: Sequence[int]) -> list[Phase]:
        """Returns where each tender stands, over its whole life."""
        return [Phase(each) for each in self._views("phase", [(tender,) for tender in tenders])]

    def standing(self, tender: int) -> tuple[Phase, Failure]:
        """Returns where a tender stands, and why if it is unsuccessful."""
        phase, failure = self._view("standing", tender)
        return Phase(phase), Failure(failure)

    def winners(self, tenders: Sequence[int]) -> list[Winner]:
        """Returns whom each tender is awarded to, or would be after the standstill."""
        return [
            Winner(int(each["organisation"]), int(each["price"]))
            for each in self._views("winnerOf", [(tender,) for tender in tenders])
        ]
