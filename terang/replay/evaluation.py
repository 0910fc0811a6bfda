"""Panels, marks and rankings, worked out from events alone (`Panel`, `Marks`, `Awards.sol`)."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from eth_utils.crypto import keccak

from terang.replay import panel, ranking, rules
from terang.replay.ranking import RECUSED, YES, YES_ALTHOUGH_LOW
from terang.replay.state import WITHDRAWN, Ballot, Box, Complaint, Round, State, Tender
from terang.sealing.curve import words
from terang.vocabulary import Pass, Question, Remedy

NO: Final = ranking.NO
MAX_SCORE: Final = 100
MAX_REVIEWS: Final = 4
"""Panels drawn for one complaint at most (`Reviews.MAX_ATTEMPTS`)."""

_REVIEW: Final = keccak(text="Terang review panel v1")
_CLASSES: Final = ("agencies", "auditors", "citizens")


# Panels


def seed(state: State, tender: Tender, number: int, time: int) -> bytes | None:
    """Returns the seed of a round: of the secret and running hash of the box opened before it.

    Lots that closed together share the first panel: that of the first of them that was not
    cancelled and whose secret was not withheld.

    Returns:
        32 bytes; None while the secret is not released.
    """
    first = tender if number else _first_lot(state, tender, time)
    box: Box = tender.award.rounds[number - 1].box if number else first.box
    secret = rules.secret_of(state, box)
    if not secret:
        return None
    return panel.seed(secret, rules.accumulator(box), first.id, number)


def _first_lot(state: State, tender: Tender, time: int) -> Tender:
    for number in range(tender.id - tender.place, tender.id):
        other = state.tenders[number]
        together = other.box.closes_at == tender.box.closes_at and not other.box.shut
        if together and not rules.is_withheld(state, other.box, time):
            return other
    return tender


def seats(state: State, tender: Tender, seed_: bytes) -> tuple[int, ...]:
    """Draws the panel of a round: of each class what the rule says, without the buyer's seat."""
    rule = rules.rule_of(state, tender)
    wanted = [rule[each] for each in _CLASSES]
    return panel.draw(_pool(state, tender), seed_, wanted, excluded=tender.buyer)


def reserve(state: State, tender: Tender, evaluation: Round, seat: int) -> int:
    """Returns who takes the place of a seat that leaves a panel; 0 when nobody is left."""
    kind = state.seats[seat - 1].seat_class
    before = rules.rule_of(state, tender)[_CLASSES[kind]] + evaluation.reserves[kind]
    pool = _pool(state, tender)[kind]
    return panel.reserve(pool, evaluation.seed, kind, before, excluded=tender.buyer)


def _pool(state: State, tender: Tender) -> list[list[panel.Seat]]:
    """The seats of each class as of the closing of a tender."""
    time = tender.box.closes_at
    found = ([state.seats[each - 1] for each in numbers] for numbers in state.seats_of_class)
    return [
        [
            panel.Seat(
                each.id, each.organisation, each.removed is None or each.removed.time >= time
            )
            for each in seats_
            if each.admitted.time < time
        ]
        for seats_ in found
    ]


class Review(NamedTuple):
    """A review panel as it must be: seed, seats, quorum."""

    seed: bytes
    seats: tuple[int, ...]
    quorum: int


def recused(tender: Tender) -> tuple[int, ...]:
    """Returns the seats that left a panel of a tender, in the order in which they did."""
    return tuple(each.seat for drawn in tender.award.rounds for each in drawn.recusals)


def review(state: State, complaint: Complaint, time: int) -> Review | None:
    """Draws the next panel for a complaint: auditors and citizens who did not judge the bids.

    Nor does who left a panel of the tender review it. Complaints about one ranking go before the
    same seats. From the third panel on it is larger by one seat of each class.
    """
    tender, attempt = state.tenders[complaint.tender], len(complaint.panels)
    award, rule, more = tender.award, rules.rule_of(state, tender), attempt // 2
    first = seed(state, tender, len(award.rounds), time)
    if first is None:
        return None
    mine = keccak(words(_REVIEW, first, complaint.award, attempt))
    barred = {seat for each in award.rounds for seat in each.panel}
    barred |= set(recused(tender))
    wanted = (0, rule["reviewAuditors"] + more, rule["reviewCitizens"] + more)
    pool, buyer = _pool(state, tender), tender.buyer
    drawn = panel.draw(pool, mine, wanted, excluded=buyer, barred=barred)
    return Review(mine, drawn, rule["reviewQuorum"] + more)


# Marks


def is_marked(question: Question, marks: bytes) -> bool:
    """Tells whether every mark is an answer to the question, or recused."""
    most = MAX_SCORE if question is Question.QUALITY else YES_ALTHOUGH_LOW
    return all(each <= most or each == RECUSED for each in marks)


def voted(evaluation: Round) -> int:
    """Returns the bits of a panel's seats whose ballot counts."""
    return sum(1 << evaluation.panel.index(ballot.seat) for ballot in evaluation.ballots)


