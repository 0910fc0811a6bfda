"""Facts held to the rules of a profile.

Every check compares one published figure with one of the profile. Where either is missing, or does
not decide, nothing is judged: a finding then says why.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from terang.i18n import N_, _
from terang.ocds.money import shown
from terang.rules.calendar import begins, ends
from terang.rules.figures import Period, percent
from terang.rules.profile import Profile
from terang.rules.reading import Figure
from terang.rules.rule import METHODS, Key
from terang.simulate.dates import Moment, Published, day, lasting
from terang.simulate.facts import AwardFacts, Facts, LotFacts
from terang.simulate.verdict import Check, Finding, Reason, UnjudgedError, Verdict
from terang.vocabulary import WHOLE, Category, Method

_CHOICE: Final = "choice of this profile"
_EVERY_PROFILE: Final = N_("every profile: what the contracts ask of each award")


@dataclass(frozen=True, slots=True)
class _Result:
    """A check that could be made."""

    broken: bool
    published: str
    required: str
    source: str


def is_choice(profile: Profile, check: Check) -> bool:
    """Tells whether a profile chose the figure of a check itself, so that no law sets it."""
    sources = [each[check.value].source for each in profile.figures.values() if check.value in each]
    return bool(sources) and all(each.startswith(_CHOICE) for each in sources)


def judge(profile: Profile, facts: Facts) -> Iterator[Finding]:
    """Yields what each check of a process finds; nothing for a check that does not concern it.

    Args:
        profile: whose rules.
        facts: of the process.
    """
    judging = _Judging(profile, facts)
    yield from _made(Check.METHOD, "", judging.method)
    yield from _made(Check.TENDERING, "", judging.tendering)
    yield from _made(Check.ENQUIRIES, "", judging.enquiries)
    yield from _made(Check.AMENDMENTS, "", judging.amendments)
    for lot in facts.lots:
        yield from _made(Check.BIDS, lot.id, judging.bids, lot)
        yield from _made(Check.CEILING, lot.id, judging.ceiling, lot)
        yield from _made(Check.UNDER_ESTIMATE, lot.id, judging.under_estimate, lot)
        yield from _made(Check.UNDER_MEAN, lot.id, judging.under_mean, lot)
        yield from _made(Check.LOWEST, lot.id, judging.lowest, lot)
    for award in facts.awards:
        yield from _made(Check.EVALUATION, award.field, judging.evaluation, award)
        yield from _made(Check.STANDSTILL, award.field, judging.standstill, award)
        yield from _made(Check.SIGNING, award.field, judging.signing, award)


def _made(
    check: Check, place: str, make: Callable[..., _Result | None], *about: object
) -> Iterator[Finding]:
    try:
        result = make(*about)
    except UnjudgedError as error:
        because = error.sentence
        yield Finding(check, place, Verdict.UNKNOWN, reason=error.reason, because=because)
        return
    if result is not None:
        verdict = Verdict.BROKEN if result.broken else Verdict.KEPT
        yield Finding(check, place, verdict, result.published, result.required, result.source)


class _Judging:
    """The checks of one process. Each returns None where it does not concern what it is given."""

    def __init__(self, profile: Profile, facts: Facts) -> None:
        self._profile, self._facts = profile, facts

    def method(self) -> _Result | None:
        """Whether the profile has a rule for the category and the criteria."""
        facts = self._facts
        for word, known, field in (
            (facts.category_word, facts.category is not None, "tender.mainProcurementCategory"),
            (facts.criteria, facts.has_method, "tender.awardCriteria"),
        ):
            if not known:
                raise UnjudgedError(Reason.NO_CODE if word else Reason.MISSING, field)
        required = ", ".join(
            dict.fromkeys(
                _(METHODS[key.method])
                for key in self._profile.figures
                if key.category is facts.category
            )
        )
        return _Result(
            not self._keys(),
            f"{facts.category_word}, {facts.criteria}",
            _("one of: {methods}").format(methods=required or "–"),
            self._profile.title,
        )

    def tendering(self) -> _Result | None:
        """Whether enough time lies between publication and closing."""
        facts = self._facts
        start, end = _in_order(facts.published, facts.closes)
        return self._least(self._figure(Check.TENDERING), start, end)

    def enquiries(self) -> _Result | None:
        """Whether questions could be asked for as long as the profile wants."""
        figure = self._figure(Check.ENQUIRIES)
        last, closes = _in_order(self._facts.enquiries_end, self._facts.closes)
        law = _law(figure)
        earliest = begins(self._profile, law, closes.first)
        return _Result(
            _decided(
                last.last < earliest, last.first >= begins(self._profile, law, closes.last), last
            ),
            _("{length} before closing").format(length=lasting(last, closes)),
            _("at most {period}: until {time} at least").format(period=law, time=day(earliest)),
            figure.source,
        )

    def amendments(self) -> _Result | None:
        """Whether the last amendment left enough time until closing."""
        if not self._facts.amendments:
            return None
        closes = _known(self._facts.closes)
        dates = [_known(each) for each in self._facts.amendments]
        before = [each for each in dates if each.last <= closes.last]
        figure = self._figure(Check.AMENDMENTS)
        if not before or not _law(figure).count:
            return None
        return self._least(figure, max(before, key=lambda each: each.first), closes)

    def bids(self, lot: LotFacts) -> _Result | None:
        """Whether what was awarded had enough bids."""
        if not _is_awarded(lot):
            return None
        figure = self._figure(Check.BIDS)
        if lot.bids is None:
            raise UnjudgedError(lot.why or Reason.MISSING, "bids")
        return _Result(
            lot.bids < figure.value,
            _("bids: {count}").format(count=lot.bids),
            _("bids: at least {count}").format(count=figure.value),
            figure.source,
        )

    def ceiling(self, lot: LotFacts) -> _Result | None:
        """Whether the winning bid lies within the published estimate."""
        if not _is_awarded(lot):
            return None
        winning, estimate = _winning(lot), _estimate(lot)
        return _Result(
            _with_and_without_tax(lot, lambda price: price > estimate),
            _money(lot, winning),
            _("at most the estimate {value}").format(value=_money(lot, estimate)),
            _(_EVERY_PROFILE),
        )

    def under_estimate(self, lot: LotFacts) -> _Result | None:
        """Whether the winning bid is further under the estimate than the profile takes as normal.

        As `Ranking.isLow` has it: price · 10⁴ < estimate · (10⁴ − share).
        """
        figure = self._figure(Check.UNDER_ESTIMATE)
        if not figure.value or not _is_awarded(lot):
            return None
        winning, estimate = _winning(lot), _estimate(lot)
        return _Result(
            _with_and_without_tax(
                lot, lambda price: price * WHOLE < estimate * (WHOLE - figure.value)
            ),
            _("{price}, {distance} the estimate {value}").format(
                price=_money(lot, winning),
                distance=_distance(winning, estimate),
                value=_money(lot, estimate),
            ),
            _("at most {share} under, or a panel has to accept it").format(
                share=percent(figure.value)
            ),
            figure.source,
        )

    def under_mean(self, lot: LotFacts) -> _Result | None:
        """Whether the winning bid is as far under the mean of the others as the profile minds.

        As `Ranking.isLow` has it: price · 10⁴ · (prices − 1) <= (sum − price) · (10⁴ − share).
        """
        figure = self._figure(Check.UNDER_MEAN)
        if not figure.value or not _is_awarded(lot):
            return None
        winning, prices = _winning(lot), lot.prices
        if not prices.count:
            raise UnjudgedError(Reason.NO_OTHERS)
        others = prices.count - 1
        if not others:
            return None
        rest = prices.total - winning
        return _Result(
            winning * WHOLE * others <= rest * (WHOLE - figure.value),
            _("{price}, {distance} the mean {value} of the others ({count})").format(
                price=_money(lot, winning),
                distance=_distance(winning * others, rest),
                value=_money(lot, rest // others),
                count=others,
            ),
            _("less than {share} under, or a panel has to accept it").format(
                share=percent(figure.value)
            ),
            figure.source,
        )

    def lowest(self, lot: LotFacts) -> _Result | None:
        """Whether the lowest responsive bid won, where the price alone decides."""
        if self._facts.method is not Method.LOWEST_PRICE or not _is_awarded(lot):
            return None
        winning, prices = _winning(lot), lot.prices
        if not prices.count:
            raise UnjudgedError(Reason.NO_OTHERS)
        if prices.cheapest is None:
            required = _("a responsive bid; none is published as such")
        else:
            price = _money(lot, prices.cheapest)
            required = _("the lowest responsive bid, {price}").format(price=price)
        return _Result(
            prices.cheapest is None or not prices.won_cheapest,
            _money(lot, winning),
            required,
            _(_EVERY_PROFILE),
        )

    def evaluation(self, award: AwardFacts) -> _Result | None:
        """Whether enough time lies between closing and award.

        An award that carries the date of its signature was made then or earlier: it can only be
        shown to have been too early.
        """
        _in_force(award)
        start, end = _in_order(self._facts.closes, award.date)
        result = self._least(
            self._figure(Check.EVALUATION), start, end, at_most=_is_same_date(award)
        )
        if _is_same_date(award) and not result.broken:
            raise UnjudgedError(Reason.SAME_DATE, award.date.field)
        return result

    def standstill(self, award: AwardFacts) -> _Result | None:
        """Whether the contract was signed after the standstill, which begins with the award."""
        start, end = _award_and_signature(award)
        return self._least(self._figure(Check.STANDSTILL), start, end)

    def signing(self, award: AwardFacts) -> _Result | None:
        """Whether the contract was signed in time, which begins when the standstill is over."""
        start, end = _award_and_signature(award)
        standstill, figure = self._figure(Check.STANDSTILL), self._figure(Check.SIGNING)

        def limit(when: datetime) -> datetime:
            over = ends(self._profile, _law(standstill), when)
            return ends(self._profile, _law(figure), over)

        latest = limit(start.last)
        return _Result(
            _decided(end.first >= latest, end.last < limit(start.first), end),
            lasting(start, end),
            _("at most {period} after the standstill of {standstill}: before {time}").format(
                period=_law(figure), standstill=_law(standstill), time=day(latest)
            ),
            figure.source,
        )

    def _least(
        self, figure: Figure, start: Moment, end: Moment, *, at_most: bool = False
    ) -> _Result:
        """Holds the time between two moments to a least period.

        Args:
            figure: the period.
            start: its beginning.
            end: what may not come before its end.
            at_most: whether the end may have been earlier than published.
        """
        law = _law(figure)
        earliest = ends(self._profile, law, start.first)
        kept = at_most or end.first >= ends(self._profile, law, start.last)
        return _Result(
            _decided(end.last < earliest, kept, end if start.has_hour else start),
            lasting(start, end),
            _("at least {period}: not before {time}").format(period=law, time=day(earliest)),
            figure.source,
        )

    def _keys(self) -> list[Key]:
        """The rules of the profile that may hold for the process, by what is published of it."""
        facts = self._facts
        if facts.has_method and facts.method is None:
            return []
        return [
            key
            for key in self._profile.figures
            if key.method is (facts.method or key.method)
            and (key.category is facts.category or facts.category is None)
            and key.category is not Category.SOCIAL
        ]

    def _figure(self, check: Check) -> Figure:
        """The profile's figure, if it is the same in every rule that may hold."""
        keys = self._keys()
        if not keys:
            raise UnjudgedError(Reason.NO_RULE)
        found = [self._profile.figures[key][check.value] for key in keys]
        if any((each.value, each.law) != (found[0].value, found[0].law) for each in found):
            facts = self._facts
            field = "mainProcurementCategory" if facts.category is None else "awardCriteria"
            raise UnjudgedError(Reason.DIFFERS, f"tender.{field}")
        return found[0]


