"""The pilot profile: what is supposed where a buyer or published data says nothing.

Short periods, one milestone plan, one panel, for every tender alike. Each supposition is listed in
the row of each tender under `assumed`.
"""

from typing import Final

from terang.i18n import _

DAY: Final = 86_400

TENDERING: Final = 7 * DAY
EVALUATION: Final = 3 * DAY
STANDSTILL: Final = 5 * DAY
SIGNING: Final = 14 * DAY

PLAN: Final = (3_000, 4_000, 3_000)
"""Milestones in basis points of the price."""

MILESTONE_DAYS: Final = 30
"""Days from one due date to the next."""

PANEL: Final = (5, 0, 0)
"""Seats of agencies, auditors, citizens; auditors and citizens sit on reviews, not here."""

QUORUM: Final = 3
INSPECTORS: Final = 3
APPROVALS: Final = 2
MINIMUM_BIDS: Final = 1

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


def assumptions() -> list[str]:
    """Returns the suppositions that hold for every tender, one sentence each."""
    periods = _(
        "Periods of the pilot profile: {tendering} days for bids, {evaluation} for ballots, "
        "{standstill} of standstill, {signing} for signing; published dates are event data."
    )
    return [
        periods.format(
            tendering=TENDERING // DAY,
            evaluation=EVALUATION // DAY,
            standstill=STANDSTILL // DAY,
            signing=SIGNING // DAY,
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
        ).format(agencies=PANEL[0], quorum=QUORUM),
        _("Goods, prices net of tax, lowest price, funded in full by the treasury."),
    ]
