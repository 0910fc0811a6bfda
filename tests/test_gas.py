"""The committed gas figures, and the check that holds fresh ones against them."""

import runpy

import pytest

from terang.chain.compile import ROOT

GAS = runpy.run_path(str(ROOT / "benchmarks" / "gas.py"))
COMMITTED = GAS["read"](ROOT / "snapshots")


@pytest.mark.parametrize("name", GAS["ROWS"])
def test_no_committed_figure_is_above_its_limit(name: str) -> None:
    assert 0 < COMMITTED["Gas"][name] <= GAS["ROWS"][name].limit


@pytest.mark.parametrize("group", GAS["GROUPS"])
@pytest.mark.parametrize(("change", "is_found"), [(0, False), (0.009, False), (0.011, True)])
def test_a_figure_that_moves_by_more_than_one_per_cent_is_found(
    group: str, change: float, is_found: bool
) -> None:
    name, gas = next(iter(COMMITTED[group].items()))
    for sign in (1, -1):
        now = {**COMMITTED[group], name: int(gas * (1 + sign * change))}
        assert bool(GAS["moved"](now, COMMITTED[group])) is is_found


def test_a_figure_that_is_new_or_gone_is_found() -> None:
    less = {name: gas for name, gas in COMMITTED["Gas"].items() if name != "seal"}
    assert "seal takes 0 gas" in GAS["moved"](less, COMMITTED["Gas"])[0]
    assert "committed are 0" in GAS["moved"](COMMITTED["Gas"], less)[0]


def test_a_figure_above_its_limit_or_missing_is_found() -> None:
    gas = COMMITTED["Gas"]
    assert not GAS["exceeded"](gas)
    dear = GAS["exceeded"]({**gas, "release": 60_001})
    assert dear == ["release takes 60,001 gas, allowed are 1 to 60,000: save some."]
    less = {name: each for name, each in gas.items() if name != "seal"}
    assert "seal takes 0 gas" in GAS["exceeded"](less)[0]


def test_a_ballot_costs_less_than_a_vote_on_the_peer_of_the_same_run() -> None:
    assert 0 < COMMITTED["Gas"]["cast"] < COMMITTED["Peers"]["governor_castVote"]


def test_the_tables_show_the_peer_as_measured_and_the_others_as_recorded() -> None:
    told = list(GAS["lines"](COMMITTED))
    (cast,) = (line for line in told if line.startswith("cast a sealed ballot"))
    peer = COMMITTED["Peers"]["governor_castVote"]
    assert f"measured: Governor castVote {peer:,}" in cast
    (seal,) = (line for line in told if line.startswith("seal a bid"))
    assert "recorded: auction-zoo" in seal


def test_the_tables_show_growth_and_what_each_further_bid_costs() -> None:
    told = list(GAS["lines"](COMMITTED))
    growth = COMMITTED["Growth"]
    assert any(
        line.startswith("draw ") and f"{growth['draw_1000']:,}" in line and line.endswith("%")
        for line in told
    )
    further = (COMMITTED["Bids"]["rank_64"] - COMMITTED["Bids"]["rank_8"]) / 56
    assert any(line.startswith("rank ") and line.endswith(f"  {further:,.0f}") for line in told)
    assert GAS["series"]({"rank_64": 2, "rank_8": 1, "draw": 3}) == {"rank": {8: 1, 64: 2}}
