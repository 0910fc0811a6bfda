"""From releases to plans: lots, bids, currencies, estimates, statuses, cancellations."""

import pytest

from terang.ocds import WITHDRAWN_PRICE, BidPlan, LotPlan, ProcessPlan

from .builders import Json, award, bid, plan, reasons, release


def only(found: ProcessPlan) -> LotPlan:
    assert len(found.lots) == 1, reasons([found])
    return found.lots[0]


def by_name(found: ProcessPlan) -> dict[str, list[BidPlan]]:
    named: dict[str, list[BidPlan]] = {}
    for one in only(found).bids:
        named.setdefault(found.bidders[one.bidder].name, []).append(one)
    return named


def said(found: ProcessPlan) -> str:
    return " ".join(only(found).assumed)


@pytest.mark.parametrize(
    "reference",
    [
        {"relatedLot": "lot-1"},
        {"relatedLots": ["lot-1"]},
        {"relatedLots": [{"id": "lot-1"}]},
        {"relatedLots": [{"lotId": "lot-1"}]},
        {"lotId": "lot-1"},
        {"lotID": "lot-1"},
    ],
)
def test_a_bid_finds_its_lot_by_every_name_in_use(reference: Json) -> None:
    pair = [bid(who, 100, None, **reference) for who in ("alice", "bob")]
    found = plan(release(*pair, lots=("lot-0", "lot-1")))
    assert only(found).lot == "lot-1"
    assert [s.lot for s in found.skipped] == ["lot-0"]


def test_a_process_without_lots_is_one_lot_with_the_tender_value_as_its_estimate() -> None:
    pair = (bid("alice", 100, None), bid("bob", 200, None))
    tender = {"value": {"amount": 500, "currency": "UAH"}}
    lot = only(plan(release(*pair, lots=(), tender=tender)))
    assert (lot.lot, lot.title, lot.ceiling) == ("", "Road", 50_000)


def test_a_bid_without_a_lot_belongs_to_the_only_lot_and_is_skipped_among_several() -> None:
    pair = (bid("alice", 100, None), bid("bob", 200))
    assert len(only(plan(release(*pair))).bids) == 2
    found = plan(release(*pair, lots=("lot-1", "lot-2")))
    assert "bids.details[0] names no lot, and the process has 2" in reasons([found])


def test_a_bid_with_one_price_for_several_lots_is_skipped_with_its_reason() -> None:
    both = bid("alice", 100, None, relatedLots=["lot-1", "lot-2"])
    found = plan(release(both, bid("bob", 200), bid("carol", 300), lots=("lot-1", "lot-2")))
    assert len(only(found).bids) == 2
    assert "one price for 2 lots" in reasons([found])


def test_lot_values_within_one_bid_are_bids_for_each_lot() -> None:
    def split(who: str, first: int, second: int) -> Json:
        values = [
            {"relatedLot": lot, "value": {"amount": amount, "currency": "UAH"}}
            for lot, amount in (("lot-1", first), ("lot-2", second))
        ]
        return bid(who, None, None, value=None, status="active", lotValues=values)

    found = plan(release(split("alice", 10, 20), split("bob", 30, 40), lots=("lot-1", "lot-2")))
    assert [[b.price for b in lot.bids] for lot in found.lots] == [[1000, 3000], [2000, 4000]]


@pytest.mark.parametrize("place", ["bids list", "tender.bids list", "tender.bids details"])
def test_bids_are_found_wherever_publishers_put_them(place: str) -> None:
    pair = [bid("alice", 100), bid("bob", 200)]
    document = release()
    document["bids"] = None
    if place == "bids list":
        document["bids"] = pair
    else:
        document["tender"]["bids"] = pair if "list" in place else {"details": pair}
    assert len(only(plan(document)).bids) == 2


@pytest.mark.parametrize(
    ("bids", "reason"),
    [
        ([], "No bids are published"),
        ([bid("alice", 100)], "one tenderer only"),
        ([bid("alice", 100), bid("alice", 90)], "one tenderer only"),
        ([bid("alice", 100), bid("bob", 0)], "one tenderer only"),
        ([bid("alice", 100), bid("bob", None)], "one tenderer only"),
        ([bid("alice", 0), bid("bob", 0)], "No bid has a usable price (bids: 2)"),
        ([bid("alice", 1), bid("bob", "1,05,13,416")], "bids.details[1].value.amount"),
        ([bid("alice", 1), bid("bob", True)], "bids.details[1].value.amount"),
        ([bid("alice", 1), bid("bob", 1.005)], "bids.details[1].value.amount is 1.005"),
        ([bid("alice", 1), bid("bob", -1)], "bids.details[1].value.amount is negative"),
        ([bid("alice", 1), bid("bob", 1, tenderers=[])], "bids.details[1] names no tenderer"),
        ([bid("alice", 1), bid("bob", 1, status="draft")], "never submitted"),
    ],
)
def test_a_lot_without_two_priced_tenderers_is_skipped_with_its_reason(
    bids: list[Json], reason: str
) -> None:
    found = plan(release(*bids))
    assert not found.lots
    assert reason in reasons([found])


