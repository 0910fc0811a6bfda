"""Dates that keep to a profile: in its time zone, over working days and without holidays.

The contracts check seconds alone, since no chain knows a country's holidays. What is proposed here
keeps to the law as the profile states it, and is never earlier than the chain takes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from terang.errors import UsageError
from terang.i18n import _, language
from terang.rules.figures import Period, Unit
from terang.rules.profile import Profile
from terang.rules.rule import Key

if TYPE_CHECKING:
    from holidays import HolidayBase

_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2099
"""Years of which the `holidays` package tells something."""

_DAY: Final = timedelta(days=1)
_LONGEST_BREAK: Final = 60
"""Days without a working day at most; a calendar that has more is not one."""


class Bound(Enum):
    """What a proposed time means."""

    NOT_BEFORE = "not before"
    UNTIL = "until"


@dataclass(frozen=True)
class Step:
    """One deadline of a procedure.

    Attributes:
        field: the period of `Rule` that ends or begins here.
        bound: whether nothing may happen before it, or after it.
        law: the first second past the period as the law counts it, UTC.
        chain: the same as the chain counts it.
    """

    field: str
    bound: Bound
    law: datetime
    chain: datetime

    @property
    def due(self) -> datetime:
        """What keeps to both: the later of two earliest times, the earlier of two latest."""
        choose: Callable[[datetime, datetime], datetime]
        choose = max if self.bound is Bound.NOT_BEFORE else min
        return choose(self.law, self.chain)


def publication(profile: Profile, start: datetime | date) -> datetime:
    """Returns a time in UTC; of a day its first second in the profile's zone."""
    if not isinstance(start, datetime):
        start = datetime.combine(start, time(), ZoneInfo(profile.timezone))
    return _reached(start)


def closing(profile: Profile, key: Key, published: datetime) -> datetime:
    """Returns the earliest lawful closing of a tender.

    Args:
        profile: whose law.
        key: which of its rules.
        published: when the tender is published, with its zone.

    Raises:
        KeyError: when the profile has no such rule.
        UsageError: when the calendar does not reach there.
    """
    return _after(profile, key, "tendering_period", published).due


def standstill_end(profile: Profile, key: Key, ranked: datetime) -> datetime:
    """Returns the earliest lawful award after a ranking.

    Args and errors are those of `closing`.
    """
    return _after(profile, key, "standstill_period", ranked).due


def procedure(profile: Profile, key: Key, published: datetime) -> list[Step]:
    """Returns the deadlines of a whole procedure, one after the other.

    Each step begins as early as it may: the panel is drawn at closing, ranks when its ballots may
    end, nobody complains, and the contract is awarded when the standstill is over. The time of a
    review counts from the last moment of a complaint.

    Args and errors are those of `closing`.
    """
    closes = _after(profile, key, "tendering_period", published)
    evaluated = _after(profile, key, "evaluation_period", closes.due)
    standstill = _after(profile, key, "standstill_period", evaluated.due)
    return [
        _before(profile, key, "enquiry_period", closes.due),
        _before(profile, key, "amendment_period", closes.due),
        closes,
        evaluated,
        standstill,
        _after(profile, key, "review_period", standstill.due, Bound.UNTIL),
        _after(profile, key, "signing_period", standstill.due, Bound.UNTIL),
    ]


def days_off(profile: Profile, first: datetime, last: datetime) -> list[tuple[date, str]]:
    """Returns the holidays on ordinary weekdays in a span, with their names.

    Of holidays that follow the moon the `holidays` package says where it estimates them.
    """
    if not profile.holidays:
        return []
    zone, found = ZoneInfo(profile.timezone), []
    known = _holidays(profile.holidays, profile.holiday_kinds, language())
    day = first.astimezone(zone).date()
    while day <= last.astimezone(zone).date():
        if day in known and day.weekday() < 5:
            found.append((day, str(known[day])))
        day += _DAY
    return found


