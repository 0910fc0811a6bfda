"""What the law sets for tenders of one category and method, as `Rules.sol` keeps it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, Self

from terang.i18n import N_, _
from terang.vocabulary import WHOLE, Category, Method

DAY: Final = 86_400

LEAST_PERIOD: Final = DAY
MOST_PERIOD: Final = 366 * DAY
"""Bounds of periods in seconds (`MIN_PERIOD` and `MAX_PERIOD` of `Terms.sol`)."""

MOST_SEATS: Final = 16
MOST_REVIEW_SEATS: Final = 14
"""Seats of a panel at most; one of review may be drawn again with two more."""

CATEGORIES: Final = {
    Category.GOODS: N_("goods"),
    Category.SERVICES: N_("services"),
    Category.WORKS: N_("works"),
    Category.SOCIAL: N_("social programme"),
}
METHODS: Final = {
    Method.LOWEST_PRICE: N_("lowest price"),
    Method.QUALITY_PRICE: N_("quality and price"),
}
"""Words for people, to be translated."""


class Key(NamedTuple):
    """What a rule is about: one category and method."""

    category: Category
    method: Method

    def __str__(self) -> str:
        return f"{_(CATEGORIES[self.category])}, {_(METHODS[self.method])}"


class Fault(NamedTuple):
    """One thing that contradicts another in a rule.

    Attributes:
        field: of the rule.
        sentence: what is wrong with it, for people.
    """

    field: str
    sentence: str


@dataclass(frozen=True)
class Rule:
    """A rule; immutable on chain once it is set.

    Periods are in seconds, shares in basis points.

    Attributes:
        category: what is bought.
        method: how bids are compared.
        tendering_period: least time from publication to closing.
        amendment_period: least time that an amendment leaves until closing.
        enquiry_period: time before closing from which nobody asks any more.
        evaluation_period: least time for ballots.
        standstill_period: time between ranking and award.
        signing_period: time for signing, from the award.
        minimum_bids: a tender may ask for more bids, never for fewer.
        abnormal_under_estimate: a price more than this under the owner's estimate is abnormally
            low; 0 for no such rule.
        abnormal_under_mean: so is one this much or more under the mean of the others; 0 for none.
        review_period: time for a review panel to decide a complaint.
        complaint_deposit: part of the winning price.
        agencies: seats of an evaluation panel, drawn per class.
        auditors: the same.
        citizens: the same.
        quorum: ballots that make an evaluation valid.
        review_auditors: seats of the panel that decides complaints.
        review_citizens: the same.
        review_quorum: votes that make its ruling valid.
        threshold: QUALITY_PRICE: the least mean mark, 0 to 100, that a tender may set; else 0.
        weight_least: QUALITY_PRICE: least weight of quality, 1 to 9,999; else 0.
        weight_most: QUALITY_PRICE: most.
        bid_security_least: least part of the owner's estimate that a tender asks to stand behind a
            bid.
        bid_security_most: most.
        performance_security: part of the price that the winner secures at signing.
        performance_security_low: part of the estimate that it secures instead, if its price is
            abnormally low and that is more.
    """

    category: Category
    method: Method
    tendering_period: int
    amendment_period: int
    enquiry_period: int
    evaluation_period: int
    standstill_period: int
    signing_period: int
    minimum_bids: int
    abnormal_under_estimate: int
    abnormal_under_mean: int
    review_period: int
    complaint_deposit: int
    agencies: int
    auditors: int
    citizens: int
    quorum: int
    review_auditors: int
    review_citizens: int
    review_quorum: int
    threshold: int
    weight_least: int
    weight_most: int
    bid_security_least: int
    bid_security_most: int
    performance_security: int
    performance_security_low: int

    @property
    def key(self) -> Key:
        """What it is about."""
        return Key(self.category, self.method)

    @classmethod
    def of(cls, terms: Mapping[str, Any]) -> Self:
        """Returns the rule that a contract's struct holds.

        Args:
            terms: the struct by the names of `Rules.sol`.
        """
        values = {each: int(terms[camel(each)]) for each in FIELDS}
        return cls(Category(values.pop("category")), Method(values.pop("method")), **values)

    def terms(self) -> dict[str, int]:
        """Returns the rule as the contract's struct, by the names of `Rules.sol`."""
        return {camel(each): int(getattr(self, each)) for each in FIELDS}

    def faults(self) -> list[Fault]:
        """Returns what contradicts itself here; the contract refuses such a rule as well."""
        return faults({each: getattr(self, each) for each in FIELDS})


