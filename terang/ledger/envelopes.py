"""A bid on its way into its boxes, and how an interrupted one goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from terang.chain.act import Act, Receipt, Wallet
from terang.errors import UsageError
from terang.i18n import _
from terang.ledger.bidding import Offer, OpenTender
from terang.ledger.ledger import Ledger
from terang.ledger.receipts import BidReceipt, note_sealed, own_envelopes, receipts_of
from terang.sealing.envelope import Box


@dataclass(frozen=True)
class SealedBid:
    """A bid whose envelopes go into their boxes.

    Attributes:
        tender: to which it is made.
        envelopes: one for each box, in the order of opening.
        receipt: as far as it is known.
    """

    tender: OpenTender
    envelopes: tuple[bytes, ...]
    receipt: BidReceipt

    def keep(self, ledger: Ledger, folder: Path) -> "SealedBid":
        """Keeps receipt and envelopes before anything is sent.

        So its owner knows the bid whatever happens then, and can go on with it. Where an earlier
        run kept this very bid, what is in the boxes by now is written down.

        Returns:
            the bid, as far as it is known.

        Raises:
            UsageError: when the receipt's file is that of another bid.
            StoreError: when the folder cannot be written.
            OSError: likewise.
        """
        path = self.receipt.path(folder)
        if path.exists() and BidReceipt.load(path).is_of(self.receipt):
            note_sealed(folder, ledger.tenders.sealed(self.tender.id))
            return replace(self, receipt=BidReceipt.load(path))
        self.receipt.save(folder)
        for envelope in self.envelopes:
            own_envelopes(folder).put(envelope)
        return self

    def waiting(self) -> list[tuple[Box, bytes]]:
        """Returns the envelopes that are not known to be in their boxes, each with its box."""
        left = self.receipt.waiting
        return [(box, envelope) for box, envelope in self._pairs() if box.stage in left]

    def acts(self, ledger: Ledger, wallet: Wallet, *, anew: bool) -> list[Act]:
        """Returns the acts that put its envelopes into their boxes.

        Args:
            ledger: where.
            wallet: an account that the boxes admit.
            anew: only what waits; else all of them, as an earlier run sent them together.
        """
        return [
            ledger.tenders.seal(wallet, box.tender_id, box.stage, envelope)
            for box, envelope in (self.waiting() if anew else self._pairs())
        ]

    def _pairs(self) -> list[tuple[Box, bytes]]:
        pairs = zip(self.tender.targets, self.envelopes, strict=True)
        return [(box, envelope) for (box, _key), envelope in pairs]


def begun(tender: OpenTender, account: str, offer: Offer, folder: Path) -> SealedBid | None:
    """Finds the bidder's last bid, where an earlier run did not bring it into all its boxes.

    Args:
        tender: the tender.
        account: the bidder's.
        offer: what is bid; the kept bid must be this very offer, but for its nonce.
        folder: the bidder's receipts.

    Returns:
        the bid; None when its last one is in its boxes, or is another offer.

    Raises:
        StoreError: when an envelope that was kept is altered.
    """
    kept = max(receipts_of(folder, tender.id), key=lambda each: each.nonce, default=None)
    if kept is None or not kept.waiting or kept.nonce > offer.nonce:
        return None
    if kept.offer != replace(offer, nonce=kept.nonce).binding(tender, account):
        return None
    store, hashes = own_envelopes(folder), [each.envelope for each in kept.sealings.values()]
    if not all(store.path(each).is_file() for each in hashes):
        return None
    return SealedBid(tender, tuple(store.get(each) for each in hashes), kept)


def complete(ledger: Ledger, sent: Sequence[Receipt], folder: Path) -> BidReceipt:
    """Adds block and transaction to the bidder's receipt of the envelopes that were sealed.

    Args:
        ledger: where.
        sent: the receipts of the transactions that sealed.
        folder: the bidder's receipts.

    Raises:
        UsageError: when the folder has no receipt of these envelopes.
    """
    found = note_sealed(folder, ledger.tenders.events(sent))
    if found is None:
        last = sent[-1]
        raise UsageError(
            _(
                "The bid is sealed, in block {block} ({transaction}): do not seal it again. "
                "But {folder} has no receipt of it. Look for where it is kept."
            ).format(block=last.block, transaction="0x" + last.transaction.hex(), folder=folder)
        )
    return found