def is_working_day(profile: Profile, day: date) -> bool:
    """Tells whether offices are open on a day."""
    if not profile.holidays:
        return day.weekday() < 5
    return bool(_holidays(profile.holidays, profile.holiday_kinds, language()).is_working_day(day))


def ends(profile: Profile, period: Period, start: datetime) -> datetime:
    """Returns the first second past a period, as the profile's law counts it, in UTC.

    Where whole days count, the day of the event does not, and the last day counts to its end in
    the profile's zone: so the answer is a midnight there, and summer time does not move it. Where
    they do not count, days are 24 hours each, as on chain. Hours are hours in both.

    Args:
        profile: whose law.
        period: how long.
        start: the event that begins it, with its zone.

    Raises:
        ValueError: when the start has no zone.
        UsageError: when the calendar does not reach there.
    """
    start = _reached(start)
    if period.unit is Unit.HOUR:
        return start + timedelta(hours=period.count)
    if period.count == 0:
        return start
    whole = profile.counting.whole_days
    if not whole and period.unit is Unit.DAY and not profile.counting.ends_on_working_day:
        return start + period.count * _DAY
    local = start.astimezone(ZoneInfo(profile.timezone))
    day = local.date()
    if period.unit is Unit.DAY:
        day += period.count * _DAY
    else:
        for _each in range(period.count):
            day = _working(profile, day + _DAY, _DAY)
    if profile.counting.ends_on_working_day:
        day = _working(profile, day, _DAY)
    at = datetime.combine(day + _DAY if whole else day, time() if whole else local.timetz())
    return at.replace(tzinfo=local.tzinfo).astimezone(UTC)


def begins(profile: Profile, period: Period, end: datetime) -> datetime:
    """Returns when a period begins that is counted back from its end, in UTC.

    It keeps the hour of the end in the profile's zone.

    Args and errors are those of `ends`.
    """
    end = _reached(end)
    if period.unit is Unit.HOUR:
        return end - timedelta(hours=period.count)
    local = end.astimezone(ZoneInfo(profile.timezone))
    day = local.date()
    if period.unit is Unit.DAY:
        day -= period.count * _DAY
    else:
        for _each in range(period.count):
            day = _working(profile, day - _DAY, -_DAY)
    return datetime.combine(day, local.timetz()).astimezone(UTC)


def _after(
    profile: Profile, key: Key, field: str, start: datetime, bound: Bound = Bound.NOT_BEFORE
) -> Step:
    law = ends(profile, profile.law(key, field), start)
    seconds = profile.figures[key][field].value
    return Step(field, bound, law, start.astimezone(UTC) + timedelta(seconds=seconds))


def _before(profile: Profile, key: Key, field: str, end: datetime) -> Step:
    law = begins(profile, profile.law(key, field), end)
    seconds = profile.figures[key][field].value
    return Step(field, Bound.UNTIL, law, end.astimezone(UTC) - timedelta(seconds=seconds))


def _working(profile: Profile, day: date, step: timedelta) -> date:
    """Returns a day, or the nearest working day in a direction."""
    for _each in range(_LONGEST_BREAK):
        if is_working_day(profile, day):
            return day
        day += step
    raise UsageError(
        _("The calendar of {profile} has no working day near {day}. Correct its holidays.").format(
            profile=profile.name, day=day.isoformat()
        )
    )


def _reached(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    moment = moment.astimezone(UTC)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise UsageError(
            _("Calendars reach from {first} to {last}. Give a time between them.").format(
                first=_FIRST_YEAR, last=_LAST_YEAR
            )
        )
    return moment


@cache
def _holidays(code: str, kinds: tuple[str, ...], spoken: str) -> "HolidayBase":
    from holidays import country_holidays  # slow to import

    known = country_holidays(code, categories=kinds)
    chosen = spoken if spoken in known.supported_languages else "en_US"
    return country_holidays(code, categories=kinds, language=chosen)
