"""Other people's text and times as HTML, in the language in force."""

from datetime import UTC, datetime

from markupsafe import Markup, escape

from terang.i18n.show import money, on_calendar, plain, short, when

__all__ = ["moment", "money", "named", "plain", "short"]


def named(text: str, most: int = 300) -> Markup:
    """Returns other people's text as HTML of its own direction and of an unknown language."""
    return Markup('<bdi lang="">{}</bdi>').format(plain(text, most))


def moment(second: int) -> Markup:
    """Writes a time in UTC and in Western Indonesian Time, as HTML.

    Args:
        second: since 1970 UTC; contracts accept some that no calendar knows.
    """
    if not on_calendar(second):
        return escape(when(second))
    utc, local = when(second).removesuffix(")").split(" (")
    stamp = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%MZ}"
    return Markup('<time datetime="{}">{} <i>({})</i></time>').format(stamp, utc, local)
