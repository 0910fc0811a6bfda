"""These tests read English sentences, and judge under a profile of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from terang.i18n import speaking
from terang.rules import Profile, load


@pytest.fixture(autouse=True, scope="module")
def _english() -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture(scope="session")
def profile() -> Profile:
    """5 working days of tendering (works: 15 days), 2 bids, 20 % and 40 %, standstill 10 days."""
    return load(Path(__file__).parent / "profile.toml")
