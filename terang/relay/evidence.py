"""What the chain says of a promise: the relay's licence, and whether the envelope is in its box."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple, Self

from eth_utils.crypto import keccak

from terang.errors import DIFFERENCE_FOUND, FAILED
from terang.i18n import N_, _
from terang.i18n.show import iso, when
from terang.ledger import Ledger
from terang.ledger.boxes import Boxes
from terang.ledger.licences import licensed_until, relay_licences
from terang.relay.receipt import Promise, ReceiptError
from terang.sealing.envelope import Box


class Place(NamedTuple):
    """Where the chain has an envelope: number of its block, hash of its transaction."""

    block: int
    transaction: bytes


class Watch:
    """Looks for envelopes in the boxes of one contract, every final block once.

    Args:
        ledger: where.
        boxes: the contract.
        since: number of the first block that counts.
    """

    def __init__(self, ledger: Ledger, boxes: Boxes, since: int) -> None:
        self._ledger, self._boxes, self._next = ledger, boxes, since
        self._final: dict[tuple[int, int, bytes], Place] = {}
        self._loose: dict[tuple[int, int, bytes], Place] = {}

    def find(self, box: Box, envelope: bytes) -> Place | None:
        """Returns where the first envelope of this hash is in a box; None when it was not seen."""
        key = (box.tender_id, box.stage, envelope)
        return self._final.get(key) or self._loose.get(key)

    def look(self, final: int | None = None) -> Self:
        """Reads the blocks that are new or were not final, and returns itself.

        Args:
            final: number of the newest final block, asked for before; None to take all for final.

        Raises:
            ChainUnreachable: when the node does not answer.
            BadAnswer: when its answers are malformed.
        """
        contract, head = self._boxes.contract, self._ledger.chain.head().number
        last = head if final is None else min(final, head)
        self._loose = {}
        sealed = [contract.topic("Sealed")]
        for log in self._ledger.chain.logs(self._next, head, [contract.address], sealed):
            args = contract.decode_log(log).args
            key = (args["tenderId"], args["stage"], keccak(args["envelope"]))
            found = self._final if log.block <= last else self._loose
            found.setdefault(key, Place(log.block, log.transaction))
        self._next = max(self._next, last + 1)
        return self


_SENTENCES: Final = {
    "kept": N_("Kept: the envelope is in the box of tender {tender} since block {block}."),
    "waiting": N_(
        "Not kept yet: the envelope is not in the box of tender {tender}, which closes at {time}. "
        "Seal by another way if it stays so."
    ),
    "broken": N_(
        "Broken: {relay} promised at {promised} to have envelope {envelope} in the box of tender "
        "{tender} before it closed at {time}, and it is not there. This receipt and the events "
        "of {contract} on chain {chain} are the evidence; show it to the administrator."
    ),
    "cancelled": N_(
        "Nothing is owed: tender {tender} was cancelled before its box closed. Look for a new one."
    ),
    "unlicensed": N_(
        "{relay} signed this, and was no licensed relay at {promised}: it could promise nothing. "
        "Seal by another relay."
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What became of a promise.

    Attributes:
        promise: the receipt.
        status: a key of the sentences: kept, waiting, broken, cancelled or unlicensed.
        place: where the chain has the envelope; None when it has not.
        licence_ended: when the relay's licence ended, if that was before the box closed.
    """

    promise: Promise
    status: str
    place: Place | None
    licence_ended: int | None

    _CODES: ClassVar = {"waiting": FAILED, "broken": DIFFERENCE_FOUND,
                        "unlicensed": DIFFERENCE_FOUND}  # fmt: skip

    @property
    def exit_code(self) -> int:
        """0 kept or nothing owed, 1 not kept yet, 5 broken or signed by no relay."""
        return self._CODES.get(self.status, 0)

    @classmethod
    def of(cls, ledger: Ledger, promise: Promise) -> Self:
        """Asks the chain.

        Raises:
            ReceiptError: when the promise is about another ledger, or a box that is not there.
            ChainUnreachable: when the node does not answer.
            BadAnswer: when its answers are malformed.
        """
        box = promise.box
        boxes = ledger.boxes(box.stage)
        stored = ledger.chain.view(boxes.contract, "boxOf", box.tender_id, box.stage)
        same = boxes.box(box.tender_id, box.stage) == box
        if not same or stored["closesAt"] != promise.closes_at:
            raise ReceiptError(
                _(
                    "This receipt is for a box at {contract} on chain {chain}, which is not on "
                    "this ledger. Name the network that it is for."
                ).format(contract=box.contract, chain=box.chain_id)
            )
        held = relay_licences(ledger, promise.relay)
        until = licensed_until(held, promise.promised_at)
        watch = Watch(ledger, boxes, ledger.deployment.first_block).look()
        place = watch.find(box, promise.envelope)
        if until is None:
            status = "unlicensed"
        elif place is not None:
            status = "kept"
        elif stored["shut"]:
            status = "cancelled"
        else:
            status = "waiting" if ledger.chain.now < promise.closes_at else "broken"
        ended = until if until is not None and until < promise.closes_at else None
        return cls(promise, status, place, ended)

    def text(self) -> str:
        """Returns the verdict for people."""
        promise, box = self.promise, self.promise.box
        said = _(_SENTENCES[self.status]).format(
            relay=promise.relay,
            promised=when(promise.promised_at),
            envelope="0x" + promise.envelope.hex(),
            tender=box.tender_id,
            time=when(promise.closes_at),
            contract=box.contract,
            chain=box.chain_id,
            block=self.place and self.place.block,
        )
        if self.status == "broken" and self.licence_ended is not None:
            said += " " + _("Its licence ended at {time}, before the closing.").format(
                time=when(self.licence_ended)
            )
        return said

    def document(self) -> dict[str, Any]:
        """Returns the verdict as JSON has it."""
        return {
            "status": self.status,
            "relay": self.promise.relay,
            "tender": self.promise.box.tender_id,
            "stage": self.promise.box.stage,
            "envelope": "0x" + self.promise.envelope.hex(),
            "promisedAt": iso(self.promise.promised_at),
            "closesAt": iso(self.promise.closes_at),
            "block": self.place and self.place.block,
            "transaction": self.place and "0x" + self.place.transaction.hex(),
            "licenceEnded": None if self.licence_ended is None else iso(self.licence_ended),
        }
