"""Dates keep to the law of a profile, over working days, holidays, summer time and year ends."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from terang.errors import UsageError
from terang.rules import Key, Profile, load
from terang.rules.calendar import (
    Bound,
    begins,
    closing,
    days_off,
    ends,
    is_working_day,
    procedure,
    publication,
    standstill_end,
)
from terang.rules.figures import Counting, period
from terang.rules.rule import DAY
from terang.vocabulary import Category, Method

GOODS = Key(Category.GOODS, Method.LOWEST_PRICE)
KYIV, JAKARTA = ZoneInfo("Europe/Kyiv"), ZoneInfo("Asia/Jakarta")


@pytest.fixture(scope="module")
def indonesia() -> Profile:
    return load("indonesia")


@pytest.fixture(scope="module")
def ukraine() -> Profile:
    return load("ukraine")


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("length", "start", "end"),
    [
        # 2026: Saturday 14 March; Nyepi and Lebaran with collective leave from 18 to 24 March
        ("5 days", "2026-03-09T10:00", "2026-03-17T00:00"),  # a Saturday becomes Monday
        ("5 days", "2026-03-11T10:00", "2026-03-17T00:00"),
        ("5 days", "2026-03-13T10:00", "2026-03-26T00:00"),  # the 18th is off, and on to the 25th
        ("5 working days", "2026-03-10T10:00", "2026-03-18T00:00"),
        ("5 working days", "2026-03-11T23:59:59", "2026-03-26T00:00"),
        ("1 working day", "2026-03-17T00:00", "2026-03-26T00:00"),
        ("1 working day", "2026-03-20T12:00", "2026-03-26T00:00"),  # begun on a day off
        ("36 hours", "2026-03-19T10:00", "2026-03-20T22:00"),
        ("0 days", "2026-03-19T10:00", "2026-03-19T10:00"),
        ("6 working days", "2025-12-22T09:00", "2026-01-03T00:00"),  # Christmas, leave, New Year
    ],
)
def test_indonesian_periods_end_on_a_working_day_at_its_end(
    length: str, start: str, end: str, indonesia: Profile
) -> None:
    assert ends(indonesia, period(length), at(start, JAKARTA)) == at(end, JAKARTA)


@pytest.mark.parametrize(
    ("length", "start", "end"),
    [
        # summer time begins on 29 March 2026 and ends on 25 October
        ("2 days", "2026-03-26T10:00", "2026-03-31T00:00"),  # Saturday becomes Monday
        ("4 days", "2026-03-26T10:00", "2026-03-31T00:00"),
        ("7 days", "2026-10-20T23:30", "2026-10-28T00:00"),
        ("24 hours", "2026-10-24T12:00", "2026-10-25T11:00"),  # an hour is an hour
        # under martial law public holidays are working days, in 2021 they were not
        ("1 working day", "2026-12-31T10:00", "2027-01-02T00:00"),
        ("1 working day", "2020-12-31T10:00", "2021-01-05T00:00"),
        ("3 working days", "2021-01-05T10:00", "2021-01-13T00:00"),  # Christmas, a moved day off
        ("1 working day", "2021-01-15T10:00", "2021-01-17T00:00"),  # a Saturday worked instead
    ],
)
def test_ukrainian_periods_end_at_midnight_whatever_the_clock_does(
    length: str, start: str, end: str, ukraine: Profile
) -> None:
    assert ends(ukraine, period(length), at(start, KYIV)) == at(end, KYIV)


@pytest.mark.parametrize("length", ["1 day", "7 days", "5 working days", "10 working days"])
@pytest.mark.parametrize("name", ["eu", "indonesia", "ukraine"])
def test_the_chain_asks_for_no_more_than_the_law_and_ends_nothing_before_it(
    name: str, length: str
) -> None:
    """For every day of five years, at both ends of the day; summer time moves it by an hour."""
    found, lasting = dataclasses.replace(load(name), holidays=""), period(length)
    zone, hour = ZoneInfo(found.timezone), timedelta(hours=1)
    least = timedelta(seconds=lasting.least)
    most = timedelta(seconds=lasting.most(found.counting))
    for number in range(5 * 365):
        day = datetime(2024, 1, 1, tzinfo=zone) + timedelta(days=number)
        for start in (day, day + timedelta(hours=23, minutes=59)):
            lasted = ends(found, lasting, start) - start.astimezone(UTC)
            assert least - hour <= lasted <= most + hour, start


@pytest.mark.parametrize("name", ["eu", "indonesia", "pilot", "ukraine"])
def test_no_proposed_time_is_before_the_chain_takes_it_nor_before_the_law(name: str) -> None:
    found = load(name)
    for number in range(0, 730, 5):
        published = datetime(2025, 10, 1, 9, 30, tzinfo=UTC) + timedelta(days=number)
        for key, rule in found.rules.items():
            closes = closing(found, key, published)
            assert closes >= published + timedelta(seconds=rule.tendering_period)
            assert closes >= ends(found, found.law(key, "tendering_period"), published)
            awarded = standstill_end(found, key, closes)
            assert awarded >= closes + timedelta(seconds=rule.standstill_period)
            assert awarded >= ends(found, found.law(key, "standstill_period"), closes)


def test_the_pilot_counts_as_the_chain_does() -> None:
    found = load("pilot")
    for each in procedure(found, GOODS, datetime(2026, 3, 28, 22, 15, 7, tzinfo=UTC)):
        assert each.law == each.chain == each.due
    assert closing(found, GOODS, at("2026-03-28T10:00", KYIV)) == at("2026-04-02T11:00", KYIV)


def test_a_procedure_goes_step_by_step(indonesia: Profile) -> None:
    steps = {
        each.field: each for each in procedure(indonesia, GOODS, at("2026-07-06T10:00", JAKARTA))
    }
    due = {field: each.due.astimezone(JAKARTA).isoformat()[:16] for field, each in steps.items()}
    assert due == {
        "enquiry_period": "2026-07-09T00:00",  # three working days before closing
        "amendment_period": "2026-07-09T00:00",
        "tendering_period": "2026-07-14T00:00",  # the end of Monday
        "evaluation_period": "2026-07-18T00:00",
        "standstill_period": "2026-07-26T00:00",  # eight days on chain, the law's end is earlier
        "review_period": "2026-07-30T00:00",
        "signing_period": "2026-08-14T00:00",
    }
    assert {field for field, each in steps.items() if each.bound is Bound.UNTIL} == {
        "enquiry_period", "amendment_period", "review_period", "signing_period",
    }  # fmt: skip
    for each in steps.values():
        first, second = sorted([each.law, each.chain])
        assert each.due == (first if each.bound is Bound.UNTIL else second)


def test_a_period_before_an_end_is_counted_back_over_working_days(ukraine: Profile) -> None:
    monday = at("2026-03-30T18:00", KYIV)
    assert begins(ukraine, period("1 working day"), monday) == at("2026-03-27T18:00", KYIV)
    assert begins(ukraine, period("3 days"), monday) == at("2026-03-27T18:00", KYIV)
    assert begins(ukraine, period("72 hours"), monday) == at("2026-03-27T17:00", KYIV)


def test_working_days_keep_the_hour_where_whole_days_do_not_count(indonesia: Profile) -> None:
    exact = dataclasses.replace(indonesia, counting=Counting(False, False, "a test"))
    friday = at("2026-07-10T10:00", JAKARTA)
    assert ends(exact, period("1 working day"), friday) == at("2026-07-13T10:00", JAKARTA)
    assert ends(exact, period("1 day"), friday) == at("2026-07-11T10:00", JAKARTA)
    moved = dataclasses.replace(indonesia, counting=Counting(False, True, "a test"))
    assert ends(moved, period("1 day"), friday) == at("2026-07-13T10:00", JAKARTA)


def test_days_off_are_told_with_their_names(
    indonesia: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    span = at("2026-08-14T00:00", JAKARTA), at("2026-08-24T00:00", JAKARTA)
    assert days_off(indonesia, *span) == [(date(2026, 8, 17), "Independence Day")]
    monkeypatch.setenv("TERANG_LANG", "id")
    assert days_off(indonesia, *span)[0][1] == "Hari Kemerdekaan Republik Indonesia"
    assert days_off(load("eu"), *span) == []
    sunday = at("2026-05-30T00:00", JAKARTA), at("2026-05-31T23:00", JAKARTA)
    assert days_off(indonesia, *sunday) == []  # Vesak takes no working day


def test_a_day_is_published_at_its_first_second_in_the_profiles_zone(ukraine: Profile) -> None:
    assert publication(ukraine, date(2026, 7, 1)) == datetime(2026, 6, 30, 21, tzinfo=UTC)
    assert publication(ukraine, at("2026-07-01T10:00", KYIV)).tzinfo is UTC


def test_weekends_alone_count_without_holidays() -> None:
    eu = load("eu")
    assert is_working_day(eu, date(2026, 12, 25))
    assert not is_working_day(eu, date(2026, 12, 26))


def test_a_time_that_no_calendar_reaches_is_refused(ukraine: Profile) -> None:
    for year in (1999, 2100, 9999):
        with pytest.raises(UsageError, match="from 2000 to 2099"):
            closing(ukraine, GOODS, datetime(year, 6, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="zone"):
        closing(ukraine, GOODS, datetime(2026, 6, 1))
    assert closing(ukraine, GOODS, datetime(2099, 12, 30, tzinfo=UTC)).year == 2100


def test_the_units_of_a_period_have_their_seconds() -> None:
    exact, whole = Counting(False, False, ""), Counting(True, True, "")
    for text, least, most in (
        ("36 hours", 36 * 3_600, 36 * 3_600),
        ("5 days", 5 * DAY, 8 * DAY),
        ("5 working days", 5 * DAY, 8 * DAY),
        ("6 working days", 6 * DAY, 11 * DAY),
    ):
        assert period(text).least == least
        assert period(text).most(whole) == most
    assert period("5 days").most(exact) == 5 * DAY
