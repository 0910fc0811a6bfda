"""The ceremony of each batch as its events tell it, for whoever checks it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from terang.chain.answers import BadAnswer
from terang.chain.contract import Event
from terang.errors import UsageError
from terang.i18n import _
from terang.ledger.ledger import Ledger
from terang.ledger.roll import Roll, Verdict
from terang.replay.audit import times
from terang.sealing.ceremony import CeremonyError, WrongShare
from terang.sealing.envelope import Box
from terang.sealing.epoch import EpochError, key_place
from terang.sealing.judging import Dealing, Posted, proof_of


class Statement(NamedTuple):
    """What an opener confirmed: root and transcript, 32 bytes each."""

    root: bytes
    transcript: bytes


class Taken(NamedTuple):
    """A key that a box took: its place in the batch, the box, and the point as the event has it."""

    place: int
    box: Box
    x: int
    y: int


class Offered(NamedTuple):
    """A share that an opener published of the key at a place."""

    place: int
    opener: int
    share: int


@dataclass(frozen=True)
class Ceremony:
    """One batch from its deals to the shares of its keys.

    Attributes:
        dealing: what was dealt.
        seats: of the epoch's openers, in the order of their indices.
        confirmations: c, equal ones that make the batch ready.
        statements: what each opener confirmed, by index.
        ready: what the contract found confirmed by c openers; None before.
        taken: the keys that boxes took.
        offered: the shares that were published of them.
        left_out: openers that had been shown to cheat when the batch was opened.
        verdicts: the accusations over the batch.
    """

    dealing: Dealing
    seats: Sequence[int]
    confirmations: int
    statements: Mapping[int, Statement]
    ready: Statement | None
    taken: Sequence[Taken]
    offered: Sequence[Offered]
    left_out: frozenset[int]
    verdicts: Sequence[Verdict]

    def follows(self) -> Statement | None:
        """Returns what is to be confirmed by the deals; None if they give no keys."""
        with suppress(CeremonyError):
            return Statement(self.dealing.result.root, self.dealing.result.transcript)
        return None

    @property
    def equal(self) -> int:
        """How many openers confirmed what follows from the deals."""
        follows = self.follows()
        return sum(each == follows for each in self.statements.values())

    def seat(self, opener: int) -> int:
        """Returns an opener's seat; 0 for none of the epoch."""
        return dict(enumerate(self.seats, 1)).get(opener, 0)

    def named(self, opener: int) -> str:
        """Returns how an opener is named to people."""
        return _("opener {opener} (seat {seat})").format(opener=opener, seat=self.seat(opener))

    def gave(self, key: Taken) -> bool:
        """Tells whether a key that a box took is what the deals give at its place."""
        if not self.follows() or key.place >= self.dealing.count:
            return False
        return self.dealing.result.public_keys[key.place].point() == (key.x, key.y)

    def is_right(self, offered: Offered) -> bool:
        """Tells whether a share fits the commitments of the deals that count."""
        if not self.follows() or offered.place >= self.dealing.count:
            return False
        try:
            self.dealing.result.check_share(*offered)
        except WrongShare:
            return False
        return True

    def fault_of(self, key: Taken) -> str:
        """Tells in words why a key is not what the openers made; in none if it is."""
        batch = self.dealing.batch
        if not self.gave(key) and self.left_out:
            return _(
                "the deals of batch {batch} do not give this key at its place once {openers}, "
                "shown to have cheated before, is left out"
            ).format(batch=batch, openers=", ".join(map(self.named, sorted(self.left_out))))
        if not self.gave(key):
            return _("the deals of batch {batch} do not give this key at its place").format(
                batch=batch
            )
        if self.equal < self.confirmations:
            return _(
                "{equal} of {needed} openers needed confirmed what the deals of batch {batch} give"
            ).format(equal=self.equal, needed=self.confirmations, batch=batch)
        return ""


