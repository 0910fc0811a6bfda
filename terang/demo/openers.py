"""The openers of the demonstration, all in one process: ceremony, shares, release."""

import secrets
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from terang.chain.contract import Event
from terang.demo.cast import Member
from terang.identity.wallet import Wallet
from terang.ledger import Ledger, pilot
from terang.ledger.boxes import Boxes
from terang.ledger.keys import KeyClaim
from terang.sealing.ceremony import BatchResult
from terang.sealing.epoch import encryption_key, set_hash
from terang.sealing.opener import Opener


@dataclass(frozen=True)
class Seated:
    """An opener on its seat: the secret side, and the account that sends for it."""

    opener: Opener
    wallet: Wallet


class Openers:
    """All openers of one epoch, and the pool of keys they made.

    Args:
        ledger: where.
        administrator: appoints them.
        members: their seats, in the order of their indices.

    Attributes:
        pool: keys that no box has taken.
        seeds: of each opener, by its seat.
    """

    def __init__(self, ledger: Ledger, administrator: Wallet, members: Sequence[Member]) -> None:
        self._ledger = ledger
        self._batches: dict[int, BatchResult] = {}
        self.pool: deque[KeyClaim] = deque()
        self.epoch = 1
        keys, seats = ledger.keys, [member.seat for member in members]
        ledger.send([keys.start_epoch(administrator, seats, pilot.THRESHOLD, pilot.CONFIRMATIONS)])
        openers = set_hash(seats, pilot.THRESHOLD, pilot.CONFIRMATIONS)
        seeds = [secrets.token_bytes(32) for _member in members]
        where = (ledger.chain.chain_id, keys.contract.address, self.epoch, openers)
        ledger.send(
            [
                keys.enrol(member.wallet, self.epoch, encryption_key(seed, *where))
                for member, seed in zip(members, seeds, strict=True)
            ]
        )
        self.seeds = dict(zip(seats, seeds, strict=True))
        context = keys.context(self.epoch)
        self._seated = [
            Seated(Opener(seed, context, index), member.wallet)
            for index, (member, seed) in enumerate(zip(members, seeds, strict=True), 1)
        ]

    def make_keys(self, wanted: int) -> None:
        """Holds ceremonies for so many more keys; the pool is what the public record gives."""
        keys, first = self._ledger.keys, self._seated[0].wallet
        sizes = [pilot.BATCH] * -(-wanted // pilot.BATCH)
        receipts = self._ledger.send([keys.open_batch(first, self.epoch, size) for size in sizes])
        opened = [keys.opened_batch(receipt) for receipt in receipts]
        receipts = self._ledger.send(
            [
                keys.deal(each.wallet, self.epoch, batch, each.opener.deal(batch, size))
                for (batch, _until), size in zip(opened, sizes, strict=True)
                for each in self._seated
            ]
        )
        self._ledger.chain.advance_to(max(until for _batch, until in opened))

        deals: dict[int, dict[int, bytes]] = {}
        for event in keys.events(receipts):
            deals.setdefault(event.args["batch"], {})[event.args["index"]] = event.args["payload"]
        confirmations = [
            keys.confirm(
                each.wallet, self.epoch, batch, each.opener.accept(batch, size, deals[batch])
            )
            for (batch, _until), size in zip(opened, sizes, strict=True)
            for each in self._seated
        ]
        self._ledger.send(confirmations)
        self._batches, free = keys.pool()
        self.pool = deque(free)

    def release(
        self, operator: Wallet, boxes: Boxes, sealed: Sequence[tuple[int, int, KeyClaim]]
    ) -> tuple[list[int], list[int]]:
        """Discloses the shares of boxes that may be opened, combines and releases them.

        Args:
            operator: sends the releases.
            boxes: the contract of the boxes.
            sealed: tender and stage of each box, and the key that it took.

        Returns:
            the secrets, and the gas of each release.
        """
        keys = self._ledger.keys
        receipts = self._ledger.send(
            [
                keys.offer_share(
                    each.wallet,
                    claim.id,
                    boxes.box(tender, stage),
                    each.opener.share(claim.batch, claim.place),
                )
                for tender, stage, claim in sealed
                for each in self._seated[: pilot.THRESHOLD]
            ]
        )
        offered: dict[tuple[int, int], list[Event]] = defaultdict(list)
        for event in keys.events(receipts):
            offered[event.args["tenderId"], event.args["stage"]].append(event)
        secrets_ = []
        for tender, stage, claim in sealed:
            shares = keys.shares(offered[tender, stage], claim.id, boxes.box(tender, stage))
            secrets_.append(self._batches[claim.batch].secret(claim.place, shares))
        receipts = self._ledger.send(
            [
                boxes.release(operator, tender, stage, secret)
                for (tender, stage, _claim), secret in zip(sealed, secrets_, strict=True)
            ]
        )
        return secrets_, [receipt.gas_used for receipt in receipts]
