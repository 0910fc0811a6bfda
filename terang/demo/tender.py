"""One tender of the demonstration, from plan to payment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from terang.demo.cast import Organisation
from terang.ledger.agreements import Agreement
from terang.ledger.keys import KeyClaim
from terang.ledger.tenders import Terms
from terang.ocds import LotPlan, ProcessPlan
from terang.sealing.bidding import Sealed
from terang.sealing.messages import Bid
from terang.vocabulary import Phase


@dataclass
class Tender:
    """A lot that runs on chain: what was planned, and what has become of it.

    Attributes:
        process: the published process.
        lot: the published lot.
        buyer: who buys.
        bidders: who bids, by the index that the plan gives them.
        terms: as published on chain.
        bid_key: the key of its bids.
        id: its number on chain; 0 before publication.
        sealed: its bids, in the order of the plan, with the files each came with.
        envelopes: as the chain has them, in the order of sealing.
        drawn: the key of its ballots, once its panel is drawn.
        ballots: their envelopes, as the chain has them.
        phase: where it stands.
        winner: index of the winning bidder.
        price: of the award, in the smallest unit.
        agreed: what both sides signed, once they did.
        paid: in the smallest unit.
        closed: whether its agreement is settled and closed.
        counts: envelopes sealed, opened and void.
    """

    process: ProcessPlan
    lot: LotPlan
    buyer: Organisation
    bidders: Mapping[int, Organisation]
    terms: Terms
    bid_key: KeyClaim
    id: int = 0
    sealed: list[tuple[Sealed[Bid], Mapping[str, bytes]]] = field(default_factory=list)
    envelopes: list[bytes] = field(default_factory=list)
    drawn: KeyClaim | None = None
    ballots: list[bytes] = field(default_factory=list)
    phase: Phase = Phase.NONE
    winner: int | None = None
    price: int = 0
    agreed: Agreement | None = None
    paid: int = 0
    closed: bool = False
    counts: dict[str, int] = field(default_factory=lambda: {"sealed": 0, "opened": 0, "void": 0})

    def bidder_of(self, organisation: int) -> int:
        """Returns the plan's index of the bidder with this number on chain."""
        return next(index for index, each in self.bidders.items() if each.id == organisation)

    @property
    def ballot_key(self) -> KeyClaim:
        """The key of its ballots; only a tender with a panel has one."""
        if self.drawn is None:
            raise LookupError(f"tender {self.id} has no panel")
        return self.drawn

    @property
    def supplier(self) -> Organisation:
        """Whom it is awarded to; only an awarded tender has one."""
        if self.winner is None:
            raise LookupError(f"tender {self.id} is not awarded")
        return self.bidders[self.winner]

    @property
    def agreement(self) -> Agreement:
        """What both sides signed; only a contracted tender has one."""
        if self.agreed is None:
            raise LookupError(f"tender {self.id} is not signed")
        return self.agreed
