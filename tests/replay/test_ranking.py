"""The arithmetic by which bids are compared, on figures worked out by hand.

That the contract's is the same is in tests/sealing/test_equivalence.py; that it ranks the same is
in tests/contracts/procurement/RankingVectors.t.sol.
"""

import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from terang.replay.ranking import Criteria, Judged, is_low, passes, rank, responsive, score
from terang.sealing.messages import WITHDRAWN

VECTORS = Path(__file__).parents[1] / "vectors"
SEED = b"\x05" * 32
CHEAPEST = Criteria(scored=False, seed=SEED)
QUALITY = Criteria(scored=True, seed=SEED, weight=6_000, threshold=70)


def order(bids: list[Judged], criteria: Criteria) -> list[int]:
    return [place.position for place in rank(bids, criteria)]


# The formula


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((240, 3, 6_000, 100, 100), 88_000_000),  # 0.6 · 80 + 0.4 · 100
        ((240, 3, 6_000, 100, 200), 68_000_000),  # 0.6 · 80 + 0.4 · 50
        ((300, 3, 10_000, 1, 3), 100_000_000),
        ((0, 3, 1, 1, 1), 99_990_000),
        ((1, 3, 10_000, 1, 1), 333_333),  # floored
        ((0, 1, 0, 1, 3), 33_333_333),
        # each division is floored by itself: only their sum would be 1,851,700
        ((1, 3, 1, 1, 54), 1_851_699),
        ((1600, 16, 5_000, 2**128 - 3, 2**128 - 2), 99_999_999),
    ],
)
def test_a_score_is_quality_and_cheapness_by_their_weights(
    figures: tuple[int, int, int, int, int], expected: int
) -> None:
    assert score(*figures) == expected


def test_the_mean_must_reach_the_threshold() -> None:
    assert passes(210, 3, 70)
    assert not passes(209, 3, 70)
    assert passes(0, 1, 0)
    assert not passes(0, 0, 0)


@pytest.mark.parametrize(
    ("price", "low"),
    [(799, True), (800, False), (801, False)],
)
def test_more_than_the_share_under_the_estimate_is_low(price: int, low: bool) -> None:
    assert is_low(price, 1000, price, 1, 2_000, 0) is low
    assert not is_low(price, 0, price, 1, 2_000, 0)
    assert not is_low(price, 1000, price, 1, 0, 0)


@pytest.mark.parametrize(("price", "low"), [(599, True), (600, True), (601, False)])
def test_the_share_or_more_under_the_mean_of_the_others_is_low(price: int, low: bool) -> None:
    assert is_low(price, 0, price + 900 + 1100, 3, 0, 4_000) is low
    assert not is_low(price, 0, price, 1, 0, 4_000)
    assert not is_low(price, 0, price + 900 + 1100, 3, 0, 0)


@pytest.mark.parametrize(
    ("marks", "usual", "low"),
    [
        ([], False, False),
        ([255, 255], False, False),
        ([1], True, False),
        ([2], True, True),
        ([1, 0], False, False),
        ([1, 1, 0], True, False),
        ([2, 1, 0, 255], True, False),
        ([2, 2, 1], True, True),
    ],
)
def test_more_than_half_of_those_not_recused_decide(
    marks: list[int], usual: bool, low: bool
) -> None:
    assert responsive(marks, low=False) is usual
    assert responsive(marks, low=True) is low


# Rankings


def test_the_lowest_responsive_price_wins() -> None:
    bids = [Judged(1, 300, [1]), Judged(2, 100, [0]), Judged(3, 200, [1])]
    assert order(bids, CHEAPEST) == [2, 0]
    bids[2] = replace(bids[2], excluded=True)
    assert order(bids, CHEAPEST) == [0]
    assert not order([Judged(1, WITHDRAWN, [1]), Judged(2, 0, [1])], CHEAPEST)


def test_equal_bids_are_ordered_by_the_seed_whatever_their_order() -> None:
    bids = [Judged(organisation, 100, [1]) for organisation in range(1, 9)]
    first = [bids[place].organisation for place in order(bids, CHEAPEST)]
    again = bids[::-1]
    assert [again[place].organisation for place in order(again, CHEAPEST)] == first
    assert first != sorted(first)
    other = CHEAPEST._replace(seed=b"\x06" * 32)
    assert [bids[place].organisation for place in order(bids, other)] != first


def test_an_abnormally_low_price_must_be_accepted_in_so_many_words() -> None:
    criteria = CHEAPEST._replace(estimate=1000, under_estimate=2_000)
    bids = [Judged(1, 700, [1, 1, 1]), Judged(2, 900, [1, 1, 1])]
    assert order(bids, criteria) == [1]
    bids[0] = replace(bids[0], marks=[2, 2, 1])
    assert order(bids, criteria) == [0, 1]
    assert [place.low for place in rank(bids, criteria)] == [True, False]


def test_the_best_score_wins_and_equal_ones_by_price() -> None:
    bids = [Judged(1, 100, [80]), Judged(2, 200, [100]), Judged(3, 100, [69])]
    # 0.6 · 80 + 40 = 88; 0.6 · 100 + 20 = 80; below the threshold
    assert [(place.position, place.score) for place in rank(bids, QUALITY)] == [
        (0, 88_000_000),
        (1, 80_000_000),
    ]
    # 0.5 · 80 + 0.5 · 100 = 0.5 · 100 + 0.5 · 80
    even = QUALITY._replace(weight=5_000)
    equal = [Judged(1, 125, [100]), Judged(2, 100, [80])]
    assert order(equal, even) == order(equal[::-1], even)[::-1] == [1, 0]


def test_the_lowest_price_is_that_of_the_bids_left() -> None:
    cheap, good, plain = Judged(1, 50, [70]), Judged(2, 100, [100]), Judged(3, 90, [75])
    best = rank([cheap, good, plain], QUALITY)
    assert best[0] == (0, 82_000_000, False)
    rest = rank([replace(cheap, excluded=True), good, plain], QUALITY)
    assert rest[0] == (1, 60_000_000 + 400_000 * 90, False)
    assert rank([replace(cheap, price=WITHDRAWN), good, plain], QUALITY) == rest
    assert rank([replace(cheap, marks=[69]), good, plain], QUALITY) == rest


def test_a_low_price_of_quality_needs_the_answer_of_its_own_panel_once_asked() -> None:
    criteria = QUALITY._replace(estimate=1000, under_estimate=2_000)
    bids = [Judged(1, 100, [90]), Judged(2, 900, [90])]
    assert order(bids, criteria) == [0, 1]
    for answers, expected in (([1, 1, 0], [1]), ([2, 2, 0], [0, 1]), ([2, 255], [0, 1])):
        asked = [replace(bid, answers=answers) for bid in bids]
        assert order(asked, criteria) == expected


def test_the_script_writes_the_committed_rankings() -> None:
    made = runpy.run_path(str(VECTORS / "make_rankings.py"))["build"]()
    assert (VECTORS / "procurement" / "rankings.json").read_text() == made
