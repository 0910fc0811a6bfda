"""People of the sample's ledger."""

import pytest

from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet


@pytest.fixture
def stage(prepared: tuple[Stage, list[Tender]]) -> Stage:
    return prepared[0]


@pytest.fixture
def buyer(prepared: tuple[Stage, list[Tender]]) -> Wallet:
    return prepared[1][0].buyer.wallet
