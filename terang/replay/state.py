"""The whole ledger as its events tell it: what `fold` builds, `compare` checks and pages show.

Everything hangs on `State`. One tender holds its whole path:

    State.tenders[id] ─ Tender ─ box: Box            envelopes, and what came of each
                               ├ prices: Box         of the prices, where they have their own
                               ├ opened: OpenedBid…  every bid that counted when it was opened
                               ├ bids                the bid of each organisation that stands
                               ├ award: Award ─ rounds: Round… ─ box, panel, ballots
                               ├ agreement: Signed   as both sides signed it
                               └ account: Account    money, milestones, payments
    State.complaints[id] ─ Complaint ─ panels: ReviewPanel…, votes: Vote…

Identifiers are numbers as in the contracts, accounts checksummed text, hashes bytes. Times are
seconds since 1970 UTC, amounts in the token's smallest unit. Rules, `terms`, `notice` and
`agreement` are the contracts' structs, by the field names of `Rules.sol`, `Terms.sol` and
`Agreements.sol`. "When" is always a `Stamp`: block, time, transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from terang.sealing.misconduct import Accused
from terang.vocabulary import ComplaintStatus, Method, Pass, Question, Remedy, Status, Void

ZERO: Final = "0x" + 40 * "0"
BIDS: Final = 0
"""Stage of bids with a price in one envelope."""
PROPOSALS: Final = 1
"""Stage of proposals, whose prices are in envelopes of their own."""
PRICES: Final = 2
"""Stage of those prices."""
BALLOTS: Final = 16
"""Stage of the ballots of round 0; later rounds follow."""
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


class Trace(list[tuple[int, Any]]):
    """What something was from which second on (OpenZeppelin's `Checkpoints`)."""

    def push(self, time: int, value: Any) -> None:
        """Adds a value; of several in the same second the last one holds."""
        if self and self[-1][0] == time:
            self[-1] = (time, value)
        else:
            self.append((time, value))

    def before(self, time: int, default: Any) -> Any:
        """Returns what held just before `time`; `default` when nothing did."""
        return next((value for since, value in reversed(self) if since < time), default)


# Identity and governance


@dataclass(slots=True)
class Organisation:
    """An organisation: known by the salted hash of a record that stays off chain."""

    id: int
    record: bytes
    roles: int
    registered: Stamp
    suspensions: Trace = field(default_factory=Trace)  # whether it is suspended
    decisions: list[tuple[Stamp, bool, bytes]] = field(default_factory=list)
    """Every suspension (True) and reinstatement (False) with the hash of its reasons."""


class Entry(NamedTuple):
    """The entry of an organisation: which, by which registrar, when."""

    organisation: int
    by: str
    stamp: Stamp


@dataclass(slots=True)
class Key:
    """A key of an organisation, valid from `since` until just before `until`."""

    organisation: int
    powers: int
    since: int
    until: int


@dataclass(slots=True)
class Seat:
    """A seat of the consortium."""

    id: int
    organisation: int
    seat_class: int  # 0 agency, 1 auditor, 2 citizen
    admitted: Stamp
    accounts: Trace = field(default_factory=Trace)  # the account that votes for it
    removed: Stamp | None = None
    reason: bytes = b""


# Opening keys


@dataclass(slots=True)
class Epoch:
    """The openers of one epoch, by index from 1."""

    id: int
    seats: tuple[int, ...]
    threshold: int
    confirmations: int
    started: Stamp
    batches: int = 0
    encryption_keys: dict[int, bytes] = field(default_factory=dict)
    culprits: set[int] = field(default_factory=set)  # shown to have cheated: in no later batch


@dataclass(slots=True)
class Batch:
    """A batch of keys and its ceremony."""

    epoch: int
    id: int
    count: int
    deals_until: int
    members: Mapping[int, bytes]
    """Openers that had enrolled, and were not shown to have cheated, when it was opened: keys."""
    deals: list[tuple[int, bytes]] = field(default_factory=list)  # opener, payload
    accusations: list[Accused] = field(default_factory=list)  # whether they hold or not
    cheated: set[int] = field(default_factory=set)  # openers that showed a wrong share
    confirmed: int = 0  # bits: opener i is bit i − 1
    statements: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    """How many openers confirmed this root and transcript."""
    root: bytes = bytes(32)
    transcript: bytes = bytes(32)


@dataclass(slots=True)
class OpeningKey:
    """A key that a box took."""

    id: int
    contract: str  # "Tenders" or "Ballots"
    tender: int
    stage: int
    x: int
    y: int
    taken: Stamp
    shares: list[tuple[int, int]] = field(default_factory=list)  # opener, share; not yet checked
    secret: int = 0
    released: Stamp | None = None


# Boxes


class Prepared(NamedTuple):
    """A box without its key yet: which, since when."""

    box: "Box"
    stamp: Stamp


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


# Money and what must follow


@dataclass(slots=True)
class Token:
    """A token of the treasury."""

    balances: dict[str, int] = field(default_factory=dict)
    allowances: dict[tuple[str, str], int] = field(default_factory=dict)  # owner, spender
    supply: int = 0
    minted: dict[bytes, Stamp] = field(default_factory=dict)  # by commitment of cash


class Transfer(NamedTuple):
    """A movement of a token's money within one transaction."""

    token: str
    sender: str
    to: str
    amount: int
    transaction: bytes


class Filed(NamedTuple):
    """A complaint without its panel yet: which, since when."""

    complaint: int
    stamp: Stamp


class Ordered(NamedTuple):
    """A remedy that a review ordered: for which tender, what, when."""

    tender: int
    remedy: Remedy
    stamp: Stamp


@dataclass(slots=True)
class State:
    """The ledger after some events.

    Attributes:
        chain_id: the chain's id.
        administrator: the one account that holds the administration.
        addresses: of each contract, by its name in the deployment.
        names: the other way round.
        entered: the organisation that the last event entered: the next one is its first key.
        prepared: the boxes that the last events prepared: the next one takes the first's key.
        filed: the complaint that the last event filed: the next one draws its panel.
        ordered: what the last event ruled: the next one does it.
        due: the transfer of a treasury's token that the last event announced: the next event.
        payment: the last payment out of escrow, in whatever token, until it fails.
        arrived: the last transfer into escrow.
        place: block and index of the last event.
    """

    chain_id: int
    administrator: str
    addresses: Mapping[str, str]
    names: Mapping[str, str]
    rules: list[Mapping[str, Any]] = field(default_factory=list)  # number − 1
    present: dict[tuple[int, int], int] = field(default_factory=dict)
    """The rule for tenders published now, by category and method."""
    organisations: list[Organisation] = field(default_factory=list)  # id − 1
    keys: dict[str, Key] = field(default_factory=dict)
    licences: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)  # id − 1
    seats_of_class: tuple[list[int], list[int], list[int]] = field(
        default_factory=lambda: ([], [], [])
    )
    seat_of_account: dict[str, int] = field(default_factory=dict)  # now or once
    seat_of_organisation: dict[int, int] = field(default_factory=dict)
    epochs: list[Epoch] = field(default_factory=list)  # id − 1
    batches: dict[tuple[int, int], Batch] = field(default_factory=dict)  # epoch, batch
    opening_keys: dict[int, OpeningKey] = field(default_factory=dict)
    tenders: dict[int, Tender] = field(default_factory=dict)
    complaints: dict[int, Complaint] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)  # by address
    claimable: dict[tuple[str, str], int] = field(default_factory=dict)  # token, payee
    entered: Entry | None = None
    prepared: tuple[Prepared, ...] = ()
    filed: Filed | None = None
    ordered: Ordered | None = None
    due: Transfer | None = None
    payment: Transfer | None = None
    arrived: Transfer | None = None
    place: tuple[int, int] = (-1, -1)

    @classmethod
    def empty(cls, chain_id: int, administrator: str, addresses: Mapping[str, str]) -> "State":
        """Returns a ledger on which nothing has happened yet.

        Args:
            chain_id: the chain's id.
            administrator: the one account that holds the administration.
            addresses: of each contract, by its name in the deployment; the names of tokens begin
                with `TreasuryToken_`.
        """
        tokens = {a: Token() for name, a in addresses.items() if name.startswith("TreasuryToken_")}
        names = {address: name for name, address in addresses.items()}
        return cls(chain_id, administrator, addresses, names, tokens=tokens)

    def boxes(self) -> list[Box]:
        """Returns every box: of each tender first its bids, then its prices and ballots."""
        return [box for tender in self.tenders.values() for box in tender.boxes()]
