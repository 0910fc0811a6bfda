"""What follows from a state of the ledger: the contracts' views, computed from events alone.

"As of" a time means just before its second, as in the contracts.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from eth_utils.crypto import keccak

from terang.replay.state import (
    GRACE,
    WITHDRAWN,
    ZERO,
    Batch,
    Box,
    Complaint,
    Epoch,
    OpenedBid,
    Organisation,
    Round,
    State,
    Tender,
)
from terang.sealing.curve import parse_point, words
from terang.sealing.epoch import EpochContext, EpochError, set_hash
from terang.sealing.judging import Dealing, Posted
from terang.vocabulary import (
    WHOLE,
    ComplaintStatus,
    Failure,
    Licence,
    Outcome,
    Phase,
    Power,
    Role,
)

SEGMENTS: Final = {"Tenders": 32, "Ballots": 8}
"""Envelopes that share one word of the running hash, by contract (`SealedBox.SEGMENT`)."""
CAP: Final = 8
"""Envelopes of an organisation or seat in one box, for each version (`SealedBox.sol`)."""
RELAY_CAP: Final = 4096
"""The same of a relay."""
LAPSE: Final = 180 * 86_400
"""Seconds after the last due date until an agreement may be closed unfinished (`Escrow.sol`)."""
MAX_ATTEMPTS: Final = 2
"""Rounds for one question: one without quorum is repeated once."""
DRAWING_PERIOD: Final = 7 * 86_400
"""Seconds after the grace of the box before within which a panel is drawn, or never."""

MIN_PERIOD: Final = 86_400
MAX_PERIOD: Final = 366 * 86_400
"""No period of a tender is shorter or longer (`Terms.sol`), in seconds."""
_EMPTY: Final = bytes(32)


# Participants and Consortium


def organisation(state: State, number: int) -> Organisation | None:
    """Returns the organisation of this number, if there is one."""
    return state.organisations[number - 1] if 0 < number <= len(state.organisations) else None


def served_by(state: State, account: str, powers: int, second: int) -> int:
    """Returns the organisation that a key serves in this second with these powers; 0 if none."""
    key = state.keys.get(account)
    if key is None or not key.since <= second < key.until or key.powers & powers != powers:
        return 0
    return key.organisation


def acts_for(state: State, account: str, number: int, second: int) -> bool:
    """Tells whether an account acts for this organisation in this second."""
    return served_by(state, account, Power.ACT, second) == number


def is_suspended(found: Organisation) -> bool:
    """Tells whether an organisation is suspended now."""
    return bool(found.suspensions) and bool(found.suspensions[-1][1])


def is_buyer(state: State, number: int) -> bool:
    """Tells whether an organisation is a buyer in good standing now."""
    found = organisation(state, number)
    return found is not None and bool(found.roles & Role.BUYER) and not is_suspended(found)


def bidder_at(state: State, account: str, time: int) -> tuple[int, bool]:
    """Returns the organisation for which a key could bid as of `time`, and its eligibility."""
    number = served_by(state, account, Power.BID, time - 1) if time else 0
    found = organisation(state, number)
    if found is None:
        return 0, False
    return number, bool(found.roles & Role.SUPPLIER) and not found.suspensions.before(time, False)


def versions(state: State, box: Box) -> int:
    """Returns for how many versions of its tender a box has had room: ballots have one."""
    return state.tenders[box.tender].version if box.contract == "Tenders" else 1


def is_licensed(state: State, licence: Licence, account: str, time: int) -> bool:
    """Tells whether an account is licensed in this second."""
    since, until = state.licences.get((licence, account), (0, 0))
    return since <= time < until


def account_at(state: State, seat: int, time: int) -> str:
    """Returns the account that voted for a seat as of `time`; zero if there was none."""
    return str(state.seats[seat - 1].accounts.before(time, ZERO))


def seat_held_by(state: State, account: str) -> int:
    """Returns the seat for which an account votes now; 0 if none."""
    number: int = state.seat_of_account.get(account, 0)
    if not number:
        return 0
    seat = state.seats[number - 1]
    return number if seat.removed is None and seat.accounts[-1][1] == account else 0


# Opening keys and boxes


def free_keys(state: State, batch: Batch, first: int) -> int:
    """Returns which of a batch's 256 keys from `first` on are ready and not taken, as bits."""
    if not any(batch.root):
        return 0
    numbers = (batch.epoch << 64 | batch.id << 32 | place for place in range(first, batch.count))
    bits = (number not in state.opening_keys for number in islice(numbers, 256))
    return sum(free << place for place, free in enumerate(bits))


def accumulator(box: Box) -> bytes:
    """Returns the running hash over all envelopes of a box; zero while it is empty."""
    return box.segments[-1] if box.segments else _EMPTY


