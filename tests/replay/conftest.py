"""One ledger for all tests of the replay: telling its story takes a few seconds."""

from collections.abc import Iterator

import pytest

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.node import Anvil

from .procedure import Procedure
from .story import Told


@pytest.fixture(scope="session")
def told(artifacts: Artifacts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The story on a chain of its own; a test that changes the chain changes it back."""
    folder = tmp_path_factory.mktemp("stubborn")
    with Anvil() as node, Chain(node.url, artifacts.errors) as chain:
        yield Procedure(chain, artifacts, folder).tell()
