"""Amounts, times and foreign text, as each language writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terang.i18n import speaking
from terang.ledger.plan import Currency
from terang.portal.show import moment, money, named, plain, short

RUPIAH, EURO, YEN = Currency("IDR", 2), Currency("EUR", 2), Currency("JPY", 0)


@pytest.mark.parametrize(
    ("amount", "currency", "english", "indonesian"),
    [
        (125_000_000, RUPIAH, "IDR 1,250,000.00", "Rp 1.250.000,00"),
        (5, EURO, "EUR 0.05", "EUR 0,05"),
        (0, YEN, "JPY 0", "JPY 0"),
        (1_234_567, YEN, "JPY 1,234,567", "JPY 1.234.567"),
        (10**38 + 1, EURO, "EUR 1" + ",000" * 12 + ".01", "EUR 1" + ".000" * 12 + ",01"),
    ],
)
def test_amounts_are_exact_in_both_languages(
    amount: int, currency: Currency, english: str, indonesian: str
) -> None:
    with speaking("en"):
        assert money(amount, currency) == english.replace(" ", "\u00a0")
    with speaking("id"):
        assert money(amount, currency) == indonesian.replace(" ", "\u00a0")


def test_a_time_names_another_day_where_it_is_another_day() -> None:
    with speaking("en"):
        assert moment(0) == (
            '<time datetime="1970-01-01T00:00Z">1 Jan 1970, 00:00 UTC <i>(07:00 WIB)</i></time>'
        )
        assert "31 Dec 1970, 17:00 UTC <i>(1 Jan 00:00 WIB)" in moment(365 * 86_400 - 7 * 3_600)


@pytest.mark.parametrize("second", [-1, 253_402_300_799, 2**48 - 2])
def test_a_time_outside_the_calendar_is_a_number_of_seconds(second: int) -> None:
    with speaking("en"):
        assert moment(second) == f"second {second} since 1970"


@given(st.integers(0, 2**48 - 1))
def test_every_time_that_a_contract_takes_can_be_shown(second: int) -> None:
    for code in ("en", "id"):
        with speaking(code):
            assert moment(second)


@given(st.text(), st.integers(1, 50))
def test_foreign_text_is_one_short_line(text: str, most: int) -> None:
    line = plain(text, most)
    assert len(line) <= most
    assert line == " ".join(line.split())
    line.encode()


def test_letters_of_every_script_stay() -> None:
    text = "Հայաստան ภาษา हिन्दी عربى 中文 n\u0303 क्\u200dष"
    assert plain(text) == text


def test_long_text_is_cut_where_one_can_see_it() -> None:
    assert plain("x" * 300) == "x" * 300
    assert plain("x" * 301) == "x" * 299 + "…"


def test_foreign_text_has_its_own_direction_and_no_language() -> None:
    assert named("<a>") == '<bdi lang="">&lt;a&gt;</bdi>'


def test_an_account_is_shown_by_its_ends() -> None:
    assert short("0x" + "ab" * 20) == "0xabab…abab"
