"""A tender and everything that came of it, as `state` holds it: boxes, bids, awards, complaints.

Numbers, times and amounts are as `state` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from terang.vocabulary import (
    PRICES,
    ComplaintStatus,
    Method,
    Pass,
    Question,
    Remedy,
    Status,
    Void,
)

ZERO: Final = "0x" + 40 * "0"
WITHDRAWN: Final = (1 << 128) - 1
"""The price by which an organisation withdraws its bid."""
GRACE: Final = 3 * 86_400
"""Seconds from when a box's secret may come out within which it is released, or never."""


class Stamp(NamedTuple):
    """When something happened: its block, the block's time, its transaction's hash."""

    block: int
    time: int
    transaction: bytes

    @property
    def at(self) -> datetime:
        """The time, UTC-aware."""
        return datetime.fromtimestamp(self.time, UTC)


# Boxes


class Envelope(NamedTuple):
    """What somebody put into a box."""

    sender: str
    content: bytes
    sealed: Stamp


@dataclass(slots=True)
class Box:
    """A sealed box; `voids` holds one entry per opened envelope, NONE where it counts.

    `sealed_by` counts by principal: the address of a relay as a number, else the id of the
    organisation (bids) or seat (ballots) for which the sender stood when it sealed.
    """

    contract: str
    tender: int
    stage: int
    closes_at: int
    key: int = 0  # that seals it; 0 until the next event, which takes it
    envelopes: list[Envelope] = field(default_factory=list)
    segments: list[bytes] = field(default_factory=list)  # the running hash after each
    sealed_by: dict[int, int] = field(default_factory=dict)
    voids: list[Void] = field(default_factory=list)
    shut: bool = False  # for ever: its tender is cancelled
    decided_at: int = 0  # prices: when quality was decided; 0 until then

    @property
    def opens_at(self) -> int:
        """From when its secret may come out; 0 while that is not known."""
        return self.decided_at if self.stage == PRICES else self.closes_at


# Procurement


class OpenedBid(NamedTuple):
    """A bid that counted when it was opened; a later one of the organisation may replace it.

    A proposal has the price 0 until the envelope of its price is opened.
    """

    envelope: int  # its index in the box
    organisation: int
    account: str
    price: int
    documents: bytes
    nonce: int
    opened: Stamp


class Ballot(NamedTuple):
    """A ballot that counts; marks are one byte per bidder, in the order of opening."""

    seat: int
    envelope: int  # its index in the box
    reasons: bytes
    marks: bytes
    opened: Stamp


class Recusal(NamedTuple):
    """A seat that left a panel, and who took its place; 0: nobody was left."""

    seat: int
    reserve: int
    reason: bytes
    stamp: Stamp


@dataclass(slots=True)
class Round:
    """One evaluation; where a seat left its panel and nobody took the place, the panel holds 0."""

    question: Question
    seed: bytes
    panel: tuple[int, ...]
    quorum: int
    bidders: int
    drawn: Stamp
    box: Box
    recusals: list[Recusal] = field(default_factory=list)
    reserves: tuple[int, int, int] = (0, 0, 0)  # seats that left, by class
    ballots: list[Ballot] = field(default_factory=list)


class Winner(NamedTuple):
    """The best bid by the ballots."""

    position: int  # in the order of opening, from 0
    organisation: int
    price: int


class Turn(NamedTuple):
    """A turn in the course of an award: what happened, when, to whose bid.

    `what` is one of "ranked", "quality-decided", "lowest-found", "flagged", "questioned",
    "standstill", "none-acceptable", "awarded", "accepted", "passed-over", "remedied".
    """

    what: str
    stamp: Stamp
    organisation: int = 0
    price: int = 0
    until: int = 0  # end of a standstill, last second for signing
    remedy: Remedy = Remedy.NONE


@dataclass(slots=True)
class Award:
    """From the first panel to the award; after an exclusion the bids are ranked again."""

    rounds: list[Round] = field(default_factory=list)
    attempts: int = 0  # rounds for the present question; 0: its panel is not drawn yet
    question: Question = Question.RESPONSIVENESS  # that the next or present round answers
    bids_round: int = 0  # the last round that judged bids or proposals
    low_round: int = 0  # 1 + the last round about abnormally low prices; 0: none
    rankings: int = 0  # completed with a winner
    part: Pass = Pass.BEST  # of the ranking, that the next chunk belongs to
    ranked: int = 0  # bids compared in it
    best: int = 0  # 1 + position of the best bid so far; 0: none
    lowest: int = 0  # QUALITY_PRICE: lowest price compared; 0 until it is found
    excluded: set[int] = field(default_factory=set)  # positions
    ranked_at: Stamp | None = None
    winner: Winner | None = None
    standstill: Stamp | None = None
    standstill_ends_at: int = 0
    none_acceptable: Stamp | None = None
    awarded: Stamp | None = None
    sign_by: int = 0
    accepted: Stamp | None = None
    cancelled: Stamp | None = None  # by a review
    history: list[Turn] = field(default_factory=list)


# Complaints


class ReviewPanel(NamedTuple):
    """A panel that decides a complaint."""

    seed: bytes
    seats: tuple[int, ...]
    quorum: int
    decide_by: int  # first second in which it votes no more
    drawn: Stamp


class Vote(NamedTuple):
    """An open vote of a seat on a complaint."""

    attempt: int
    seat: int
    ruling: Remedy
    abusive: bool
    reasons: bytes
    stamp: Stamp


