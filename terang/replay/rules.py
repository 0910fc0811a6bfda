"""What follows from a state of the ledger: the contracts' views, computed from events alone.

"As of" a time means just before its second, as in the contracts.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from eth_utils.crypto import keccak

from terang.replay.state import (
    GRACE,
    WITHDRAWN,
    ZERO,
    Award,
    Ballot,
    Batch,
    Box,
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
from terang.vocabulary import Licence, Phase, Power, Role

SEGMENTS: Final = {"Tenders": 32, "Awards": 8}
"""Envelopes that share one word of the running hash, by contract (`SealedBox.SEGMENT`)."""
CAP: Final = 8
"""Envelopes of an organisation or seat in one box (`SealedBox.sol`)."""
RELAY_CAP: Final = 4096
"""Envelopes of a relay in one box."""
LAPSE: Final = 180 * 86_400
"""Seconds after the last due date until an agreement may be closed unfinished (`Escrow.sol`)."""
MAX_ROUNDS: Final = 2
DRAWING_PERIOD: Final = 7 * 86_400
"""Seconds after the grace of the box before within which a panel is drawn, or never."""

NO, YES, YES_ALTHOUGH_LOW, RECUSED = 0, 1, 2, 255
MARKS: Final = frozenset((NO, YES, YES_ALTHOUGH_LOW, RECUSED))

_MIN_PERIOD: Final = 86_400
_MAX_PERIOD: Final = 366 * 86_400
_PANEL: Final = keccak(text="Terang panel v1")
_MAX_DRAWS: Final = 128
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
    return box.closes_at <= time < box.closes_at + GRACE and not box.shut


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


# Tenders and Awards


def is_period(seconds: int) -> bool:
    """Tells whether a tender may stay this long open for bids, ballots, complaints or signing."""
    return _MIN_PERIOD <= seconds <= _MAX_PERIOD


def lacks_quorum(state: State, tender: Tender, evaluation: Round) -> bool:
    """Tells whether all ballots of a round are open and too few count."""
    quorum: int = tender.terms["quorum"]
    return is_opened(state, evaluation.box) and len(evaluation.ballots) < quorum


def phase(state: State, tender: Tender, time: int) -> Phase:
    """Returns where a tender stands in this second, over its whole life."""
    box = tender.box
    if box.shut:
        return Phase.CANCELLED
    if time < box.closes_at:
        return Phase.TENDERING
    if not is_opened(state, box):
        return Phase.UNSUCCESSFUL if is_withheld(state, box, time) else Phase.OPENING
    if tender.valid_bids < tender.terms["minimumBids"]:
        return Phase.UNSUCCESSFUL
    return _phase_of_award(state, tender, time) if tender.award.rounds else _draw_by(box, time)


def _phase_of_award(state: State, tender: Tender, time: int) -> Phase:
    award = tender.award
    if award.awarded:
        if tender.agreement:
            return Phase.CONTRACTED
        return Phase.AWARDED if time <= award.sign_by else Phase.UNSUCCESSFUL
    if award.standstill:
        return Phase.STANDSTILL
    last = award.rounds[-1]
    if award.none_acceptable or is_withheld(state, last.box, time):
        return Phase.UNSUCCESSFUL
    if lacks_quorum(state, tender, last):
        repeated = len(award.rounds) == MAX_ROUNDS
        return Phase.UNSUCCESSFUL if repeated else _draw_by(last.box, time)
    return Phase.EVALUATION


def _draw_by(box: Box, time: int) -> Phase:
    """Whether a panel may still be drawn after the opening of a box."""
    over = time >= box.closes_at + GRACE + DRAWING_PERIOD
    return Phase.UNSUCCESSFUL if over else Phase.EVALUATION


def is_withheld(state: State, box: Box, time: int) -> bool:
    """Tells whether the time to release a box's secret has passed without that."""
    return time >= box.closes_at + GRACE and not secret_of(state, box)


def standing_bids(state: State, tender: Tender) -> list[OpenedBid]:
    """Returns the bids that count, in the order of opening; none until the whole box is open."""
    if not is_opened(state, tender.box):
        return []
    bids = [tender.bids[each] for each in tender.bidders]
    return [each for each in bids if each.price != WITHDRAWN]


def votes_for(state: State, tender: Tender, evaluation: Round, account: str) -> int:
    """Returns the seat on a panel whose ballots this account signs; 0 if none."""
    seat = state.seat_of_account.get(account, 0)
    if seat not in evaluation.panel:
        return 0
    return seat if account_at(state, seat, tender.box.closes_at) == account else 0


def voted(evaluation: Round) -> int:
    """Returns the bits of a panel's seats whose ballot counts."""
    return sum(1 << evaluation.panel.index(ballot.seat) for ballot in evaluation.ballots)


def tally(ballots: Sequence[Ballot], position: int) -> dict[str, int]:
    """Returns what ballots say of the bid at `position`, by the names of `Marks.Tally`."""
    marks = bytes(ballot.marks[position] for ballot in ballots)
    return {
        "yes": marks.count(YES),
        "yesAlthoughLow": marks.count(YES_ALTHOUGH_LOW),
        "no": marks.count(NO),
        "recused": marks.count(RECUSED),
    }


def seed(state: State, tender: Tender, number: int) -> bytes | None:
    """Returns the seed of a round: of the secret and running hash of the box opened before it."""
    box = tender.box if number == 0 else tender.award.rounds[number - 1].box
    secret = secret_of(state, box)
    if not secret:
        return None
    return keccak(words(_PANEL, secret, accumulator(box), tender.id, number))


def panel(state: State, tender: Tender, seed_: bytes) -> tuple[int, ...]:
    """Draws a panel: per class, Fisher–Yates over the seats ever admitted as of closing.

    Removed seats and the buyer's own are skipped. Source: `Panel.sol`.
    """
    time = tender.box.closes_at
    drawn: list[int] = []
    for seat_class, wanted in enumerate(tender.terms["panel"]):
        eligible = [
            number
            for number in state.seats_of_class[seat_class]
            if state.seats[number - 1].admitted.time < time
        ]
        left = wanted
        for i in range(min(len(eligible), _MAX_DRAWS)):
            if not left:
                break
            draw = int.from_bytes(keccak(words(seed_, seat_class, i)), "big")
            place = i + draw % (len(eligible) - i)
            eligible[i], eligible[place] = eligible[place], eligible[i]
            seat = state.seats[eligible[i] - 1]
            seated = seat.removed is None or seat.removed.time >= time
            if seated and seat.organisation != tender.buyer:
                drawn.append(seat.id)
                left -= 1
    return tuple(drawn)


def best(tender: Tender, evaluation: Round, upto: int) -> int:
    """Compares the next bids up to position `upto` with the best one so far.

    Of equal prices the lowest keccak256(seed, organisation) wins.

    Returns:
        1 + position of the best; 0 while there is none.
    """
    award: Award = tender.award
    found = award.best
    top = _rank(evaluation, tender.bid_at(found - 1)) if found else None
    for position in range(award.ranked, upto):
        count = tally(evaluation.ballots, position)
        bid = tender.bid_at(position)
        if count["yes"] + count["yesAlthoughLow"] <= count["no"] or bid.price == WITHDRAWN:
            continue
        rank = _rank(evaluation, bid)
        if top is None or rank < top:
            found, top = position + 1, rank
    return found


def _rank(evaluation: Round, bid: OpenedBid) -> tuple[int, bytes]:
    return bid.price, keccak(words(evaluation.seed, bid.organisation))