def _decided(broken: bool, kept: bool, moment: Moment) -> bool:
    """Whether it is broken, whatever the hours that are not published.

    Raises:
        UnjudgedError: when they decide.
    """
    if not broken and not kept:
        raise UnjudgedError(Reason.NO_HOUR, moment.field)
    return broken


def _known(date: Published) -> Moment:
    if date.moment is None:
        raise UnjudgedError(Reason.MISSING if date.absent else Reason.NO_DATE, date.field)
    return date.moment


def _in_order(start: Published, end: Published) -> tuple[Moment, Moment]:
    """Two dates of which the second is not before the first.

    Raises:
        UnjudgedError: when one is missing, or they contradict each other.
    """
    first, second = _known(start), _known(end)
    if second.last < first.first:
        raise UnjudgedError(Reason.CONTRADICTION, start.field, end.field)
    return first, second


def _in_force(award: AwardFacts) -> None:
    if award.pending:
        raise UnjudgedError(Reason.PENDING)


def _is_same_date(award: AwardFacts) -> bool:
    date, signed = award.date.moment, award.signed.moment
    return date is not None and signed is not None and date.first == signed.first


def _award_and_signature(award: AwardFacts) -> tuple[Moment, Moment]:
    _in_force(award)
    if _is_same_date(award):
        raise UnjudgedError(Reason.SAME_DATE, award.date.field)
    return _in_order(award.date, award.signed)


