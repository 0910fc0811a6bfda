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
from typing import Any, Final, NamedTuple

from terang.replay.procurement import (
    GRACE,
    WITHDRAWN,
    ZERO,
    Account,
    Amendment,
    Award,
    Ballot,
    Box,
    Complaint,
    Enquiry,
    Envelope,
    Milestone,
    OpenedBid,
    Payment,
    Recusal,
    Report,
    ReviewPanel,
    Round,
    Signed,
    Stamp,
    Tender,
    Turn,
    Vote,
    Winner,
)
from terang.sealing.misconduct import Accused
from terang.vocabulary import BALLOTS, BIDS, PRICES, PROPOSALS, Remedy

NOTICE: Final = 14 * 86_400
"""Seconds from a notice until the money may leave (`Securities.NOTICE`)."""

__all__ = [
    "BALLOTS",
    "BIDS",
    "GRACE",
    "PRICES",
    "PROPOSALS",
    "WITHDRAWN",
    "ZERO",
    "Account",
    "Amendment",
    "Award",
    "Ballot",
    "Batch",
    "Box",
    "Complaint",
    "Enquiry",
    "Entry",
    "Envelope",
    "Epoch",
    "Filed",
    "Guarantee",
    "Key",
    "Lock",
    "Milestone",
    "OpenedBid",
    "OpeningKey",
    "Ordered",
    "Organisation",
    "Payment",
    "Prepared",
    "Recusal",
    "Report",
    "ReviewPanel",
    "Round",
    "Seat",
    "SecurityAccount",
    "Signed",
    "Stamp",
    "State",
    "Tender",
    "Token",
    "Trace",
    "Transfer",
    "Turn",
    "Vote",
    "Winner",
]


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


# Securities


class Guarantee(NamedTuple):
    """What a guarantor stands for, from `since` until just before `until`."""

    amount: int
    since: int
    until: int
    guarantor: str
    document: bytes


class Lock(NamedTuple):
    """What stands behind an agreement: money, and what guarantors owe."""

    money: int
    pledged: int
    token: str
    organisation: int


@dataclass(slots=True)
class SecurityAccount:
    """What stands behind the bids of an organisation in one token."""

    balance: int = 0
    noticed: int = 0  # of it, under notice
    notice_ends_at: int = 0
    pledged: int = 0  # of guarantees, behind agreements
    backing: int = 0  # running tenders that a bid was backed for
    cover: Trace = field(default_factory=Trace)  # money not under notice
    guarantees: list[Guarantee] = field(default_factory=list)

    def guaranteed(self, time: int) -> int:
        """Returns the guarantees valid just before `time` and for a notice's length after it."""
        valid = (each for each in self.guarantees if each.since < time <= each.until - NOTICE)
        return sum(each.amount for each in valid)

    def cover_at(self, time: int) -> int:
        """Returns what backed bids just before `time`."""
        return int(self.cover.before(time, 0)) + self.guaranteed(time)

    def cover_now(self, second: int) -> int:
        """Returns what may be secured in this second."""
        return self.balance + max(self.guaranteed(second + 1) - self.pledged, 0)


# Money and what must follow


class Prepared(NamedTuple):
    """A box without its key yet: which, since when."""

    box: Box
    stamp: Stamp


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
    securities: dict[tuple[int, str], SecurityAccount] = field(default_factory=dict)
    """By organisation and token."""
    backings: dict[tuple[int, int], bool] = field(default_factory=dict)
    """By tender and organisation with a backed bid: whether its money is still bound."""
    locks: dict[int, Lock] = field(default_factory=dict)  # by tender
    forfeited: dict[str, int] = field(default_factory=dict)  # by token
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
