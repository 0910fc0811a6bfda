"""The procedure from tender to signature, in plain Python: what the contracts must agree with.

Written from the rules of procurement and from what the contracts promise in their documentation,
not from how they do it: nothing here is packed, chunked or cached. Time is `now`; an act that may
not be done raises `Refused` with the name of the contracts' error and changes nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from eth_utils.crypto import keccak

from terang.sealing.curve import words

from .comparing import (
    WITHDRAWN,
    is_low,
    is_responsive,
    lot,
    order,
    passes,
    score,
    seed,
)

DAY = 86_400
LEAST, MOST = DAY, 366 * DAY
GRACE, DRAWING = 3 * DAY, 7 * DAY
LOWEST_PRICE, QUALITY_PRICE = 0, 1
BIDS, PROPOSALS, PRICES, BALLOTS = 0, 1, 2, 16
AGENCY, AUDITOR, CITIZEN = 0, 1, 2
NONE, RE_EVALUATE, EXCLUDE, CANCEL = 0, 1, 2, 3
RESPONSIVENESS, QUALITY, LOW_PRICES = 0, 1, 2
LENGTHS = {BIDS: 141, PROPOSALS: 125, PRICES: 141}  # of a message; a ballot's is 101 and its marks
HEADER, CAP, RELAY_CAP = 34, 8, 4096
TERMINAL = ("CONTRACTED", "UNSUCCESSFUL", "CANCELLED")


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


class Terms(NamedTuple):
    """As `Terms.sol` orders it."""

    documents: bytes
    category: int
    method: int
    tax: int
    currency: str
    ceiling: int
    minimum_bids: int
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


class Procedure:
    """All tenders, rules, complaints and money of one ledger."""

    def __init__(
        self,
        now: int,
        organisations: Sequence[Organisation],
        seats: Sequence[Seat],
        money: dict[str, int],
        allowed: set[str],
        currency: str,
        keys: int,
    ) -> None:
        self.now = now
        self.organisations = {each.id: each for each in organisations}
        self.serving = {each.account: each for each in organisations}
        self.seats = dict(enumerate(seats, 1))
        self.money = Counter(money)
        self.allowed = allowed  # accounts that let `Reviews` take their money
        self.currency = currency
        self.free_keys = set(range(keys))
        self.rules: list[Rule] = []
        self.present: dict[tuple[int, int], Rule] = {}
        self.tenders: dict[int, Tender] = {}
        self.complaints: dict[int, Complaint] = {}

    # The law

    def set_rules(self, by: str, rules: Sequence[Rule]) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        for rule in rules:
            _check_rule(rule)
        for rule in rules:
            self.rules.append(rule)
            self.present[rule.category, rule.method] = rule

    def repeal(self, by: str, category: int, method: int) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        need((category, method) in self.present, "RulesNone")
        del self.present[category, method]

    def suspend(self, by: str, organisation: int) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        need(organisation in self.organisations, "ParticipantsUnknownOrganisation")
        found = self.organisations[organisation]
        need(not found.is_suspended, "ParticipantsAlreadySuspended")
        found.suspensions.append((self.now, True))

    def reinstate(self, by: str, organisation: int) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        need(organisation in self.organisations, "ParticipantsUnknownOrganisation")
        found = self.organisations[organisation]
        need(found.is_suspended, "ParticipantsNotSuspended")
        found.suspensions.append((self.now, False))

    def remove_seat(self, by: str, seat: int) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        self._current_seat(seat).removed = self.now

    def change_account(self, by: str, seat: int, account: str) -> None:
        current = self._current_seat(seat)
        need(by in ("authority", current.accounts[-1][1]), "ConsortiumNotSeatHolder")
        need(not self.seat_ever_of(account), "ConsortiumAccountTaken")
        current.accounts.append((self.now, account))

    def _current_seat(self, seat: int) -> Seat:
        need(seat in self.seats, "ConsortiumUnknownSeat")
        need(self.seats[seat].removed is None, "ConsortiumSeatRemoved")
        return self.seats[seat]

    def seat_ever_of(self, account: str) -> int:
        """The seat that an account serves or once served; 0 for none."""
        return next(
            (n for n, s in self.seats.items() if any(account == a for _, a in s.accounts)), 0
        )

    def _organisation_of(self, account: str) -> int:
        found = self.serving.get(account)
        return found.id if found else 0

    # The buyer's acts

    def publish(
        self,
        by: str,
        closes: int,
        lots: Sequence[tuple[Terms, Sequence[int]]],
        predecessor: int = 0,
        reference: str = "",
    ) -> None:
        """Publishes a procurement; each lot comes with the numbers of its keys."""
        found = self.serving.get(by)
        need(found and found.is_buyer and not found.is_suspended, "TendersNotABuyer")
        assert found
        need(0 < len(lots) <= 32, "TendersLots")
        need(len(reference) <= 256, "TendersReference")
        if predecessor:
            ended = self.standing(predecessor)[0]
            need(
                ended in ("UNSUCCESSFUL", "CANCELLED")
                and self.tenders[predecessor].buyer == found.id,
                "TendersPredecessor",
            )
        taken: set[int] = set()
        made: list[Tender] = []
        first = len(self.tenders) + 1
        for place, (terms, keys) in enumerate(lots):
            need(terms.documents == lots[0][0].documents, "TendersLotDocuments")
            rule = self.present.get((terms.category, terms.method))
            need(rule, "TendersNoRule")
            assert rule
            need(self.now + rule.tendering <= closes <= self.now + MOST, "TendersClosingTime")
            self._check_terms(terms, rule)
            tender = Tender(first + place, found.id, rule, place, terms)
            stages = (PROPOSALS, PRICES) if tender.two_envelopes else (BIDS,)
            need(len(keys) == len(stages), "TendersClaims")
            for stage, key in zip(stages, keys, strict=True):
                need(key in self.free_keys - taken, "OpeningKeysKeyTaken")
                taken.add(key)
                tender.boxes[stage] = Box(closes, key)
            if tender.two_envelopes:
                tender.question = QUALITY
            made.append(tender)
        self.free_keys -= taken
        self.tenders |= {each.id: each for each in made}

    def amend(self, by: str, tender: int, terms: Terms, closes: int) -> None:
        found = self._tendering(by, tender)
        rule = found.rule
        need((terms.category, terms.method) == (rule.category, rule.method), "TendersKind")
        self._check_terms(terms, rule)
        need(
            closes >= found.closes and (closes == found.closes or closes <= self.now + MOST),
            "TendersClosingTime",
        )
        found.terms = terms
        found.version += 1
        for box in found.boxes.values():
            box.closes = max(closes, self.now + rule.amendment)

    def cancel(self, by: str, tender: int) -> None:
        for box in self._tendering(by, tender).boxes.values():
            box.shut = True

    def enquire(self, by: str, tender: int, question: bytes) -> None:
        need(self.standing(tender)[0] == "TENDERING", "TendersNotTendering")
        need(self._could_bid(by) or by == "relay", "TendersNotEligible")
        found = self.tenders[tender]
        need(self.now < found.closes - found.rule.enquiry, "TendersEnquiriesOver")
        need(any(question), "EnquiriesEmpty")
        found.answers.append(False)

    def answer(self, by: str, tender: int, enquiry: int, text: bytes) -> None:
        found = self._tendering(by, tender)
        need(any(text), "EnquiriesEmpty")
        need(0 < enquiry <= len(found.answers), "EnquiriesUnknown")
        need(not found.answers[enquiry - 1], "EnquiriesAnswered")
        found.answers[enquiry - 1] = True

    def _tendering(self, by: str, tender: int) -> Tender:
        """The tender, for acts of its buyer while bids are sealed."""
        need(self.standing(tender)[0] == "TENDERING", "TendersNotTendering")
        found = self.tenders[tender]
        need(self._organisation_of(by) == found.buyer, "TendersNotTheBuyer")
        return found

    def _could_bid(self, account: str) -> int:
        found = self.serving.get(account)
        return found.id if found and found.is_supplier and not found.is_suspended else 0

    def _check_terms(self, terms: Terms, rule: Rule) -> None:
        most = 100 if rule.method == QUALITY_PRICE else 0
        need(any(terms.documents), "TendersDocuments")
        need(terms.currency == self.currency, "TendersCurrency")
        need(terms.ceiling != WITHDRAWN, "TendersCeiling")
        need(terms.minimum_bids >= rule.minimum_bids, "TendersMinimumBids")
        need(rule.weight_least <= terms.weight <= rule.weight_most, "TendersWeight")
        need(rule.threshold <= terms.threshold <= most, "TendersThreshold")
        need(rule.evaluation <= terms.evaluation <= MOST, "TendersEvaluationPeriod")
        need(len(terms.plan) <= 32 and all(terms.plan), "TendersPlan")
        need(sum(terms.plan) == 10_000, "TendersPlan")

    # Boxes

    def seal(self, by: str, tender: int, stage: int, message: Message) -> None:
        box = self._box(tender, stage)
        need(box, "SealedBoxUnknown")
        assert box
        need(self.now < box.closes and not box.shut, "SealedBoxClosed")
        found = self.tenders[tender]
        most = HEADER + (101 + len(found.bids) if stage >= BALLOTS else LENGTHS[stage])
        need(HEADER < len(message.envelope) <= most, "SealedBoxLength")
        if by == "relay":
            who: object = by
        elif stage >= BALLOTS:
            who = self._voter(found, stage - BALLOTS, by)
        else:
            who = self._could_bid(by)
        need(who, "SealedBoxSender")
        need(box.sealed_by[who] < (RELAY_CAP if by == "relay" else CAP), "SealedBoxCap")
        box.sealed_by[who] += 1
        box.messages.append(message)

    def release(self, tender: int, stage: int, key: int) -> None:
        """Publishes the secret of the key with this number."""
        box = self._box(tender, stage)
        need(not (box and box.released), "SealedBoxAlreadyReleased")
        need(box and not box.shut, "SealedBoxNotReleasable")
        assert box
        opens = self.opens(tender, stage)
        need(opens and opens <= self.now < opens + GRACE, "SealedBoxNotReleasable")
        need(key == box.key, "SealedBoxWrongSecret")
        box.released = True

    def open(self, tender: int, stage: int, envelopes: Sequence[bytes]) -> list[str]:
        """Opens the next envelopes, and returns why each does not count; empty: it does."""
        box = self._box(tender, stage)
        need(box and box.released, "SealedBoxNotReleased")
        assert box
        need(envelopes, "SealedBoxNothingToOpen")
        upto, last = box.opened + len(envelopes), len(box.messages)
        need(upto <= last, "SealedBoxTooMany")
        segment = 8 if stage >= BALLOTS else 32
        need(upto == last or upto % segment == 0, "SealedBoxIncompleteSegment")
        messages = box.messages[box.opened : upto]
        need(list(envelopes) == [each.envelope for each in messages], "SealedBoxWrongEnvelopes")
        box.opened = upto
        found = self.tenders[tender]
        if stage >= BALLOTS:
            return [self._ballot(found, found.rounds[stage - BALLOTS], each) for each in messages]
        return [self._bid(found, stage, each) for each in messages]

    def _box(self, tender: int, stage: int) -> Box | None:
        return self.tenders[tender].boxes.get(stage) if tender in self.tenders else None

    def opens(self, tender: int, stage: int) -> int:
        """From when the secret of a box may come out; 0: not known yet."""
        found = self.tenders[tender]
        return found.quality_decided if stage == PRICES else found.boxes[stage].closes

    def is_withheld(self, tender: Tender, stage: int) -> bool:
        opens = self.opens(tender.id, stage)
        return bool(opens) and self.now >= opens + GRACE and not tender.boxes[stage].released

    def _bid(self, tender: Tender, stage: int, message: Message) -> str:
        """Records a bid, a proposal or a price, or says why it does not count."""
        if message.defect:
            return message.defect
        bidder = self.serving.get(message.account)
        if not bidder:
            return "ACCOUNT"
        if not bidder.is_supplier or bidder.was_suspended(tender.closes):
            return "INELIGIBLE"
        if bidder.id == tender.buyer:
            return "BUYER"
        if message.version != tender.version:
            return "TENDER_VERSION"
        if message.nonce == 0:
            return "NONCE"
        if stage != PROPOSALS:
            if message.price == 0:
                return "PRICE"
            if tender.terms.ceiling and tender.terms.ceiling < message.price != WITHDRAWN:
                return "CEILING"
        earlier = tender.bids.get(bidder.id, Bid(0, 0))
        if stage == PRICES:
            if message.nonce > earlier.nonce:
                return "UNPAIRED"
            if message.nonce < earlier.nonce or earlier.price:
                return "SUPERSEDED"
        elif message.nonce <= earlier.nonce:
            return "SUPERSEDED"
        price = 0 if stage == PROPOSALS else message.price
        tender.bids[bidder.id] = Bid(price, message.nonce)
        return ""

    def _ballot(self, tender: Tender, round_: Round, message: Message) -> str:
        if message.defect in ("LENGTH", "VERSION", "POINT"):
            return message.defect
        if len(message.marks) != len(tender.bids):
            return "LENGTH"
        if not message.seat or message.seat not in round_.panel:
            return "SEAT"
        account = self.seats[message.seat].account_at(tender.closes)
        if message.defect or message.account != account:
            return "SIGNATURE"
        if message.seat in round_.ballots:
            return "REPEATED"
        allowed = range(101) if round_.question == QUALITY else range(3)
        if not all(each in allowed or each == 255 for each in message.marks):
            return "MARKS"
        round_.ballots[message.seat] = message.marks
        return ""

    # Panels

    def _voter(self, tender: Tender, round_: int, account: str) -> int:
        """The seat on a panel whose ballots an account signs; 0 for none."""
        seat = self.seat_ever_of(account)
        if not seat or round_ >= len(tender.rounds) or seat not in tender.rounds[round_].panel:
            return 0
        return seat if self.seats[seat].account_at(tender.closes) == account else 0

    def seed(self, tender: Tender, round_: int) -> bytes:
        """Of the box that was opened before; lots that closed together share the first."""
        if round_:
            box = tender.boxes[BALLOTS + round_ - 1]
        else:
            tender = self._first_lot(tender)
            box = tender.first_box
        secret = self.secret_of(box.key) if box.released else 0
        return seed(secret, [keccak(each.envelope) for each in box.messages], tender.id, round_)

    def _first_lot(self, tender: Tender) -> Tender:
        for id_ in range(tender.id - tender.lot, tender.id):
            found = self.tenders[id_]
            box = found.first_box
            withheld = self.is_withheld(found, found.first_stage)
            if not box.shut and box.closes == tender.closes and not withheld:
                need(box.released, "BallotsFirstLotSealed")
                return found
        return tender

    def secret_of(self, key: int) -> int:
        """The secret of an opening key; whoever makes the keys says it."""
        raise NotImplementedError

    def pool(
        self, tender: Tender, seed_: bytes, class_: int, barred: Sequence[int] = ()
    ) -> list[int]:
        """The seats of a class that may be drawn, in the order of the draw."""
        time = tender.closes
        seats = [
            n for n, each in self.seats.items() if each.class_ == class_ and each.admitted < time
        ]
        return [
            each
            for each in order(seats, seed_, class_)
            if self.seats[each].was_seated(time)
            and self.seats[each].organisation != tender.buyer
            and each not in barred
        ]

    def draw(self, tender: int, terms: Terms, key: int) -> None:
        self._in_phase(tender, "EVALUATION")
        found = self.tenders[tender]
        number = len(found.rounds)
        if found.attempts:
            need(self.outcome(found, number - 1) == "NO_QUORUM", "AwardsRoundRunning")
        need(terms == found.terms, "AwardsTerms")
        rule = found.rule
        seed_ = self.seed(found, number)
        panel: list[int] = []
        for class_, wanted in enumerate((rule.agencies, rule.auditors, rule.citizens)):
            panel += self.pool(found, seed_, class_)[:wanted]
        need(key in self.free_keys, "OpeningKeysKeyTaken")
        self.free_keys.discard(key)
        found.rounds.append(Round(found.question, panel))
        found.attempts += 1
        if found.question == LOW_PRICES:
            found.low = number
        else:
            found.judged = number
        found.boxes[BALLOTS + number] = Box(self.now + terms.evaluation, key)

    def recuse(self, by: str, tender: int, round_: int) -> None:
        box = self._box(tender, BALLOTS + round_)
        need(box and self.now < box.closes, "BallotsClosed")
        found = self.tenders[tender]
        seat = self._voter(found, round_, by)
        need(seat, "BallotsNotOnPanel")
        rule, panel = found.rule, found.rounds[round_]
        class_ = self.seats[seat].class_
        wanted = (rule.agencies, rule.auditors, rule.citizens)[class_]
        before = wanted + panel.reserves[class_]
        drawn = self.pool(found, self.seed(found, round_), class_)
        panel.reserves[class_] += 1
        panel.panel[panel.panel.index(seat)] = drawn[before] if before < len(drawn) else 0

    def outcome(self, tender: Tender, round_: int) -> str:
        if self.is_withheld(tender, BALLOTS + round_):
            return "WITHHELD"
        if not tender.boxes[BALLOTS + round_].is_open:
            return "RUNNING"
        enough = len(tender.rounds[round_].ballots) >= tender.rule.quorum
        return "VALID" if enough else "NO_QUORUM"

    # Ranking and award

    def flag(self, tender: int, position: int) -> None:
        need(tender in self.tenders, "TendersUnknown")
        found = self.tenders[tender]
        bids = list(found.bids.values())
        need(position < len(bids), "BidsUnknown")
        need(bids[position].counts and found.is_low(bids[position].price), "AwardsNotLow")
        self._in_phase(tender, "EVALUATION")

    def rank(self, tender: int, most: int) -> None:
        need(tender not in self.tenders or not self.tenders[tender].standstill_ends, "AwardsRanked")
        self._in_phase(tender, "EVALUATION")
        found = self.tenders[tender]
        need(
            found.attempts and self.outcome(found, len(found.rounds) - 1) == "VALID",
            "AwardsNotEvaluated",
        )
        need(most, "AwardsNothingToRank")
        found.ranked = min(found.ranked + most, len(found.bids))
        if found.ranked < len(found.bids):
            return
        found.ranked = 0
        if found.two_envelopes and not found.quality_decided:
            self._decide_quality(found)
        elif found.two_envelopes and not found.lowest:
            found.lowest = min((price for _, price, _ in self._acceptable(found)), default=0)
            found.unacceptable = not found.lowest
        else:
            self._choose(found)

    def _decide_quality(self, tender: Tender) -> None:
        marks = (tender.rounds[tender.judged].marks(i) for i in range(len(tender.bids)))
        if any(passes(each, tender.terms.threshold) for each in marks):
            tender.quality_decided = self.now
        else:
            tender.unacceptable = True

    def _acceptable(self, tender: Tender) -> list[tuple[int, int, list[int]]]:
        """Organisation, price and marks of each bid that may win."""
        found = []
        for position, (organisation, bid) in enumerate(tender.bids.items()):
            if organisation in tender.excluded or not bid.counts:
                continue
            marks = tender.rounds[tender.judged].marks(position)
            low = tender.is_low(bid.price)
            if tender.two_envelopes:
                good = passes(marks, tender.terms.threshold)
                if low and tender.low is not None:
                    good &= is_responsive(tender.rounds[tender.low].marks(position), low=True)
            else:
                good = is_responsive(marks, low)
            if good:
                found.append((organisation, bid.price, marks))
        return found

    def _choose(self, tender: Tender) -> None:
        """The best bid is to be awarded, unless its price is low and no panel was asked yet."""
        acceptable = self._acceptable(tender)
        if not acceptable:
            tender.unacceptable = True
            return
        seed_ = self.seed(tender, tender.judged) if len(acceptable) > 1 else b""

        def rank(candidate: tuple[int, int, list[int]]) -> tuple[int, int, bytes]:
            organisation, price, marks = candidate
            quality = 0
            if tender.two_envelopes:
                quality = score(marks, tender.terms.weight, tender.lowest, price)
            return -quality, price, lot(seed_, organisation)

        winner, price, _marks = min(acceptable, key=rank)
        if tender.two_envelopes and tender.low is None and tender.is_low(price):
            self._ask(tender, LOW_PRICES)
            return
        tender.winner = winner
        tender.standstill_ends = self.now + tender.rule.standstill
        tender.rankings += 1

    def _ask(self, tender: Tender, question: int) -> None:
        tender.question, tender.attempts = question, 0
        self._rank_again(tender)

    def _rank_again(self, tender: Tender) -> None:
        tender.lowest = tender.ranked = tender.winner = 0
        tender.standstill_ends = tender.sign_by = 0

    def _exclude_winner(self, tender: Tender) -> None:
        tender.excluded.add(tender.winner)
        self._rank_again(tender)

    def finalise(self, tender: int) -> None:
        self._in_phase(tender, "STANDSTILL")
        found = self.tenders[tender]
        need(self.now >= found.standstill_ends, "AwardsStandstill")
        need(not self.open_complaints(found), "AwardsComplaints")
        found.sign_by = self.now + found.rule.signing

    def accept(self, by: str, tender: int) -> None:
        self._in_phase(tender, "AWARDED")
        found = self.tenders[tender]
        need(self._organisation_of(by) == found.winner, "AwardsNotTheWinner")
        need(not found.accepted, "AwardsAlreadyAccepted")
        found.accepted = True

    def pass_over(self, tender: int) -> None:
        self._in_phase(tender, "EVALUATION")
        found = self.tenders[tender]
        need(found.sign_by, "AwardsNotPassable")
        self._exclude_winner(found)

    def sign(self, tender: int, defect: str) -> None:
        """Registers an agreement whose first defect, if it has one, is told."""
        need(self.standing(tender)[0] == "AWARDED", "AgreementsPhase")
        need(not defect, defect)
        self.tenders[tender].signed = True

    # Complaints

    def complain(self, by: str, tender: int, terms: Terms, grounds: bytes) -> None:
        need(self.standing(tender)[0] == "STANDSTILL", "ReviewsPhase")
        found = self.tenders[tender]
        need(self.now < found.standstill_ends, "ReviewsTooLate")
        tenderer = self._organisation_of(by)
        need(tenderer in found.bids, "ReviewsNotATenderer")
        need(
            all(
                (each.tender, each.award, each.tenderer) != (found, found.rankings, tenderer)
                for each in self.complaints.values()
            ),
            "ReviewsAlreadyComplained",
        )
        need(terms == found.terms, "ReviewsTerms")
        need(any(grounds), "ReviewsGrounds")
        deposit = found.bids[found.winner].price * found.rule.deposit // 10_000
        if deposit:
            need(by in self.allowed, "ERC20InsufficientAllowance")
            need(self.money[by] >= deposit, "ERC20InsufficientBalance")
        self.money[by] -= deposit
        self.money["reviews"] += deposit
        complaint = Complaint(found, tenderer, found.rankings, by, deposit)
        self.complaints[len(self.complaints) + 1] = complaint
        self._review(complaint)

    def _review(self, complaint: Complaint) -> None:
        """Draws the next panel: of auditors and citizens who did not make the ranking."""
        tender, attempt = complaint.tender, len(complaint.panels)
        more = attempt // 2
        evaluators = list(tender.rounds[tender.judged].panel)
        if tender.low is not None:
            evaluators += tender.rounds[tender.low].panel
        domain = keccak(text="Terang review panel v1")
        before = self.seed(tender, len(tender.rounds))
        seed_ = keccak(words(domain, before, complaint.award, complaint.tenderer, attempt))
        rule = tender.rule
        panel = self.pool(tender, seed_, AUDITOR, evaluators)[: rule.review_auditors + more]
        panel += self.pool(tender, seed_, CITIZEN, evaluators)[: rule.review_citizens + more]
        complaint.panels.append(panel)
        complaint.votes = {}
        complaint.quorum = rule.review_quorum + more
        complaint.decide_by = self.now + rule.review

    def open_complaints(self, tender: Tender) -> int:
        return sum(
            each.status == "OPEN" and (each.tender, each.award) == (tender, tender.rankings)
            for each in self.complaints.values()
        )

    def vote(self, by: str, complaint: int, ruling: int, abusive: bool) -> None:
        found = self._open_complaint(complaint)
        need(self.now < found.decide_by, "ReviewsVotingOver")
        need(not abusive or ruling == NONE, "ReviewsAbusiveRemedy")
        seat = self.seat_ever_of(by)
        need(
            seat in found.panels[-1] and self.seats[seat].account_at(found.tender.closes) == by,
            "ReviewsNotOnPanel",
        )
        need(seat not in found.votes, "ReviewsAlreadyVoted")
        found.votes[seat] = ruling, abusive

    def decide(self, complaint: int) -> None:
        found = self._open_complaint(complaint)
        tender, votes = found.tender, list(found.votes.values())
        phase, _ = self.standing(tender.id)
        if phase != "STANDSTILL" or tender.rankings != found.award:
            found.status = "MOOT"
            return
        seats = len(found.panels[-1])
        all_voted = len(votes) == seats >= found.quorum
        need(all_voted or self.now >= found.decide_by, "ReviewsVoting")
        if len(votes) >= found.quorum:
            found.status = "DECIDED"
            found.abusive = 2 * sum(abusive for _, abusive in votes) > len(votes)
            for remedy in (RE_EVALUATE, EXCLUDE, CANCEL):
                if 2 * sum(ruling == remedy for ruling, _ in votes) > len(votes):
                    found.ruling = remedy
            self._remedy(tender, found.ruling)
        elif len(found.panels) == 4:
            found.status = "LAPSED"
        else:
            self._review(found)

    def _open_complaint(self, complaint: int) -> Complaint:
        found = self.complaints.get(complaint)
        need(found and found.status == "OPEN", "ReviewsNotOpen")
        assert found
        return found

    def _remedy(self, tender: Tender, remedy: int) -> None:
        if remedy == CANCEL:
            tender.cancelled = True
        elif remedy == EXCLUDE:
            self._exclude_winner(tender)
        elif remedy == RE_EVALUATE:
            self._ask(tender, QUALITY if tender.two_envelopes else RESPONSIVENESS)
            tender.low = None

    def pay_deposit(self, by: str, complaint: int) -> None:
        found = self.complaints.get(complaint)
        need(found and found.status != "OPEN", "ReviewsStillOpen")
        assert found
        need(found.deposit, "ReviewsNoDeposit")
        if found.abusive:
            need(by == "treasury", "ReviewsNotTreasury")
        self.money[by if found.abusive else found.depositor] += found.deposit
        self.money["reviews"] -= found.deposit
        found.deposit = 0

    # Where a tender stands

    def standing(self, tender: int) -> tuple[str, str]:
        """The phase of a tender, and why if it is unsuccessful."""
        found = self.tenders.get(tender)
        if not found:
            return "NONE", "NONE"
        box = found.first_box
        if box.shut:
            return "CANCELLED", "NONE"
        if self.now < box.closes:
            return "TENDERING", "NONE"
        if self.is_withheld(found, found.first_stage):
            return "UNSUCCESSFUL", "WITHHELD"
        if not box.is_open:
            return "OPENING", "NONE"
        bids = len(found.bids) if found.two_envelopes else len(found.prices)
        if bids < found.terms.minimum_bids:
            return "UNSUCCESSFUL", "TOO_FEW_BIDS"
        return self._evaluating(found)

    def _evaluating(self, tender: Tender) -> tuple[str, str]:
        if tender.cancelled:
            return "CANCELLED", "NONE"
        if tender.unacceptable:
            return "UNSUCCESSFUL", "NO_BID_ACCEPTABLE"
        if tender.signed:
            return "CONTRACTED", "NONE"
        if tender.sign_by:
            if self.now <= tender.sign_by:
                return "AWARDED", "NONE"
            return ("UNSUCCESSFUL", "NOT_SIGNED") if tender.accepted else ("EVALUATION", "NONE")
        if tender.standstill_ends:
            return "STANDSTILL", "NONE"
        if not tender.rounds:
            return self._drawn_by(tender.closes)
        if not tender.attempts:
            return "EVALUATION", "NONE"
        last = len(tender.rounds) - 1
        outcome = self.outcome(tender, last)
        if outcome == "WITHHELD":
            return "UNSUCCESSFUL", "WITHHELD"
        if outcome == "NO_QUORUM":
            if tender.attempts == 2:
                return "UNSUCCESSFUL", "NO_QUORUM"
            return self._drawn_by(tender.boxes[BALLOTS + last].closes)
        if tender.quality_decided:
            if self.is_withheld(tender, PRICES):
                return "UNSUCCESSFUL", "WITHHELD"
            if not tender.boxes[PRICES].is_open:
                return "PRICE_OPENING", "NONE"
        return "EVALUATION", "NONE"

    def _drawn_by(self, closed: int) -> tuple[str, str]:
        if self.now < closed + GRACE + DRAWING:
            return "EVALUATION", "NONE"
        return "UNSUCCESSFUL", "NOT_DRAWN"

    def _in_phase(self, tender: int, phase: str) -> None:
        need(self.standing(tender)[0] == phase, "AwardsPhase")


def _check_rule(rule: Rule) -> None:
    for period, least, most in (
        (rule.tendering, LEAST, MOST),
        (rule.amendment, 0, rule.tendering),
        (rule.enquiry, 0, rule.tendering - 1),
        (rule.evaluation, LEAST, MOST),
        (rule.standstill, LEAST, MOST),
        (rule.signing, LEAST, MOST),
        (rule.review, LEAST, MOST),
    ):
        need(least <= period <= most, "RulesPeriod")
    need(rule.minimum_bids, "RulesMinimumBids")
    need(max(rule.under_estimate, rule.under_mean) < 10_000, "RulesShare")
    need(rule.deposit <= 10_000, "RulesShare")
    for seats, quorum, most in (
        (rule.agencies + rule.auditors + rule.citizens, rule.quorum, 16),
        (rule.review_auditors + rule.review_citizens, rule.review_quorum, 14),
    ):
        need(seats < 2 * quorum <= 2 * seats <= 2 * most, "RulesPanel")
    if rule.method == QUALITY_PRICE:
        need(rule.threshold <= 100, "RulesThreshold")
        need(0 < rule.weight_least <= rule.weight_most < 10_000, "RulesWeights")
    else:
        need(not rule.threshold, "RulesThreshold")
        need(not rule.weight_least and not rule.weight_most, "RulesWeights")
