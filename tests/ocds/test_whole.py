"""Whole files: random documents, the sample, and the real publications."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terang.ocds import SAMPLE, WITHDRAWN_PRICE, ProcessPlan, cheapest, explain, read_plans
from terang.ocds.lots import plan_process

from .builders import Json, plans_of

KEYS = [
    *("ocid", "id", "bids", "details", "tender", "lots", "value", "amount", "currency", "name"),
    *("tenderers", "relatedLot", "relatedLots", "lotId", "lotValues", "status", "awards", "roles"),
    *("suppliers", "parties", "identifier", "buyer", "date", "contracts", "period", "startDate"),
    *("endDate", "items", "title", "releases", "records", "compiledRelease", "bidID"),
]
WORDS = ["lot-1", "lot-2", "UAH", "XAU", "cancelled", "withdrawn", "a", "\ud800", "2026-01-01", "1"]
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 10**60)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=40,
)
values = st.fixed_dictionaries(
    {}, optional={"amount": scalars, "currency": st.sampled_from([*WORDS, None])}
)
bid_documents = st.fixed_dictionaries(
    {},
    optional={
        "id": scalars,
        "value": values | documents,
        "tenderers": st.lists(st.fixed_dictionaries({"id": st.sampled_from("abc")})) | documents,
        "relatedLot": st.sampled_from(["lot-1", "lot-2"]) | documents,
        "lotValues": documents,
        "status": scalars | documents,
        "date": scalars,
    },
)
releases = st.fixed_dictionaries(
    {"bids": st.fixed_dictionaries({"details": st.lists(bid_documents, max_size=6)}) | documents},
    optional={
        "ocid": scalars,
        "tender": st.dictionaries(st.sampled_from(["lots", "value", "status", "bids"]), documents),
        "awards": st.lists(st.dictionaries(st.sampled_from(KEYS), documents)) | documents,
        "parties": documents,
        "buyer": documents,
    },
)


def check(found: ProcessPlan) -> None:
    """What must hold for every plan, whatever it was made from."""
    assert found.lots or found.skipped
    assert len(found.chain_ocid.encode()) <= 128
    assert len({party.key for party in found.bidders}) == len(found.bidders)
    assert all(skipped.reason for skipped in found.skipped)
    for lot in found.lots:
        assert len({bid.bidder for bid in lot.bids}) >= 2
        assert len(lot.chain_lot.encode()) <= 128
        assert lot.ceiling in (0, lot.estimate)
        assert ("No ceiling" in " ".join(lot.assumed)) == (not lot.ceiling)
        nonces: dict[int, int] = {}
        for bid in lot.bids:
            assert 0 < bid.price <= WITHDRAWN_PRICE
            assert bid.withdrawn == (bid.price == WITHDRAWN_PRICE)
            assert bid.nonce == nonces.get(bid.bidder, 0) + 1
            nonces[bid.bidder] = bid.nonce
            assert found.bidders[bid.bidder].key
        assert not lot.ceiling or min(bid.price for bid in lot.bids) <= lot.ceiling
        for winner in (None, *cheapest(lot)):
            agrees, why = explain(lot, winner, "Unsuccessful")
            assert agrees or why
    assert str(found).encode()  # printable: no lone surrogate is left anywhere


@given(releases)
@settings(max_examples=300, deadline=None)
def test_any_release_is_planned_or_skipped(document: Json) -> None:
    check(plan_process(1, document))


@given(documents)
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_json_file_is_planned_or_skipped(tmp_path: Path, document: object) -> None:
    for found in plans_of(tmp_path, json.dumps(document, default=float)):
        check(found)


@given(st.binary(min_size=1, max_size=200).filter(lambda data: bool(data.strip())))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_reported(tmp_path: Path, data: bytes) -> None:
    for found in plans_of(tmp_path, data):
        check(found)


def test_the_sample_is_three_lots_whose_awards_agree() -> None:
    found = list(read_plans(SAMPLE))
    assert [len(process.lots) for process in found] == [2, 1]
    for process in found:
        check(process)
        assert not process.warnings
        assert not process.skipped
        for lot in process.lots:
            assert lot.currency == "IDR"
            assert lot.ceiling > 0
            assert lot.published_winner in cheapest(lot)
    road, drains, _desks = (lot for process in found for lot in process.lots)
    lowest = min(road.bids, key=lambda bid: bid.price)
    assert not lowest.responsive
    assert max(bid.price for bid in drains.bids) > drains.ceiling
    assert any(bid.price % 100 for bid in road.bids)


REAL = os.environ.get("TERANG_OCDS_REAL", "")


@pytest.mark.skipif(not REAL, reason="TERANG_OCDS_REAL names no file of real publications")
def test_the_real_file_gives_190_lots_in_81_processes() -> None:
    found = list(read_plans(REAL))
    lots = [(process, lot) for process in found for lot in process.lots]
    for process in found:
        check(process)
    assert len(found) == 294
    assert (len(lots), len({process.ocid for process, _lot in lots})) == (190, 81)
    assert sum(len(lot.bids) for _process, lot in lots) == 706
    assert {(lot.currency, lot.decimals) for _process, lot in lots} == {("AMD", 2)}
    assert sum(lot.cancelled is not None for _process, lot in lots) == 40
    assert sum(lot.ceiling > 0 for _process, lot in lots) == 95


@pytest.mark.skipif(not REAL, reason="TERANG_OCDS_REAL names no file of real publications")
def test_the_real_awards_agree_except_three_that_the_data_explains() -> None:
    verdicts: dict[bool | None, int] = {}
    for process in read_plans(REAL):
        for lot in process.lots:
            expected = cheapest(lot)
            winner = None if lot.cancelled or not expected else expected[0]
            agrees, why = explain(lot, winner, "Cancelled" if lot.cancelled else "Closed")
            verdicts[agrees] = verdicts.get(agrees, 0) + 1
            if agrees is False:
                assert "attach awards to the wrong lots" in why
    assert verdicts == {True: 136, False: 3, None: 51}


@pytest.mark.skipif(not REAL, reason="TERANG_OCDS_REAL names no file of real publications")
def test_line_19_is_one_lot_with_four_exact_bids() -> None:
    process = next(process for process in read_plans(REAL) if process.line == 19)
    (lot,) = process.lots
    units = [Decimal(bid.price).scaleb(-lot.decimals) for bid in lot.bids]
    assert units == [9319500, 8250000, 6000000, 5824900]
    assert lot.published_winner == 3
