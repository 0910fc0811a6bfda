"""How much each client, and all together, may ask of a service; in memory only, no addresses."""

import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from terang.serving.doors import network

PER_TENDER: Final = 64
"""Envelopes that one client may bring for a tender: all of a relay's clients share its cap."""

_MOST_CLIENTS: Final = 10_000  # that are remembered at once; the longest silent go first


class Bucket:
    """A token bucket: so many requests per minute, and as many at once.

    Args:
        per_minute: how many.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, per_minute: int, now: float) -> None:
        self._most, self._tokens, self._at = per_minute, float(per_minute), now

    def wait(self, now: float) -> float:
        """Returns the seconds until a token is there; 0.0 when one is."""
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._most / 60)
        self._at = now
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) * 60 / self._most

    def take(self) -> None:
        """Takes a token."""
        self._tokens -= 1


class Limits:
    """The limits of one service.

    A client is known by a hash of its address under a key that is made for this process.

    Args:
        each: requests per minute of one client.
        together: requests per minute of all.
        per_tender: envelopes that one client may bring for a tender.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        each: int,
        together: int,
        per_tender: int = PER_TENDER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._each, self._per_tender, self._clock = each, per_tender, clock
        self._key = secrets.token_bytes(16)
        self._clients: OrderedDict[bytes, Bucket] = OrderedDict()
        self._together = Bucket(together, clock())
        self._brought: Counter[tuple[bytes, int]] = Counter()

    def client(self, address: str | None) -> bytes:
        """Returns what a client is known by here: its address can not be told from it."""
        return blake2b(network(address), key=self._key, digest_size=16).digest()

    def admit(self, client: bytes | None) -> float:
        """Counts a request.

        Args:
            client: from `client`; None for one that has no bound of its own.

        Returns:
            0.0 when it is admitted, else the seconds after which one will be.
        """
        now = self._clock()
        own = self._bucket(client, now) if client is not None else None
        wait = (own.wait(now) if own else 0.0) or self._together.wait(now)
        if not wait:
            if own:
                own.take()
            self._together.take()
        return wait

    def _bucket(self, client: bytes, now: float) -> Bucket:
        own = self._clients.setdefault(client, Bucket(self._each, now))
        self._clients.move_to_end(client)
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)
        return own

    def may_bring(self, client: bytes, tender: int) -> bool:
        """Tells whether a client may bring one more envelope for a tender."""
        return self._brought[client, tender] < self._per_tender

    def brought(self, client: bytes, tender: int) -> None:
        """Counts an envelope that a client brought for a tender."""
        self._brought[client, tender] += 1