class Record:
    """Every event of the ceremony up to now.

    Args:
        ledger: where.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, contract = ledger, ledger.keys.contract
        first, head = ledger.deployment.first_block, ledger.chain.head().number
        self._logs = ledger.chain.logs(first, head, [contract.address])
        self._events = [contract.decode_log(log) for log in self._logs]
        self._roll = Roll(ledger.chain.chain_id, contract.address, self._events)
        self._dealings: dict[tuple[int, int], Dealing] = {}

    def batches(self) -> list[tuple[int, int]]:
        """Returns epoch and number of every batch, in the order in which they were opened."""
        return [_batch(each) for each in self._events if each.name == "BatchOpened"]

    def newest_epoch(self) -> int:
        """Returns the number of the newest epoch; 0 if there is none."""
        return sum(each.name == "EpochStarted" for each in self._events)

    def taken_by(self, box: Box) -> tuple[int, Taken]:
        """Returns the number of the key that a box took, and the key.

        Raises:
            CeremonyError: when there is no such box.
        """
        where = (box.contract, box.tender_id, box.stage)
        for each in self._events:
            if each.name == "KeyTaken" and _box(each) == where:
                number = int(each.args["keyId"])
                return number, Taken(key_place(number).place, box, each.args["x"], each.args["y"])
        raise CeremonyError(
            _("Tender {tender} has no box for stage {stage}. Check both numbers.").format(
                tender=box.tender_id, stage=box.stage
            )
        )

    def ceremony(self, epoch: int, batch: int) -> Ceremony:
        """Returns what was said and done for one batch.

        Raises:
            UsageError: when there is no such batch.
            EpochError: when fewer openers were its members than are needed to open.
        """
        if (epoch, batch) not in self.batches():
            raise UsageError(
                _("Epoch {epoch} has no batch {batch}. `keys list` tells which there are.").format(
                    epoch=epoch, batch=batch
                )
            )
        started = self._one("EpochStarted", epoch=epoch).args
        own = [each for each in self._events if _batch(each) == (epoch, batch)]
        ready = [_statement(each) for each in own if each.name == "BatchReady"]
        taken = self._taken(epoch, batch)
        return Ceremony(
            self._dealing(epoch, batch),
            tuple(started["seats"]),
            int(started["confirmations"]),
            {
                int(each.args["index"]): _statement(each)
                for each in own
                if each.name == "BatchConfirmed"
            },
            ready[0] if ready else None,
            taken,
            self._offered(epoch, taken),
            self._roll.left_out(epoch, batch),
            self._roll.verdicts(epoch, batch),
        )

    def dealings(self, epoch: int) -> list[Dealing]:
        """Returns what was dealt for each batch of an epoch that had openers enough."""
        found = []
        for of, batch in self.batches():
            with suppress(EpochError):
                if of == epoch:
                    found.append(self._dealing(epoch, batch))
        return found

    def _dealing(self, epoch: int, batch: int) -> Dealing:
        place = (epoch, batch)
        if place not in self._dealings:  # once each: it keeps what it found out
            self._dealings[place] = self._read(epoch, batch)
        return self._dealings[place]

    def _read(self, epoch: int, batch: int) -> Dealing:
        opened = self._one("BatchOpened", epoch=epoch, batch=batch)
        dealt = [
            (log, each)
            for log, each in zip(self._logs, self._events, strict=True)
            if each.name == "Dealt" and each.args["epoch"] == epoch
        ]
        own = [(log, each) for log, each in dealt if each.args["batch"] == batch]
        at = times(self._ledger.chain, [log for log, _each in own])
        posted = [
            Posted(int(each.args["index"]), bytes(each.args["payload"]), at[each.block])
            for _log, each in own
        ]
        elsewhere = {
            proof_of(bytes(each.args["payload"])): int(each.args["index"])
            for _log, each in dealt
            if each.args["batch"] != batch
        }
        count, until = int(opened.args["count"]), int(opened.args["dealsUntil"])
        context = self._roll.context(epoch, batch)
        return Dealing(context, batch, count, until, posted, elsewhere)

    def _taken(self, epoch: int, batch: int) -> list[Taken]:
        chain = self._ledger.chain.chain_id
        return [
            Taken(
                key_place(each.args["keyId"]).place,
                Box(chain, *_box(each)),
                each.args["x"],
                each.args["y"],
            )
            for each in self._events
            if each.name == "KeyTaken" and key_place(each.args["keyId"])[:2] == (epoch, batch)
        ]

    def _offered(self, epoch: int, taken: Sequence[Taken]) -> list[Offered]:
        places = {(key.box.contract, key.box.tender_id, key.box.stage): key.place for key in taken}
        return [
            Offered(places[_box(each)], int(each.args["index"]), int(each.args["share"]))
            for each in self._events
            # a share given under another epoch than the key's is of no use, and of no harm
            if each.name == "ShareOffered" and each.args["epoch"] == epoch and _box(each) in places
        ]

    def _one(self, name: str, **args: int) -> Event:
        for each in self._events:
            if each.name == name and all(each.args[key] == value for key, value in args.items()):
                return each
        raise BadAnswer("the openers")


def _batch(event: Event) -> tuple[int, int]:
    return event.args.get("epoch", 0), event.args.get("batch", 0)


def _box(event: Event) -> tuple[str, int, int]:
    return event.args["box"], event.args["tenderId"], event.args["stage"]


def _statement(event: Event) -> Statement:
    return Statement(bytes(event.args["root"]), bytes(event.args["transcript"]))
