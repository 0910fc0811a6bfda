"""A ledger with its consortium, openers and a pool of keys: that of the sample."""

from pathlib import Path

import pytest

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.demo.acts import Stage
from terang.demo.run import Clock, prepare
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ocds import SAMPLE, read_plans


@pytest.fixture
def prepared(chain: Chain, artifacts: Artifacts, tmp_path: Path) -> tuple[Stage, list[Tender]]:
    plans = list(read_plans(SAMPLE))
    return prepare(chain, artifacts, plans, tmp_path, Clock(lambda _line: None))


@pytest.fixture
def stage(prepared: tuple[Stage, list[Tender]]) -> Stage:
    return prepared[0]


@pytest.fixture
def buyer(prepared: tuple[Stage, list[Tender]]) -> Wallet:
    return prepared[1][0].buyer.wallet
