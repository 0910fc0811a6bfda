"""A small ledger by hand: what a replay would leave, without a chain."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from terang.portal.names import Currency, Names, Verdict, Words
from terang.replay.ranking import NO, RECUSED, YES
from terang.replay.state import (
    WITHDRAWN,
    Account,
    Award,
    Ballot,
    Box,
    Envelope,
    Milestone,
    OpenedBid,
    OpeningKey,
    Organisation,
    Payment,
    Report,
    Round,
    Seat,
    Signed,
    Stamp,
    State,
    Tender,
    Turn,
    Winner,
)
from terang.vocabulary import Question, Status, Void

DAY = 86_400
START = int(datetime(2026, 11, 2, 18, 30, tzinfo=UTC).timestamp())
NOW = START + 400 * DAY
TOKEN = "0x" + "70" * 20
ACCOUNT = "0x" + "ac" * 20
INSPECTORS = ("0x" + "11" * 20, "0x" + "22" * 20)
BUYER, CHEAP, DEAR, FICKLE = 1, 2, 3, 4
PRICE = 1_250_000_00
PLAN = (4_000, 6_000)


class Book:
    """Writes tenders into a state, block after block."""

    def __init__(self) -> None:
        self.state = State.empty(31_337, ACCOUNT, {})
        self._blocks = count(1)
        for number in (BUYER, CHEAP, DEAR, FICKLE):
            self.state.organisations.append(Organisation(number, bytes(32), 0, self.stamp(0)))
        for number, seat_class in ((1, 0), (2, 1), (3, 2)):
            self.state.seats.append(Seat(number, 0, seat_class, self.stamp(0)))

    def stamp(self, day: int) -> Stamp:
        """The next block, on a day after the start, with a transaction of its own."""
        block = next(self._blocks)
        return Stamp(block, START + day * DAY, block.to_bytes(2, "big") * 16)

    def publish(self, **terms: Any) -> Tender:
        """A tender with an empty box that closes on the seventh day."""
        number = len(self.state.tenders) + 1
        tender = Tender(
            number,
            BUYER,
            1,
            1,
            0,
            "lot-1",
            {"method": 0, "currency": TOKEN, "ceiling": 0, "minimumBids": 1, "plan": PLAN, **terms},
            bytes(32),
            {"ocid": f"ocds-test-{number}", "documentsUri": "", "predecessor": 0},
            self.stamp(0),
            self.box("Tenders", number, 0, 7),
        )
        self.state.tenders[number] = tender
        return tender

    def box(self, contract: str, tender: int, stage: int, closes: int) -> Box:
        """A box with a key of its own."""
        key = len(self.state.opening_keys) + 1
        self.state.opening_keys[key] = OpeningKey(
            key, contract, tender, stage, 1, 1, self.stamp(closes - 1)
        )
        return Box(contract, tender, stage, START + closes * DAY, key)

    def seal(self, box: Box, day: int, envelopes: int) -> None:
        """Seals envelopes."""
        for _envelope in range(envelopes):
            box.envelopes.append(Envelope(ACCOUNT, b"", self.stamp(day)))

    def release(self, box: Box, day: int) -> Stamp:
        """Releases a box's key."""
        key = self.state.opening_keys[box.key]
        key.secret, key.released = 1, self.stamp(day)
        return key.released

    def open_bids(self, tender: Tender, *bids: tuple[int, int] | Void) -> None:
        """Opens envelopes: organisation and price of each, or why it is void."""
        box = tender.box
        self.seal(box, 3, len(bids))
        self.release(box, 7)
        for envelope, bid in enumerate(bids):
            if isinstance(bid, Void):
                box.voids.append(bid)
                continue
            box.voids.append(Void.NONE)
            organisation, price = bid
            opened = OpenedBid(
                envelope, organisation, ACCOUNT, price, bytes(32), envelope + 1, self.stamp(7)
            )
            if organisation not in tender.bids:
                tender.bidders.append(organisation)
            tender.bids[organisation] = opened
            tender.opened.append(opened)

    def evaluate(self, tender: Tender, *marks: tuple[int, ...]) -> None:
        """One round: each seat's marks; a seat without any casts no ballot."""
        award = tender.award
        stage = 16 + len(award.rounds)
        evaluation = Round(
            Question.RESPONSIVENESS,
            bytes(32),
            tuple(range(1, len(marks) + 1)),
            2,
            len(tender.bidders),
            self.stamp(8),
            self.box("Ballots", tender.id, stage, 10),
        )
        award.rounds.append(evaluation)
        award.attempts += 1
        award.bids_round = len(award.rounds) - 1
        cast = [(seat, mark) for seat, mark in enumerate(marks, 1) if mark]
        self.seal(evaluation.box, 9, len(cast))
        self.release(evaluation.box, 10)
        for envelope, (seat, mark) in enumerate(cast):
            evaluation.box.voids.append(Void.NONE)
            reasons = bytes([seat]) * 32
            evaluation.ballots.append(Ballot(seat, envelope, reasons, bytes(mark), self.stamp(10)))

    def award(self, tender: Tender, position: int) -> None:
        """Ranks, waits, awards."""
        bid = tender.bid_at(position)
        award: Award = tender.award
        award.ranked, award.best, award.ranked_at = (
            len(tender.bidders),
            position + 1,
            self.stamp(10),
        )
        award.winner = Winner(position, bid.organisation, bid.price)
        award.standstill, award.standstill_ends_at = award.ranked_at, START + 15 * DAY
        award.awarded, award.sign_by = self.stamp(15), START + 29 * DAY
        award.history += [
            Turn("ranked", award.ranked_at),
            Turn("standstill", award.standstill, bid.organisation, bid.price),
            Turn("awarded", award.awarded, bid.organisation, bid.price),
        ]

    def sign(self, tender: Tender) -> None:
        """Signs and funds an agreement of two milestones."""
        winner = tender.award.winner
        assert winner is not None
        amounts = [winner.price * share // 10_000 for share in PLAN]
        agreement = {
            "price": winner.price,
            "inspectors": INSPECTORS,
            "approvals": 1,
            "milestones": [{"amount": each, "dueAt": START + 60 * DAY} for each in amounts],
        }
        tender.agreement = Signed(agreement, bytes(32), ACCOUNT, ACCOUNT, self.stamp(16))
        tender.account = Account(
            funded=winner.price,
            milestones=[Milestone() for _amount in amounts],
            payments=[Payment("funded", ACCOUNT, winner.price, -1, self.stamp(17))],
        )

    def pay(self, tender: Tender, milestone: int) -> Stamp:
        """Reports, rejects, reports again, accepts and pays a milestone in one go."""
        agreement = tender.agreement
        assert agreement is not None
        account = tender.account
        amount = agreement.agreement["milestones"][milestone]["amount"]
        account.milestones[milestone].history += [
            Report("reported", "", bytes(32), self.stamp(30)),
            Report("rejected", INSPECTORS[1], bytes(32), rejected := self.stamp(31)),
            Report("rejected", INSPECTORS[0], bytes(32), rejected),
            Report("returned", "", b"", rejected),
            Report("reported", "", bytes(32), self.stamp(32)),
            Report("approved", INSPECTORS[0], b"", paid := self.stamp(33)),
        ]
        account.milestones[milestone].status = Status.PAID
        account.payments.append(Payment("paid", ACCOUNT, amount, milestone, paid))
        account.paid += amount
        return paid

    def close(self, tender: Tender) -> None:
        """Closes an agreement and gives back what is left."""
        tender.account.refunded = tender.account.held
        tender.account.closed = self.stamp(40)


def paid_tender(book: Book) -> Tender:
    """A tender on its whole path: the cheap bid wins, one is void, one withdrawn, one replaced."""
    tender = book.publish(ceiling=2 * PRICE)
    book.open_bids(
        tender, (DEAR, PRICE + 1), Void.CEILING, (CHEAP, 2 * PRICE), (FICKLE, WITHDRAWN),
        (CHEAP, PRICE),
    )  # fmt: skip
    book.evaluate(tender, (NO, YES, RECUSED), (NO, YES, NO), (YES, YES, NO))
    book.award(tender, 1)
    book.sign(tender)
    for milestone in range(len(PLAN)):
        book.pay(tender, milestone)
    book.close(tender)
    return tender


def names(code: str, **changes: Any) -> Names:
    """The words beside the ledger, in one language."""
    words = Words(
        title="Roads",
        lot_title="The north road",
        published_winner="Dear Ltd",
        agrees=False,
        why=f"Because ({code}).",
        reason=f"So it ended ({code}).",
        assumed=(f"A panel ({code}).",),
    )
    known: dict[str, Any] = {
        "chain": "anvil",
        "check": f"To check ({code}):",
        "about": f"A trial ({code}).",
        "organisations": {BUYER: "The Ministry", CHEAP: "Cheap Ltd", DEAR: "Dear Ltd"},
        "seats": {1: "The Works Agency"},
        "tenders": {1: words},
        "currencies": {TOKEN: Currency("IDR", 2)},
    }
    return Names(**{**known, **changes})


def verdict(**changes: Any) -> Verdict:
    """An audit that found nothing."""
    known: dict[str, Any] = {"block": 4711, "time": datetime.fromtimestamp(NOW, UTC), "events": 99}
    return Verdict(**{**known, **changes})
