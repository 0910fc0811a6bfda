"""Events of `Rules`."""

from collections.abc import Mapping
from typing import Any, Final

from terang.replay import rules
from terang.replay.errors import ORDER, VALUE, require
from terang.replay.state import Stamp, State
from terang.vocabulary import WHOLE, Category, Method

Args = Mapping[str, Any]

_MAX_PANEL: Final = 16
_MAX_REVIEW_PANEL: Final = 14
_PERIODS: Final = (
    "tenderingPeriod", "evaluationPeriod", "standstillPeriod", "signingPeriod", "reviewPeriod",
)  # fmt: skip


def rule_set(state: State, args: Args, stamp: Stamp) -> None:
    """A rule takes the place of the present one of its category and method."""
    rule, number = args["terms"], args["rule"]
    require(number == len(state.rules) + 1, ORDER)
    kind = Category(rule["category"]), Method(rule["method"])
    require(all(rules.is_period(rule[each]) for each in _PERIODS), VALUE)
    require(rules.is_period(rule["amendmentPeriod"]), VALUE)
    require(rule["amendmentPeriod"] <= rule["tenderingPeriod"], VALUE)
    require(0 <= rule["enquiryPeriod"] < rule["tenderingPeriod"], VALUE)
    require(rule["minimumBids"] > 0, VALUE)
    shares = rule["abnormalUnderEstimate"], rule["abnormalUnderMean"]
    require(all(0 <= each < WHOLE for each in shares), VALUE)
    require(0 <= rule["complaintDeposit"] <= WHOLE, VALUE)
    require(rule["bidSecurityLeast"] <= rule["bidSecurityMost"] <= WHOLE, VALUE)
    require(rule["performanceSecurity"] <= WHOLE, VALUE)
    require(rule["performanceSecurityLow"] <= WHOLE, VALUE)
    seats = rule["agencies"] + rule["auditors"] + rule["citizens"]
    require(_is_panel(seats, rule["quorum"], _MAX_PANEL), VALUE)
    reviewers = rule["reviewAuditors"] + rule["reviewCitizens"]
    require(_is_panel(reviewers, rule["reviewQuorum"], _MAX_REVIEW_PANEL), VALUE)
    weights = rule["weightLeast"], rule["weightMost"]
    if kind[1] is Method.QUALITY_PRICE:
        require(0 <= rule["threshold"] <= most_threshold(kind[1]), VALUE)
        require(0 < weights[0] <= weights[1] < WHOLE, VALUE)
    else:
        require((rule["threshold"], *weights) == (0, 0, 0), VALUE)
    state.rules.append(rule)
    state.present[kind] = number


def repealed(state: State, args: Args, stamp: Stamp) -> None:
    """The present rule of a category and method ends."""
    kind = args["category"], args["method"]
    require(args["rule"] == state.present.get(kind), ORDER)
    del state.present[kind]


def most_threshold(method: Method) -> int:
    """Returns the highest mean mark that may be asked of a proposal."""
    return 100 if method is Method.QUALITY_PRICE else 0


def _is_panel(seats: int, quorum: int, most: int) -> bool:
    return seats < 2 * quorum and quorum <= seats <= most