def point_of(state: State, box: Box) -> bytes:
    """Returns the 20-byte address of the point of a box's key; zero until the key is taken."""
    key = state.opening_keys.get(box.key)
    return keccak(words(key.x, key.y))[12:] if key else bytes(20)


def secret_of(state: State, box: Box) -> int:
    """Returns the released secret of a box; 0 until it is released."""
    key = state.opening_keys.get(box.key)
    return key.secret if key else 0


def is_opened(state: State, box: Box) -> bool:
    """Tells whether a box's secret is released and every envelope opened."""
    return len(box.voids) == len(box.envelopes) and secret_of(state, box) != 0


def is_releasable(box: Box, time: int) -> bool:
    """Tells whether a box's secret may be disclosed in this second."""
    return box.opens_at != 0 and 0 <= time - box.opens_at < GRACE and not box.shut


def is_withheld(state: State, box: Box, time: int) -> bool:
    """Tells whether the time to release a box's secret has passed without that."""
    return box.opens_at != 0 and time >= box.opens_at + GRACE and not secret_of(state, box)


def context_of(state: State, batch: Batch) -> EpochContext:
    """Returns the openers that take part in the ceremony of a batch.

    Raises:
        EpochError: when fewer are left of those enrolled than it takes to open a box.
    """
    epoch = state.epochs[batch.epoch - 1]
    return EpochContext(
        state.chain_id,
        state.addresses["OpeningKeys"],
        epoch.id,
        {index: parse_point(key) for index, key in batch.members.items()},
        epoch.threshold,
        hash_of(epoch),
    )


def dealings_of(state: State, epoch: Epoch, numbers: Iterable[int] | None = None) -> list[Dealing]:
    """Returns what was dealt for batches of an epoch, all of them or some, with openers enough."""
    found = []
    for number in range(1, epoch.batches + 1) if numbers is None else sorted(numbers):
        batch = state.batches[epoch.id, number]
        with suppress(EpochError):
            context = context_of(state, batch)
            # the contract takes no late deal, so that none of these is
            posted = [Posted(dealer, payload, 0) for dealer, payload in batch.deals]
            found.append(Dealing(context, number, batch.count, batch.deals_until, posted, {}))
    return found


def accusations_of(batch: Batch, accuser: int) -> int:
    """Returns whom an opener accused over a batch: bit i − 1 for opener i."""
    return sum(1 << (each.dealer - 1) for each in batch.accusations if each.accuser == accuser)


def hash_of(epoch: Epoch) -> bytes:
    """Returns the hash of an epoch's openers, 32 bytes (`OpeningKeys.epochOf`)."""
    return set_hash(epoch.seats, epoch.threshold, epoch.confirmations)


# Tenders, Ballots, Awards and Reviews


def rule_of(state: State, tender: Tender) -> Mapping[str, Any]:
    """Returns the rule under which a tender was published, by the field names of `Rules.sol`."""
    return state.rules[tender.rule - 1]


def enquiries_end(state: State, tender: Tender) -> int:
    """Returns the first second in which nobody asks about a tender any more."""
    return tender.box.closes_at - int(rule_of(state, tender)["enquiryPeriod"])


def deposit_of(state: State, tender: Tender) -> int:
    """Returns the deposit of a complaint about the present ranking of a tender."""
    winner, share = tender.award.winner, rule_of(state, tender)["complaintDeposit"]
    return winner.price * int(share) // WHOLE if winner else 0


def is_period(seconds: int) -> bool:
    """Tells whether a tender may stay this long open for bids, ballots, complaints or signing."""
    return MIN_PERIOD <= seconds <= MAX_PERIOD


def outcome(state: State, evaluation: Round, time: int) -> Outcome:
    """Returns how a round of ballots stands in this second."""
    if is_withheld(state, evaluation.box, time):
        return Outcome.WITHHELD
    if not is_opened(state, evaluation.box):
        return Outcome.RUNNING
    return Outcome.NO_QUORUM if lacks_quorum(state, evaluation) else Outcome.VALID


def lacks_quorum(state: State, evaluation: Round) -> bool:
    """Tells whether all ballots of a round are open and too few count."""
    return is_opened(state, evaluation.box) and len(evaluation.ballots) < evaluation.quorum


def phase(state: State, tender: Tender, time: int) -> Phase:
    """Returns where a tender stands in this second, over its whole life."""
    return standing(state, tender, time)[0]


def standing(state: State, tender: Tender, time: int) -> tuple[Phase, Failure]:
    """Returns where a tender stands in this second, and why if it is unsuccessful."""
    box = tender.box
    if box.shut:
        return Phase.CANCELLED, Failure.NONE
    if time < box.closes_at:
        return Phase.TENDERING, Failure.NONE
    if is_withheld(state, box, time):
        return Phase.UNSUCCESSFUL, Failure.WITHHELD
    if not is_opened(state, box):
        return Phase.OPENING, Failure.NONE
    if tender.valid_bids < tender.terms["minimumBids"]:
        return Phase.UNSUCCESSFUL, Failure.TOO_FEW_BIDS
    return _standing_of_award(state, tender, time)


