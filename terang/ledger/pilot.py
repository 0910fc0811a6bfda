"""The pilot profile: what is supposed where a buyer or published data says nothing.

The rules are those of the profile `pilot`; what no rule says is here: one milestone plan, the
seats and openers of a trial. Each supposition is listed in the row of each tender under `assumed`.
"""

from functools import cache
from typing import Final

from terang.i18n import _
from terang.rules import Key, Rule, load
from terang.vocabulary import Category, Method

DAY: Final = 86_400

TENDERING: Final = 7 * DAY
"""From publication to closing; the rule asks for less."""

PLAN: Final = (3_000, 4_000, 3_000)
"""Milestones in basis points of the price."""

MILESTONE_DAYS: Final = 30
"""Days from one due date to the next."""

INSPECTORS: Final = 3
APPROVALS: Final = 2

AGENCIES: Final = 7
AUDITORS: Final = 3
CITIZENS: Final = 3
"""Seats of the demonstration's consortium."""

OPENERS: Final = (3, 2, 2)
"""Openers by class: n = 7."""

THRESHOLD: Final = 4
"""k: openers who must disclose their shares."""

CONFIRMATIONS: Final = 6
"""c = n − ⌊(n − k)/2⌋: equal confirmations that make a batch of keys usable."""

BATCH: Final = 32
"""Keys made in one ceremony."""


@cache
def rules() -> tuple[Rule, ...]:
    """Returns the rules of the pilot profile, one for each category and method."""
    return tuple(load("pilot").rules.values())


def rule(category: Category = Category.GOODS, method: Method = Method.LOWEST_PRICE) -> Rule:
    """Returns the pilot profile's rule for a category and method."""
    return next(each for each in rules() if each.key == Key(category, method))


def assumptions() -> list[str]:
    """Returns the suppositions that hold for every tender, one sentence each."""
    present = rule()
    periods = _(
        "Periods of the pilot profile: {tendering} days for bids, {evaluation} for ballots, "
        "{standstill} of standstill, {signing} for signing; published dates are event data."
    )
    return [
        periods.format(
            tendering=TENDERING // DAY,
            evaluation=present.evaluation_period // DAY,
            standstill=present.standstill_period // DAY,
            signing=present.signing_period // DAY,
        ),
        _(
            "Milestones of {plan} per cent of the price, accepted by {approvals} of {inspectors} "
            "inspectors."
        ).format(
            plan=", ".join(f"{share / 100:g}" for share in PLAN),
            approvals=APPROVALS,
            inspectors=INSPECTORS,
        ),
        _(
            "A panel of {agencies} agencies, quorum {quorum}; each ballot follows the bids' "
            "published status."
        ).format(agencies=present.agencies, quorum=present.quorum),
        _("Goods, prices net of tax, lowest price, funded in full by the treasury."),
    ]
