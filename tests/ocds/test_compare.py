"""The winner on chain against the published award: agreement, or a reason that is true."""

import pytest

from terang.ocds import LotPlan, cheapest, explain

from .builders import Json, award, bid, plan, release

ALICE, BOB, CAROL = 0, 1, 2


def lot(*bids: Json, **members: object) -> LotPlan:
    return plan(release(*bids, **members)).lots[0]


THREE = (bid("alice", 100), bid("bob", 200), bid("carol", 300))


def test_the_same_winner_agrees_and_a_gross_value_is_told() -> None:
    assert explain(lot(*THREE, awards=[award("alice")]), ALICE, "Closed") == (True, "")
    agrees, why = explain(lot(*THREE, awards=[award("alice", 120)]), ALICE, "Closed")
    assert agrees
    assert "120.00 UAH is 1.2 times the bid 100.00 UAH" in why


def test_nothing_published_is_neither_agreement_nor_difference() -> None:
    assert explain(lot(*THREE), ALICE, "Closed") == (None, "No award is published for this lot.")
    gone = lot(*THREE, tender={"status": "cancelled"})
    assert explain(gone, None, "Cancelled") == (None, "The tender is published as cancelled.")
    fallen = lot(*THREE, awards=[award("alice", status="unsuccessful")])
    assert explain(fallen, ALICE, "Closed") == (None, "Its award is published as unsuccessful.")


@pytest.mark.parametrize(
    ("plan_", "winner", "words"),
    [
        (lot(*THREE, awards=[award("bob")]), ALICE, "number 2 of 3 responsive bids by price"),
        (lot(*THREE, awards=[award("dora")]), ALICE, "without a priced bid for this lot"),
        (lot(*THREE, awards=[award("x", suppliers=[])]), ALICE, "names no supplier"),
        (
            lot(bid("alice", 100), bid("bob", 90, status="invalid"), awards=[award("bob")]),
            ALICE,
            "a bid of 90.00 UAH published as 'invalid'",
        ),
        (
            lot(bid("alice", 100), bid("bob", 90, status="withdrawn"), awards=[award("bob")]),
            ALICE,
            "published as withdrawn",
        ),
        (
            lot(bid("alice", 100), bid("bob", 1001), awards=[award("bob")]),
            ALICE,
            "1001.00 UAH, above the published estimate 1000.00 UAH",
        ),
        (lot(bid("alice", 100), bid("bob", 100), awards=[award("bob")]), ALICE, "Tie: both"),
        (lot(*THREE, awards=[award("alice")]), None, "ended on chain as Unsuccessful"),
        (
            lot(*THREE, awards=[award("alice")], tender={"status": "cancelled"}),
            None,
            "An award is published all the same",
        ),
        (
            lot(*THREE, awards=[award("alice", status="unsuccessful"), award("bob")]),
            ALICE,
            "An award to the chain's winner is published as unsuccessful",
        ),
        (
            lot(
                bid("alice", 100, statusDetails="Rejected-Technical"),
                bid("bob", 200),
                awards=[award("bob")],
            ),
            ALICE,
            "status details 'Rejected-Technical'",
        ),
        (
            lot(*THREE, awards=[award("bob")], tender={"awardCriteria": "ratedCriteria"}),
            ALICE,
            "criteria are 'ratedCriteria'",
        ),
        (
            lot(*THREE, bid("bob", 77, "lot-2"), awards=[award("bob", 77)]),
            ALICE,
            "77.00 UAH is what that supplier bid for lot lot-2",
        ),
    ],
)
def test_a_difference_is_explained_from_the_data(
    plan_: LotPlan, winner: int | None, words: str
) -> None:
    agrees, why = explain(plan_, winner, "Unsuccessful")
    assert agrees is False
    assert words in why


def test_the_cheapest_responsive_bid_within_the_ceiling_is_expected() -> None:
    bids = (
        bid("alice", 5, status="disqualified"),
        bid("bob", 6, status="withdrawn"),
        bid("carol", 8),
    )
    assert cheapest(lot(*bids, bid("dora", 8), bid("eve", 9))) == (CAROL, 3)
    over = lot(bid("alice", 100, status="invalid"), bid("bob", 2000))
    assert over.ceiling == 100_000
    assert cheapest(over) == ()


@pytest.mark.parametrize(
    "members",
    [
        {"suppliers": [{"name": " BOB"}]},
        {"suppliers": [], "relatedBid": "bid-of-bob-lot-1"},
        {"relatedLots": None, "lotID": "lot-1"},
        {"relatedLots": [{"lotId": "lot-1"}]},
        {"relatedLots": None, "items": [{"relatedLot": "lot-1"}]},
        {"relatedLots": None, "bidID": "bid-of-bob-lot-1"},
        {"status": None},
        {"status": "pending"},
    ],
)
def test_an_award_finds_its_lot_and_bidder(members: Json) -> None:
    other = award("alice", relatedLots=["lot-2"])
    found = lot(*THREE, lots=("lot-1", "lot-2"), awards=[other, award("bob") | members])
    assert found.published_winner == BOB


def test_an_award_without_a_lot_belongs_to_the_only_lot() -> None:
    assert lot(*THREE, awards=[award("bob", relatedLots=None)]).published_winner == BOB
    several = lot(*THREE, lots=("lot-1", "lot-2"), awards=[award("bob", relatedLots=None)])
    assert several.published is None


def test_an_active_award_goes_before_a_pending_one_and_split_awards_agree_with_either() -> None:
    both = lot(*THREE, awards=[award("carol", status="pending"), award("bob")])
    assert both.published_winner == BOB
    assert explain(both, CAROL, "Closed")[0]


def test_a_joint_bid_is_found_by_its_set_and_by_its_leading_member() -> None:
    pair = [{"id": "ID-a", "name": "a"}, {"id": "ID-b", "name": "b"}]
    bids = (bid("alice", 100), bid("joint", 90, tenderers=pair), bid("a", 95, tenderers=pair[:1]))
    assert lot(*bids, awards=[award("x", suppliers=pair[::-1])]).published_winner == 1
    assert lot(*bids, awards=[award("x", suppliers=pair[:1])]).published_winner == 2
    assert lot(*bids[:2], awards=[award("x", suppliers=pair[1:])]).published_winner == 1


def test_a_value_for_several_lots_is_no_price_of_one() -> None:
    shared = award("alice", relatedLots=["lot-1", "lot-2"])
    assert lot(*THREE, awards=[shared]).published.price is None


def test_a_value_that_was_also_bid_here_points_to_no_other_lot() -> None:
    found = lot(*THREE, bid("bob", 200, "lot-2"), awards=[award("bob", 200)])
    assert found.published is not None
    assert found.published.other_lot is None
