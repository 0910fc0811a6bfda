"""Amounts, times and other people's text, as the language in force writes them."""

import unicodedata
from datetime import UTC, datetime, timedelta

from babel.dates import format_datetime
from markupsafe import Markup, escape

from terang.i18n import _, language
from terang.ledger.plan import Currency

_WIB = timedelta(hours=7)  # Western Indonesian Time, UTC+7 all year
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


def named(text: str, most: int = 300) -> Markup:
    """Returns other people's text as HTML of its own direction and of an unknown language."""
    return Markup('<bdi lang="">{}</bdi>').format(plain(text, most))


def money(amount: int, currency: Currency | None) -> str:
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


def moment(second: int) -> Markup:
    """Writes a time in UTC and in Western Indonesian Time, as HTML.

    Args:
        second: since 1970 UTC; contracts accept some that no calendar knows.
    """
    if not 0 <= second < _LAST:
        return escape(_("second {second} since 1970").format(second=second))
    utc = datetime.fromtimestamp(second, UTC)
    here = utc + _WIB
    day, clock = "d MMM y", "HH.mm" if language() == "id" else "HH:mm"
    there = clock if here.date() == utc.date() else f"d MMM {clock}"
    return Markup('<time datetime="{}">{} UTC <i>({} WIB)</i></time>').format(
        f"{utc:%Y-%m-%dT%H:%MZ}",
        format_datetime(utc, f"{day}, {clock}", locale=language()),
        format_datetime(here, there, locale=language()),
    )


def short(account: str) -> str:
    """Returns an account's or hash's first and last digits."""
    return f"{account[:6]}…{account[-4:]}"
