"""One tender as the replayed state tells it, in the language in force."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from terang.chain.sentences import ENUMS
from terang.i18n import N_, _
from terang.ledger.plan import Currency
from terang.portal.names import Names, Words
from terang.replay import evaluation, ranking, rules
from terang.replay.state import WITHDRAWN, Ballot, Box, OpenedBid, Round, Stamp, State, Tender
from terang.vocabulary import Failure, Phase, Question, Status, Void

PHASES = {
    **{each.name.lower(): ENUMS["Phase"][each] for each in Phase if each},
    "ended": N_("closed before the last payment"),
    "closed": N_("paid and closed"),
}
"""What the phases are called: those of `Phase`, and the two ends of an agreement."""

VOIDS = ENUMS["Void"]
"""Why an envelope does not count."""

MARKS = {
    ranking.YES: N_("responsive"),
    ranking.YES_ALTHOUGH_LOW: N_("responsive although abnormally low"),
    ranking.NO: N_("not responsive"),
    ranking.RECUSED: N_("recused"),
}
"""What a ballot says of a bid."""

_TURNS = {
    "ranked": "Awards.BidsRanked",
    "quality-decided": "Awards.QualityDecided",
    "lowest-found": "Awards.LowestPriceFound",
    "flagged": "Awards.AbnormallyLow",
    "questioned": "Awards.LowPricesQuestioned",
    "standstill": "Awards.StandstillStarted",
    "none-acceptable": "Awards.NoBidAcceptable",
    "awarded": "Awards.Awarded",
    "accepted": "Awards.AwardAccepted",
    "passed-over": "Awards.WinnerPassedOver",
    "remedied": "Awards.RemedyOrdered",
}
"""The event of each turn of an award."""

_FAILURES = {
    Failure.TOO_FEW_BIDS: N_("Too few bids count."),
    Failure.NOT_DRAWN: N_("Nobody drew a panel in time."),
    Failure.NO_QUORUM: N_("Twice too few ballots counted."),
    Failure.NO_BID_ACCEPTABLE: N_("The panel found no bid responsive."),
    Failure.NOT_SIGNED: N_("The agreement was not signed in time."),
}
"""Why a tender is unsuccessful, where no key was withheld."""


class Step(NamedTuple):
    """A station on a tender's path.

    Attributes:
        name: of the station.
        time: when it was passed, in seconds since 1970 UTC; None while it is ahead.
        detail: what happened there.
        failed: whether the path ended there before payment.
    """

    name: str
    time: int | None
    detail: str = ""
    failed: bool = False


class Bid(NamedTuple):
    """An opened envelope.

    Attributes:
        number: of the bid among those that count, from 1, as ballots mark them; 0 for others.
        bid: what was in it; None where it is void.
        note: why it does not count; empty where it does.
        tally: the panel's marks; None before they are public.
        responsive: whether the panel finds it so.
        won: whether it wins.
    """

    number: int
    bid: OpenedBid | None
    note: str
    tally: dict[str, int] | None = None
    responsive: bool = False
    won: bool = False


class Proof(NamedTuple):
    """A transaction, and the events in it that tell of a tender."""

    stamp: Stamp
    events: list[str]


@dataclass(frozen=True, slots=True)
class Story:
    """What a page shows of a tender.

    Attributes:
        tender: as replayed.
        words: what is known off chain.
        currency: of its prices; None if its token is not known.
        phase: key of `PHASES`.
        ending: why it ended before payment; empty if it did not.
        path: its stations.
        bids: its envelopes, in the order of sealing; empty until all are opened.
        proofs: where its facts stand, in the order of the chain.
    """

    tender: Tender
    words: Words
    currency: Currency | None
    phase: str
    ending: str
    path: list[Step]
    bids: list[Bid]
    proofs: list[Proof]


def tell(state: State, tender: Tender, names: Names, now: int) -> Story:
    """Tells a tender.

    Args:
        state: the replayed ledger.
        tender: one of its tenders.
        names: the words beside it.
        now: the second for which it is told, since 1970 UTC.
    """
    phase = rules.phase(state, tender, now)
    bids = list(_bids(tender)) if rules.is_opened(state, tender.box) else []
    return Story(
        tender=tender,
        words=names.tenders.get(tender.id, Words()),
        currency=names.currencies.get(tender.terms["currency"]),
        phase=_phase(tender, phase),
        ending=_ending(state, tender, *rules.standing(state, tender, now)),
        path=_path(state, tender, bids, phase, now),
        bids=bids,
        proofs=_grouped(_facts(state, tender)),
    )


def marks_of(evaluation_: Round, ballot: Ballot) -> list[tuple[str, list[int]]]:
    """Returns what a ballot says: each mark in words, with the numbers of the bids it is for."""
    if evaluation_.question is Question.QUALITY:
        return [
            (str(mark) if mark != ranking.RECUSED else _(MARKS[mark]), [number])
            for number, mark in enumerate(ballot.marks, 1)
        ]
    return [
        (_(word), [number for number, given in enumerate(ballot.marks, 1) if given == mark])
        for mark, word in MARKS.items()
        if mark in ballot.marks
    ]


def ballot_of(evaluation: Round, seat: int) -> Ballot | None:
    """Returns the ballot of a seat that counts, if there is one."""
    return next((each for each in evaluation.ballots if each.seat == seat), None)


def _phase(tender: Tender, phase: Phase) -> str:
    """Which of `PHASES` a tender is in."""
    if not tender.account.closed:
        return phase.name.lower()
    return "closed" if _is_settled(tender) else "ended"


def _is_settled(tender: Tender) -> bool:
    return tender.account.count(Status.PAID) == len(tender.account.milestones)


def _ending(state: State, tender: Tender, phase: Phase, failure: Failure) -> str:
    """Why a tender ended before payment; empty if it did not."""
    if phase is Phase.CANCELLED and tender.award.cancelled:
        return _("A review of a complaint cancelled it.")
    if phase is Phase.CANCELLED:
        return _("The buyer cancelled it before bidding closed; its envelopes stay shut for ever.")
    if phase is not Phase.UNSUCCESSFUL:
        if tender.account.renounced:
            return _("The supplier gave up the rest.")
        lapsed = tender.account.closed and not _is_settled(tender)
        return _("It lapsed long after the last due date.") if lapsed else ""
    if failure is Failure.WITHHELD:
        return _withheld(state, tender)
    if failure is Failure.NOT_DRAWN and tender.award.rounds:
        return _("Too few ballots counted, and nobody drew a second panel in time.")
    if failure is Failure.NO_BID_ACCEPTABLE and tender.scored:
        return _("No proposal reached the threshold, or none had an acceptable price.")
    return _(_FAILURES[failure])


def _withheld(state: State, tender: Tender) -> str:
    """Which key did not come out."""
    if not rules.secret_of(state, tender.box):
        return _("The key to its bids was not released in time.")
    if all(rules.secret_of(state, each.box) for each in tender.award.rounds):
        return _("The key to its prices was not released in time.")
    return _("The key to its ballots was not released in time.")


def _path(state: State, tender: Tender, bids: list[Bid], phase: Phase, now: int) -> list[Step]:
    """The stations of a tender; of one without an agreement at the end only those it reached."""
    steps = [*_tendering(state, tender, bids, now), *_evaluation(state, tender, now)]
    steps += _agreement(tender)
    if phase not in (Phase.CANCELLED, Phase.UNSUCCESSFUL):
        return steps
    name = _("Cancelled") if phase is Phase.CANCELLED else _("Unsuccessful")
    award = tender.award
    stamp = tender.cancelled or award.cancelled or award.none_acceptable
    reached = [each for each in steps if each.time is not None]
    return [*reached, Step(name, stamp.time if stamp else None, failed=True)]


def _tendering(state: State, tender: Tender, bids: list[Bid], now: int) -> Iterator[Step]:
    box = tender.box
    envelopes = box.envelopes
    key = state.opening_keys.get(box.key)
    released = key.released if key else None
    closed = box.closes_at if box.closes_at <= now and not tender.cancelled else None
    valid = sum(each.bid is not None for each in bids)
    opened = _("{count} of {all} valid").format(count=valid, all=len(bids)) if bids else ""
    yield Step(_("Published"), tender.published.time)
    yield Step(
        _("Bids sealed"),
        envelopes[-1].sealed.time if envelopes else None,
        _("{count} envelopes").format(count=len(envelopes)),
    )
    yield Step(_("Bidding closed"), closed)
    yield Step(_("Key released"), released.time if released else None)
    at = _opened_at(state, box, [bid.opened for bid in tender.opened])
    yield Step(_("Bids opened"), at, opened)


def _evaluation(state: State, tender: Tender, now: int) -> Iterator[Step]:
    award = tender.award
    last = award.rounds[-1] if award.rounds else None
    box = last.box if last else None
    ballots = last.ballots if last else []
    sealed = len(box.envelopes) if box else 0
    over = award.standstill and award.standstill_ends_at <= now
    yield Step(
        _("Panel drawn"),
        last.drawn.time if last else None,
        _("{count} members").format(count=len(last.panel)) if last else "",
    )
    yield Step(
        _("Ballots sealed"),
        box.envelopes[-1].sealed.time if box and sealed else None,
        _("{count} envelopes").format(count=sealed),
    )
    yield Step(
        _("Ballots opened"),
        _opened_at(state, box, [ballot.opened for ballot in ballots]),
        _("{count} of {all} valid").format(count=len(ballots), all=sealed),
    )
    yield Step(_("Ranked"), award.ranked_at.time if award.ranked_at else None)
    yield Step(_("Standstill over"), award.standstill_ends_at if over else None)
    yield Step(_("Awarded"), award.awarded.time if award.awarded else None)


def _agreement(tender: Tender) -> Iterator[Step]:
    account = tender.account
    moved = {what: [each.stamp.time for each in account.payments if each.what == what]
             for what in ("funded", "paid")}  # fmt: skip
    yield Step(_("Signed"), tender.agreement.signed.time if tender.agreement else None)
    yield Step(_("Funded"), moved["funded"][-1] if moved["funded"] else None)
    yield Step(
        _("Milestones paid"),
        moved["paid"][-1] if moved["paid"] else None,
        _("{count} of {all}").format(
            count=account.count(Status.PAID), all=len(tender.terms["plan"])
        ),
    )
    yield Step(_("Closed"), account.closed.time if account.closed else None)


def _opened_at(state: State, box: Box | None, stamps: list[Stamp]) -> int | None:
    """When the last envelope of a box was opened; when its key was released if all are void."""
    if box is None or not rules.is_opened(state, box):
        return None
    released = state.opening_keys[box.key].released
    return max(each.time for each in [*stamps, released] if each)


def _bids(tender: Tender) -> Iterator[Bid]:
    opened = {bid.envelope: bid for bid in tender.opened}
    award, winner = tender.award, tender.award.winner
    judged = award.rounds[award.bids_round] if award.rounds else None
    ballots = judged.ballots if judged else []
    for envelope, void in enumerate(tender.box.voids):
        bid = opened.get(envelope)
        if bid is None:
            yield Bid(0, None, _(VOIDS[void]))
        elif tender.bids[bid.organisation].envelope != envelope:
            yield Bid(0, bid, _(VOIDS[Void.SUPERSEDED]))
        else:
            bid = tender.bids[bid.organisation]
            place = tender.bidders.index(bid.organisation)
            count = evaluation.tally(ballots, place) if ballots and not tender.scored else None
            yield Bid(
                place + 1,
                bid,
                _("withdrawn") if bid.price == WITHDRAWN else "",
                count,
                count is not None and count["yes"] + count["yesAlthoughLow"] > count["no"],
                winner is not None and winner.position == place,
            )


def _grouped(facts: Iterator[tuple[str, Stamp | None]]) -> list[Proof]:
    """Facts by transaction, in the order of the chain; alike ones are counted."""
    found: dict[Stamp, Counter[str]] = {}
    for event, stamp in facts:
        if stamp:
            found.setdefault(stamp, Counter())[event] += 1
    return [
        Proof(stamp, [f"{name} ×{count}" if count > 1 else name for name, count in events.items()])
        for stamp, events in sorted(found.items(), key=lambda pair: pair[0].block)
    ]


def _facts(state: State, tender: Tender) -> Iterator[tuple[str, Stamp | None]]:
    """Every event about a tender that its state knows the place of."""
    award, account = tender.award, tender.account
    yield "Tenders.TenderPublished", tender.published
    for amendment in tender.amendments:
        yield "Tenders.TenderAmended", amendment.stamp
    for enquiry in tender.enquiries:
        yield "Tenders.EnquiryMade", enquiry.asked
        yield "Tenders.EnquiryAnswered", enquiry.answered
    yield from _box_facts(state, tender.box)
    yield "Tenders.TenderCancelled", tender.cancelled
    yield "Tenders.BoxShut", tender.cancelled
    if tender.prices:
        yield from _box_facts(state, tender.prices)
    for bid in tender.opened:
        yield f"Tenders.{'ProposalOpened' if tender.scored else 'BidOpened'}", bid.opened
    for bid in tender.priced:
        yield "Tenders.BidOpened", bid.opened
    for each in award.rounds:
        yield "Ballots.PanelDrawn", each.drawn
        yield from _box_facts(state, each.box)
        for recusal in each.recusals:
            yield "Ballots.SeatRecused", recusal.stamp
        for ballot in each.ballots:
            yield "Ballots.BallotOpened", ballot.opened
    for turn in award.history:
        yield _TURNS[turn.what], turn.stamp
    for complaint in rules.complaints_about(state, tender):
        yield "Reviews.ComplaintFiled", complaint.filed
        for panel in complaint.panels:
            yield "Reviews.ReviewPanelDrawn", panel.drawn
        for vote in complaint.votes:
            yield "Reviews.ReviewVote", vote.stamp
        yield "Reviews.ComplaintClosed", complaint.closed
        yield "Reviews.DepositPaid", complaint.paid
    if tender.agreement:
        yield "Agreements.AgreementSigned", tender.agreement.signed
    for milestone in account.milestones:
        for report in milestone.history:
            yield f"Escrow.Milestone{report.what.title()}", report.stamp
    for payment in account.payments:
        if payment.what != "refunded":
            name = "MilestonePaid" if payment.what == "paid" else "Funded"
            yield f"Escrow.{name}", payment.stamp
    yield "Escrow.Renounced", account.renounced
    yield "Escrow.Closed", account.closed


def _box_facts(state: State, box: Box) -> Iterator[tuple[str, Stamp | None]]:
    for envelope in box.envelopes:
        yield f"{box.contract}.Sealed", envelope.sealed
    if key := state.opening_keys.get(box.key):
        yield "OpeningKeys.KeyTaken", key.taken
        yield f"{box.contract}.Released", key.released
