"""The draw of panels: uniform, bounded, and never of those who may not sit.

That the contract draws the same is in tests/sealing/test_equivalence.py.
"""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, islice, permutations

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from terang.replay.panel import MAX_DRAWS, Seat, draw, order, reserve, seed
from terang.sealing.curve import words

DRAWS = 10_000
BUYER = 9
seeds = st.binary(min_size=32, max_size=32)


def agencies(count: int) -> list[Seat]:
    return [Seat(10 + i, 100 + i, True) for i in range(count)]


def tail(statistic: float, freedom: int) -> float:
    """How likely chi-squared is at least this: 1 − P(freedom/2, statistic/2).

    P is the regularised lower incomplete gamma function, by its series (DLMF 8.7.1).
    """
    a, x = freedom / 2, statistic / 2
    term = total = 1 / a
    n = 0
    while term > total * 1e-16:
        n += 1
        term *= x / (a + n)
        total += term
    return 1 - total * math.exp(a * math.log(x) - x - math.lgamma(a))


def statistic(seen: Counter[tuple[int, ...]], cells: int) -> float:
    expected = seen.total() / cells
    missing = cells - len(seen)
    return sum((n - expected) ** 2 / expected for n in seen.values()) + missing * expected


@pytest.mark.parametrize(
    ("value", "freedom", "probability"),
    [(18.307, 10, 0.05), (65.247, 34, 0.001), (3.841, 1, 0.05), (157.8, 119, 0.01)],
)
def test_the_tail_is_that_of_printed_tables(value: float, freedom: int, probability: float) -> None:
    assert tail(value, freedom) == pytest.approx(probability, rel=0.01)


def panels(seats: list[Seat], wanted: int) -> Iterator[tuple[int, ...]]:
    for number in range(DRAWS):
        yield draw([seats, [], []], keccak(number.to_bytes(32, "big")), (wanted, 0, 0))


def test_every_panel_is_drawn_equally_often_in_every_order() -> None:
    seats = agencies(6)
    cells = list(permutations((seat.id for seat in seats), 3))
    seen = Counter(panels(seats, 3))
    assert set(seen) <= set(cells)
    assert 0.001 < tail(statistic(seen, len(cells)), len(cells) - 1) < 0.999


def test_whoever_may_not_sit_leaves_the_rest_as_likely_as_each_other() -> None:
    seats = agencies(10)
    seats[0] = seats[0]._replace(seated=False)
    seats[4] = seats[4]._replace(organisation=BUYER)
    barred = {seats[7].id}
    left = {seat.id for i, seat in enumerate(seats) if i not in (0, 4, 7)}
    cells = list(combinations(sorted(left), 3))
    seen: Counter[tuple[int, ...]] = Counter()
    for number in range(DRAWS):
        drawn = draw(
            [[], seats, []], keccak(number.to_bytes(32, "big")), (0, 3, 0),
            excluded=BUYER, barred=barred,
        )  # fmt: skip
        seen[tuple(sorted(drawn))] += 1
    assert set(seen) <= set(cells)
    assert 0.001 < tail(statistic(seen, len(cells)), len(cells) - 1) < 0.999


def test_the_statistic_finds_a_shuffle_that_swaps_with_any_place() -> None:
    """The usual mistake: every place is exchanged with any other, not with a later one."""
    seen: Counter[tuple[int, ...]] = Counter()
    for number in range(DRAWS):
        left = list(range(6))
        for i in range(6):
            drawn = int.from_bytes(keccak(words(number, i)), "big") % 6
            left[i], left[drawn] = left[drawn], left[i]
        seen[tuple(left[:3])] += 1
    assert tail(statistic(seen, 120), 119) < 1e-6


@given(seeds, st.integers(0, 20), st.sets(st.integers(10, 29)), st.integers(0, 5))
def test_reserves_continue_the_draw_of_the_panel(
    seed_: bytes, size: int, barred: set[int], wanted: int
) -> None:
    seats = agencies(size)
    drawn = draw([[], [], seats], seed_, (0, 0, wanted), barred=barred)
    whole = list(order(seats, seed_, 2, barred=barred))
    assert sorted(whole) == [seat.id for seat in seats if seat.id not in barred]
    assert list(drawn) == whole[:wanted]
    for before in range(len(whole) + 2):
        found = reserve(seats, seed_, 2, before, barred=barred)
        assert found == (whole[before] if before < len(whole) else 0)


def test_classes_are_drawn_apart() -> None:
    seats = agencies(12)
    one, other = (list(order(seats, bytes(32), seat_class)) for seat_class in (0, 1))
    assert one != other


def test_no_more_is_drawn_than_the_contract_can_afford() -> None:
    seats = [seat._replace(seated=i % 100 == 0) for i, seat in enumerate(agencies(1000))]
    drawn = list(islice(order(seats, bytes(32), 0), 1000))
    assert len(drawn) <= MAX_DRAWS
    everyone = list(order(agencies(1000), bytes(32), 0))
    assert len(everyone) == MAX_DRAWS


def test_the_seed_binds_secret_envelopes_tender_and_round() -> None:
    whole = (5, b"\1" * 32, 7, 1)
    others = [(6, *whole[1:]), (5, b"\2" * 32, 7, 1), (5, b"\1" * 32, 8, 1), (*whole[:3], 0)]
    assert len({seed(*each) for each in (whole, *others)}) == 5
