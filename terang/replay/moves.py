"""What can happen to a tender, by which role: what the contracts accept now or by time alone.

Nothing here asks who somebody is: `errands` picks from it what an account can do. Conditions are
those of `Tenders.sol`, `Ballots.sol`, `Awards.sol`, `Reviews.sol` and `SealedBox.sol`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from terang.replay import evaluation, rules
from terang.replay.state import GRACE, Box, Complaint, Round, State, Tender
from terang.sealing.epoch import key_place
from terang.vocabulary import BALLOTS, PRICES, ComplaintStatus, Licence, Outcome, Phase, Question


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing that can be done, now or by time alone.

    Attributes:
        name: a key of `acts.ACTS`.
        since: the first second in which it is accepted, since 1970 UTC; 0 for at once.
        until: the last second in which it is accepted or serves; None without end.
        tender: the tender that it is about.
        complaint: the complaint that it is about.
        enquiry: the question that it is about.
        version: of the tender.
        milestone: its number, from 1.
        batch: of keys.
        epoch: of openers.
        dealer: index of the opener that is accused.
        organisation: that it is about.
        account: that it is about.
        count: keys that are free.
        needed: keys that tenders under way may still take.
        amount: in the smallest unit of `currency`.
        currency: address of the token.
        due: when the agreement wants it done; nothing is refused after that.
        bidders: organisations that a ballot marks.
    """

    name: str
    since: int = 0
    until: int | None = None
    tender: int | None = None
    complaint: int | None = None
    enquiry: int | None = None
    version: int | None = None
    milestone: int | None = None
    batch: int | None = None
    epoch: int | None = None
    dealer: int | None = None
    organisation: int | None = None
    account: str | None = None
    count: int | None = None
    needed: int | None = None
    amount: int | None = None
    currency: str | None = None
    due: int | None = None
    bidders: tuple[int, ...] = ()


Errands = Iterator[Errand]


def moves(state: State, tender: Tender, now: int) -> list[tuple[str, Errand]]:
    """Returns what can happen to a tender and who does it, by time.

    What concerns an agreement once it is signed is not in it.

    Args:
        state: the ledger.
        tender: one of its tenders.
        now: time of the newest block, in seconds since 1970 UTC: whatever is sent comes after it.

    Returns:
        roles (keys of `acts.TITLES`) and errands: first what is possible now, by its end.
    """
    about = rules.complaints_about(state, tender)
    found = [
        *(("buyer", each) for each in by_buyer(state, tender, now)),
        *(("supplier", each) for each in by_bidder(state, tender, now)),
        *(("supplier", each) for each in by_winner(state, tender, now)),
        *(("supplier", each) for each in by_tenderer(state, tender, now)),
        *(("panel", each) for each in by_panel(tender)),
        *(("panel", each) for case in about for each in by_reviewer(state, case, now)),
        *(("opener", each) for each in by_opener(state, tender)),
        *(("treasury", each) for case in about for each in by_treasury(case)),
        *(("anyone", each) for each in by_anyone(state, tender, now, free_count(state))),
        *(("anyone", each) for case in about for each in by_depositor(case)),
    ]
    lasting = [each for each in found if each[1].until is None or now < each[1].until]
    return sorted(lasting, key=lambda each: urgency(each[1], now))


def urgency(errand: Errand, now: int) -> tuple[bool, int]:
    """Orders errands: first what is possible now, by its end, then the others by their start."""
    if errand.since > now:
        return True, errand.since
    return False, 1 << 48 if errand.until is None else errand.until


def by_buyer(state: State, tender: Tender, now: int) -> Errands:
    """Yields what the buyer of a tender can do before the agreement is signed."""
    phase, last = rules.phase(state, tender, now), tender.box.closes_at - 1
    if phase is Phase.TENDERING:
        yield Errand("amend", until=last, tender=tender.id)
        yield Errand("cancel", until=last, tender=tender.id)
        for number, enquiry in enumerate(tender.enquiries, 1):
            if enquiry.answered is None:
                yield Errand("answer", until=last, tender=tender.id, enquiry=number)
    elif phase is Phase.AWARDED:
        if licensed(state, Licence.TREASURY, now):  # or nobody could be named for what is left
            yield Errand("prepare", until=tender.award.sign_by, tender=tender.id)
        yield from _signing(tender)
    elif phase in (Phase.UNSUCCESSFUL, Phase.CANCELLED) and not _is_repeated(state, tender):
        yield Errand("repeat", tender=tender.id)


