"""Events of `Ballots` and `Awards` beside those of their boxes: panels, rankings, the award."""

from collections.abc import Mapping
from typing import Any

from terang.replay import evaluation, rules
from terang.replay.boxes import open_next, tender_of
from terang.replay.errors import AGAIN, ORDER, RIGHT, TIME, UNKNOWN, VALUE, Impossible, require
from terang.replay.state import (
    Award,
    Ballot,
    Box,
    Ordered,
    Prepared,
    Recusal,
    Round,
    Stamp,
    State,
    Tender,
    Turn,
    Winner,
)
from terang.vocabulary import BALLOTS, Outcome, Pass, Phase, Question, Remedy, Void

Args = Mapping[str, Any]


# Ballots


def panel_drawn(state: State, args: Args, stamp: Stamp) -> None:
    """A panel is drawn: here again, from the released secret."""
    tender, number = tender_of(state, args), args["round"]
    award = tender.award
    require(rules.phase(state, tender, stamp.time) is Phase.EVALUATION, TIME)
    require(number == len(award.rounds), ORDER)
    if award.attempts:
        found = rules.outcome(state, award.rounds[-1], stamp.time)
        require(found is Outcome.NO_QUORUM, ORDER)
    elif not number and tender.scored:
        award.question, award.part = Question.QUALITY, Pass.QUALITY
    require(args["question"] == award.question, VALUE)
    seed = evaluation.seed(state, tender, number, stamp.time)
    if seed is None or seed != args["seed"]:
        raise Impossible(VALUE)
    seats, quorum, bidders = tuple(args["seats"]), args["quorum"], args["bidders"]
    require(seats == evaluation.seats(state, tender, seed), VALUE)
    require(quorum == rules.rule_of(state, tender)["quorum"], VALUE)
    require(bidders == len(tender.bidders), VALUE)
    require(args["closesAt"] == stamp.time + tender.terms["evaluationPeriod"], TIME)
    box = Box("Ballots", tender.id, BALLOTS + number, args["closesAt"])
    award.rounds.append(Round(award.question, seed, seats, quorum, bidders, stamp, box))
    award.attempts += 1
    if award.question is Question.LOW_PRICES:
        award.low_round = number + 1
    else:
        award.bids_round = number
    state.prepared = (Prepared(box, stamp),)


def recused(state: State, args: Args, stamp: Stamp) -> None:
    """A seat leaves a panel; the next in the order of the draw takes the place."""
    tender, seat = tender_of(state, args), args["seat"]
    current = _round(tender, args)
    require(stamp.time < current.box.closes_at, TIME)
    require(seat and seat in current.panel, RIGHT)
    reserve = evaluation.reserve(state, tender, current, seat)
    require(args["reserve"] == reserve, VALUE)
    kind = state.seats[seat - 1].seat_class
    agencies, auditors, citizens = (
        left + (place == kind) for place, left in enumerate(current.reserves)
    )
    current.reserves = agencies, auditors, citizens
    current.panel = tuple(reserve if each == seat else each for each in current.panel)
    current.recusals.append(Recusal(seat, reserve, args["reason"], stamp))


def ballot_opened(state: State, args: Args, stamp: Stamp) -> None:
    """A ballot counts; that it is what the envelope held is for `recheck`."""
    current = _round(tender_of(state, args), args)
    ballot = Ballot(args["seat"], args["index"], args["reasons"], args["marks"], stamp)
    require(ballot.seat and ballot.seat in current.panel, RIGHT)
    require(all(each.seat != ballot.seat for each in current.ballots), AGAIN)
    require(len(ballot.marks) == current.bidders, VALUE)
    require(evaluation.is_marked(current.question, ballot.marks), VALUE)
    open_next(state, current.box, ballot.envelope, Void.NONE)
    current.ballots.append(ballot)


# Awards


