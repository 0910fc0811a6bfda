"""What a replay refuses."""

from typing import Final

from terang.errors import DIFFERENCE_FOUND, TerangError
from terang.i18n import N_, _

ORDER: Final = N_("it is out of order")
UNKNOWN: Final = N_("it names something that does not exist")
AGAIN: Final = N_("it says what was so already")
TIME: Final = N_("it comes at the wrong time")
RIGHT: Final = N_("whoever it names may not do this")
VALUE: Final = N_("what it says does not follow from the events before it")
MONEY: Final = N_("its amount does not follow from the events before it")


class Impossible(Exception):
    """Why an event cannot be: one of the phrases above. Becomes a `ReplayError` in `apply`."""


class ReplayError(TerangError, ValueError):
    """An event that no contract can have emitted after those before it.

    Attributes:
        event: its name.
        block: number of its block.
        index: its position among the block's logs.
    """

    exit_code = DIFFERENCE_FOUND

    def __init__(self, contract: str, event: str, block: int, index: int, reason: str) -> None:
        super().__init__(
            _(
                "{contract}.{event} in block {block}, log {index}, cannot be: {reason}. "
                "Events are missing or forged: ask another node, and report it if that agrees."
            ).format(contract=contract, event=event, block=block, index=index, reason=_(reason))
        )
        self.event, self.block, self.index = event, block, index


def require(holds: object, reason: str) -> None:
    """Refuses an event unless something holds.

    Raises:
        Impossible: when it does not.
    """
    if not holds:
        raise Impossible(reason)
