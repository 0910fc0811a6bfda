"""How bids are compared, written from `docs/procurement.md`: the reference for `Ranking.sol`.

Nothing here reads the chain: whole numbers in, an order out. A price is in the smallest unit of the
tender's currency, a share in basis points, a score in millionths of a mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from eth_utils.crypto import keccak

from terang.sealing.curve import words
from terang.sealing.messages import WITHDRAWN
from terang.vocabulary import WHOLE

NO: Final = 0
YES: Final = 1
YES_ALTHOUGH_LOW: Final = 2
RECUSED: Final = 255


def score(total: int, ballots: int, weight: int, lowest: int, price: int) -> int:
    """Returns the score of a bid whose quality and price both count, in millionths of a mark.

    With w the weight: (w · Σmarks · 10⁶ / ballots + (10⁴ − w) · 10⁸ · lowest / price) / 10⁴, each
    division floored.

    Args:
        total: Σmarks, of marks from 0 to 100.
        ballots: how many marks those are, at least 1.
        weight: of quality, in basis points; the price has the rest.
        lowest: the lowest price among the bids compared.
        price: the bid's, at least `lowest`.
    """
    quality = weight * total * 10**6 // ballots
    cheapness = (WHOLE - weight) * 10**8 * lowest // price
    return (quality + cheapness) // WHOLE


def passes(total: int, ballots: int, threshold: int) -> bool:
    """Tells whether the mean of the marks reaches the threshold; without a mark it does not.

    Args:
        total: Σmarks.
        ballots: how many marks those are.
        threshold: least mean mark, 0 to 100.
    """
    return ballots > 0 and Fraction(total, ballots) >= threshold


def is_low(
    price: int, estimate: int, total: int, prices: int, under_estimate: int, under_mean: int
) -> bool:
    """Tells whether a price is abnormally low.

    It is when it is more than `under_estimate` below the owner's estimate, or `under_mean` or more
    below the mean of the other prices.

    Args:
        price: the bid's.
        estimate: the owner's; 0 for none published.
        total: the sum of all prices that count, this one included.
        prices: how many those are.
        under_estimate: in basis points; 0 for no such rule.
        under_mean: in basis points; 0 for no such rule.
    """
    if under_estimate and price < Fraction(estimate * (WHOLE - under_estimate), WHOLE):
        return True
    if not under_mean or prices < 2:
        return False
    return price <= Fraction(total - price, prices - 1) * Fraction(WHOLE - under_mean, WHOLE)


class Criteria(NamedTuple):
    """By what the bids of a tender are compared.

    Attributes:
        scored: QUALITY_PRICE; else the lowest price among responsive bids wins.
        seed: of the round that judged the bids, 32 bytes; it decides between equal ones.
        weight: QUALITY_PRICE: of quality, in basis points.
        threshold: QUALITY_PRICE: least mean mark.
        estimate: the owner's; 0 for none published.
        under_estimate: in basis points, as for `is_low`.
        under_mean: in basis points, as for `is_low`.
    """

    scored: bool
    seed: bytes
    weight: int = 0
    threshold: int = 0
    estimate: int = 0
    under_estimate: int = 0
    under_mean: int = 0


@dataclass(frozen=True)
class Judged:
    """An opened bid and what panels said of it.

    Attributes:
        organisation: whose it is.
        price: 0 for a proposal whose price did not open; `WITHDRAWN` for none any more.
        marks: of the ballots that count, one each: 0 to 100 for a proposal, else 0, 1 or 2; 255
            where the seat recused itself.
        answers: of the ballots about abnormally low prices; None where no panel was asked.
        excluded: by a review, or passed over.
    """

    organisation: int
    price: int
    marks: Sequence[int]
    answers: Sequence[int] | None = None
    excluded: bool = False

    @property
    def counts(self) -> bool:
        """Whether it has a price that stands."""
        return self.price not in (0, WITHDRAWN)


class Place(NamedTuple):
    """A bid that may win.

    Attributes:
        position: in the order of opening, from 0.
        score: in millionths of a mark; 0 where only the price counts.
        low: whether its price is abnormally low.
    """

    position: int
    score: int
    low: bool


def reaches(bid: Judged, threshold: int) -> bool:
    """Tells whether a proposal's marks reach the threshold."""
    marks = _given(bid.marks)
    return passes(sum(marks), len(marks), threshold)


def responsive(marks: Sequence[int], *, low: bool) -> bool:
    """Tells whether more than half of those not recused said yes.

    Args:
        marks: 0, 1, 2 or 255, one for each ballot.
        low: whether the price is abnormally low; then only the answer that says so is a yes.
    """
    given = _given(marks)
    yes = given.count(YES_ALTHOUGH_LOW) + (0 if low else given.count(YES))
    return 2 * yes > len(given)


def rank(bids: Sequence[Judged], criteria: Criteria) -> tuple[Place, ...]:
    """Compares bids; the first place is the winner's.

    Args:
        bids: all opened ones, in the order of opening.
        criteria: by what.

    Returns:
        the bids that may win, the best first. Without the first one the others are compared again:
        the lowest price among them may be another.
    """
    standing = [bid.price for bid in bids if bid.counts]
    low = [
        bid.counts
        and is_low(
            bid.price,
            criteria.estimate,
            sum(standing),
            len(standing),
            criteria.under_estimate,
            criteria.under_mean,
        )
        for bid in bids
    ]
    left = [i for i, bid in enumerate(bids) if _may_win(bid, low[i], criteria)]
    lowest = min((bids[i].price for i in left), default=0)
    places = [Place(i, _score(bids[i], lowest, criteria), low[i]) for i in left]
    return tuple(
        sorted(
            places,
            key=lambda each: (
                -each.score,
                bids[each.position].price,
                keccak(words(criteria.seed, bids[each.position].organisation)),
            ),
        )
    )


def _may_win(bid: Judged, low: bool, criteria: Criteria) -> bool:
    if bid.excluded or not bid.counts:
        return False
    if not criteria.scored:
        return responsive(bid.marks, low=low)
    answered = not low or bid.answers is None or responsive(bid.answers, low=True)
    return reaches(bid, criteria.threshold) and answered


def _score(bid: Judged, lowest: int, criteria: Criteria) -> int:
    if not criteria.scored:
        return 0
    marks = _given(bid.marks)
    return score(sum(marks), len(marks), criteria.weight, lowest, bid.price)


def _given(marks: Sequence[int]) -> list[int]:
    return [mark for mark in marks if mark != RECUSED]
