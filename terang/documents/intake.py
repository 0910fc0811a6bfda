"""What a served store takes in: how much from each client and in all, and ciphertext only."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_DAY: Final = 86_400.0
_SAMPLE: Final = 1 << 16  # bytes that are counted of each MiB
_EVERY: Final = 1 << 20
_ODD: Final = 512.0  # over random bytes the statistic is 255 ± 23, and never as much


@dataclass(frozen=True)
class Room:
    """How much a store takes.

    Attributes:
        each: bytes that one client may bring in a day.
        together: bytes that the store may hold in all.
    """

    each: int
    together: int


class Quota:
    """Counts the bytes that a store holds, and those that clients brought today.

    Args:
        room: how much is allowed.
        held: bytes that are there already.
        clock: seconds that never go back.
    """

    def __init__(self, room: Room, held: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.room, self.held, self._clock = room, held, clock
        self._brought: Counter[bytes] = Counter()
        self._ends = clock() + _DAY

    @property
    def full(self) -> bool:
        """Whether nothing more fits."""
        return self.held >= self.room.together

    def allows(self, client: bytes | None, size: int) -> bool:
        """Tells whether a client may bring so many bytes more today; None may at any time."""
        if client is None:
            return True
        if self._clock() >= self._ends:
            self._brought.clear()
            self._ends = self._clock() + _DAY
        return self._brought[client] + size <= self.room.each

    def fits(self, size: int) -> bool:
        """Tells whether so many bytes more fit into the store."""
        return self.held + size <= self.room.together

    def take(self, client: bytes | None, size: int) -> None:
        """Counts bytes that a client brought: what it only says that it will bring is nothing."""
        if client is not None:
            self._brought[client] += size
        self.held += size

    def give_back(self, size: int) -> None:
        """Takes back what was not kept, or was there already; it stays counted as brought."""
        self.held -= size


class Census:
    """Tells ciphertext from most of what is none, by how often each byte value comes.

    Random bytes have every value about as often. Text, office files, images and archives have not,
    not even compressed. It is a guard against a mistake: who wants to can make anything look
    random.
    """

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._seen = self._counted = 0

    def add(self, chunk: bytes) -> None:
        """Counts the next bytes of a document; of each MiB only the beginning."""
        start = self._seen % _EVERY
        self._seen += len(chunk)
        if start < _SAMPLE:
            sample = chunk[: _SAMPLE - start]
            self._counts.update(sample)
            self._counted += len(sample)

    @property
    def random(self) -> bool:
        """Whether the bytes so far look random (Pearson's chi-squared over 256 values)."""
        if not self._counted:
            return False
        squares = sum(count * count for count in self._counts.values())
        return 256 * squares / self._counted - self._counted < _ODD