def test_a_refused_bid_is_left_out_by_name_and_the_others_run() -> None:
    found = plan(release(bid("alice", 10), bid("bob", 20), bid("carol", "30.001")))
    assert sorted(by_name(found)) == ["alice", "bob"]
    assert "bids.details[2].value.amount is 30.001, which has more decimals" in said(found)


def test_joint_bidders_are_one_tenderer_in_any_order() -> None:
    pair = [{"id": "ID-a", "name": "a"}, {"id": "ID-b", "name": "b"}]
    once = bid("joint", 100, tenderers=pair)
    again = bid("joint", 90, tenderers=pair[::-1])
    found = plan(release(once, again, bid("alice", 80)))
    assert [b.nonce for b in by_name(found)["a + b"]] == [1, 2]


def test_tenderers_without_an_id_are_told_apart_by_name() -> None:
    named = [bid(w, 1, tenderers=[{"name": w}]) for w in ("Ａlice", "ALICE ", "bob")]
    assert len(plan(release(*named)).bidders) == 2
    assert len(plan(release(*[b | {"tenderers": ["a", "b"][i]} for i, b in enumerate(named[:2])]))
               .bidders) == 2  # fmt: skip


def test_several_bids_of_one_tenderer_get_nonces_by_date() -> None:
    late = bid("alice", 90, date="2026-01-02T00:30:00+07:00")
    early = bid("alice", 80, date="2026-01-01T17:00:00Z")
    found = plan(release(late, early, bid("bob", 70, date="2026-01-05")))
    assert [(b.price, b.nonce) for b in by_name(found)["alice"]] == [(8000, 1), (9000, 2)]
    assert only(found).counting()[0].price == 9000
    assert "the latest counts" in said(found)


def test_a_bid_without_a_date_leaves_the_published_order() -> None:
    found = plan(release(bid("alice", 90, date="2026-01-02"), bid("alice", 80), bid("bob", 70)))
    assert [b.price for b in by_name(found)["alice"]] == [9000, 8000]


@pytest.mark.parametrize("status", [None, "valid", "qualified", "pending", "active", "Valid"])
def test_a_bid_is_responsive_by_its_status_or_without_one(status: str | None) -> None:
    found = plan(release(bid("alice", 100, status=status), bid("bob", 200)))
    assert by_name(found)["alice"][0].responsive
    assert "not known" not in said(found)


@pytest.mark.parametrize(
    "status", ["disqualified", "not-qualified", "notQualified", "invalid", "unsuccessful"]
)
def test_a_disqualified_bid_is_not_responsive(status: str) -> None:
    found = plan(release(bid("alice", 100, status=status), bid("bob", 200)))
    assert not by_name(found)["alice"][0].responsive


@pytest.mark.parametrize("status", ["mysterious", 7, {"code": "valid"}])
def test_an_unknown_status_is_responsive_and_the_row_says_so(status: object) -> None:
    found = plan(release(bid("alice", 100, status=status), bid("bob", 200)))
    assert by_name(found)["alice"][0].responsive
    assert "bids.details[0].status" in said(found)


def test_a_withdrawn_bid_is_sealed_and_then_withdrawn() -> None:
    found = plan(release(bid("alice", 100, status="withdrawn"), bid("bob", 200)))
    assert [(b.price, b.nonce, b.withdrawn) for b in by_name(found)["alice"]] == [
        (10_000, 1, False),
        (WITHDRAWN_PRICE, 2, True),
    ]


def without_currency(who: str, amount: int) -> Json:
    return bid(who, amount, value={"amount": amount})


def test_a_missing_currency_comes_from_the_lot_then_the_tender_then_other_bids() -> None:
    pair = (without_currency("alice", 100), without_currency("bob", 200))
    assert only(plan(release(*pair))).currency == "UAH"
    tender = {"lots": [{"id": "lot-1"}], "value": {"amount": 5, "currency": "PYG"}}
    found = plan(release(*pair, tender=tender))
    assert only(found).currency == "PYG"
    assert "taken from tender.value.currency" in said(found)
    found = plan(release(pair[0], bid("bob", 200), tender={"lots": [{"id": "lot-1"}]}))
    assert "taken from the other bids" in said(found)
    assert "No currency" in reasons([plan(release(*pair, tender={"lots": [{"id": "lot-1"}]}))])


def test_different_currencies_in_one_lot_skip_it() -> None:
    dollars = bid("bob", 200, value={"amount": 200, "currency": "USD"})
    found = plan(release(bid("alice", 100), dollars))
    assert "different currencies: UAH, USD" in reasons([found])
    found = plan(release(without_currency("alice", 100), dollars))
    assert "different currencies: UAH, USD" in reasons([found])


