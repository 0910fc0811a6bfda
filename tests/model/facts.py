"""What the procedure deals with: rules, terms, boxes, tenders, complaints, people.

Nothing here is packed as the contracts pack it; times are seconds since 1970, money is in the
smallest unit, and an act that may not be done is `Refused` by the name of the contracts' error.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from .comparing import WITHDRAWN, is_low

DAY = 86_400
LEAST, MOST = DAY, 366 * DAY
GRACE, DRAWING, NOTICE = 3 * DAY, 7 * DAY, 14 * DAY
LOWEST_PRICE, QUALITY_PRICE = 0, 1
BIDS, PROPOSALS, PRICES, BALLOTS = 0, 1, 2, 16
AGENCY, AUDITOR, CITIZEN = 0, 1, 2
NONE, RE_EVALUATE, EXCLUDE, CANCEL = 0, 1, 2, 3
RESPONSIVENESS, QUALITY, LOW_PRICES = 0, 1, 2
LENGTHS = {BIDS: 141, PROPOSALS: 125, PRICES: 141}  # of a message; a ballot's is 101 and its marks
HEADER, CAP, RELAY_CAP = 34, 8, 4096
TERMINAL = ("CONTRACTED", "UNSUCCESSFUL", "CANCELLED")

PHASES = (
    "NONE",
    "TENDERING",
    "OPENING",
    "EVALUATION",
    "PRICE_OPENING",
    "STANDSTILL",
    "AWARDED",
    "CONTRACTED",
    "UNSUCCESSFUL",
    "CANCELLED",
)
FAILURES = (  # why a tender is unsuccessful
    "NONE",
    "WITHHELD",
    "TOO_FEW_BIDS",
    "NOT_DRAWN",
    "NO_QUORUM",
    "NO_BID_ACCEPTABLE",
    "NOT_SIGNED",
)
STATUSES = ("NONE", "OPEN", "DECIDED", "LAPSED", "MOOT")
VOIDS = (
    "",
    "LENGTH",
    "VERSION",
    "POINT",
    "SIGNATURE",
    "ACCOUNT",
    "INELIGIBLE",
    "BUYER",
    "TENDER_VERSION",
    "NONCE",
    "PRICE",
    "CEILING",
    "SUPERSEDED",
    "SEAT",
    "REPEATED",
    "MARKS",
    "UNPAIRED",
    "SECURITY",
)


class Refused(Exception):
    """An act that may not be done; `args[0]` names the error."""


def need(condition: object, error: str) -> None:
    if not condition:
        raise Refused(error)


class Rule(NamedTuple):
    """As `Rules.sol` orders it."""

    category: int
    method: int
    tendering: int
    amendment: int
    enquiry: int
    evaluation: int
    standstill: int
    signing: int
    minimum_bids: int
    under_estimate: int
    under_mean: int
    review: int
    deposit: int
    agencies: int
    auditors: int
    citizens: int
    quorum: int
    review_auditors: int
    review_citizens: int
    review_quorum: int
    threshold: int
    weight_least: int
    weight_most: int
    bid_security_least: int
    bid_security_most: int
    performance_security: int
    performance_security_low: int


class Terms(NamedTuple):
    """As `Terms.sol` orders it."""

    documents: bytes
    category: int
    method: int
    tax: int
    currency: str
    ceiling: int
    minimum_bids: int
    bid_security: int
    weight: int
    threshold: int
    evaluation: int
    plan: tuple[int, ...]


class Message(NamedTuple):
    """An envelope, and what its author put inside.

    Attributes:
        defect: what is wrong with the envelope, or with the signature; else empty.
    """

    envelope: bytes
    defect: str = ""
    account: str = ""
    price: int = 0
    version: int = 0
    nonce: int = 0
    seat: int = 0
    marks: bytes = b""


@dataclass
class Box:
    closes: int
    key: int
    messages: list[Message] = field(default_factory=list)
    sealed_by: Counter[object] = field(default_factory=Counter)
    opened: int = 0
    released: bool = False
    shut: bool = False

    @property
    def is_open(self) -> bool:
        return self.released and self.opened == len(self.messages)


@dataclass
class Bid:
    price: int
    nonce: int

    @property
    def counts(self) -> bool:
        return self.price not in (0, WITHDRAWN)


@dataclass
class Round:
    question: int
    panel: list[int]
    reserves: Counter[int] = field(default_factory=Counter)
    ballots: dict[int, bytes] = field(default_factory=dict)  # by seat

    def marks(self, position: int) -> list[int]:
        return [each[position] for each in self.ballots.values()]


@dataclass
class Tender:
    id: int
    buyer: int
    rule: Rule
    lot: int
    terms: Terms
    version: int = 1
    boxes: dict[int, Box] = field(default_factory=dict)
    bids: dict[int, Bid] = field(default_factory=dict)  # by organisation, in the order of opening
    answers: list[bool] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    question: int = RESPONSIVENESS
    attempts: int = 0  # rounds for the question
    judged: int = 0  # the round that judged the bids
    low: int | None = None  # the round about abnormally low prices
    quality_decided: int = 0
    lowest: int = 0  # price, once found
    ranked: int = 0
    winner: int = 0  # organisation
    rankings: int = 0
    excluded: set[int] = field(default_factory=set)
    standstill_ends: int = 0
    sign_by: int = 0
    accepted: bool = False
    unacceptable: bool = False
    cancelled: bool = False
    signed: bool = False
    recused: set[int] = field(default_factory=set)  # seats that left a panel
    backed: set[int] = field(default_factory=set)  # organisations; their money stays
    settled: set[int] = field(default_factory=set)

    @property
    def two_envelopes(self) -> bool:
        return self.terms.method == QUALITY_PRICE

    @property
    def first_stage(self) -> int:
        return PROPOSALS if self.two_envelopes else BIDS

    @property
    def first_box(self) -> Box:
        return self.boxes[self.first_stage]

    @property
    def closes(self) -> int:
        return self.first_box.closes

    @property
    def prices(self) -> list[int]:
        return [each.price for each in self.bids.values() if each.counts]

    def is_low(self, price: int) -> bool:
        rule = self.rule
        return is_low(price, self.prices, self.terms.ceiling, rule.under_estimate, rule.under_mean)


class Guarantee(NamedTuple):
    amount: int
    since: int
    until: int


class Lock(NamedTuple):
    """Behind one agreement."""

    money: int
    pledged: int


@dataclass
class Account:
    """What an organisation has at `Securities`."""

    balance: int = 0
    noticed: int = 0
    notice_ends: int = 0
    pledged: int = 0
    backing: int = 0
    cover: list[tuple[int, int]] = field(default_factory=list)  # from when, how much backs bids
    guarantees: list[Guarantee] = field(default_factory=list)

    def guaranteed_at(self, time: int) -> int:
        return sum(
            each.amount for each in self.guarantees if each.since < time <= each.until - NOTICE
        )

    def cover_at(self, time: int) -> int:
        money = next((amount for since, amount in reversed(self.cover) if since < time), 0)
        return money + self.guaranteed_at(time)


@dataclass
class Complaint:
    tender: Tender
    tenderer: int
    award: int
    depositor: str
    deposit: int
    status: str = "OPEN"
    panels: list[list[int]] = field(default_factory=list)
    votes: dict[int, tuple[int, bool]] = field(default_factory=dict)  # of the present panel
    quorum: int = 0
    decide_by: int = 0
    ruling: int = NONE
    abusive: bool = False


@dataclass
class Seat:
    organisation: int
    class_: int
    accounts: list[tuple[int, str]]  # from when
    admitted: int
    removed: int | None = None

    def was_seated(self, time: int) -> bool:
        return self.admitted < time and (self.removed is None or self.removed >= time)

    def account_at(self, time: int) -> str:
        return next((name for since, name in reversed(self.accounts) if since < time), "")


@dataclass
class Organisation:
    id: int
    account: str
    is_buyer: bool = False
    is_supplier: bool = False
    suspensions: list[tuple[int, bool]] = field(default_factory=list)

    @property
    def is_suspended(self) -> bool:
        return bool(self.suspensions) and self.suspensions[-1][1]

    def was_suspended(self, time: int) -> bool:
        return next((is_ for since, is_ in reversed(self.suspensions) if since < time), False)
