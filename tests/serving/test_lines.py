"""What a service says about itself."""

from datetime import UTC, datetime

import pytest

from terang.serving import lines as module
from terang.serving.lines import once_each


class Clock(datetime):
    """A time at which the minute is not round."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return datetime(2026, 11, 24, 15, 37, 59, 999, tzinfo=UTC)


def test_a_line_tells_the_time_in_tens_of_minutes_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "datetime", Clock)
    lines: list[str] = []
    tell = once_each(lines.append)
    for each in ("no node", "no node", "it is back", "no node"):
        tell(each)
    assert lines == [f"2026-11-24T15:30Z {each}" for each in ("no node", "it is back", "no node")]