def ranked(state: State, args: Args, stamp: Stamp) -> None:
    """More bids are compared: here again, by the opened ballots."""
    tender = tender_of(state, args)
    award, upto = tender.award, args["ranked"]
    require(award.standstill is None, AGAIN)
    require(rules.phase(state, tender, stamp.time) is Phase.EVALUATION, TIME)
    require(award.attempts, ORDER)
    require(rules.outcome(state, award.rounds[-1], stamp.time) is Outcome.VALID, TIME)
    require(award.ranked < upto <= len(tender.bidders), ORDER)
    found = evaluation.Ranking(state, tender).compare(upto)
    require((args["best"], args["lowest"]) == found, VALUE)
    require(args["round"] == award.bids_round, VALUE)
    again = award.ranked > 0
    award.ranked, award.ranked_at = upto, stamp
    award.best, award.lowest = found
    if award.part is Pass.BEST:
        if again:
            award.history.pop()  # the chunk before
        award.history.append(Turn("ranked", stamp))


def quality_decided(state: State, args: Args, stamp: Stamp) -> None:
    """All proposals are judged and one reaches the threshold: the prices may open."""
    tender = tender_of(state, args)
    award = _just_ranked(tender, stamp, Pass.QUALITY)
    require(award.best and args["round"] == award.bids_round, VALUE)
    require(args["decidedAt"] == stamp.time, TIME)
    if tender.prices is None:
        raise Impossible(ORDER)
    tender.prices.decided_at = stamp.time
    award.part, award.ranked, award.best = Pass.LOWEST, 0, 0
    award.history.append(Turn("quality-decided", stamp))


def lowest_found(state: State, args: Args, stamp: Stamp) -> None:
    """The lowest price of the bids left is known."""
    tender = tender_of(state, args)
    award = _just_ranked(tender, stamp, Pass.LOWEST)
    require(award.lowest and args["lowest"] == award.lowest, VALUE)
    require(not evaluation.Ranking(state, tender).must_answer(), ORDER)
    require(args["round"] == award.bids_round, VALUE)
    award.part, award.ranked = Pass.BEST, 0
    award.history.append(Turn("lowest-found", stamp, price=award.lowest))


def flagged(state: State, args: Args, stamp: Stamp) -> None:
    """Somebody says that a bid is abnormally low."""
    tender = tender_of(state, args)
    bid, price = _bid(tender, args), args["price"]
    require(evaluation.counts(price), VALUE)
    require(evaluation.lowness(state, tender)(price), VALUE)
    require(rules.phase(state, tender, stamp.time) is Phase.EVALUATION, TIME)
    tender.award.history.append(Turn("flagged", stamp, bid.organisation, price))


def questioned(state: State, args: Args, stamp: Stamp) -> None:
    """The lowest price is abnormally low: before there are scores a panel answers about such."""
    tender = tender_of(state, args)
    award = _just_ranked(tender, stamp, Pass.LOWEST)
    lowest = award.lowest
    require(lowest and args["lowest"] == lowest, VALUE)
    require(evaluation.Ranking(state, tender).must_answer(), VALUE)
    _ask(tender, Question.LOW_PRICES)
    award.history.append(Turn("questioned", stamp, price=lowest))


def standstill_started(state: State, args: Args, stamp: Stamp) -> None:
    """The ranking is complete, and complaints may come."""
    tender = tender_of(state, args)
    award = _just_ranked(tender, stamp, Pass.BEST)
    require(award.standstill is None, AGAIN)
    won = _best(tender, args)
    ends_at = stamp.time + rules.rule_of(state, tender)["standstillPeriod"]
    require(args["endsAt"] == ends_at, TIME)
    award.winner, award.standstill, award.standstill_ends_at = won, stamp, ends_at
    award.rankings += 1
    award.history.append(Turn("standstill", stamp, won.organisation, won.price, ends_at))


def none_acceptable(state: State, args: Args, stamp: Stamp) -> None:
    """A pass over all bids is complete, and none may win."""
    tender = tender_of(state, args)
    award = _just_ranked(tender, stamp, tender.award.part)
    require(award.none_acceptable is None, AGAIN)
    require(not (award.lowest if award.part is Pass.LOWEST else award.best), VALUE)
    award.none_acceptable = stamp
    award.history.append(Turn("none-acceptable", stamp))


def awarded(state: State, args: Args, stamp: Stamp) -> None:
    """The standstill is over and no complaint is open: the best bid wins."""
    tender = tender_of(state, args)
    award = tender.award
    require(rules.phase(state, tender, stamp.time) is Phase.STANDSTILL, ORDER)
    require(stamp.time >= award.standstill_ends_at, TIME)
    require(not rules.open_complaints(state, tender, award.rankings), ORDER)
    won = _winner(tender)
    require((args["organisation"], args["price"]) == (won.organisation, won.price), VALUE)
    sign_by = stamp.time + rules.rule_of(state, tender)["signingPeriod"]
    require(args["signBy"] == sign_by, TIME)
    award.awarded, award.sign_by = stamp, sign_by
    award.history.append(Turn("awarded", stamp, won.organisation, won.price, sign_by))