def _standing_of_award(state: State, tender: Tender, time: int) -> tuple[Phase, Failure]:
    award = tender.award
    if award.cancelled:
        return Phase.CANCELLED, Failure.NONE
    if award.none_acceptable:
        return Phase.UNSUCCESSFUL, Failure.NO_BID_ACCEPTABLE
    if award.awarded:
        if tender.agreement:
            return Phase.CONTRACTED, Failure.NONE
        if time <= award.sign_by:
            return Phase.AWARDED, Failure.NONE
        if award.accepted:
            return Phase.UNSUCCESSFUL, Failure.NOT_SIGNED
        return Phase.EVALUATION, Failure.NONE  # the winner may be passed over
    if award.standstill:
        return Phase.STANDSTILL, Failure.NONE
    if award.attempts:
        return _evaluating(state, tender, time)
    # a question that came up later waits for its panel as long as it takes
    return (Phase.EVALUATION, Failure.NONE) if award.rounds else _draw_by(tender.box, time)


def _evaluating(state: State, tender: Tender, time: int) -> tuple[Phase, Failure]:
    """Between the draw of a panel and the end of the ranking."""
    award = tender.award
    last = award.rounds[-1]
    found = outcome(state, last, time)
    if found is Outcome.WITHHELD:
        return Phase.UNSUCCESSFUL, Failure.WITHHELD
    if found is Outcome.NO_QUORUM:
        repeated = award.attempts == MAX_ATTEMPTS
        over = (Phase.UNSUCCESSFUL, Failure.NO_QUORUM)
        return over if repeated else _draw_by(last.box, time)
    if tender.prices and tender.prices.decided_at:
        if is_withheld(state, tender.prices, time):
            return Phase.UNSUCCESSFUL, Failure.WITHHELD
        if not is_opened(state, tender.prices):
            return Phase.PRICE_OPENING, Failure.NONE
    return Phase.EVALUATION, Failure.NONE


def draw_by(box: Box) -> int:
    """Returns the last second in which a panel is drawn after the opening of a box."""
    return box.closes_at + GRACE + DRAWING_PERIOD - 1


def _draw_by(box: Box, time: int) -> tuple[Phase, Failure]:
    """Whether a panel may still be drawn after the opening of a box."""
    if time > draw_by(box):
        return Phase.UNSUCCESSFUL, Failure.NOT_DRAWN
    return Phase.EVALUATION, Failure.NONE


def may_pass_over(state: State, tender: Tender, time: int) -> bool:
    """Tells whether the winner neither signed nor accepted in time."""
    return tender.award.awarded is not None and phase(state, tender, time) is Phase.EVALUATION


def standing_bids(state: State, tender: Tender) -> list[OpenedBid]:
    """Returns the bids that count, in the order of opening; none until the whole box is open."""
    if not is_opened(state, tender.box):
        return []
    bids = [tender.bids[each] for each in tender.bidders]
    return [each for each in bids if each.price != WITHDRAWN]


def votes_for(state: State, tender: Tender, evaluation: Round, account: str) -> int:
    """Returns the seat on a panel whose ballots this account signs; 0 if none."""
    return _seat_on(state, evaluation.panel, tender, account)


def reviews_for(state: State, complaint: Complaint, account: str) -> int:
    """Returns the seat on the present panel of a complaint that this account votes for, or 0."""
    tender = state.tenders[complaint.tender]
    return _seat_on(state, complaint.panels[-1].seats, tender, account)


def _seat_on(state: State, panel: tuple[int, ...], tender: Tender, account: str) -> int:
    seat = state.seat_of_account.get(account, 0)
    if seat not in panel or not seat:
        return 0
    return seat if account_at(state, seat, tender.box.closes_at) == account else 0


def complaints_about(state: State, tender: Tender, award: int | None = None) -> list[Complaint]:
    """Returns the complaints about a tender, all of them or those about one ranking."""
    return [
        each
        for each in state.complaints.values()
        if each.tender == tender.id and award in (None, each.award)
    ]


def open_complaints(state: State, tender: Tender, award: int) -> int:
    """Returns how many complaints about one ranking of a tender are not decided."""
    about = complaints_about(state, tender, award)
    return sum(each.status is ComplaintStatus.OPEN for each in about)


def is_moot(state: State, complaint: Complaint, time: int) -> bool:
    """Tells whether the award that a complaint is about is gone."""
    tender = state.tenders[complaint.tender]
    gone = tender.award.rankings != complaint.award
    return gone or phase(state, tender, time) is not Phase.STANDSTILL
