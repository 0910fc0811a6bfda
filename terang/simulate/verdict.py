"""What is checked, what a check can end in, and why something can not be judged."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from terang.i18n import N_, _


class Unit(Enum):
    """What a check is made of once."""

    PROCESS = "process"
    LOT = "lot"
    AWARD = "award"


class Check(Enum):
    """A rule that published data can show. Named as the field of `Rule` where it has one."""

    METHOD = "method"
    TENDERING = "tendering_period"
    ENQUIRIES = "enquiry_period"
    AMENDMENTS = "amendment_period"
    BIDS = "minimum_bids"
    CEILING = "ceiling"
    UNDER_ESTIMATE = "abnormal_under_estimate"
    UNDER_MEAN = "abnormal_under_mean"
    LOWEST = "lowest_price"
    EVALUATION = "evaluation_period"
    STANDSTILL = "standstill_period"
    SIGNING = "signing_period"

    @property
    def title(self) -> str:
        """What breaks it, in the language in force."""
        return _(_TITLES[self])

    @property
    def unit(self) -> Unit:
        """What it is made of once."""
        if self in (Check.METHOD, Check.TENDERING, Check.ENQUIRIES, Check.AMENDMENTS):
            return Unit.PROCESS
        if self in (Check.EVALUATION, Check.STANDSTILL, Check.SIGNING):
            return Unit.AWARD
        return Unit.LOT


_TITLES: Final = {
    Check.METHOD: N_("evaluated by a method without a rule"),
    Check.TENDERING: N_("tendering period too short"),
    Check.ENQUIRIES: N_("enquiries ended too early"),
    Check.AMENDMENTS: N_("amended too late"),
    Check.BIDS: N_("awarded with too few bids"),
    Check.CEILING: N_("awarded above the ceiling"),
    Check.UNDER_ESTIMATE: N_("winning bid abnormally low against the estimate"),
    Check.UNDER_MEAN: N_("winning bid abnormally low against the mean of the others"),
    Check.LOWEST: N_("not awarded to the lowest responsive bid"),
    Check.EVALUATION: N_("evaluated in too short a time"),
    Check.STANDSTILL: N_("signed before the standstill was over"),
    Check.SIGNING: N_("signed too late"),
}

UNITS: Final = {
    Unit.PROCESS: N_("process"),
    Unit.LOT: N_("lot"),
    Unit.AWARD: N_("award"),
}


class Verdict(Enum):
    """What a check ends in."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "not_judgeable"


class Reason(Enum):
    """Why something can not be judged."""

    NO_RULE = "no_rule"
    DIFFERS = "figures_differ"
    MISSING = "not_published"
    NO_CODE = "not_a_code"
    NO_DATE = "not_a_date"
    CONTRADICTION = "dates_contradict"
    SAME_DATE = "award_dated_as_signature"
    NO_HOUR = "no_hour"
    NO_ESTIMATE = "no_estimate"
    NO_PRICE = "no_winning_price"
    NO_OTHERS = "no_other_prices"
    SPLIT = "award_split"
    VALUES_DIFFER = "award_and_bid_differ"
    TAX = "tax_basis_decides"
    OTHER_LOT = "award_of_another_lot"
    COUNTS_DIFFER = "numbers_of_tenderers_differ"
    PENDING = "award_pending"


_REASONS: Final = {
    Reason.NO_RULE: N_("the profile has no rule for this category and method"),
    Reason.DIFFERS: N_("the profile's figures differ, and {field} does not tell which holds"),
    Reason.MISSING: N_("{field} is not published"),
    Reason.NO_CODE: N_("{field} is none of the standard's words"),
    Reason.NO_DATE: N_("{field} is no date of this century"),
    Reason.CONTRADICTION: N_("{later} lies before {field}"),
    Reason.SAME_DATE: N_("{field} is also the date of signature: when the award was made is open"),
    Reason.NO_HOUR: N_("{field} has no hour, and the hour decides"),
    Reason.NO_ESTIMATE: N_("no estimate is published for it, or only a placeholder"),
    Reason.NO_PRICE: N_("the winning price is not published"),
    Reason.NO_OTHERS: N_("the prices of the other bids are not published"),
    Reason.VALUES_DIFFER: N_(
        "the award's value is more than twice the winning bid, or less than half of it"
    ),
    Reason.TAX: N_(
        "the award's value and the winning bid differ, as by tax, and which of them is compared "
        "with the estimate decides"
    ),
    Reason.SPLIT: N_("the award is split among several suppliers"),
    Reason.OTHER_LOT: N_("its award carries the price that the supplier bid for another lot"),
    Reason.COUNTS_DIFFER: N_("tender.tenderers and tender.numberOfTenderers differ"),
    Reason.PENDING: N_("the award is published as pending"),
}


class UnjudgedError(Exception):
    """A check that can not be made.

    Attributes:
        reason: why.
        field: the path concerned; "" for none.
        later: of dates that contradict each other, the path of the one that should be later.
    """

    def __init__(self, reason: Reason, field: str = "", later: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field, self.later = reason, field, later

    @property
    def sentence(self) -> str:
        """Why, in the language in force."""
        return _(_REASONS[self.reason]).format(field=self.field, later=self.later)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: which.
        place: id of the lot, or path of the award; "" for the process, or its only lot.
        verdict: what it ended in.
        published: the figure that is published.
        required: the figure of the profile.
        source: where that comes from.
        reason: why it can not be judged, else None.
        because: the same in a sentence, else "".
    """

    check: Check
    place: str
    verdict: Verdict
    published: str = ""
    required: str = ""
    source: str = ""
    reason: Reason | None = None
    because: str = ""