@pytest.mark.parametrize(
    ("estimate", "ceiling", "words"),
    [
        (200, 20_000, ""),
        (100, 10_000, ""),
        (99.99, 0, "below every bid"),
        (1, 0, "estimate 1 is a placeholder"),
        (1.01, 0, "below every bid"),
        (0, 0, "estimate 0 is a placeholder"),
        (0.09508, 0, "estimate 0.09508 is a placeholder"),
        (None, 0, "no estimate is published"),
        (500.001, 0, "tender.lots[0].value.amount is 500.001, which has more decimals"),
        ("5,000", 0, "tender.lots[0].value.amount"),
        (-5, 0, "tender.lots[0].value.amount is negative"),
    ],
)
def test_only_a_real_estimate_that_some_bid_reaches_is_a_ceiling(
    estimate: object, ceiling: int, words: str
) -> None:
    lots = [{"id": "lot-1", "value": {"amount": estimate, "currency": "UAH"}}]
    found = plan(release(bid("alice", 100), bid("bob", 200), tender={"lots": lots}))
    assert only(found).ceiling == ceiling
    assert words in said(found)
    assert ("No ceiling" in said(found)) == (not ceiling)


@pytest.mark.parametrize(("lowest", "placeholder"), [(500, True), (499.99, False)])
def test_an_estimate_a_hundredth_of_every_bid_is_a_placeholder(
    lowest: float, placeholder: bool
) -> None:
    lots = [{"id": "lot-1", "value": {"amount": 5, "currency": "UAH"}}]
    lot = only(plan(release(bid("alice", lowest), bid("bob", 900), tender={"lots": lots})))
    assert lot.ceiling == 0
    assert (lot.estimate is None) == placeholder


def test_an_estimate_in_another_currency_is_no_ceiling() -> None:
    lots = [{"id": "lot-1", "value": {"amount": 5000, "currency": "USD"}}]
    found = plan(release(bid("alice", 100), bid("bob", 200), tender={"lots": lots}))
    assert only(found).ceiling == 0
    assert "in USD, the bids are in UAH" in said(found)


def test_an_estimate_of_one_unit_is_a_placeholder_even_for_small_bids() -> None:
    lots = [{"id": "lot-1", "value": {"amount": 1, "currency": "UAH"}}]
    found = plan(release(bid("alice", 2), bid("bob", 3), tender={"lots": lots}))
    assert only(found).estimate is None


def test_the_tender_value_is_no_estimate_of_one_lot_among_several() -> None:
    tender = {"lots": [{"id": "lot-1"}, {"id": "lot-2"}], "value": {"amount": 500}}
    found = plan(release(bid("alice", 100), bid("bob", 200), tender=tender))
    assert "no estimate is published" in said(found)


@pytest.mark.parametrize("status", ["cancelled", "withdrawn", "Cancelled"])
def test_a_cancelled_process_cancels_its_lots(status: str) -> None:
    found = plan(release(bid("alice", 100), bid("bob", 200), tender={"status": status}))
    assert only(found).cancelled == f"The tender is published as {status.lower()}."


def test_a_cancelled_lot_is_cancelled_in_a_live_process_and_an_unsuccessful_one_runs() -> None:
    for status, cancelled in (("cancelled", True), ("unsuccessful", False), ("active", False)):
        lots = [{"id": "lot-1", "status": status}]
        found = plan(release(bid("alice", 100), bid("bob", 200), tender={"lots": lots}))
        assert bool(only(found).cancelled) == cancelled


def test_oddities_are_warnings_and_stop_nothing() -> None:
    backwards = {"startDate": "2026-02-01", "endDate": "2026-01-01T00:00:00Z"}
    found = plan(
        release(
            *[b | {"id": "same"} for b in (bid("alice", 100), without_currency("bob", 200))],
            tender={
                "tenderPeriod": backwards,
                "awardPeriod": backwards,
                "contractPeriod": {"startDate": "2026-02-01", "endDate": "2026-02-01"},
            },
            parties=[{"id": "x"}, {"id": "x"}],
            awards=[award("alice") | {"id": "a"}, award("bob") | {"id": "a"}],
            contracts=[{"id": "c", "period": backwards}],
        )
    )
    assert len(found.lots) == 1
    assert set(found.warnings) == {
        "tender.tenderPeriod ends before it starts.",
        "tender.awardPeriod ends before it starts.",
        "contracts[0].period ends before it starts.",
        "bids.details[1].value has no currency.",
        "parties holds ids that come more than once (1).",
        "awards holds ids that come more than once (1).",
        "bids holds ids that come more than once (1).",
    }
    assert found.dates["tender.tenderPeriod.startDate"] == "2026-02-01"


def test_a_process_without_bids_is_listed_with_its_tenderers() -> None:
    found = plan(release(tender={"tenderers": [{"id": "a"}, {"id": "b"}]}))
    assert "Tenderers are named (2)" in reasons([found])
