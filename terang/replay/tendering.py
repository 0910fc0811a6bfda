"""Events of `Tenders` and `Awards` beside those of their boxes."""

from collections.abc import Mapping
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terang.replay import rules
from terang.replay.boxes import open_next, tender_of
from terang.replay.errors import AGAIN, ORDER, RIGHT, TIME, UNKNOWN, VALUE, Impossible, require
from terang.replay.state import (
    BALLOTS,
    WITHDRAWN,
    ZERO,
    Award,
    Ballot,
    Box,
    OpenedBid,
    Prepared,
    Round,
    Stamp,
    State,
    Tender,
    Winner,
)
from terang.vocabulary import Phase, Void

Args = Mapping[str, Any]

TERMS: Final = (
    "(bytes32,uint8,uint8,uint8,address,uint128,uint16,uint8[3],uint8,"
    "uint32,uint32,uint32,uint16[])"
)
"""`Terms.sol` as its ABI encodes it."""
_WHOLE: Final = 10_000  # basis points
_MAX_PANEL: Final = 16
_PERIODS: Final = ("evaluationPeriod", "standstillPeriod", "signingPeriod")


def published(state: State, args: Args, stamp: Stamp) -> None:
    """A tender is published."""
    number, buyer, terms = args["tenderId"], args["buyer"], args["terms"]
    require(number == len(state.tenders) + 1, ORDER)
    acts = rules.acts_for(state, args["by"], buyer, stamp.time)
    require(acts and rules.is_buyer(state, buyer), RIGHT)
    seats = sum(terms["panel"])
    require(args["version"] == 1 and any(terms["documents"]), VALUE)
    require(terms["currency"] != ZERO and terms["ceiling"] != WITHDRAWN, VALUE)
    require(seats < 2 * terms["quorum"] and terms["quorum"] <= seats <= _MAX_PANEL, VALUE)
    require(terms["minimumBids"], VALUE)
    require(all(rules.is_period(terms[each]) for each in _PERIODS), VALUE)
    require(sum(terms["plan"]) == _WHOLE and all(terms["plan"]), VALUE)
    require(rules.is_period(args["closesAt"] - stamp.time), TIME)
    digest = keccak(encode([TERMS], [tuple(terms.values())]))
    box = Box("Tenders", number, 0, args["closesAt"])
    state.tenders[number] = Tender(number, buyer, 1, terms, digest, args["notice"], stamp, box)
    state.prepared = Prepared(box, stamp)


def cancelled(state: State, args: Args, stamp: Stamp) -> None:
    """A tender is cancelled before it closes."""
    tender = tender_of(state, args)
    require(rules.phase(state, tender, stamp.time) is Phase.TENDERING, TIME)
    require(tender.cancelled is None, AGAIN)
    require(rules.acts_for(state, args["by"], tender.buyer, stamp.time), RIGHT)
    tender.cancelled, tender.cancel_reason = stamp, args["reason"]


def bid_opened(state: State, args: Args, stamp: Stamp) -> None:
    """A bid counts; that it is what the envelope held is for `recheck`."""
    tender, organisation = tender_of(state, args), args["organisation"]
    bid = OpenedBid(
        args["index"], organisation, args["account"], args["price"], args["documents"],
        args["nonce"], stamp,
    )  # fmt: skip
    before = tender.bids.get(organisation)
    require(bid.nonce > (before.nonce if before else 0) and bid.price, VALUE)
    open_next(state, tender.box, bid.envelope, Void.NONE)
    if before is None:
        tender.bidders.append(organisation)
    counted = before is not None and before.price != WITHDRAWN
    tender.valid_bids += (bid.price != WITHDRAWN) - counted
    tender.bids[organisation] = bid
    tender.opened.append(bid)


