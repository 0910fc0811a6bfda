"""Amounts are exact or refused with the name of their field."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terang.ocds.model import WITHDRAWN_PRICE
from terang.ocds.money import AmountError, amount, currency_code, minor_units, shown, to_minor


@pytest.mark.parametrize(
    ("code", "decimals"),
    [("AMD", 2), ("IDR", 2), ("UAH", 2), ("INR", 2), ("PYG", 0), ("CLP", 0), ("KWD", 3)],
)
def test_currencies_have_the_minor_units_of_iso_4217(code: str, decimals: int) -> None:
    assert minor_units(code) == decimals


@pytest.mark.parametrize("value", ["", "in ₹", "XAU", "XXX", "Rs", 978, True, ["UAH"], "UAHX"])
def test_a_code_without_minor_units_is_refused_by_field(value: object) -> None:
    if value == "":
        assert currency_code(value, "f") == ""
    else:
        with pytest.raises(AmountError, match=r"tender\.value\.currency"):
            currency_code(value, "tender.value.currency")


@pytest.mark.parametrize("value", [9319500, Decimal("9319500.0"), "9319500.0", "9319500.00"])
def test_numbers_and_plain_text_are_amounts(value: object) -> None:
    assert to_minor(amount(value, "f") or Decimal(0), "AMD", "f") == 931950000


@pytest.mark.parametrize(
    "value",
    [
        *("1,05,13,416", "1.234,50", "١٢٣", "１２３", " 5", "5 ", "0x10", "1_000", "NaN", "inf"),
        *(True, False, [], {}, -1, Decimal("-0.01"), "-3", "5 UAH", "1e999", "9" * 70),
        *(Decimal("1e999999"), Decimal("1e-80"), Decimal("Infinity"), Decimal("NaN")),
    ],
)
def test_anything_else_is_refused_by_field(value: object) -> None:
    with pytest.raises(AmountError, match=r"bids\[0\]\.value\.amount"):
        amount(value, "bids[0].value.amount")


def test_exponents_are_numbers_while_they_are_exact() -> None:
    assert amount(Decimal("1e5"), "f") == 100_000
    assert amount(Decimal("0e999999"), "f") == 0


def test_more_decimals_than_the_currency_has_are_refused_but_trailing_zeros_are_not() -> None:
    assert to_minor(Decimal("5.1000"), "UAH", "f") == 510
    for value, code in (("5.001", "UAH"), ("5.5", "PYG"), ("5.0001", "KWD")):
        with pytest.raises(AmountError, match=r"f is .* more decimals"):
            to_minor(Decimal(value), code, "f")


def test_the_largest_price_is_one_below_the_price_that_withdraws() -> None:
    assert to_minor(Decimal(WITHDRAWN_PRICE - 1), "PYG", "f") == WITHDRAWN_PRICE - 1
    with pytest.raises(AmountError, match="larger than the chain"):
        to_minor(Decimal(WITHDRAWN_PRICE), "PYG", "f")


@given(st.integers(0, WITHDRAWN_PRICE - 1), st.sampled_from(["UAH", "PYG", "KWD"]))
def test_a_shown_amount_reads_back_exactly(minor: int, code: str) -> None:
    text, unit = shown(minor, code).split()
    assert (to_minor(amount(text, "f") or Decimal(0), code, "f"), unit) == (minor, code)
