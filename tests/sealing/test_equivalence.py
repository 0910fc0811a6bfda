"""Solidity and Python answer alike: a part of what benchmarks/equivalence.py compares."""

import runpy

import pytest

from terang.chain.compile import ROOT
from terang.chain.connection import Chain

EQUIVALENCE = runpy.run_path(str(ROOT / "benchmarks" / "equivalence.py"))
SEED = 2026
COUNTS = {"compare": 10_000, "draw": 500}  # those of the others: 2,000


@pytest.mark.parametrize("function", EQUIVALENCE["FAMILIES"])
def test_solidity_answers_every_case_as_python_does(chain: Chain, function: str) -> None:
    ask = EQUIVALENCE["ask_solidity"](chain)
    assert not EQUIVALENCE["difference"](ask, function, COUNTS.get(function, 2_000), SEED)


@pytest.mark.parametrize("function", EQUIVALENCE["FAMILIES"])
def test_one_wrong_answer_is_found_and_shown(chain: Chain, function: str) -> None:
    ask = EQUIVALENCE["ask_solidity"](chain)

    def lying(function: str, cases: list[bytes]) -> list[bytes]:
        answers = ask(function, cases)
        answers[-1] = answers[-1][:-1] + bytes([answers[-1][-1] ^ 1]) if answers[-1] else b"\1"
        return list(answers)

    shown = EQUIVALENCE["difference"](lying, function, 7, SEED)
    assert shown.startswith(f"{function}, seed {SEED}, case 6: 0x")
