"""Exact amounts: from the text of the source to whole smallest units of an ISO 4217 currency."""

import re
from decimal import Context, Decimal, InvalidOperation

import iso4217

from terang.errors import TerangError
from terang.i18n import _
from terang.ocds.fields import ident, text
from terang.ocds.model import WITHDRAWN_PRICE

# ASCII digits only: a locale separator or another script's digits have more than one reading.
_NUMBER = re.compile(r"[+-]?[0-9]{1,80}(\.[0-9]{1,80})?([eE][+-]?[0-9]{1,3})?")
_MAGNITUDE = 60
_EXACT = Context(prec=300, traps=[InvalidOperation])


class AmountError(TerangError, ValueError):
    """An amount or currency that cannot be taken exactly; the sentence names its field."""


def currency_code(value: object, field: str) -> str:
    """An ISO 4217 code with minor units, in capitals; "" if absent.

    Raises:
        AmountError: the code is not in ISO 4217 or has no minor units (metals, test codes).
    """
    if value is None or value == "":
        return ""
    code = ident(value).upper()
    try:
        minor_units(code)
    except KeyError:
        raise AmountError(
            _(
                "{field} is {value!r}, which is not a current ISO 4217 currency with minor units; "
                "correct it in the source."
            ).format(field=field, value=text(value)[:40])
        ) from None
    return code


def minor_units(code: str) -> int:
    """How many decimals a currency has (ISO 4217 list one).

    Raises:
        KeyError: the code is unknown or has no minor units.
    """
    try:
        exponent = iso4217.Currency(code).exponent
    except ValueError:
        raise KeyError(code) from None
    if exponent is None:
        raise KeyError(code)
    return int(exponent)


def amount(value: object, field: str) -> Decimal | None:
    """A published amount, exactly; None if absent or null.

    Args:
        value: `int`, `Decimal` or text with a plain number.
        field: Path of the field, for the sentence.

    Raises:
        AmountError: not a plain number, negative, or of more than sixty digits.
    """
    if value is None or value == "":
        return None
    number: Decimal | None = None
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool):
        pass
    elif isinstance(value, int) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        number = Decimal(value)
    if number is None or not number.is_finite():
        shown = text(value) if isinstance(value, str) else type(value).__name__
        raise AmountError(
            _(
                "{field} is {value!r}, which is not a plain number such as 1250000.50; "
                "correct it in the source."
            ).format(field=field, value=shown[:40])
        )
    if not number:
        return Decimal(0)
    if number < 0:
        raise AmountError(_("{field} is negative; correct it in the source.").format(field=field))
    # Judged by exponent before any arithmetic: 1e999999 would take that many digits.
    if abs(number.adjusted()) > _MAGNITUDE or len(number.as_tuple().digits) > 2 * _MAGNITUDE:
        raise AmountError(
            _("{field} is out of all proportion; correct it in the source.").format(field=field)
        )
    return number


def to_minor(number: Decimal, code: str, field: str) -> int:
    """An amount in the smallest unit of its currency, 0 to 2**128 - 2.

    Raises:
        AmountError: more decimals than the currency has, or too large for the chain.
    """
    decimals = minor_units(code)
    scaled = number.scaleb(decimals, _EXACT)
    if scaled != scaled.to_integral_value(context=_EXACT):
        raise AmountError(
            _(
                "{field} is {value}, which has more decimals than {currency} allows "
                "({decimals}); correct it in the source."
            ).format(field=field, value=number, currency=code, decimals=decimals)
        )
    if scaled >= WITHDRAWN_PRICE:
        raise AmountError(
            _("{field} is larger than the chain can hold; correct it in the source.").format(
                field=field
            )
        )
    return int(scaled)


def shown(minor: int, code: str) -> str:
    """An amount for a sentence, such as "5824900.00 AMD"."""
    decimals = minor_units(code)
    return f"{Decimal(minor).scaleb(-decimals, _EXACT):.{decimals}f} {code}"
