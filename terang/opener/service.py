"""The loop of an opener: look at the chain, work out what is due, do it, wait.

Nothing is remembered that the chain does not tell again: what was under way when the process was
killed is in the outbox, and is followed to its end before anything else is done.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

from terang.chain import answers
from terang.chain.act import Act
from terang.chain.connection import ChainUnreachable, RpcError
from terang.chain.reverts import Reverted
from terang.errors import TerangError
from terang.i18n import N_, _
from terang.identity.signer import Signer
from terang.ledger import Ledger
from terang.ledger.facts import Kind
from terang.ledger.opening import Opening
from terang.opener.duties import duties
from terang.opener.holdings import Fault, Holding, Holdings
from terang.opener.mirror import Mirror, Sight
from terang.opener.report import Report
from terang.opener.status import look, says
from terang.replay import errands, rules
from terang.replay.audit import Progress
from terang.replay.errands import Errand
from terang.replay.state import Box
from terang.sealing.epoch import key_place
from terang.sealing.misconduct import Accused
from terang.sealing.seed import require_drilled

BATCH: Final = 32
"""Keys of a batch."""

_GAS_AT_ONCE: Final = 15_000_000  # half a block of 30 million
_GAS_AT_HAND: Final = 2_000_000  # what an account that can pay has at least
_LONGEST_PAUSE: Final = 60.0
_SENT: Final = "sent"
_KINDS: Final[dict[str, Kind]] = {"": "bids", "prices": "prices", "ballots": "ballots"}
"""How duties about a box end, and what it holds."""

# What another opener's being quicker looks like: no fault of anybody.
_QUICKER: Final = frozenset(
    {
        "OpeningKeysAlreadyAccused",
        "OpeningKeysAlreadyConfirmed",
        "OpeningKeysAlreadyEnrolled",
        "SealedBoxAlreadyReleased",
        "SealedBoxIncompleteSegment",
        "SealedBoxNothingToOpen",
        "SealedBoxTooMany",
        "SealedBoxWrongEnvelopes",
    }
)

_FAULTS: Final = {
    "bad deal": N_("Opener {opener} of epoch {epoch} posted an invalid deal; it is left out."),
    "bad share": N_(
        "Opener {opener} of epoch {epoch} dealt this opener a wrong share; "
        "that batch is not confirmed."
    ),
    "accused": N_(
        "Opener {opener} of epoch {epoch} was shown to have cheated; later batches are dealt "
        "without it."
    ),
    "wrong share": N_(
        "Opener {opener} of epoch {epoch} gave a wrong share of a box; it is left out."
    ),
}


class Settings(NamedTuple):
    """How an opener runs.

    Attributes:
        pool: how many keys shall be free or in the making.
        turn: seconds of the chain's time after which the next opener in turn goes ahead.
        batch: how many keys a batch has.
        seat: the opener's, as it knows by itself; None keeps it from showing wrong shares.
    """

    pool: int = 64
    turn: int = 30
    batch: int = BATCH
    seat: int | None = None


class Service:
    """One opener.

    Args:
        connect: connects to the ledger; called again until it succeeds.
        wallet: the opener's account.
        seed: its seed.
        seed_file: the seed's file, whose drill must have passed before it enrols.
        folder: of the files of its shares.
        settings: how it runs.
        progress: is told, a sentence at a time, what happens.

    Attributes:
        report: what it was like after the last round.
    """

    def __init__(
        self,
        connect: Callable[[], tuple[Ledger, Mirror]],
        wallet: Signer,
        seed: bytes,
        seed_file: Path,
        folder: Path,
        settings: Settings,
        progress: Progress,
    ) -> None:
        self._connect, self._wallet = connect, wallet
        self._seed, self._seed_file = seed, seed_file
        self._settings, self._progress = settings, progress
        self._holdings = Holdings(seed, folder, self._fault, progress)
        self._connected: tuple[Ledger, Mirror] | None = None
        self._seen: object = None
        self._told: dict[str, str] = {}
        self._errors: Counter[str] = Counter()
        self._faults: set[Fault] = set()
        self._examined: set[tuple[int, int]] = set()
        self.report = Report()

    def run(self, stop: Event, poll: float) -> None:
        """Works until it is told to stop; ends after the sending that is under way then.

        A node that does not answer is waited for with growing pauses.

        Args:
            stop: set to end.
            poll: seconds between two looks at the chain.

        Raises:
            DeploymentError: when the record cannot be used or the chain differs from it.
        """
        pause = poll
        while not stop.is_set():
            try:
                busy = self.round(stop)
                pause = poll
            except TerangError as error:
                if self._connected is None and not isinstance(error, ChainUnreachable):
                    raise  # a wrong record or address does not mend itself
                busy = False
                self._complain("", error)
                pause = min(2 * pause, max(_LONGEST_PAUSE, poll))
            else:
                if self._told.pop("", None):
                    self._progress(_("The chain is seen again; going on."))
            stop.wait(0 if busy else pause)

    def round(self, stop: Event) -> bool:
        """Looks at the chain and does what is due.

        Args:
            stop: when set, nothing more is begun.

        Returns:
            whether anything was sent.

        Raises:
            ChainUnreachable: when the node does not answer.
            TerangError: when something else keeps it from seeing the chain.
        """
        if self._connected is None:
            self._connected = self._connect()
        ledger, mirror = self._connected
        sight = self._look(ledger, mirror)
        opening = Opening(ledger, sight.state)
        due: list[tuple[Errand, list[Act]]] = []
        complaints = {"", _SENT}
        left = deque(self.due(sight) or self._late(opening, sight))
        while left:
            each = left.popleft()
            if stop.is_set():
                return False
            subject = f"{each.name} {each.tender or each.batch or each.epoch}"
            try:
                if acts := self._acts(opening, each):
                    ledger.try_out(acts[0])
                    due.append((each, acts))
            except Reverted as error:
                if error.name not in _QUICKER:
                    self._complain(subject, error)
                    complaints.add(subject)
            except (ChainUnreachable, RpcError, answers.BadAnswer):
                raise  # it is the node, and so the same for every duty
            except TerangError as error:
                self._complain(subject, error)
                complaints.add(subject)
            if each.name == "confirm":  # what was wrong in the deals is known by now
                left += self._accusing(opening, each.batch or 0)
        self._told = {each: told for each, told in self._told.items() if each in complaints}
        return self._send(ledger, due, stop)

    def due(self, sight: Sight) -> list[Errand]:
        """Returns what is to be done now."""
        return duties(
            sight, self._wallet.address, pool=self._settings.pool, turn=self._settings.turn
        )

    def sight(self) -> Sight:
        """Returns what it sees, and does nothing.

        Raises:
            ChainUnreachable: when the node does not answer.
            TerangError: when something else keeps it from seeing the chain.
        """
        if self._connected is None:
            self._connected = self._connect()
        return self._connected[1].sync()

    @property
    def _intent(self) -> str:
        return f"opener {self._wallet.address}"

    def _look(self, ledger: Ledger, mirror: Mirror) -> Sight:
        """Settles what was under way, then reads the chain: so nothing is done twice."""
        try:
            ledger.settle(self._intent, [self._wallet])
        except Reverted as error:
            self._refused(error)
        sight = mirror.sync()
        if sight.state is not self._seen:  # the first time, or the chain was replaced
            self._holdings.forget()
            self._examined.clear()
            self._seen = sight.state
        for epoch in sight.state.epochs[-1:]:
            for culprit in sorted(epoch.culprits):
                self._fault(Fault("accused", epoch.id, culprit))
        self._tell(ledger, sight)
        return sight

    def _acts(self, opening: Opening, errand: Errand) -> list[Act]:
        """Makes the transactions of a duty; none when it takes more than it seemed to."""
        name, _dash, box_of = errand.name.partition("-")
        wallet, tender = self._wallet, errand.tender or 0
        if name == "enrol":
            require_drilled(self._seed_file)
            return [opening.enrol(wallet, self._seed)[1]]
        if name == "batch":
            return [opening.open_batch(wallet, self._settings.batch)]
        if name == "deal":
            return [opening.deal(wallet, self._seed, errand.batch)]
        if name == "confirm":
            return [self._confirm(opening, errand.batch or 0)]
        if name == "accuse":
            said = self._shown(opening, errand.batch or 0)[errand.dealer or 0]
            return [opening.ledger.keys.accuse(wallet, opening.epoch().id, said)]
        if name == "open":
            return opening.open(wallet, tender, _KINDS[box_of])
        box = errands.newest_box(opening.state.tenders[tender])
        return self._share(opening, box) if name == "share" else self._release(opening, box)

    def _confirm(self, opening: Opening, number: int) -> Act:
        epoch = opening.epoch()
        batch = opening.state.batches[epoch.id, number]
        index = opening.index(epoch, self._wallet)
        result = self._holdings.work_out(opening, batch, index)
        return opening.ledger.keys.confirm(self._wallet, epoch.id, number, result)

    def _accusing(self, opening: Opening, number: int) -> list[Errand]:
        """Returns what there is to show of a batch's dealers, as duties."""
        return [
            Errand("accuse", batch=number, dealer=dealer) for dealer in self._shown(opening, number)
        ]

    def _late(self, opening: Opening, sight: Sight) -> list[Errand]:
        """Returns what there is to show of a batch that others made ready, or that failed.

        This opener may never have had to confirm it. One batch a round, and only when nothing else
        is due: what was shown is on the chain, so it is shown once.
        """
        state = opening.state
        seat = rules.seat_held_by(state, self._wallet.address)
        if not state.epochs or seat not in state.epochs[-1].seats:
            return []
        epoch = state.epochs[-1]
        for number in range(epoch.batches, 0, -1):
            batch = state.batches[epoch.id, number]
            if (epoch.id, number) in self._examined or batch.deals_until > sight.final:
                continue
            self._holdings.examine(opening, batch, opening.index(epoch, self._wallet))
            found = self._accusing(opening, number)
            if not found:
                self._examined.add((epoch.id, number))
            return found
        return []

    def _shown(self, opening: Opening, number: int) -> dict[int, Accused]:
        epoch = opening.epoch()
        batch, index = opening.state.batches[epoch.id, number], opening.index(epoch, self._wallet)
        found = self._holdings.accusations(opening, batch, index, self._settings.seat)
        return {each.dealer: each for each in found}

    def _share(self, opening: Opening, box: Box) -> list[Act]:
        holding, place = self._holding(opening, box)
        if not holding.shares:
            return []
        where = opening.ledger.boxes(box.stage).box(box.tender, box.stage)
        share = holding.shares[place]
        return [opening.ledger.keys.offer_share(self._wallet, box.key, where, share)]

    def _release(self, opening: Opening, box: Box) -> list[Act]:
        holding, place = self._holding(opening, box)
        key = opening.state.opening_keys[box.key]
        right = self._holdings.right(holding, key)
        if len(right) < opening.state.epochs[key_place(key.id).epoch - 1].threshold:
            return []  # those that are wrong were named
        secret = holding.secret(place, right)
        boxes = opening.ledger.boxes(box.stage)
        return [boxes.release(self._wallet, box.tender, box.stage, secret)]

    def _holding(self, opening: Opening, box: Box) -> tuple[Holding, int]:
        number, made, place = key_place(box.key)
        state = opening.state
        index = opening.index(state.epochs[number - 1], self._wallet)
        return self._holdings.of(opening, state.batches[number, made], index), place

    def _send(self, ledger: Ledger, due: Sequence[tuple[Errand, list[Act]]], stop: Event) -> bool:
        busy = False
        for part in _parts([(errand, act) for errand, acts in due for act in acts]):
            if stop.is_set():
                break
            try:
                receipts = ledger.send([act for _errand, act in part], intent=self._intent)
            except Reverted as error:
                self._refused(error)
                break  # what the others of this part came to is seen in the next round
            busy = True
            self.report = replace(self.report, sent=self.report.sent + len(receipts))
            for (errand, _act), receipt in zip(part, receipts, strict=True):
                self._progress(
                    _("Block {block}: {what}.").format(block=receipt.block, what=says(errand))
                )
        return busy

    def _refused(self, error: Reverted) -> None:
        if error.name in _QUICKER:
            self._progress(_("Another opener was quicker: {reason}").format(reason=error))
        else:
            self._complain(_SENT, error)

    def _complain(self, subject: str, error: TerangError) -> None:
        """Tells an error once, as long as it stays the same."""
        if self._told.get(subject) != str(error):
            self._errors[type(error).__name__] += 1
            self._told[subject] = str(error)
            self._progress(str(error))

    def _fault(self, fault: Fault) -> None:
        if fault not in self._faults:
            self._faults.add(fault)
            self._progress(_(_FAULTS[fault.kind]).format(epoch=fault.epoch, opener=fault.opener))

    def _tell(self, ledger: Ledger, sight: Sight) -> None:
        chain, address = ledger.chain, self._wallet.address
        balance = answers.quantity(chain.rpc("eth_getBalance", address, "latest"), "a balance")
        self.report = look(
            sight,
            address,
            can_pay=balance >= _GAS_AT_HAND * chain.head().base_fee,
            sent=self.report.sent,
            errors=dict(self._errors),
            faults=frozenset(self._faults),
        )


def _parts(acts: Sequence[tuple[Errand, Act]]) -> Iterator[list[tuple[Errand, Act]]]:
    """Splits acts, in their order, so that each part fits a block."""
    part: list[tuple[Errand, Act]] = []
    gas = 0
    for errand, act in acts:
        needed = act.gas or 0
        if part and gas + needed > _GAS_AT_ONCE:
            yield part
            part, gas = [], 0
        part.append((errand, act))
        gas += needed
    if part:
        yield part
