"""What a service prints: nothing twice in a row, and no time that tells who asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

_ROUNDED: Final = 10  # minutes: a line's time must not tell which request it is about


def once_each(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Puts a rounded time before each line, and leaves out what was just said.

    Args:
        tell: is told each line that is left.
    """
    said = ""

    def once(line: str) -> None:
        nonlocal said
        if line != said:
            said = line
            now = datetime.now(UTC)
            rounded = now.replace(minute=now.minute // _ROUNDED * _ROUNDED, second=0, microsecond=0)
            tell(f"{rounded:%Y-%m-%dT%H:%MZ} {line}")

    return once