@dataclass(slots=True)
class Complaint:
    """A complaint against one ranking of a tender."""

    id: int
    tender: int
    tenderer: int
    award: int  # which ranking, from 1
    grounds: bytes
    token: str
    amount: int  # of the deposit that was given
    depositor: str
    filed: Stamp
    panels: list[ReviewPanel] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    status: ComplaintStatus = ComplaintStatus.OPEN
    ruling: Remedy = Remedy.NONE
    abusive: bool = False
    closed: Stamp | None = None
    paid: Stamp | None = None  # its deposit

    @property
    def deposit(self) -> int:
        """What of the deposit is still held."""
        return 0 if self.paid else self.amount

    @property
    def all_voted(self) -> bool:
        """Whether all seats of its present panel have voted, and are enough."""
        panel = self.panels[-1]
        return len(self.present_votes()) == len(panel.seats) >= panel.quorum

    def present_votes(self) -> list[Vote]:
        """Returns the votes of its present panel."""
        return [each for each in self.votes if each.attempt == len(self.panels) - 1]


# Agreements


@dataclass(slots=True)
class Signed:
    """An agreement as both sides signed it."""

    agreement: Mapping[str, Any]
    hash: bytes
    buyer_account: str
    supplier_account: str
    signed: Stamp


class Report(NamedTuple):
    """A supplier's report, an inspector's acceptance or rejection, or the fall of the report."""

    what: str  # "reported", "approved", "rejected", "returned"
    account: str  # of the inspector; empty for a report and its fall
    hash: bytes  # of evidence or reasons; empty for an acceptance and a fall
    stamp: Stamp


@dataclass(slots=True)
class Milestone:
    """A milestone's course."""

    status: Status = Status.PENDING
    approvals: int = 0  # bit i: inspector i accepted the present report
    rejections: int = 0  # bit i: inspector i rejected it
    reports: int = 0
    history: list[Report] = field(default_factory=list)


class Payment(NamedTuple):
    """Money that moved: "funded", "paid" or "refunded"; `milestone` is −1 unless paid."""

    what: str
    account: str  # payer, payee, or who is refunded
    amount: int
    milestone: int
    stamp: Stamp


@dataclass(slots=True)
class Account:
    """The money of an agreement."""

    funded: int = 0
    paid: int = 0
    refunded: int = 0
    milestones: list[Milestone] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    renounced: Stamp | None = None
    closed: Stamp | None = None

    @property
    def held(self) -> int:
        """What is still there."""
        return self.funded - self.paid - self.refunded

    def count(self, status: Status) -> int:
        """How many milestones have this status."""
        return sum(each.status is status for each in self.milestones)


class Amendment(NamedTuple):
    """A change of a tender before it closed."""

    version: int
    closes_at: int
    reason: bytes
    by: str
    stamp: Stamp


@dataclass(slots=True)
class Enquiry:
    """A question about a tender; nothing tells who asked."""

    question: bytes
    asked: Stamp
    answer: bytes = bytes(32)
    by: str = ""  # account that answered
    answered: Stamp | None = None


@dataclass(slots=True)
class Tender:
    """A tender with everything that came of it; `terms` and `notice` are of its last version."""

    id: int
    buyer: int
    rule: int  # under which it was published
    version: int
    place: int  # among the lots of its procurement, from 0
    lot: str  # id of the lot within the process; empty if it has none
    terms: Mapping[str, Any]
    terms_hash: bytes
    notice: Mapping[str, Any]
    published: Stamp
    box: Box  # of bids, or of proposals
    prices: Box | None = None  # QUALITY_PRICE
    secured_in: str = ZERO  # token of what stands behind its bids, once that was asked for
    amendments: list[Amendment] = field(default_factory=list)
    enquiries: list[Enquiry] = field(default_factory=list)
    cancelled: Stamp | None = None
    cancel_reason: bytes = b""
    opened: list[OpenedBid] = field(default_factory=list)  # from the first box
    priced: list[OpenedBid] = field(default_factory=list)  # from the box of prices
    bidders: list[int] = field(default_factory=list)  # organisations, in the order of opening
    bids: dict[int, OpenedBid] = field(default_factory=dict)  # the one that stands of each
    award: Award = field(default_factory=Award)
    agreement: Signed | None = None
    account: Account = field(default_factory=Account)

    @property
    def scored(self) -> bool:
        """Whether quality and price both count."""
        return bool(self.terms["method"] == Method.QUALITY_PRICE)

    @property
    def counting(self) -> list[int]:
        """The prices that count, in the order of opening."""
        prices = (self.bids[each].price for each in self.bidders)
        return [each for each in prices if each not in (0, WITHDRAWN)]

    @property
    def valid_bids(self) -> int:
        """How many bids count: not withdrawn, or a proposal."""
        return len(self.bidders) if self.scored else len(self.counting)

    def bid_at(self, position: int) -> OpenedBid:
        """Returns the bid that ballots mark at `position`."""
        return self.bids[self.bidders[position]]

    def boxes(self) -> list[Box]:
        """Returns its boxes: bids or proposals, prices, then the ballots of each round."""
        prices = [self.prices] if self.prices else []
        return [self.box, *prices, *(each.box for each in self.award.rounds)]

    def box_of(self, stage: int) -> Box | None:
        """Returns the box of a stage."""
        return next((each for each in self.boxes() if each.stage == stage), None)