def by_bidder(state: State, tender: Tender, now: int) -> Errands:
    """Yields what whoever may bid for a tender can do."""
    if rules.phase(state, tender, now) is Phase.TENDERING:
        asked = rules.enquiries_end(state, tender) - 1
        yield Errand("bid", until=tender.box.closes_at - 1, tender=tender.id)
        yield Errand("enquire", until=asked, tender=tender.id)


def by_winner(state: State, tender: Tender, now: int) -> Errands:
    """Yields what the winner of a tender can do before the agreement is signed."""
    if rules.phase(state, tender, now) is Phase.AWARDED:
        if tender.award.accepted is None:
            yield Errand("accept-award", until=tender.award.sign_by, tender=tender.id)
        yield from _signing(tender)


def by_tenderer(state: State, tender: Tender, now: int) -> Errands:
    """Yields the complaint of an organisation whose bid was opened; each has one per ranking."""
    award = tender.award
    if rules.phase(state, tender, now) is Phase.STANDSTILL and award.winner:
        yield Errand(
            "complain",
            until=award.standstill_ends_at - 1,
            tender=tender.id,
            amount=rules.deposit_of(state, tender),
            currency=tender.terms["currency"],
        )


def by_panel(tender: Tender) -> Errands:
    """Yields what the members of the newest panel of a tender can do."""
    if tender.award.rounds:
        last = tender.award.rounds[-1]
        until, bidders = last.box.closes_at - 1, tuple(tender.bidders)
        yield Errand("cast", until=until, tender=tender.id, bidders=bidders)
        yield Errand("recuse", until=until, tender=tender.id)


def by_reviewer(state: State, complaint: Complaint, now: int) -> Errands:
    """Yields the vote on a complaint."""
    if complaint.status is ComplaintStatus.OPEN and not rules.is_moot(state, complaint, now):
        until = complaint.panels[-1].decide_by - 1
        yield Errand("review", until=until, tender=complaint.tender, complaint=complaint.id)


def by_opener(state: State, tender: Tender) -> Errands:
    """Yields the share of a box that has closed, or will, by the openers of its key."""
    box = newest_box(tender)
    if not box.shut and not rules.secret_of(state, box):
        name, until = f"share{suffix(box)}", box.opens_at + GRACE - 1
        yield Errand(name, since=box.opens_at, until=until, tender=tender.id)


def by_treasury(complaint: Complaint) -> Errands:
    """Yields the deposit of an abusive complaint, which goes to a treasury."""
    if complaint.closed and complaint.abusive and complaint.deposit:
        yield _deposit("keep-deposit", complaint)


def by_depositor(complaint: Complaint) -> Errands:
    """Yields the deposit of a complaint that goes back."""
    if complaint.closed and not complaint.abusive and complaint.deposit:
        yield _deposit("pay-deposit", complaint)


def by_anyone(state: State, tender: Tender, now: int, free: int) -> Errands:
    """Yields what has no owner: to release, open, draw, flag, rank, award, pass over, decide.

    A share is published before anybody checks it, so a release that is listed here may turn out
    to need one more.

    Args:
        state: the ledger.
        tender: one of its tenders.
        now: as for `moves`.
        free: keys that a panel could take.
    """
    yield from _opening(state, tender, now)
    yield from _judging(state, tender, now, free)
    for complaint in rules.complaints_about(state, tender):
        if complaint.status is ComplaintStatus.OPEN:
            since = _decides_at(state, complaint, now)
            yield Errand("decide", since=since, tender=tender.id, complaint=complaint.id)


# Facts that several need


def newest_box(tender: Tender) -> Box:
    """Returns the box that a tender's commands speak of: the last one whose key may come out."""
    rounds, prices = tender.award.rounds, tender.prices
    if not rounds:
        return tender.box
    last = rounds[-1]
    # a round about low prices comes after them, in the same second perhaps
    if last.question is Question.LOW_PRICES or not prices or not prices.decided_at:
        return last.box
    return prices if last.drawn.time <= prices.decided_at else last.box


def suffix(box: Box) -> str:
    """Returns how errands about a box end that is not of bids or proposals."""
    return "-ballots" if box.stage >= BALLOTS else "-prices" if box.stage == PRICES else ""


def free_count(state: State) -> int:
    """Returns how many keys of the newest epoch are ready and not taken."""
    number = len(state.epochs)
    ready = sum(
        each.count for each in state.batches.values() if each.epoch == number and any(each.root)
    )
    return ready - sum(key_place(each).epoch == number for each in state.opening_keys)


