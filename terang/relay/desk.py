"""What a relay may promise: an envelope that its box takes, in time, from this relay."""

import time
from collections.abc import Callable
from typing import Final

from eth_utils.crypto import keccak

from terang.chain.answers import BadAnswer
from terang.chain.connection import ChainUnreachable, RpcError
from terang.chain.reverts import Reverted
from terang.i18n import _
from terang.i18n.show import when
from terang.identity.signer import Signer
from terang.ledger import Ledger
from terang.relay.queue import Entry, Queue
from terang.relay.receipt import Promise
from terang.replay.rules import RELAY_CAP
from terang.sealing.curve import parse_point
from terang.sealing.envelope import HEADER, VERSION
from terang.sealing.messages import Ballot, Bid, Proposal
from terang.serving.answers import Refused
from terang.vocabulary import BALLOTS, BIDS, PRICES, PROPOSALS, Licence

ROOM: Final = 96
"""Envelopes below the contract's cap at which a relay stops promising."""

LAST_STAGE: Final = 255
"""The highest stage of a box that a request may name."""

_STAGES: Final = {"bids": BIDS, "proposals": PROPOSALS, "prices": PRICES}
"""Boxes of bids by the words that a request may use."""


class Desk:
    """Takes envelopes in: checks them, promises, and writes the promise down. Not for threads.

    Args:
        ledger: its own connection, with a short time limit.
        signer: the relay's account.
        queue: of what is promised.
        margin: seconds before closing in which nothing is promised any more; as long again for
            each `AT_ONCE` envelopes that go before.
        able: tells whether what is promised can be sent now, as far as is known.
    """

    def __init__(
        self,
        ledger: Ledger,
        signer: Signer,
        queue: Queue,
        margin: int,
        able: Callable[[], bool],
    ) -> None:
        self._ledger, self._signer, self._queue, self._margin = ledger, signer, queue, margin
        self._able = able

    def take(self, tender: int, stage: int | str, envelope: bytes) -> tuple[Entry, bool]:
        """Promises an envelope; the same one again gets the same promise.

        Args:
            tender: the tender.
            stage: 0 or "bids", 1 or "proposals", 2 or "prices", 16 + round, or "ballots" for the
                newest round's.
            envelope: bytes from anywhere.

        Returns:
            the entry, and whether it is new.

        Raises:
            Refused: when it is not promised.
        """
        try:
            number = self._stage(tender, stage)
            box = self._ledger.boxes(number).box(tender, number)
            known = self._queue.find(box, keccak(envelope))
            if known is not None:
                return known, False
            if not self._able():
                raise _unable()
            entry = self._promised(tender, number, envelope)
            self._queue.put(entry)
        except (ChainUnreachable, BadAnswer, RpcError, Reverted) as error:
            raise _unable() from error
        except OSError as error:
            raise Refused(
                503,
                "disk",
                _("The relay cannot write its promises down now. Try another relay."),
            ) from error
        return entry, True

    def _stage(self, tender: int, stage: int | str) -> int:
        if isinstance(stage, str) and stage in _STAGES:
            return _STAGES[stage]
        if stage == "ballots":
            contract = self._ledger.awards.contract
            rounds: int = self._ledger.chain.view(contract, "awardOf", tender)["rounds"]
            stage = BALLOTS + rounds - 1 if rounds else ""
        if not isinstance(stage, int) or not (
            stage in _STAGES.values() or BALLOTS <= stage <= LAST_STAGE
        ):
            raise _no_box()
        return stage

    def _promised(self, tender: int, stage: int, envelope: bytes) -> Entry:
        boxes, chain, me = self._ledger.boxes(stage), self._ledger.chain, self._signer.address
        head = chain.head()
        stored, sealed, licence = chain.views(
            [
                (boxes.contract, "boxOf", (tender, stage)),
                (boxes.contract, "sealedBy", (tender, stage, int(me, 16))),
                (self._ledger.participants.contract, "licenceOf", (int(Licence.RELAY), me)),
            ]
        )
        closes_at = stored["closesAt"]
        # blocks may be late, and the next one has the time of the clock
        now = max(head.timestamp, int(time.time()))
        box = boxes.box(tender, stage)
        if not closes_at:
            raise _no_box()
        if stored["shut"] or now + self._margin >= closes_at:
            raise Refused(
                409,
                "closed",
                _(
                    "The box of tender {tender} closes or closed at {time}, too soon for a relay "
                    "to promise anything. Seal by your own account if there is time."
                ).format(tender=tender, time=when(closes_at)),
            )
        if not self._queue.has_time(closes_at, now, self._margin):
            raise Refused(
                503,
                "busy",
                _("Too much is to be sent before that box closes. Use another relay."),
                self._margin,
            )
        if not licence["from"] <= head.timestamp or now + self._margin >= licence["until"]:
            raise Refused(503, "licence", _("This relay has no licence now. Use another relay."))
        if int(sealed) + self._queue.waiting_for(box) >= RELAY_CAP - ROOM:
            raise Refused(
                503, "full", _("This relay has used up its part of that box. Use another relay.")
            )
        self._check_form(tender, stage, envelope)
        promise = Promise(me, box, keccak(envelope), head.timestamp, closes_at)
        return Entry(promise.sign(self._signer), envelope, head.number)

    def _check_form(self, tender: int, stage: int, envelope: bytes) -> None:
        """Checks what can be seen of an envelope from outside.

        Raises:
            Refused: when it would be void whatever is in it.
        """
        length = HEADER + (Proposal.LENGTH if stage == PROPOSALS else Bid.LENGTH)
        if stage >= BALLOTS:
            contract, round_ = self._ledger.ballots.contract, stage - BALLOTS
            stored = self._ledger.chain.view(contract, "roundOf", tender, round_)
            length = HEADER + Ballot.FIXED + stored["bidders"]
        if len(envelope) != length:
            raise Refused(
                422,
                "envelope",
                _(
                    "An envelope for this box has {length} bytes, and this one {given}. "
                    "Seal it again."
                ).format(length=length, given=len(envelope)),
            )
        try:
            if envelope[0] != VERSION:
                raise ValueError("version")
            parse_point(envelope[1:HEADER])
        except ValueError as error:
            raise Refused(
                422, "envelope", _("These bytes are no envelope, version 1. Seal it again.")
            ) from error


def _no_box() -> Refused:
    return Refused(404, "unknown", _("There is no such box. Check the tender and stage."))


def _unable() -> Refused:
    said = _("The relay cannot send anything to the chain now. Try later, or another relay.")
    return Refused(503, "chain", said, 30)
