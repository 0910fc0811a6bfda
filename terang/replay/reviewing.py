"""Events of `Reviews`: complaints, the panels that decide them, their open votes, deposits."""

from collections.abc import Mapping
from typing import Any

from terang.replay import evaluation, rules
from terang.replay.boxes import tender_of
from terang.replay.errors import (
    AGAIN,
    MONEY,
    ORDER,
    RIGHT,
    TIME,
    UNKNOWN,
    VALUE,
    Impossible,
    require,
)
from terang.replay.state import (
    Complaint,
    Filed,
    Ordered,
    ReviewPanel,
    Stamp,
    State,
    Transfer,
    Vote,
)
from terang.vocabulary import ComplaintStatus, Licence, Phase, Remedy

Args = Mapping[str, Any]


def filed(state: State, args: Args, stamp: Stamp) -> None:
    """A tenderer complains about a ranking; the panel that decides is drawn at once."""
    tender, tenderer, number = tender_of(state, args), args["tenderer"], args["complaintId"]
    award = tender.award
    require(number == len(state.complaints) + 1, ORDER)
    require(rules.phase(state, tender, stamp.time) is Phase.STANDSTILL, TIME)
    require(stamp.time < award.standstill_ends_at, TIME)
    require(rules.acts_for(state, args["by"], tenderer, stamp.time), RIGHT)
    require(tenderer in tender.bids, RIGHT)
    require(args["award"] == award.rankings and any(args["grounds"]), VALUE)
    about = rules.complaints_about(state, tender, award.rankings)
    require(all(each.tenderer != tenderer for each in about), AGAIN)
    require(args["token"] == tender.terms["currency"], VALUE)
    require(args["deposit"] == rules.deposit_of(state, tender), MONEY)
    state.complaints[number] = Complaint(
        number, tender.id, tenderer, award.rankings, args["grounds"], args["token"],
        args["deposit"], args["by"], stamp,
    )  # fmt: skip
    state.filed = Filed(number, stamp)


def panel_drawn(state: State, args: Args, stamp: Stamp) -> None:
    """A panel is drawn for a complaint: the first at once, another where one lacked quorum."""
    complaint, attempt = _open(state, args), args["attempt"]
    require(attempt == len(complaint.panels), ORDER)
    if attempt:
        require(
            attempt < evaluation.MAX_REVIEWS and not rules.is_moot(state, complaint, stamp.time),
            ORDER,
        )
        require(_is_over(complaint, stamp) and _lacks_quorum(complaint), TIME)
    else:
        require(state.filed == Filed(complaint.id, stamp), ORDER)
        state.filed = None
        if complaint.amount and complaint.token in state.tokens:
            reviews = state.addresses["Reviews"]
            state.due = Transfer(
                complaint.token, complaint.depositor, reviews, complaint.amount, stamp.transaction
            )
    drawn = evaluation.review(state, complaint, stamp.time)
    said = (args["seed"], tuple(args["seats"]), args["quorum"])
    if drawn is None or said != drawn:
        raise Impossible(VALUE)
    rule = rules.rule_of(state, state.tenders[complaint.tender])
    require(args["decideBy"] == stamp.time + rule["reviewPeriod"], TIME)
    complaint.panels.append(ReviewPanel(*drawn, args["decideBy"], stamp))


def voted(state: State, args: Args, stamp: Stamp) -> None:
    """A seat votes openly on a complaint."""
    complaint = _open(state, args)
    panel, ruling = complaint.panels[-1], Remedy(args["ruling"])
    vote = Vote(args["attempt"], args["seat"], ruling, args["abusive"], args["reasons"], stamp)
    require(vote.attempt == len(complaint.panels) - 1, ORDER)
    require(stamp.time < panel.decide_by, TIME)
    require(vote.seat in panel.seats, RIGHT)
    require(all(each.seat != vote.seat for each in complaint.present_votes()), AGAIN)
    require(not vote.abusive or ruling is Remedy.NONE, VALUE)
    complaint.votes.append(vote)


def closed(state: State, args: Args, stamp: Stamp) -> None:
    """A complaint is decided, lapses, or its award is gone; what was ordered is done at once."""
    complaint, status = _open(state, args), ComplaintStatus(args["status"])
    require(args["tenderId"] == complaint.tender, VALUE)
    ruling, abusive = Remedy.NONE, False
    if rules.is_moot(state, complaint, stamp.time):
        due = ComplaintStatus.MOOT
    elif _lacks_quorum(complaint):
        require(_is_over(complaint, stamp), TIME)
        require(len(complaint.panels) == evaluation.MAX_REVIEWS, ORDER)
        due = ComplaintStatus.LAPSED
    else:
        require(_is_over(complaint, stamp), TIME)
        due, (ruling, abusive) = ComplaintStatus.DECIDED, evaluation.majority(complaint)
    require((status, args["ruling"], args["abusive"]) == (due, ruling, abusive), VALUE)
    complaint.status, complaint.ruling, complaint.abusive = status, ruling, abusive
    complaint.closed = stamp
    if ruling:
        state.ordered = Ordered(complaint.tender, ruling, stamp)


def deposit_paid(state: State, args: Args, stamp: Stamp) -> None:
    """The deposit of a closed complaint goes back, or to a treasury if it was abusive."""
    complaint, to, amount = _complaint(state, args), args["to"], args["amount"]
    require(complaint.closed, ORDER)
    require(amount and amount == complaint.deposit, MONEY)
    if complaint.abusive:
        require(rules.is_licensed(state, Licence.TREASURY, to, stamp.time), RIGHT)
    else:
        require(to == complaint.depositor, RIGHT)
    complaint.paid = stamp
    if complaint.token in state.tokens:
        reviews = state.addresses["Reviews"]
        state.due = Transfer(complaint.token, reviews, to, amount, stamp.transaction)


def _complaint(state: State, args: Args) -> Complaint:
    complaint = state.complaints.get(args["complaintId"])
    if complaint is None:
        raise Impossible(UNKNOWN)
    return complaint


def _open(state: State, args: Args) -> Complaint:
    complaint = _complaint(state, args)
    require(complaint.status is ComplaintStatus.OPEN, AGAIN)
    return complaint


def _is_over(complaint: Complaint, stamp: Stamp) -> bool:
    """Whether the present panel votes no more: its time is over, or all of it has voted."""
    return stamp.time >= complaint.panels[-1].decide_by or complaint.all_voted


def _lacks_quorum(complaint: Complaint) -> bool:
    return len(complaint.present_votes()) < complaint.panels[-1].quorum