def accepted(state: State, args: Args, stamp: Stamp) -> None:
    """The winner says that it is ready to sign."""
    tender = tender_of(state, args)
    award, won = tender.award, _winner(tender)
    require(rules.phase(state, tender, stamp.time) is Phase.AWARDED, TIME)
    require(award.accepted is None, AGAIN)
    require(args["organisation"] == won.organisation, VALUE)
    require(rules.acts_for(state, args["by"], won.organisation, stamp.time), RIGHT)
    award.accepted = stamp
    award.history.append(Turn("accepted", stamp, won.organisation))


def passed_over(state: State, args: Args, stamp: Stamp) -> None:
    """The winner neither signed nor accepted in time: the bids are ranked again without it."""
    tender = tender_of(state, args)
    require(rules.may_pass_over(state, tender, stamp.time), TIME)
    won = _named(tender, args)
    _exclude(tender, won)
    tender.award.history.append(Turn("passed-over", stamp, won.organisation))


def remedied(state: State, args: Args, stamp: Stamp) -> None:
    """What a review ordered is done."""
    tender, remedy = tender_of(state, args), Remedy(args["remedy"])
    award = tender.award
    require(state.ordered == Ordered(tender.id, remedy, stamp), ORDER)
    state.ordered = None
    won = _named(tender, args)
    if remedy is Remedy.CANCEL:
        award.cancelled = stamp
    elif remedy is Remedy.EXCLUDE:
        _exclude(tender, won)
    else:
        _ask(tender, Question.QUALITY if tender.scored else Question.RESPONSIVENESS)
        award.low_round = 0
    award.history.append(Turn("remedied", stamp, won.organisation, remedy=remedy))


def _just_ranked(tender: Tender, stamp: Stamp, part: Pass) -> Award:
    """The award of a tender whose last bid was compared just now."""
    award = tender.award
    complete = award.ranked_at == stamp and award.ranked == len(tender.bidders)
    require(complete and award.part is part, ORDER)
    return award


def _best(tender: Tender, args: Args) -> Winner:
    """The best bid of a complete ranking, as an event names it."""
    require(tender.award.best and args["position"] == tender.award.best - 1, VALUE)
    bid = tender.bid_at(args["position"])
    require((bid.organisation, bid.price) == (args["organisation"], args["price"]), VALUE)
    return Winner(args["position"], bid.organisation, bid.price)


def _winner(tender: Tender) -> Winner:
    if tender.award.winner is None:
        raise Impossible(ORDER)
    return tender.award.winner


def _named(tender: Tender, args: Args) -> Winner:
    """The winner, as an event names it."""
    won = _winner(tender)
    require((args["organisation"], args["position"]) == (won.organisation, won.position), VALUE)
    return won


def _bid(tender: Tender, args: Args) -> Winner:
    """Any opened bid, as an event names it."""
    require(0 <= args["position"] < len(tender.bidders), UNKNOWN)
    bid = tender.bid_at(args["position"])
    require((bid.organisation, bid.price) == (args["organisation"], args["price"]), VALUE)
    return Winner(args["position"], bid.organisation, bid.price)


def _exclude(tender: Tender, won: Winner) -> None:
    tender.award.excluded.add(won.position)
    _rank_again(tender)


def _ask(tender: Tender, question: Question) -> None:
    """A question whose panel is to be drawn."""
    tender.award.question, tender.award.attempts = question, 0
    _rank_again(tender)


def _rank_again(tender: Tender) -> None:
    award = tender.award
    award.part = Pass.LOWEST if tender.scored else Pass.BEST
    award.ranked = award.best = award.lowest = award.standstill_ends_at = award.sign_by = 0
    award.winner = award.standstill = award.awarded = None


def _round(tender: Tender, args: Args) -> Round:
    require(0 <= args["round"] < len(tender.award.rounds), UNKNOWN)
    return tender.award.rounds[args["round"]]
