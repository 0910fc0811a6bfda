"""What is published of one lot's prices, in the smallest unit of its currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from terang.ocds import LotPlan, cheapest
from terang.ocds.awards import PublishedAward
from terang.ocds.bids import Offer, standing
from terang.ocds.fields import Json
from terang.ocds.money import AmountError, minor_units, to_minor
from terang.ocds.parties import Bidders
from terang.ocds.prices import estimate, priced_offers
from terang.simulate.verdict import Reason


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of an awarded lot.

    Attributes:
        currency: ISO 4217 code; "" if none is known.
        winning: price of the winning bid; of the award where the bid is not published. None if it
            is not known.
        awarded: value of the award, if it is known; with tax, it may differ from the bid.
        why: why the winning price is not known, else None.
        total: of all prices that count, the winning one included.
        count: how many those are; 0 if they are not known.
        estimate: the owner's; None if there is none, or only a placeholder.
        cheapest: the lowest responsive bid within the estimate; None if no bid is responsive.
        won_cheapest: whether the winner is that one, or as low.
    """

    currency: str = ""
    winning: int | None = None
    awarded: int | None = None
    why: Reason | None = None
    total: int = 0
    count: int = 0
    estimate: int | None = None
    cheapest: int | None = None
    won_cheapest: bool = False


def of_plan(plan: LotPlan, found: Sequence[PublishedAward]) -> Prices:
    """Takes prices from a lot with bids of two tenderers or more.

    Args:
        plan: of the lot.
        found: its standing awards.
    """
    award = plan.published
    if award is None:
        return Prices(plan.currency, why=Reason.MISSING, estimate=plan.estimate)
    if award.other_lot is not None:
        return Prices(plan.currency, why=Reason.OTHER_LOT, estimate=plan.estimate)
    if len(award.bidders) > 1 or len(found) > 1:
        return Prices(plan.currency, why=Reason.SPLIT, estimate=plan.estimate)
    counting = plan.counting()
    bid = counting[award.bidders[0]] if award.bidders else None
    if bid is None or bid.withdrawn:
        why = Reason.NO_PRICE if award.price is None or bid else None
        winning = None if why else award.price
        return Prices(plan.currency, winning, why=why, estimate=plan.estimate)
    if _is_far(bid.price, award.price):
        return Prices(plan.currency, why=Reason.VALUES_DIFFER, estimate=plan.estimate)
    counted = [
        each.price
        for each in counting.values()
        if not each.withdrawn and (each is bid or not plan.ceiling or each.price <= plan.ceiling)
    ]
    best = cheapest(plan)
    return Prices(
        plan.currency,
        bid.price,
        award.price,
        total=sum(counted),
        count=len(counted),
        estimate=plan.estimate,
        cheapest=counting[best[0]].price if best else None,
        won_cheapest=award.bidders[0] in best,
    )


def of_award(
    offers: list[Offer],
    found: Sequence[PublishedAward],
    value: Json,
    path: str,
    currency: str,
) -> Prices:
    """Takes prices from a lot with bids of one tenderer, or with no published bids.

    Args:
        offers: of the lot.
        found: its standing awards.
        value: published value of the lot.
        path: of that value.
        currency: of the lot or tender, for an award without one.
    """
    if len(found) > 1:
        return Prices(why=Reason.SPLIT)
    priced = priced_offers(offers, [])
    single = priced[0] if len(priced) == 1 else None
    value_of_award, its_code = _value(found)
    code = (single.currency if single else its_code) or currency
    awarded = _minor(value_of_award, code) if its_code in ("", code) else None
    winning = _minor(single.number, code) if single else awarded
    other = single and found and not found[0].bidders(Bidders({0: single.party}))
    if winning is None or other:
        return Prices(code, why=Reason.NO_PRICE)
    if _is_far(winning, awarded):
        return Prices(code, why=Reason.VALUES_DIFFER)
    lowest = Decimal(winning).scaleb(-minor_units(code))
    exact, _ceiling = estimate(value, path, code, lowest, [])
    return Prices(
        code,
        winning,
        awarded,
        total=winning if single else 0,
        count=1 if single else 0,
        estimate=exact,
        cheapest=winning if single and standing(single.offer.status).responsive else None,
        won_cheapest=True,
    )


def _is_far(winning: int, awarded: int | None) -> bool:
    """Whether an award's value is so far from the winning bid that one of them is a slip."""
    return awarded is not None and not awarded <= 2 * winning <= 4 * awarded


def _minor(number: Decimal | None, code: str) -> int | None:
    """An amount in the smallest unit; None if it is absent or cannot be taken exactly."""
    if number is None or not code:
        return None
    try:
        return to_minor(number, code, "")
    except AmountError:
        return None


def _value(found: Sequence[PublishedAward]) -> tuple[Decimal | None, str]:
    """The value of the only award, if it is for one lot."""
    if len(found) != 1 or len(found[0].lots) > 1:
        return None, ""
    return found[0].value, found[0].currency