FIELDS: Final = tuple(each.name for each in fields(Rule))
PERIODS: Final = tuple(each for each in FIELDS if each.endswith("_period"))
BOUNDED_PERIODS: Final = tuple(each for each in PERIODS if each != "enquiry_period")
SHARES: Final = (
    "abnormal_under_estimate",
    "abnormal_under_mean",
    "complaint_deposit",
    "bid_security_least",
    "bid_security_most",
    "performance_security",
    "performance_security_low",
)
QUALITY: Final = ("threshold", "weight_least", "weight_most")
WEIGHTS: Final = QUALITY[1:]


def camel(field: str) -> str:
    """Returns the name that a field has in `Rules.sol`."""
    first, *rest = field.split("_")
    return first + "".join(each.capitalize() for each in rest)


_PANELS: Final = (
    (("agencies", "auditors", "citizens"), "quorum", MOST_SEATS),
    (("review_auditors", "review_citizens"), "review_quorum", MOST_REVIEW_SEATS),
)


def faults(figures: Mapping[str, int]) -> list[Fault]:
    """Returns what figures say against each other, as `Rules.sol` judges them.

    Args:
        figures: field of `Rule` → value; what is missing is not judged, but for the method.
    """
    return [*_periods(figures), *_shares(figures), *_panels(figures), *_quality(figures)]


def _periods(figures: Mapping[str, int]) -> Iterator[Fault]:
    for each in BOUNDED_PERIODS:
        if not LEAST_PERIOD <= figures.get(each, LEAST_PERIOD) <= MOST_PERIOD:
            yield Fault(each, _("it must be from 1 to 366 days"))
    tendering = figures.get("tendering_period")
    if tendering is None:
        return
    if figures.get("amendment_period", 0) > tendering:
        yield Fault("amendment_period", _("it must not be longer than tendering_period"))
    if figures.get("enquiry_period", 0) >= tendering:
        yield Fault("enquiry_period", _("it must be shorter than tendering_period"))


def _shares(figures: Mapping[str, int]) -> Iterator[Fault]:
    for each in ("abnormal_under_estimate", "abnormal_under_mean"):
        if figures.get(each, 0) >= WHOLE:
            yield Fault(each, _("it must be below 100 %"))
    if figures.get("bid_security_least", 0) > figures.get("bid_security_most", WHOLE):
        yield Fault("bid_security_least", _("it must not be above bid_security.most"))


def _panels(figures: Mapping[str, int]) -> Iterator[Fault]:
    for classes, field, most in _PANELS:
        if not figures.keys() >= {*classes, field}:
            continue
        seats, quorum = sum(figures[each] for each in classes), figures[field]
        if not 1 <= seats <= most:
            sentence = _("its panel has {seats} seats; it must have from 1 to {most}")
        elif quorum > seats:
            sentence = _("{quorum} is more than the panel's {seats} seats")
        elif 2 * quorum <= seats:
            sentence = _("{quorum} is not more than half of the panel's {seats} seats")
        else:
            continue
        yield Fault(field, sentence.format(quorum=quorum, seats=seats, most=most))


def _quality(figures: Mapping[str, int]) -> Iterator[Fault]:
    if figures["method"] == Method.LOWEST_PRICE:
        for each in QUALITY:
            if figures.get(each):
                yield Fault(each, _("only quality_price has it; leave it out"))
        return
    for each in WEIGHTS:
        if not 0 < figures.get(each, 1) < WHOLE:
            yield Fault(each, _("it must be above 0 % and below 100 %"))
    if figures.get("threshold", 0) > 100:
        yield Fault("threshold", _("it must not be above 100"))
    if figures.get("weight_least", 0) > figures.get("weight_most", WHOLE):
        yield Fault("weight_least", _("it must not be above quality.weight_most"))
