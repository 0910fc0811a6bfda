"""How much a client may ask, by a clock that the test turns."""

import pytest

from terang.serving import limits
from terang.serving.limits import PER_TENDER, Limits

HERE, THERE = "203.0.113.7", "203.0.113.8"


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_client_is_admitted_so_often_in_a_minute_and_others_all_the_same(clock: Clock) -> None:
    found = Limits(each=3, together=100, clock=clock)
    client = found.client(HERE)
    assert [found.admit(client) for _try in range(4)] == [0, 0, 0, 20]
    assert found.admit(found.client(THERE)) == 0
    clock.now += 20
    assert [found.admit(client), found.admit(client)] == [0, 20]
    clock.now += 3_600  # nothing is saved up beyond a minute's
    assert [found.admit(client) for _try in range(4)] == [0, 0, 0, 20]


def test_all_clients_together_are_admitted_so_often_in_a_minute(clock: Clock) -> None:
    found = Limits(each=100, together=2, clock=clock)
    waits = [found.admit(found.client(f"203.0.113.{n}")) for n in range(3)]
    assert waits == [0, 0, 30]


def test_a_client_that_is_refused_uses_up_nothing_of_the_others(clock: Clock) -> None:
    found = Limits(each=1, together=3, clock=clock)
    for _try in range(10):
        found.admit(found.client(HERE))
    assert found.admit(found.client(THERE)) == 0


def test_a_client_brings_so_many_envelopes_for_a_tender() -> None:
    found = Limits(each=1, together=1)
    here, there = found.client(HERE), found.client(THERE)
    for _envelope in range(PER_TENDER):
        assert found.may_bring(here, 1)
        found.brought(here, 1)
    assert not found.may_bring(here, 1)
    assert found.may_bring(here, 2)
    assert found.may_bring(there, 1)


def test_how_many_envelopes_a_client_brings_for_a_tender_can_be_set() -> None:
    found = Limits(each=1, together=1, per_tender=1)
    here = found.client(HERE)
    found.brought(here, 1)
    assert (found.may_bring(here, 1), found.may_bring(here, 2)) == (False, True)


def test_a_household_is_one_client_and_no_address_is_kept() -> None:
    found, other = Limits(each=1, together=1), Limits(each=1, together=1)
    assert found.client("2001:db8:1:2::1") == found.client("2001:db8:1:2:ffff::9")
    assert found.client("2001:db8:1:2::1") != found.client("2001:db8:1:3::1")
    assert found.client(HERE) != found.client(THERE)
    assert found.client(HERE) != other.client(HERE)  # a key of each process
    assert found.client(None) == found.client("not an address")


def test_clients_are_remembered_within_bounds(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_MOST_CLIENTS", 2)
    found = Limits(each=1, together=100, clock=clock)
    names = [found.client(f"203.0.113.{n}") for n in range(3)]
    assert [found.admit(each) for each in names] == [0, 0, 0]
    assert found.admit(names[2]) > 0
    assert found.admit(names[0]) == 0  # the longest silent, forgotten
