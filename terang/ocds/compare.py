"""Set the winner on chain against the published award, and say why they differ."""

from terang.i18n import _
from terang.ocds.model import LotPlan
from terang.ocds.money import shown


def cheapest(plan: LotPlan) -> tuple[int, ...]:
    """The bidders whose responsive bid within the ceiling is lowest: several if they tie."""
    prices = _ranked(plan)
    return tuple(bidder for bidder, price in prices if price == prices[0][1])


def _ranked(plan: LotPlan) -> list[tuple[int, int]]:
    """(bidder, price) of the responsive bids within the ceiling, lowest first."""
    return sorted(
        (
            (bidder, bid.price)
            for bidder, bid in plan.counting().items()
            if bid.responsive
            and not bid.withdrawn
            and (not plan.ceiling or bid.price <= plan.ceiling)
        ),
        key=lambda pair: pair[1],
    )


def explain(plan: LotPlan, winner: int | None, end: str) -> tuple[bool | None, str]:
    """Compare the end on chain with what was published.

    Args:
        plan: The lot.
        winner: Index of the bidder that won on chain, None if nobody did.
        end: Phase in which the tender ended on chain, for the sentence.

    Returns:
        Whether both name the same bidder (None if no award was published), and one sentence that
        tells from the data why they differ, or how the award's value differs from the price;
        "" if there is nothing to tell.
    """
    if plan.published is None:
        return None, _no_award(plan)
    if winner is not None and winner in plan.published.bidders:
        return True, _value_note(plan, winner)
    return False, " ".join(filter(None, (_difference(plan, winner, end), _clues(plan, winner))))


def _no_award(plan: LotPlan) -> str:
    if plan.cancelled:
        return plan.cancelled
    if plan.fallen_status:
        return _("Its award is published as {status}.").format(status=plan.fallen_status)
    if not _ranked(plan):
        return _("No award is published, and no bid is published as responsive and in reach.")
    return _("No award is published for this lot.")


def _value_note(plan: LotPlan, winner: int) -> str:
    """How the published value differs from the price of the winner."""
    award, bid = plan.published, plan.counting()[winner]
    if award is None or award.price is None or award.price == bid.price:
        return ""
    return _("The published award value {value} is {ratio} times the bid {price}.").format(
        value=shown(award.price, plan.currency),
        ratio=f"{award.price / bid.price:.4g}",
        price=shown(bid.price, plan.currency),
    )


def _difference(plan: LotPlan, winner: int | None, end: str) -> str:
    if plan.cancelled:
        return _("{cancelled} An award is published all the same.").format(cancelled=plan.cancelled)
    bidder = plan.published_winner
    bid = plan.counting().get(bidder) if bidder is not None else None
    if bidder is None or bid is None:
        if plan.published and not plan.published.named:
            return _("The published award names no supplier.")
        return _("The published award names a supplier without a priced bid for this lot.")
    if bid.withdrawn:
        return _("The published award went to a bid that is published as withdrawn.")
    price = shown(bid.price, plan.currency)
    if not bid.responsive:
        return _("The published award went to a bid of {price} published as {status!r}.").format(
            price=price, status=bid.status
        )
    if plan.ceiling and bid.price > plan.ceiling:
        return _(
            "The published award went to a bid of {price}, above the published estimate {estimate}."
        ).format(price=price, estimate=shown(plan.ceiling, plan.currency))
    won = plan.counting().get(winner) if winner is not None else None
    if won is None:
        return _("The tender ended on chain as {end} without a winner.").format(end=end)
    if won.price == bid.price:
        return _(
            "Tie: both bids are {price}; the chain breaks ties by the secret drawn for the panel."
        ).format(price=price)
    rank = 1 + sum(other < bid.price for _bidder, other in _ranked(plan))
    return _(
        "The published award went to number {rank} of {count} responsive bids by price, {price}; "
        "the chain took {won}."
    ).format(rank=rank, count=len(_ranked(plan)), price=price,
             won=shown(won.price, plan.currency))  # fmt: skip


def _clues(plan: LotPlan, winner: int | None) -> str:
    """What else the data says about a difference."""
    clues = []
    award = plan.published
    won = plan.counting().get(winner) if winner is not None else None
    if award and award.other_lot and award.price is not None:
        clues.append(
            _(
                "Its value {value} is what that supplier bid for lot {lot}: "
                "the publication seems to attach awards to the wrong lots."
            ).format(value=shown(award.price, plan.currency), lot=award.other_lot)
        )
    if winner in plan.fallen:
        clues.append(
            _("An award to the chain's winner is published as {status}.").format(
                status=plan.fallen_status
            )
        )
    if won and won.status_details:
        clues.append(
            _("The bid that won on chain carries the status details {details!r}.").format(
                details=won.status_details[:80]
            )
        )
    if plan.criteria and plan.criteria.lower() not in ("priceonly", "lowestcost"):
        clues.append(
            _("The published award criteria are {criteria!r}; the chain takes the lowest price.")
            .format(criteria=plan.criteria[:80])
        )  # fmt: skip
    return " ".join(clues)
