"""What many tests share: the compiled contracts, and a chain that each test finds as it was."""

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

from terang.chain.compile import Artifacts
from terang.chain.compile import artifacts as compiled
from terang.chain.connection import Chain
from terang.chain.node import Anvil, NodeError, free_port
from terang.demo.acts import Stage
from terang.demo.run import Clock, prepare
from terang.demo.tender import Tender
from terang.ocds import SAMPLE, read_plans

# How long an example takes says something about the machine, not about the code.
settings.register_profile("terang", deadline=None)
settings.load_profile("terang")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests quote English sentences, whatever the machine speaks."""
    monkeypatch.setenv("TERANG_LANG", "en")


@pytest.fixture(scope="session")
def artifacts() -> Artifacts:
    """The project's contracts."""
    return compiled()


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    """One local node for each test process."""
    with Anvil() as node:
        yield node


@pytest.fixture
def chain(anvil: Anvil, artifacts: Artifacts) -> Iterator[Chain]:
    """The local chain; whatever a test does on it is undone after it."""
    with Chain(anvil.url, artifacts.errors) as connection:
        snapshot = connection.rpc("evm_snapshot")
        yield connection
        connection.rpc("evm_revert", snapshot)


@pytest.fixture
def prepared(chain: Chain, artifacts: Artifacts, tmp_path: Path) -> tuple[Stage, list[Tender]]:
    """The sample's ledger with consortium, openers and a pool of keys; nothing is published.

    Its record is deployment.json in the test's folder.
    """
    plans = list(read_plans(SAMPLE))
    return prepare(chain, artifacts, plans, tmp_path, Clock(lambda _line: None))


@pytest.fixture
def steady_port() -> int:
    """A free port below those that the system gives to outgoing connections.

    So it stays free while the node that answers there stops and starts.
    """
    for port in random.sample(range(15_000, 30_000), 100):
        with suppress(NodeError):
            return free_port(port)
    raise LookupError("no port is free")
