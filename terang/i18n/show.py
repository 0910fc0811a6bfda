"""Amounts, times and other people's text, as the language in force writes them."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from terang.i18n import _, language
from terang.vocabulary import EVER

if TYPE_CHECKING:
    from terang.ledger.plan import Currency

WIB = timedelta(hours=7)
"""Western Indonesian Time, UTC+7 all year."""

_LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
_JOINERS = "\u200c\u200d"  # written words of many languages need them
_MOST_MARKS = 4  # accents on one letter; more would paint over the lines around
_NO_BREAK = "\u00a0"


def plain(text: str, most: int = 300) -> str:
    """Makes other people's text harmless to look at: one line, and no longer than `most`.

    Control characters, line breaks, and signs that turn the direction of writing become spaces
    or vanish; half characters become U+FFFD. Escaping is the template's work.
    """
    kept: list[str] = []
    marks = 0
    # Four times as much as is shown, so that text of invisible signs costs nothing either.
    for sign in text[: 4 * most]:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs":
            kept.append("\ufffd")
        elif marks <= _MOST_MARKS and (category != "Cf" or sign in _JOINERS):
            kept.append(sign)
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def money(amount: int, currency: "Currency | None") -> str:
    """Writes an amount exactly.

    Args:
        amount: in the smallest unit.
        currency: what it is in; None for a token that is not known, whose smallest units are
            counted then.
    """
    if currency is None:
        return _("{amount} smallest units").format(amount=_grouped(f"{amount:,}"))
    whole, part = divmod(amount, 10**currency.decimals)
    digits = f"{whole:,}" + (f".{part:0{currency.decimals}}" if currency.decimals else "")
    rupiah = currency.code == "IDR" and language() == "id"
    return f"{'Rp' if rupiah else currency.code}{_NO_BREAK}{_grouped(digits)}"


def _grouped(digits: str) -> str:
    return digits.translate(str.maketrans(",.", ".,")) if language() == "id" else digits


def on_calendar(second: int) -> bool:
    """Tells whether a second since 1970 UTC is one that calendars know."""
    return 0 <= second < _LAST


def when(second: int) -> str:
    """Writes a time in UTC and in Western Indonesian Time.

    Args:
        second: since 1970 UTC; contracts accept some that no calendar knows.
    """
    from babel.dates import format_datetime

    if second == EVER:
        return _("without end")
    if not on_calendar(second):
        return _("second {second} since 1970").format(second=second)
    utc = datetime.fromtimestamp(second, UTC)
    there = utc + WIB
    clock = "HH.mm" if language() == "id" else "HH:mm"
    day = "" if there.date() == utc.date() else "d MMM "
    written = format_datetime(utc, f"d MMM y, {clock}", locale=language())
    return f"{written} UTC ({format_datetime(there, day + clock, locale=language())} WIB)"


def iso(second: int) -> str | None:
    """Returns a time as JSON has it, ISO 8601 in UTC; None for one that no calendar knows."""
    return datetime.fromtimestamp(second, UTC).isoformat() if on_calendar(second) else None


def short(account: str) -> str:
    """Returns an account's or hash's first and last digits."""
    return f"{account[:6]}…{account[-4:]}"


def address(url: str, most: int = 100) -> str:
    """Returns an address as `plain` does, without the name and password that it may have."""
    return plain(re.sub(r"//.*@", "//…@", url, flags=re.DOTALL), most)
