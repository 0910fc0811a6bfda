"""What people try, at random: most of it due, some of it too early, too late, wrong or not theirs.

Every act is done in the model and on the contracts, and must be accepted by both, or refused by
both with the same error.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from eth_utils.crypto import keccak

from .authors import Author
from .facts import (
    FAILURES,
    TERMINAL,
    VOIDS,
    Refused,
    Tender,
)
from .state import compare_standing, same
from .world import KEYS, MEMBERS, SUPPLIERS, World

PEOPLE = (*MEMBERS, *SUPPLIERS, "authority", "treasury", "relay", "guarantor", "stranger")
CATEGORIES = (0, 2)
PRICES_BID = (500, 700, 700, 900, 1000)
# Every kind of act, by the names under which they are counted.
ACTS = (
    *("accept", "amend", "answer", "ballot", "bid", "cancel", "change account", "collect"),
    *("complain", "decide", "deposit", "draw", "enquire", "finalise", "flag", "give notice"),
    *("guarantee", "junk", "open", "pass over", "pay deposit", "price", "proposal", "publish"),
    *("rank", "recuse", "reinstate", "release", "remove seat", "repeal", "set rules", "settle"),
    *("sign", "suspend", "vote", "wait", "withdraw"),
)
T = TypeVar("T")
TEXT = keccak(text="text")


class Idle(Exception):
    """There is nothing yet to which an act of this kind could be done."""


@dataclass
class Counts:
    """How often what came of what.

    Attributes:
        done: each kind of act, and the error that refused it; "": accepted.
        voids: opened envelopes, and why they do not count; "": they do.
        ends: how tenders ended: the phase, and the failure.
        rulings: how complaints ended: the status, and the remedy.
    """

    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    voids: Counter[str] = field(default_factory=Counter)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    rulings: Counter[tuple[str, int]] = field(default_factory=Counter)

    def missing(self) -> list[str]:
        """What never came about, of what should in so many runs: then nothing is shown of it."""
        never = [kind for kind in ACTS if not self.done[kind, ""]]
        phases = {phase for phase, _ in self.ends}
        failures = {failure for _, failure in self.ends}
        never += [each for each in TERMINAL if each not in phases]
        return never + [each for each in FAILURES if each not in failures]

    def __str__(self) -> str:
        lines = [f"{'act':15} {'accepted':>8} {'refused':>8}"]
        for kind in sorted({kind for kind, _ in self.done}):
            refused = {error: n for (k, error), n in self.done.items() if k == kind and error}
            why = ", ".join(f"{error} {n}" for error, n in sorted(refused.items()))
            total = sum(refused.values())
            lines.append(f"{kind:15} {self.done[kind, '']:8} {total:8}  {why}")
        opened = ", ".join(f"{why or 'counts'} {n}" for why, n in sorted(self.voids.items()))
        ruled = ", ".join(
            f"{status} {n}, {times}" for (status, n), times in sorted(self.rulings.items())
        )
        ended = ", ".join(f"{' '.join(how)} {n}" for how, n in sorted(self.ends.items()))
        return "\n".join(
            [*lines, f"envelopes: {opened}", f"tenders: {ended}", f"complaints: {ruled}"]
        )


class Driver:
    """One ledger, driven in the model and in the machine together.

    Args:
        world: the contracts; they are put back to their beginning.
        counts: is told what comes of each act.
    """

    def __init__(self, world: World, counts: Counts) -> None:
        self.world = world
        self._counts = counts
        self.model = world.restart()
        self._touched: set[int] = set()
        self._running: set[int] = set()  # tenders that had not ended when last compared
        self._compared_at = self.model.now
        self._author = Author(world)
        self._voided = world.contracts["Tenders"].topic("Voided")

    # Doing

    def _do(
        self,
        kind: str,
        expected: Callable[[], object],
        by: str,
        contract: str,
        function: str,
        *args: Any,
    ) -> Any:
        """Does an act in both, and returns what the model says of one that is accepted."""
        answer, refusal = None, ""
        try:
            answer = expected()
        except Refused as refused:
            refusal = refused.args[0]
        came = self.world.send(by, contract, function, *args)
        same(f"{by}: {contract}.{function}{args}", came.refusal, refusal)
        self._counts.done[kind, refusal] += 1
        if not refusal:
            self._touch(contract, function, args[0])
        if kind == "open" and not refusal:
            self._compare_voids(answer, came.logs)
        return answer

    def _touch(self, contract: str, function: str, about: Any) -> None:
        """Notes the tender that an act changed."""
        if contract == "Securities":
            return
        if contract == "Reviews" and function != "complain":
            about = self.model.complaints[about].tender.id
        if function == "publish":
            self._touched |= self.model.tenders.keys() - self._running
        elif isinstance(about, int) and about in self.model.tenders:
            self._touched.add(about)

    def compare(self) -> None:
        """Compares the tenders that an act changed; those that have not ended, when time passed."""
        ids = set(self._touched)
        if self.model.now != self._compared_at:
            ids |= self._running
        compare_standing(self.world, self.model, ids)
        self._running = {n for n in self.model.tenders if self.model.standing(n)[0] not in TERMINAL}
        self._touched, self._compared_at = set(), self.model.now

    def _compare_voids(self, reasons: Sequence[str], logs: Sequence[Any]) -> None:
        topic = int.from_bytes(self._voided)
        voided = [int.from_bytes(data[32:64]) for _at, topics, data in logs if topics[0] == topic]
        same("voids", [VOIDS[each] for each in voided], [each for each in reasons if each])
        self._counts.voids.update(reasons)

    def warp(self, time: int) -> None:
        """Lets time pass; it never goes back."""
        self.world.now = self.model.now = max(self.model.now, time)

    # Choosing

    def _tender(self, luck: Random, *phases: str) -> int:
        """A tender, mostly in one of these phases; sometimes one that is not there."""
        ids = list(self.model.tenders)
        if luck.random() < 0.05:
            return self._any(luck)
        return self._likely(
            luck, [each for each in ids if self.model.standing(each)[0] in phases], ids or [1]
        )

    def _any(self, luck: Random) -> int:
        return luck.randrange(len(self.model.tenders) + 2)

    def _likely(self, luck: Random, fit: Sequence[T], others: Sequence[T]) -> T:
        """One of those that fit; where none does, mostly nothing, else one of the others."""
        if not fit and luck.random() < 0.8:
            raise Idle
        return luck.choice(fit if fit and luck.random() < 0.95 else others)

    def _found(self, id_: int) -> Tender:
        """A tender of this number, or another where there is none, to copy things from."""
        return self.model.tenders.get(id_) or self.model.tenders[1]

    def _someone(self, luck: Random, *likely: str) -> str:
        return luck.choice(likely if likely and luck.random() < 0.9 else PEOPLE)

    def _buyer(self, luck: Random, tender: Tender) -> str:
        return self._someone(luck, self.model.organisations[tender.buyer].account)

    def _key(self, luck: Random) -> int:
        free = sorted(self.model.free_keys)
        return luck.choice(free) if free and luck.random() < 0.97 else luck.randrange(KEYS)

    def idle(self, luck: Random) -> None:
        """Leaves it to others."""
        raise Idle
