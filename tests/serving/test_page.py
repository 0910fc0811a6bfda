"""In which language a service answers."""

import pytest

from terang.serving.page import spoken


@pytest.mark.parametrize(
    ("header", "code"),
    [("", "en"), ("id", "id"), ("in-ID", "id"), ("en;q=0.5, id;q=0.7", "id"),
     ("fr, id;q=0.1", "id"), ("id;q=0", "en"), ("id;q=x", "en"), ("id, en", "id"),
     (",;,=" * 50, "en")],
)  # fmt: skip
def test_the_language_follows_the_header(header: str, code: str) -> None:
    assert spoken(header) == code
