"""The figures of a profile as people write them: periods, percentages, whole numbers."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from terang.i18n import N_, _
from terang.rules.rule import DAY
from terang.vocabulary import WHOLE

_PERIOD = re.compile(r"(0|[1-9][0-9]{0,4}) (working day|day|hour)s?")
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?) ?%")
_SHOWN: Final = 60


class Unit(Enum):
    """What a period is counted in."""

    HOUR = "hour"
    DAY = "day"
    WORKING_DAY = "working day"


_UNITS: Final = {
    Unit.HOUR: (N_("{count} hour"), N_("{count} hours")),
    Unit.DAY: (N_("{count} day"), N_("{count} days")),
    Unit.WORKING_DAY: (N_("{count} working day"), N_("{count} working days")),
}


class BadFigure(ValueError):
    """A value that is no such figure; its str says what to write instead."""


@dataclass(frozen=True)
class Counting:
    """How a law counts days.

    Attributes:
        whole_days: the day of the event does not count, and the last day counts to its end.
        ends_on_working_day: what would end on another day ends with the next working day.
        source: the law's article, or why this profile chose it.
    """

    whole_days: bool
    ends_on_working_day: bool
    source: str


@dataclass(frozen=True)
class Period:
    """A length of time as a law states it.

    Attributes:
        count: how many.
        unit: of what.
    """

    count: int
    unit: Unit

    @property
    def least(self) -> int:
        """The seconds that it lasts at least; a working day lasts one day.

        The n-th day after an event ends n days after the event at the earliest, and weekends and
        holidays only move it later. So a chain that asks for no more than this refuses nothing
        that the law allows, save for an hour where summer time begins.
        """
        return self.count * (3_600 if self.unit is Unit.HOUR else DAY)

    def most(self, counting: Counting) -> int:
        """The seconds that it lasts at most where no public holiday falls into it.

        The event may come just after midnight of a day that does not count, and the last day may
        be a Saturday. Holidays can move the law's end further, which the chain cannot know;
        whoever awards or signs has to wait for both.

        Args:
            counting: how the law counts days.
        """
        if self.unit is Unit.HOUR:
            return self.least
        days = self.count + counting.whole_days
        if self.unit is Unit.WORKING_DAY:
            days += 2 * -(-self.count // 5)
        elif counting.ends_on_working_day:
            days += 2
        return days * DAY

    def __str__(self) -> str:
        one, many = _UNITS[self.unit]
        return _(one if self.count == 1 else many).format(count=self.count)


def period(value: object) -> Period:
    """Reads "5 days", "5 working days" or "36 hours".

    Raises:
        BadFigure: when it is neither.
    """
    found = _PERIOD.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise BadFigure(
            _(
                '{value} is not a period; write one like "5 days", "5 working days" or "36 hours"'
            ).format(value=shown(value))
        )
    return Period(int(found[1]), Unit(found[2]))


def share(value: object) -> int:
    """Reads "20 %" or "0.3 %" as basis points, and "none" as 0.

    Raises:
        BadFigure: when it is neither, or above 100 %.
    """
    if value == "none":
        return 0
    found = _SHARE.fullmatch(value) if isinstance(value, str) else None
    points = int(Decimal(found[1]) * 100) if found else WHOLE + 1
    if points > WHOLE:
        raise BadFigure(
            _('{value} is not a percentage; write one like "20 %" or "0.3 %", or "none"').format(
                value=shown(value)
            )
        )
    return points


def whole(value: object, least: int, most: int) -> int:
    """Takes a whole number.

    Raises:
        BadFigure: when it is none, or out of bounds.
    """
    if type(value) is not int or not least <= value <= most:  # a boolean is an int as well
        raise BadFigure(
            _("{value} is not a whole number from {least} to {most}").format(
                value=shown(value), least=least, most=most
            )
        )
    return value


def clock(seconds: int) -> str:
    """Writes a length of time in whole days or hours, or else in seconds."""
    if seconds % DAY == 0:
        return str(Period(seconds // DAY, Unit.DAY))
    if seconds % 3_600 == 0:
        return str(Period(seconds // 3_600, Unit.HOUR))
    return _("{count} seconds").format(count=seconds)


def percent(points: int) -> str:
    """Writes basis points as a percentage."""
    return f"{points / 100:g} %"


def shown(value: object) -> str:
    """Returns a bad value as it can be repeated: short, on one line, nothing unprintable."""
    text = "".join(each if each.isprintable() else "?" for each in str(value)[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
