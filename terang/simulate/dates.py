"""Published dates: each is known to the second, to the day, or not at all."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from terang.i18n import _
from terang.ocds.fields import moment, text
from terang.rules.figures import Period, Unit

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2098
"""Dates of other years are slips (0001, 2105), and calendars of holidays do not reach them."""

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened: from its first possible second to its last, UTC.

    Attributes:
        field: path of the date.
        first: the earliest that it may have been.
        last: the latest; the same where an hour is published.
        on: the day, in the zone in which it is published.
        text: as published.
    """

    field: str
    first: datetime
    last: datetime
    on: date
    text: str

    @property
    def has_hour(self) -> bool:
        """Whether the hour is known."""
        return self.first == self.last


@dataclass(frozen=True, slots=True)
class Published:
    """A date of a release, whatever it holds.

    Attributes:
        field: its path.
        moment: None if it is absent or no date.
        absent: whether nothing is published.
    """

    field: str
    moment: Moment | None
    absent: bool


def published(value: object, field: str) -> Published:
    """Reads a date of a release.

    A date without an hour is a whole day: in its own zone, in UTC if it names none. So is one
    whose hour is midnight, there or in UTC, which is how most publishers write a mere day.

    Args:
        value: as published.
        field: its path.
    """
    if value in (None, ""):
        return Published(field, None, absent=True)
    first = moment(value)
    if first is None or not isinstance(value, str) or not FIRST_YEAR <= first.year <= LAST_YEAR:
        return Published(field, None, absent=False)
    local = datetime.fromisoformat(value)
    whole_day = time() in (local.time(), first.time())
    last = first + _DAY - _SECOND if whole_day else first
    return Published(field, Moment(field, first, last, local.date(), text(value)), absent=False)


def lasting(start: Moment, end: Moment) -> str:
    """Writes the time between two moments; without hours where these are not known."""
    if start.has_hour and end.has_hour:
        hours = int((end.first - start.first).total_seconds()) // 3_600
        parts = [Period(hours // 24, Unit.DAY), Period(hours % 24, Unit.HOUR)]
        told = " ".join(str(each) for each in parts if each.count) or str(parts[1])
    else:
        told = str(Period((end.on - start.on).days, Unit.DAY))
    return _("{length} ({start} to {end})").format(length=told, start=start.text, end=end.text)


def day(when: datetime) -> str:
    """Writes a computed time, to the minute, in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
