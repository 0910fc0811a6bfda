"""Kinds of values that options and arguments take. Each refusal says what to write instead."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

import rich_click as click

from terang.i18n import _
from terang.vocabulary import Category, Method

_SHOWN = 60  # characters of a bad value that are worth repeating
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


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
                ).format(value=shown(text)),
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
                ).format(value=shown(value)),
                param,
                ctx,
            )
        return found


class _Moment(_Instant):
    """A time with its zone, or a day, which begins where the command says."""

    name = "time|day"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
            with suppress(ValueError):  # no such day
                return date.fromisoformat(value)
        return super().convert(value, param, ctx)


class _Duration(click.ParamType):
    """A length of time: whole seconds, minutes, hours or days, such as 7d."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,8})([smhd])", str(value))
        if found is None or (seconds := int(found[1]) * _UNITS[found[2]]) > 36_525 * 86_400:
            self.fail(
                _(
                    "{value} is not a length of time. Write digits and s, m, h or d, such as 7d."
                ).format(value=shown(value)),
                param,
                ctx,
            )
        return timedelta(seconds=seconds)


class Number(click.ParamType):
    """A whole number in ASCII digits.

    Args:
        least: the smallest that is taken.
        most: the largest.
    """

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Returns the number."""
        text = str(value)
        number = int(text) if re.fullmatch(r"[0-9]{1,78}", text, re.ASCII) else -1
        if not self._least <= number <= self._most:
            self.fail(
                _("{value} is not a whole number from {least} to {most}. Give one.").format(
                    value=shown(text), least=self._least, most=self._most
                ),
                param,
                ctx,
            )
        return number


class _Address(click.ParamType):
    """An account's address; a mixed case must be the right checksum (EIP-55)."""

    name = "address"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        from eth_utils.address import is_address, is_checksum_address, to_checksum_address

        text = str(value)
        hexed = re.fullmatch(r"0x[0-9a-fA-F]{40}", text)
        one_case = text[2:] in (text[2:].lower(), text[2:].upper())
        if not hexed or not is_address(text) or not (one_case or is_checksum_address(text)):
            self.fail(
                _(
                    "{value} is not an address. Write 0x and 40 hexadecimal digits; if their case "
                    "is mixed, the checksum must be right."
                ).format(value=shown(text)),
                param,
                ctx,
            )
        if int(text, 16) == 0:
            self.fail(_("The zero address is nobody's. Give an account."), param, ctx)
        return str(to_checksum_address(text))


class Word(click.ParamType):
    """One of some words.

    Args:
        words: which.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self.name = "|".join(words)

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Returns the word."""
        if value not in self._words:
            self.fail(
                _("{value} is none of {names}. Write one of them.").format(
                    value=shown(value), names=", ".join(self._words)
                ),
                param,
                ctx,
            )
        return str(value)


class _Term(click.ParamType):
    """A value of an enumeration by its name, in small letters with hyphens.

    Args:
        kind: the enumeration.
    """

    def __init__(self, kind: type[IntEnum]) -> None:
        self._values = {each.name.lower().replace("_", "-"): each for each in kind}
        self.name = "|".join(self._values)

    def convert(self, value: Any, param: Any, ctx: Any) -> IntEnum:
        if isinstance(value, IntEnum):
            return value
        found = self._values.get(str(value).replace("_", "-"))
        if found is None:
            self.fail(
                _("{value} is none of {names}. Write one of them.").format(
                    value=shown(value), names=", ".join(self._values)
                ),
                param,
                ctx,
            )
        return found


def shown(value: object) -> str:
    """Returns a bad value as it can be repeated: short, on one line, nothing unprintable."""
    text = str(value)[:_SHOWN]
    return "".join(each if each.isprintable() else "?" for each in text)


class Listen(NamedTuple):
    """Where a service listens."""

    host: str
    port: int


class _Listen(click.ParamType):
    """HOST:PORT such as 127.0.0.1:8600 or [::1]:8600; or a port of this machine alone."""

    name = "host:port"

    def convert(self, value: Any, param: Any, ctx: Any) -> Listen:
        if isinstance(value, Listen):
            return value
        found = re.fullmatch(
            r"(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):)?([0-9]{1,5})", str(value), re.ASCII
        )
        if found is None or int(found[2]) > 65_535:
            self.fail(
                _("{value} is not HOST:PORT. Write one like 127.0.0.1:8600.").format(
                    value=shown(value)
                ),
                param,
                ctx,
            )
        return Listen((found[1] or "127.0.0.1").strip("[]"), int(found[2]))


AMOUNT = _Amount()
CATEGORY = _Term(Category)
METHOD = _Term(Method)
REMEDY = Word(["dismiss", "re-evaluate", "exclude", "cancel"])
"""What a review panel may order, in the order of the contract."""
INSTANT = _Instant()
MOMENT = _Moment()
DURATION = _Duration()
ADDRESS = _Address()
LISTEN = _Listen()
NUMBER = Number(1, 2**32 - 1)
"""A number that the ledger gave: of a tender, an organisation, a seat."""
PATH = click.Path(path_type=Path)
"""A file or folder; whether it is there, and can be read, is said by who opens it."""