def _is_awarded(lot: LotFacts) -> bool:
    if lot.awarded is None:
        raise UnjudgedError(Reason.MISSING, "awards")
    return lot.awarded


def _winning(lot: LotFacts) -> int:
    if lot.prices.winning is None:
        raise UnjudgedError(lot.prices.why or Reason.NO_PRICE, "awards")
    return lot.prices.winning


def _with_and_without_tax(lot: LotFacts, holds: Callable[[int], bool]) -> bool:
    """What holds of the winning bid, if it holds as well of the award's value.

    Publishers give the one without tax and the other with it, and do not say what an estimate has.

    Raises:
        UnjudgedError: when it matters.
    """
    winning = _winning(lot)
    answer = holds(winning)
    if lot.prices.awarded is not None and holds(lot.prices.awarded) is not answer:
        raise UnjudgedError(Reason.TAX)
    return answer


def _estimate(lot: LotFacts) -> int:
    if lot.prices.estimate is None:
        raise UnjudgedError(Reason.NO_ESTIMATE)
    return lot.prices.estimate


def _law(figure: Figure) -> Period:
    if figure.law is None:
        raise UnjudgedError(Reason.NO_RULE)
    return figure.law


def _money(lot: LotFacts, amount: int) -> str:
    return shown(amount, lot.prices.currency)


def _distance(part: int, whole: int) -> str:
    """How far one amount is under another, in per cent with two decimals, rounded towards it."""
    share = percent(abs(whole - part) * WHOLE // whole)
    return (_("{share} under") if part <= whole else _("{share} above")).format(share=share)
