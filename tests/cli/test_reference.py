"""The reference of the commands says what they say of themselves."""

import importlib.util
from pathlib import Path

MAKER = Path(__file__).parents[2] / "docs" / "reference" / "make_cli.py"


def test_the_reference_is_as_it_is_written_now() -> None:
    spec = importlib.util.spec_from_file_location("make_cli", MAKER)
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.PAGE.read_text() == maker.render(), "run python docs/reference/make_cli.py"