def tally(ballots: Sequence[Ballot], position: int) -> dict[str, int]:
    """Returns what ballots answer about the bid at `position`, by the names of `Marks.Tally`."""
    marks = bytes(ballot.marks[position] for ballot in ballots)
    return {
        "yes": marks.count(YES),
        "yesAlthoughLow": marks.count(YES_ALTHOUGH_LOW),
        "no": marks.count(NO),
        "recused": marks.count(RECUSED),
    }


def scores(ballots: Sequence[Ballot], position: int) -> dict[str, int]:
    """Returns how ballots score the proposal at `position`, by the names of `Marks.Scores`."""
    marks = [ballot.marks[position] for ballot in ballots]
    given = [each for each in marks if each != RECUSED]
    return {"sum": sum(given), "count": len(given), "recused": len(marks) - len(given)}


def is_responsive(ballots: Sequence[Ballot], position: int, low: bool) -> bool:
    """Tells whether the ballots accept the bid at `position`; `low`: at an abnormally low price."""
    return ranking.responsive([each.marks[position] for each in ballots], low=low)


# Rankings


def counts(price: int) -> bool:
    """Tells whether a price is one: not withdrawn, nor of an envelope that is not open."""
    return price not in (0, WITHDRAWN)


def lowness(state: State, tender: Tender) -> Callable[[int], bool]:
    """Returns what tells whether a price is abnormally low by the rule of a tender."""
    prices, rule, ceiling = tender.counting, rules.rule_of(state, tender), tender.terms["ceiling"]
    total, count = sum(prices), len(prices)
    shares = rule["abnormalUnderEstimate"], rule["abnormalUnderMean"]
    return lambda price: ranking.is_low(price, ceiling, total, count, *shares)


class Ranked(NamedTuple):
    """What a chunk of a ranking leaves: 1 + position of the best, and the lowest price."""

    best: int
    lowest: int


class Ranking:
    """The ranking of a tender's bids by the ballots of its present rounds.

    Args:
        state: the ledger.
        tender: whose first box, and whose prices if they count now, are open.
    """

    def __init__(self, state: State, tender: Tender) -> None:
        award = tender.award
        self._tender, self._award, self._terms = tender, award, tender.terms
        self._round = award.rounds[award.bids_round]
        self._answers = award.rounds[award.low_round - 1].ballots if award.low_round else None
        self._is_low = lowness(state, tender)

    def compare(self, upto: int) -> Ranked:
        """Compares the next bids up to position `upto` with what there is so far."""
        award, positions = self._award, range(self._award.ranked, upto)
        best, lowest = award.best, award.lowest
        if award.part is Pass.QUALITY:
            found = (each + 1 for each in positions if self._passes(each))
            return Ranked(best or next(found, 0), lowest)
        left = [each for each in positions if self._may_win(each)]
        if award.part is Pass.LOWEST:
            prices = [self._tender.bid_at(each).price for each in left]
            return Ranked(best, min([*prices, *([lowest] if lowest else [])], default=0))
        if best:
            left.insert(0, best - 1)
        return Ranked(1 + min(left, key=self._rank) if left else 0, lowest)

    def must_answer(self, position: int) -> bool:
        """Tells whether a panel has yet to say if the price of a bid is acceptable."""
        price = self._tender.bid_at(position).price
        return self._tender.scored and self._answers is None and self._is_low(price)

    def score(self, position: int) -> int:
        """Returns the score of a bid in millionths of a mark; 0 where price alone counts."""
        if not self._tender.scored:
            return 0
        given, price = scores(self._round.ballots, position), self._tender.bid_at(position).price
        weight, lowest = self._terms["weight"], self._award.lowest
        return ranking.score(given["sum"], given["count"], weight, lowest, price)

    def _passes(self, position: int) -> bool:
        given = scores(self._round.ballots, position)
        return ranking.passes(given["sum"], given["count"], self._terms["threshold"])

    def _may_win(self, position: int) -> bool:
        price = self._tender.bid_at(position).price
        if position in self._award.excluded or not counts(price):
            return False
        low = self._is_low(price)
        if not self._tender.scored:
            return is_responsive(self._round.ballots, position, low)
        if not self._passes(position):
            return False
        return not low or self._answers is None or is_responsive(self._answers, position, True)

    def _rank(self, position: int) -> tuple[int, int, bytes]:
        """Of equal bids the lower price, then the lowest keccak256(seed, organisation) wins."""
        bid = self._tender.bid_at(position)
        tie = keccak(words(self._round.seed, bid.organisation))
        return -self.score(position), bid.price, tie


# Reviews


def rulings(complaint: Complaint) -> tuple[int, ...]:
    """Returns how many votes of the present panel each remedy has, by its number."""
    votes = complaint.present_votes()
    return tuple(sum(each.ruling is remedy for each in votes) for remedy in Remedy)


def majority(complaint: Complaint) -> tuple[Remedy, bool]:
    """Returns the remedy that more than half of the votes order, and whether it is abusive."""
    votes = complaint.present_votes()
    ordered = (each for each in Remedy if each and 2 * rulings(complaint)[each] > len(votes))
    return next(ordered, Remedy.NONE), 2 * sum(each.abusive for each in votes) > len(votes)
