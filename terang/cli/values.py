"""Kinds of values that options take."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import rich_click as click

from terang.i18n import _


class _Amount(click.ParamType):
    """A plain decimal number above zero, such as 1250000 or 1250000.50."""

    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        if isinstance(value, Decimal):
            return value
        text = str(value)
        plain = text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 60
        try:
            number = Decimal(text) if plain else Decimal(0)
        except InvalidOperation:
            number = Decimal(0)
        if number <= 0:
            self.fail(
                _(
                    "{value} is not an amount. Write digits with a point for decimals, "
                    "such as 1250000.50."
                ).format(value=text[:60]),
                param,
                ctx,
            )
        return number


class _Instant(click.ParamType):
    """A time with its zone, ISO 8601."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or found.year < 2000:
            self.fail(
                _(
                    "{value} is not a time with its zone. Write one like 2026-12-01T10:00:00+07:00."
                ).format(value=str(value)[:60]),
                param,
                ctx,
            )
        return found


AMOUNT = _Amount()
INSTANT = _Instant()
