"""The errands of a buyer: amounts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terang.errors import UsageError
from terang.ledger.desk import smallest_units


@given(units=st.integers(1, 2**128 - 2), decimals=st.integers(0, 18))
def test_an_amount_is_converted_exactly(units: int, decimals: int) -> None:
    whole, part = divmod(units, 10**decimals)
    text = f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
    assert smallest_units(Decimal(text), decimals) == units


@pytest.mark.parametrize(
    ("text", "decimals"),
    [("0.001", 2), ("1.5", 0), ("3402823669209384634633746074317682114.55", 2)],
)
def test_an_amount_that_does_not_fit_is_refused(text: str, decimals: int) -> None:
    with pytest.raises(UsageError, match="does not fit"):
        smallest_units(Decimal(text), decimals)
