"""Who takes part in each batch, and which accusations hold, as the events of `OpeningKeys` tell."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from terang.chain.answers import BadAnswer
from terang.chain.contract import Event
from terang.sealing.curve import PublicKey, parse_point
from terang.sealing.epoch import EpochContext, EpochError, set_hash
from terang.sealing.evidence import EvidenceError
from terang.sealing.judging import Dealing, Posted
from terang.sealing.misconduct import Accused, judge, needed


@dataclass(frozen=True)
class Verdict:
    """An accusation and what it proves by what had been dealt before it.

    Attributes:
        said: the accusation.
        keys: of which a wrong share was dealt, from 0; none for a point E that was used twice.
        reason: why it proves nothing, a sentence; empty if it holds.
    """

    said: Accused
    keys: Sequence[int]
    reason: str

    @property
    def holds(self) -> bool:
        """Whether its dealer is left out of the batches that are opened after it."""
        return not self.reason


@dataclass
class _Batch:
    members: dict[int, PublicKey]
    count: int
    until: int
    left_out: frozenset[int]
    posted: list[Posted] = field(default_factory=list)


@dataclass
class _Epoch:
    seats: Sequence[int]
    threshold: int
    set_hash: bytes
    keys: dict[int, PublicKey] = field(default_factory=dict)
    batches: dict[int, _Batch] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def culprits(self) -> frozenset[int]:
        return frozenset(each.said.dealer for each in self.verdicts if each.holds)

    def members(self) -> dict[int, PublicKey]:
        """Those that a batch opened now would have."""
        culprits = self.culprits
        return {index: key for index, key in self.keys.items() if index not in culprits}


class Roll:
    """The members of every batch.

    Args:
        chain_id: the chain's id.
        contract: address of `OpeningKeys`, hex.
        events: all of it, in the order of the chain, which decides.

    Raises:
        BadAnswer: when they can not be its events.
    """

    def __init__(self, chain_id: int, contract: str, events: Sequence[Event]) -> None:
        self._place = chain_id, contract
        self._epochs: dict[int, _Epoch] = {}
        try:
            for each in events:
                self._read(each)
        except (LookupError, ValueError) as error:
            raise BadAnswer("the openers") from error

    def context(self, epoch: int, batch: int | None = None) -> EpochContext:
        """Returns the members of a batch; of one that is opened now if none is named.

        Raises:
            EpochError: when they are fewer than it takes to open a box.
            LookupError: when there is no such epoch or batch.
        """
        found = self._epochs[epoch]
        members = found.members() if batch is None else found.batches[batch].members
        return EpochContext(*self._place, epoch, members, found.threshold, found.set_hash)

    def left_out(self, epoch: int, batch: int) -> frozenset[int]:
        """Returns the openers that had been shown to cheat when a batch was opened."""
        return self._epochs[epoch].batches[batch].left_out

    def verdicts(self, epoch: int, batch: int) -> list[Verdict]:
        """Returns the accusations over a batch, in the order of the chain."""
        return [each for each in self._epochs[epoch].verdicts if each.said.batch == batch]

    def _read(self, event: Event) -> None:
        args = event.args
        if event.name == "EpochStarted":
            seats, k, c = tuple(args["seats"]), int(args["threshold"]), int(args["confirmations"])
            self._epochs[args["epoch"]] = _Epoch(seats, k, set_hash(seats, k, c))
            return
        epoch = self._epochs.get(args.get("epoch", 0))
        if epoch is None:  # what no event began is refused where it is asked for
            return
        batch = epoch.batches.get(args.get("batch", 0))
        if event.name == "OpenerEnrolled":
            epoch.keys[int(args["index"])] = parse_point(args["encryptionKey"])
        elif event.name == "BatchOpened":
            number, count, until = (int(args[key]) for key in ("batch", "count", "dealsUntil"))
            epoch.batches[number] = _Batch(epoch.members(), count, until, epoch.culprits)
        elif event.name == "Dealt" and batch:
            # a late one is told from its block's time where that is read; the contract takes none
            posted = Posted(int(args["index"]), bytes(args["payload"]), 0)
            batch.posted.append(posted)
        elif event.name == "Accused":
            said = Accused(args["batch"], args["dealer"], args["accuser"], bytes(args["evidence"]))
            epoch.verdicts.append(self._judge(args["epoch"], said))

    def _judge(self, epoch: int, said: Accused) -> Verdict:
        dealings, batches = [], self._epochs[epoch].batches
        found = batches.get(said.batch)
        posted = ((number, _pairs(each.posted)) for number, each in batches.items())
        for number in sorted(needed(said, _pairs(found.posted if found else ()), posted)):
            batch = batches[number]
            with suppress(EpochError):
                where = self.context(epoch, number), number, batch.count, batch.until
                dealings.append(Dealing(*where, batch.posted, {}))
        try:
            return Verdict(said, judge(said, dealings), "")
        except EvidenceError as error:
            return Verdict(said, (), str(error))


def _pairs(posted: Sequence[Posted]) -> Iterator[tuple[int, bytes]]:
    return ((each.dealer, each.payload) for each in posted)