def licensed(state: State, licence: Licence, now: int) -> bool:
    """Tells whether anybody holds this licence now."""
    return any(
        kind == licence and since <= now < until
        for (kind, _account), (since, until) in state.licences.items()
    )


def may_still_draw(state: State, tender: Tender, now: int) -> int:
    """Returns how many panels a tender may still take, unless a complaint is upheld."""
    phase, award = rules.phase(state, tender, now), tender.award
    if phase not in (Phase.TENDERING, Phase.OPENING, Phase.EVALUATION, Phase.PRICE_OPENING):
        return 0
    rule = rules.rule_of(state, tender)
    asks = tender.scored and (rule["abnormalUnderEstimate"] or rule["abnormalUnderMean"])
    later = rules.MAX_ATTEMPTS if asks and not award.low_round else 0
    return rules.MAX_ATTEMPTS - award.attempts + later


# Parts


def _is_repeated(state: State, tender: Tender) -> bool:
    return any(each.notice["predecessor"] == tender.id for each in state.tenders.values())


def _signing(tender: Tender) -> Errands:
    for name in ("sign", "submit"):
        yield Errand(name, until=tender.award.sign_by, tender=tender.id)


def _deposit(name: str, complaint: Complaint) -> Errand:
    amount, token = complaint.deposit, complaint.token
    return Errand(
        name, tender=complaint.tender, complaint=complaint.id, amount=amount, currency=token
    )


def _has_shares(state: State, box: Box) -> bool:
    """Whether a box waits for its secret, and as many openers as it takes gave their shares."""
    key = state.opening_keys[box.key]
    threshold = state.epochs[key_place(key.id).epoch - 1].threshold
    return not key.secret and len({opener for opener, _share in key.shares}) >= threshold


def _opening(state: State, tender: Tender, now: int) -> Errands:
    """From the shares to the opened envelopes of its newest box."""
    box = newest_box(tender)
    if _has_shares(state, box):  # which none gives before it may be released
        until = box.opens_at + GRACE - 1
        yield Errand(f"release{suffix(box)}", until=until, tender=tender.id)
    elif rules.secret_of(state, box) and not rules.is_opened(state, box):
        # what is opened later is public all the same, but no panel comes after it
        again = tender.award.attempts < rules.MAX_ATTEMPTS and box.stage != PRICES
        serves = again and now < rules.draw_by(box)
        until_ = rules.draw_by(box) if serves else None
        yield Errand(f"open{suffix(box)}", until=until_, tender=tender.id)


def _judging(state: State, tender: Tender, now: int, free: int) -> Errands:
    """From the opened bids to the award, and on to the next winner."""
    award, phase = tender.award, rules.phase(state, tender, now)
    if phase is Phase.STANDSTILL and not rules.open_complaints(state, tender, award.rankings):
        yield Errand("finalise", since=award.standstill_ends_at, tender=tender.id)
    if phase is Phase.AWARDED and not award.accepted:
        yield Errand("pass-over", since=award.sign_by + 1, tender=tender.id)
    if phase is not Phase.EVALUATION:
        return
    if award.awarded:
        yield Errand("pass-over", tender=tender.id)
        return
    if _is_unflagged(state, tender):
        yield Errand("flag", tender=tender.id)
    last = award.rounds[-1] if award.rounds else None
    if last is None or not award.attempts or rules.lacks_quorum(state, last):
        if free and evaluation.seed(state, tender, len(award.rounds), now):
            yield Errand("draw", until=_draw_until(tender, last), tender=tender.id)
    elif rules.outcome(state, last, now) is Outcome.VALID:
        yield Errand("rank", tender=tender.id)


def _draw_until(tender: Tender, last: Round | None) -> int | None:
    """The last second for the draw of the next panel; a later question waits without end."""
    if last is None:
        return rules.draw_by(tender.box)
    return rules.draw_by(last.box) if tender.award.attempts else None


def _is_unflagged(state: State, tender: Tender) -> bool:
    """Whether there is an abnormally low price that nobody has said is so."""
    is_low = evaluation.lowness(state, tender)
    flagged = {each.organisation for each in tender.award.history if each.what == "flagged"}
    prices = (each.price for each in tender.bids.values() if each.organisation not in flagged)
    return any(evaluation.counts(price) and is_low(price) for price in prices)


def _decides_at(state: State, complaint: Complaint, now: int) -> int:
    """From when an open complaint can be decided; 0: at once."""
    at_once = complaint.all_voted or rules.is_moot(state, complaint, now)
    return 0 if at_once else complaint.panels[-1].decide_by
