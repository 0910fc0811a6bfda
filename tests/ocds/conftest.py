"""These tests read English sentences, whatever language the machine speaks."""

from collections.abc import Iterator

import pytest

from terang.i18n import speaking


@pytest.fixture(autouse=True, scope="module")
def _english() -> Iterator[None]:
    with speaking("en"):
        yield
