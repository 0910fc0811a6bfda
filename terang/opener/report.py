"""What a running opener tells about itself: `/health` for people and `/metrics` for Prometheus."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from terang.i18n.show import iso
from terang.opener.holdings import Fault
from terang.serving.metrics import Family, single, text

_PREFIX: Final = "terang_opener_"

STALE: Final = 300
"""Seconds without a look at the chain after which an opener is not well."""


@dataclass(frozen=True)
class Waiting:
    """A box that has closed and whose secret is not out.

    Attributes:
        tender: its tender.
        stage: 0 for bids, 1 for proposals, 2 for prices, 16 and above for ballots.
        until: the first second in which it is too late, since 1970 UTC.
        missing: seats of the openers of its key that gave no share.
        needed: how many shares it still takes, if all that were given are right.
    """

    tender: int
    stage: int
    until: int
    missing: tuple[int, ...]
    needed: int

    def document(self) -> dict[str, Any]:
        """Returns the box as JSON has it."""
        return {
            "tender": self.tender,
            "stage": self.stage,
            "until": iso(self.until),
            "missing": list(self.missing),
            "needed": self.needed,
        }


@dataclass(frozen=True)
class Report:
    """An opener after a round.

    Attributes:
        looked: when it last saw the chain, by `time.monotonic`; 0 before the first time.
        block: number of the newest block then.
        now: that block's time, in seconds since 1970 UTC.
        can_pay: whether its account has what some transactions cost.
        ready: keys that are ready and not taken.
        taken: keys of the newest epoch that boxes took.
        making: batches in the making.
        shares: boxes for which it gave its share.
        waiting: the boxes that wait for their secrets.
        sent: transactions since it started.
        errors: how often each kind of error came up since it started.
        faults: what other openers did wrong, as far as it saw.
    """

    looked: float = 0.0
    block: int = 0
    now: int = 0
    can_pay: bool = True
    ready: int = 0
    taken: int = 0
    making: int = 0
    shares: int = 0
    waiting: tuple[Waiting, ...] = ()
    sent: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    faults: frozenset[Fault] = frozenset()

    @property
    def age(self) -> float:
        """Seconds since it last saw the chain."""
        return time.monotonic() - self.looked if self.looked else float("inf")

    @property
    def well(self) -> bool:
        """Whether it sees the chain and can pay."""
        return self.age < STALE and self.can_pay

    def health(self) -> dict[str, Any]:
        """Returns what `/health` answers."""
        return {
            "well": self.well,
            "secondsSinceSync": round(self.age, 1) if self.looked else None,
            "block": self.block,
            "canPay": self.can_pay,
            "ready": self.ready,
            "waiting": [each.document() for each in self.waiting],
        }

    def metrics(self) -> str:
        """Returns what `/metrics` answers, in Prometheus' text format 0.0.4."""
        return text(self._families())

    def _families(self) -> Iterator[Family]:
        for name, kind, meaning, value in (
            ("well", "gauge", "1 while the chain is seen and the account can pay.", self.well),
            ("last_block", "gauge", "Number of the newest block that was read.", self.block),
            ("block_time_seconds", "gauge", "Time of that block, since 1970 UTC.", self.now),
            ("can_pay", "gauge", "1 while the account has what transactions cost.", self.can_pay),
            ("keys_ready", "gauge", "Keys that are ready and not taken.", self.ready),
            ("keys_taken", "gauge", "Keys of the newest epoch that boxes took.", self.taken),
            ("batches_under_way", "gauge", "Batches of keys in the making.", self.making),
            ("shares_published", "gauge", "Boxes for which this opener gave a share.", self.shares),
            ("boxes_waiting", "gauge", "Closed boxes without their secret.", len(self.waiting)),
            ("transactions_total", "counter", "Transactions since the start.", self.sent),
        ):
            yield single(_PREFIX + name, kind, meaning, int(value))
        yield Family(
            _PREFIX + "seconds_since_sync",
            "gauge",
            "Since the chain was last seen.",
            [({}, round(self.age, 3))] if self.looked else [],
        )
        yield Family(
            _PREFIX + "box_seconds_left",
            "gauge",
            "Until a waiting box can not be released any more.",
            [
                ({"tender": each.tender, "stage": each.stage}, each.until - self.now)
                for each in self.waiting
            ],
        )
        yield Family(
            _PREFIX + "errors_total",
            "counter",
            "Errors since the start, by kind.",
            [({"kind": kind}, count) for kind, count in sorted(self.errors.items())],
        )
        yield Family(
            _PREFIX + "faults",
            "gauge",
            "1 for each wrong that another opener did.",
            [
                ({"kind": each.kind, "epoch": each.epoch, "opener": each.opener}, 1)
                for each in sorted(self.faults)
            ],
        )
