"""The ledger's state, kept up with the chain block by block."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terang.chain.answers import Block
from terang.chain.contract import Event
from terang.chain.shared import final_block
from terang.i18n import _
from terang.ledger import Ledger
from terang.replay.audit import Progress, Reorganised, decode, empty_state, times
from terang.replay.code import plan
from terang.replay.fold import apply
from terang.replay.state import State

_CEREMONY = frozenset({"EpochStarted", "OpenerEnrolled", "BatchOpened"})
_OPENED = frozenset({"BidOpened", "BallotOpened", "Voided"})


@dataclass(frozen=True)
class Sight:
    """What an opener sees of the ledger in one round.

    Attributes:
        state: the ledger at the newest block.
        block: number of that block.
        now: its time, in seconds since 1970 UTC: the only clock there is.
        final: time of the newest block that can not be replaced any more. Whatever had to happen
            before a second that is not after it has happened, and stays.
        shared: when each opener first gave a share of a key, in their order, by key.
        opened: when the last envelope of a tender was opened, by tender.
        stirred: when the last epoch began, opener enrolled or batch was opened.
    """

    state: State
    block: int
    now: int
    final: int
    shared: Mapping[int, list[int]]
    opened: Mapping[int, int]
    stirred: int


class Mirror:
    """Folds what is new since it last looked; starts again when the chain replaced what it knew.

    Args:
        ledger: connected through a `SharedChain`.
        finality: how many blocks below the newest one are still open to replacement; None for what
            the node calls final.
        progress: is told when the chain was replaced.
    """

    def __init__(self, ledger: Ledger, finality: int | None, progress: Progress) -> None:
        ledger.deployment.check(plan(ledger.deployment))
        self._ledger, self._finality, self._progress = ledger, finality, progress
        self._block: Block | None = None
        self._forget()

    def sync(self) -> Sight:
        """Reads the blocks since the last time.

        Raises:
            Reorganised: when the chain changes meanwhile.
            ReplayError: when an event cannot be.
            ChainUnreachable: when the node does not answer.
            BadAnswer: when its answers are malformed.
        """
        ledger, chain = self._ledger, self._ledger.chain
        head = chain.head()
        if self._block is not None and not self._stands(self._block, head):
            self._progress(
                _("The chain replaced block {block}. Reading it again from the beginning.").format(
                    block=self._block.number
                )
            )
            self._forget()
        first = ledger.deployment.first_block if self._block is None else self._block.number + 1
        logs = chain.logs(first, head.number, list(self._state.names))
        seconds = times(chain, logs) if logs else {}
        final = self._final(head)
        if not self._stands(head, chain.head()):
            raise Reorganised(
                _("The chain replaced block {block} meanwhile. It is read again.").format(
                    block=head.number
                )
            )
        try:
            for event in decode(ledger.deployment, ledger.artifacts, logs) if logs else ():
                self._apply(event, seconds[event.block])
        except Exception:
            self._forget()  # half a fold is of no use
            raise
        self._block = head
        return Sight(
            self._state,
            head.number,
            head.timestamp,
            final,
            self._shared,
            self._opened,
            self._stirred,
        )

    def _stands(self, block: Block, head: Block) -> bool:
        """Tells whether a block is still the chain's."""
        if head.number <= block.number:
            return head.hash == block.hash
        return self._ledger.chain.block(block.number).hash == block.hash

    def _final(self, head: Block) -> int:
        """Returns the time until which all is final, as far as the fold goes; 0 for nothing."""
        chain = self._ledger.chain
        number = final_block(chain, self._finality, head.number)
        return chain.block(number).timestamp if number >= 0 else 0

    def _apply(self, event: Event, time: int) -> None:
        apply(self._state, event, time)
        args: Mapping[str, Any] = event.args
        if event.name in _CEREMONY:
            self._stirred = time
        elif event.name in _OPENED:
            self._opened[args["tenderId"]] = time
        elif event.name == "ShareOffered":
            box = self._state.tenders[args["tenderId"]].box_of(args["stage"])
            key = self._state.opening_keys[box.key if box else 0]
            given = self._shared.setdefault(key.id, [])
            # only an opener's first one: repeating it must not put off the others' turn
            if len({opener for opener, _share in key.shares}) > len(given):
                given.append(time)

    def _forget(self) -> None:
        self._state = empty_state(self._ledger.deployment)
        self._block = None
        self._shared: dict[int, list[int]] = {}
        self._opened: dict[int, int] = {}
        self._stirred = 0
