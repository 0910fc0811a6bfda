"""The committed gas figures, and the check that holds fresh ones against them."""

import runpy

import pytest

from terang.chain.compile import ROOT

GAS = runpy.run_path(str(ROOT / "benchmarks" / "gas.py"))
COMMITTED = GAS["read"](ROOT / "snapshots" / "Gas.json")


@pytest.mark.parametrize("name", GAS["ROWS"])
def test_no_committed_figure_is_above_its_limit(name: str) -> None:
    assert 0 < COMMITTED[name] <= GAS["ROWS"][name].limit


@pytest.mark.parametrize(("change", "is_found"), [(0, False), (0.009, False), (0.011, True)])
def test_a_figure_that_moves_by_more_than_one_per_cent_is_found(
    change: float, is_found: bool
) -> None:
    for sign in (1, -1):
        moved = {**COMMITTED, "seal": int(COMMITTED["seal"] * (1 + sign * change))}
        within = {**COMMITTED, "seal": COMMITTED["seal"]}
        found = [each for each in GAS["faults"](moved, within) if "committed" in each]
        assert bool(found) is is_found


def test_a_figure_above_its_limit_or_missing_is_found() -> None:
    dear = {**COMMITTED, "release": 60_001}
    assert "release takes 60,001 gas, allowed are 1 to 60,000" in GAS["faults"](dear, dear)[0]
    less = {name: gas for name, gas in COMMITTED.items() if name != "seal"}
    assert "seal takes 0 gas" in GAS["faults"](less, COMMITTED)[0]
