"""Commands on the sample's ledger."""

from collections.abc import Callable
from typing import Any

import pytest

from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet


@pytest.fixture
def stage(prepared: tuple[Stage, list[Tender]]) -> Stage:
    """The sample's ledger."""
    return prepared[0]


@pytest.fixture
def tender(prepared: tuple[Stage, list[Tender]]) -> Tender:
    """Its first tender that goes on; not published yet."""
    return next(each for each in prepared[1] if not each.lot.cancelled)


@pytest.fixture
def terang(
    say: Callable[..., Any], keystore: Callable[[Wallet], list[object]]
) -> Callable[..., Any]:
    """Runs one command on the sample's ledger, or without any; `by` signs."""

    def run(*words: object, by: Wallet | None = None, chain: bool = True) -> Any:
        where = ["--record", "deployment.json"] if chain else []
        return say(*words, *where, *(keystore(by) if by else ()))

    return run