def panel_drawn(state: State, args: Args, stamp: Stamp) -> None:
    """A panel is drawn: here again, from the released secret."""
    tender, number = tender_of(state, args), args["round"]
    rounds = tender.award.rounds
    require(rules.phase(state, tender, stamp.time) is Phase.EVALUATION, TIME)
    require(number == len(rounds) < rules.MAX_ROUNDS, ORDER)
    require(not rounds or rules.lacks_quorum(state, tender, rounds[-1]), ORDER)
    seed = rules.seed(state, tender, number)
    if seed is None or seed != args["seed"]:
        raise Impossible(VALUE)
    seats, bidders = tuple(args["seats"]), args["bidders"]
    require(seats == rules.panel(state, tender, seed) and bidders == len(tender.bidders), VALUE)
    require(args["closesAt"] == stamp.time + tender.terms["evaluationPeriod"], TIME)
    box = Box("Awards", tender.id, BALLOTS + number, args["closesAt"])
    rounds.append(Round(seed, seats, bidders, stamp, box))
    state.prepared = Prepared(box, stamp)


def ballot_opened(state: State, args: Args, stamp: Stamp) -> None:
    """A ballot counts; that it is what the envelope held is for `recheck`."""
    current = _round(tender_of(state, args), args)
    ballot = Ballot(args["seat"], args["index"], args["reasons"], args["marks"], stamp)
    require(ballot.seat in current.panel, RIGHT)
    require(all(each.seat != ballot.seat for each in current.ballots), AGAIN)
    require(len(ballot.marks) == current.bidders and rules.MARKS.issuperset(ballot.marks), VALUE)
    open_next(state, current.box, ballot.envelope, Void.NONE)
    current.ballots.append(ballot)


def ranked(state: State, args: Args, stamp: Stamp) -> None:
    """More bids are compared: here again, by the opened ballots."""
    tender = tender_of(state, args)
    award, current, upto = tender.award, _round(tender, args), args["ranked"]
    require(current is award.rounds[-1] and award.ranked < upto <= current.bidders, ORDER)
    opened = rules.is_opened(state, current.box)
    require(opened and not rules.lacks_quorum(state, tender, current), TIME)
    require(args["best"] == rules.best(tender, current, upto), VALUE)
    award.ranked, award.best, award.ranked_at = upto, args["best"], stamp


def standstill_started(state: State, args: Args, stamp: Stamp) -> None:
    """The ranking is complete, and complaints may come."""
    tender = tender_of(state, args)
    award = _just_ranked(tender, stamp)
    require(award.standstill is None, AGAIN)
    require(award.best == args["position"] + 1, VALUE)
    bid = tender.bid_at(args["position"])
    require((bid.organisation, bid.price) == (args["organisation"], args["price"]), VALUE)
    require(args["endsAt"] == stamp.time + tender.terms["standstillPeriod"], TIME)
    award.winner = Winner(args["position"], bid.organisation, bid.price)
    award.standstill, award.standstill_ends_at = stamp, args["endsAt"]


def none_acceptable(state: State, args: Args, stamp: Stamp) -> None:
    """The ranking is complete, and no bid is responsive."""
    award = _just_ranked(tender_of(state, args), stamp)
    require(award.none_acceptable is None, AGAIN)
    require(award.best == 0, VALUE)
    award.none_acceptable = stamp


def awarded(state: State, args: Args, stamp: Stamp) -> None:
    """The standstill is over, and the best bid wins."""
    tender = tender_of(state, args)
    award = tender.award
    require(rules.phase(state, tender, stamp.time) is Phase.STANDSTILL, ORDER)
    require(stamp.time >= award.standstill_ends_at, TIME)
    won = award.winner and (award.winner.organisation, award.winner.price)
    require((args["organisation"], args["price"]) == won, VALUE)
    require(args["signBy"] == stamp.time + tender.terms["signingPeriod"], TIME)
    award.awarded, award.sign_by = stamp, args["signBy"]


def _just_ranked(tender: Tender, stamp: Stamp) -> Award:
    award = tender.award
    complete = award.rounds and award.ranked == award.rounds[-1].bidders
    require(complete and award.ranked_at == stamp, ORDER)
    return award


def _round(tender: Tender, args: Args) -> Round:
    require(0 <= args["round"] < len(tender.award.rounds), UNKNOWN)
    return tender.award.rounds[args["round"]]
