"""Brings what is promised into its boxes: again and again, until it is there or the box closes."""

import threading
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final

from terang.chain import answers
from terang.chain.act import Act
from terang.chain.outbox import Outbox
from terang.chain.reverts import Reverted
from terang.chain.send import Sender
from terang.chain.shared import final_block
from terang.errors import TerangError
from terang.i18n import _
from terang.identity.signer import Signer
from terang.ledger import Ledger
from terang.relay import queue as queues
from terang.relay.evidence import Place, Watch
from terang.relay.queue import CANCELLED, FAILED, SEALED, Entry, Queue
from terang.sealing.envelope import Box
from terang.vocabulary import Licence

_INTENT: Final = "relay"  # of every sending: there is one at a time
KEPT: Final = 7 * 86_400
"""Seconds after closing for which receipts are kept."""

_PATIENCE: Final = 60.0  # seconds for the chain to include what was sent

Tell = Callable[[str], None]


class Courier:
    """Sends the envelopes of a queue, in a thread of its own.

    Before anything is sent it looks whether the box has the envelope already, and what was under
    way when an earlier process was killed is followed to its end: nothing is sent twice.

    Args:
        ledger: its own connection.
        signer: the relay's account, used for nothing else.
        queue: of what is promised; its folder keeps what is under way, too.
        tell: is told what goes wrong, in one line; nothing about envelopes or clients.
        every: seconds between two looks at the chain when nothing new comes.
        finality: how many blocks below the newest one may still be replaced; None for what the
            node calls final.
    """

    def __init__(
        self,
        ledger: Ledger,
        signer: Signer,
        queue: Queue,
        tell: Tell,
        every: float = 5.0,
        finality: int | None = None,
    ) -> None:
        self._ledger, self._signer, self._queue, self._tell = ledger, signer, queue, tell
        self._every, self._finality, self._final = every, finality, -1
        outbox = Outbox(queue.folder / "outbox")
        # the same envelope twice in a box counts once
        self._sender = Sender(ledger.chain, outbox, timeout=_PATIENCE, repeatable=True)
        self._watches: dict[str, Watch] = {}
        self._work, self._ended = threading.Event(), threading.Event()
        # a daemon, since it may wait for a node: whatever it is at survives being killed
        self._thread = threading.Thread(target=self._run, name="relay-courier", daemon=True)
        self.well = False
        """Whether the last round went well, and the relay is licensed."""
        self.able = True
        """Whether the last round went well, or there was none yet: what is promised can be sent."""

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Ends after what is being sent, or after so many seconds."""
        self._ended.set()
        self._work.set()
        self._thread.join(patience)

    def hurry(self) -> None:
        """Says that something waits."""
        self._work.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._work.clear()
            try:
                self.well = self.round()
                self.able = True
            except (TerangError, OSError) as error:
                self.well = self.able = False
                self._tell(str(error))
            except Exception as error:
                # a courier that is gone must not leave a relay that goes on promising
                self.well = self.able = False
                self._tell(type(error).__name__)
            self._work.wait(self._every)

    def round(self) -> bool:
        """Looks once, and sends what waits and can go.

        Returns:
            whether the relay is licensed.

        Raises:
            TerangError: when the chain cannot be asked or takes nothing.
            OSError: when the queue cannot be written.
        """
        self._settle()
        licensed = self._ledger.participants.licensed(Licence.RELAY, self._signer.address)
        now = self._ledger.chain.now  # before looking: what is not found then came too late
        self._queue.prune(now - KEPT)
        self._final = final_block(self._ledger.chain, self._finality)
        self._look()
        for each in self._queue.loose():
            self._look_again(each)
        waiting = [each for each in self._queue.waiting() if not self._found(each)]
        closed = self._closed(waiting, now)
        going = [each for each in waiting if not self._over(each, closed)]
        self._send(list(islice(filter(self._can_go, going), queues.AT_ONCE)))
        return licensed

    def _settle(self) -> None:
        """Follows what an earlier process, or a round cut short, had under way to its end."""
        try:
            self._sender.settle(_INTENT, [self._signer])
        except Reverted as error:
            self._tell(str(error))

    def _look(self) -> None:
        """Reads what is new in the boxes."""
        if open_ := [*self._queue.waiting(), *self._queue.loose()]:
            since = min(each.since for each in open_)
            for boxes in (self._ledger.tenders, self._ledger.ballots):
                fresh = Watch(self._ledger, boxes, since)
                self._watches.setdefault(boxes.contract.address, fresh).look(self._final)

    def _found(self, entry: Entry) -> bool:
        """Notes an envelope that is in its box, whoever sent it."""
        box = entry.promise.box
        watch = self._watches.get(box.contract)  # None for what came after the look
        place = watch.find(box, entry.promise.envelope) if watch else None
        if place is not None:
            self._note(entry, place)
        return place is not None

    def _note(self, entry: Entry, place: Place) -> None:
        """Notes where the chain has an envelope; only a final block lets the relay forget it."""
        is_final = place.block <= self._final
        noted = entry.done(SEALED, place) if is_final else entry.sealed(place)
        if noted != entry:
            self._queue.put(noted)

    def _look_again(self, entry: Entry) -> None:
        """Looks whether what was in its box is there still; what a replaced block lost waits again.

        What waits for a block by itself again is let alone: to send it would be a second copy.
        """
        if self._found(entry) or entry.place is None:
            return
        asked, chain = "0x" + entry.place.transaction.hex(), self._ledger.chain
        receipt = chain.rpc("eth_getTransactionReceipt", asked)
        if receipt is None:
            if chain.rpc("eth_getTransactionByHash", asked) is None:
                self._queue.put(entry.lost())
            return
        said = answers.fields(receipt, "a receipt")
        if answers.quantity(said["status"], "a receipt's status") == 1:
            block = answers.quantity(said["blockNumber"], "a receipt's block")
            self._note(entry, entry.place._replace(block=block))
        else:  # the block that has it now refused it
            self._queue.put(entry.lost())

    def _closed(self, entries: Iterable[Entry], now: int) -> dict[Box, str]:
        """Returns those boxes of some entries that take nothing any more, and what follows."""
        places = {each.promise.box: each.promise.closes_at for each in entries}
        calls = [
            (self._ledger.boxes(box.stage).contract, "boxOf", (box.tender_id, box.stage))
            for box in places
        ]
        stored = self._ledger.chain.views(calls)
        return {
            box: CANCELLED if each["shut"] else FAILED
            for (box, closes_at), each in zip(places.items(), stored, strict=True)
            if each["shut"] or now >= closes_at
        }

    def _over(self, entry: Entry, closed: Mapping[Box, str]) -> bool:
        """Notes a promise that can not be kept any more, or need not be."""
        box = entry.promise.box
        over = closed.get(box)
        if over:
            self._queue.put(entry.done(over))
        if over == FAILED:
            self._tell(
                _("An envelope is not in the box of tender {tender}, which has closed.").format(
                    tender=box.tender_id
                )
            )
        return over is not None

    def _can_go(self, entry: Entry) -> bool:
        """Tells whether the box would take it now; a refusal on chain would cost gas each time."""
        try:
            self._sender.try_out(self._act(entry))
        except Reverted as error:
            self._tell(str(error))
            return False
        return True

    def _send(self, entries: list[Entry]) -> None:
        acts = [self._act(each) for each in entries]
        receipts = self._sender.send(acts, allow_revert=True, intent=_INTENT)
        self._look()
        if len(entries) == queues.AT_ONCE:
            self.hurry()  # more may wait
        for entry, receipt in zip(entries, receipts, strict=True):
            if receipt.revert is not None:
                self._tell(str(receipt.revert))
            elif not self._found(entry):
                # the node's log is behind its receipts: sent again it would be a second copy
                self._note(entry, Place(receipt.block, receipt.transaction))

    def _act(self, entry: Entry) -> Act:
        box = entry.promise.box
        boxes = self._ledger.boxes(box.stage)
        return boxes.seal(self._signer, box.tender_id, box.stage, entry.envelope)
