"""Sealed boxes: what `Tenders` and `Awards` have in common."""

from collections.abc import Sequence
from typing import ClassVar

from terang.chain.act import Act, Receipt, Wallet
from terang.identity.typed_data import Domain
from terang.ledger.noun import Noun
from terang.sealing.envelope import Box


class Boxes(Noun):
    """The boxes of one contract, by tender and stage."""

    segment: ClassVar[int]
    """Envelopes are opened in whole segments of so many (`SealedBox.SEGMENT`)."""

    domain_name: ClassVar[str]
    """The contract's EIP-712 name."""

    # What one envelope may cost when it is opened, and what comes on top of that per transaction.
    _open_each = 150_000
    _open_base = 150_000

    @property
    def domain(self) -> Domain:
        """Where signatures in this contract's envelopes are valid."""
        return Domain(self.domain_name, self._chain.chain_id, self.contract.address)

    def box(self, tender: int, stage: int) -> Box:
        """Returns what envelopes for this box and the signatures in them are bound to."""
        return Box(self._chain.chain_id, self.contract.address, tender, stage)

    def seal(self, sender: Wallet, tender: int, stage: int, envelope: bytes) -> Act:
        """Puts an envelope into a box.

        Args:
            sender: an account that the box admits, or a licensed relay.
            tender: the tender.
            stage: which of its boxes.
            envelope: from `sealing.bidding`.
        """
        return self._act(sender, "seal", tender, stage, envelope, gas=160_000)

    def release(self, wallet: Wallet, tender: int, stage: int, secret: int) -> Act:
        """Publishes the secret of a box that may be opened. Anyone may.

        Args:
            wallet: who pays the gas.
            tender: the tender.
            stage: which of its boxes.
            secret: what the openers' shares give.
        """
        return self._act(wallet, "release", tender, stage, secret, gas=150_000)

    def open(
        self, sender: Wallet, tender: int, stage: int, envelopes: Sequence[bytes]
    ) -> list[Act]:
        """Opens a whole box, a segment at a time. Anyone may.

        Args:
            sender: who pays the gas.
            tender: the tender.
            stage: which of its boxes.
            envelopes: all of the box, in the order of sealing.
        """
        starts = range(0, len(envelopes), self.segment)
        segments = [list(envelopes[start : start + self.segment]) for start in starts]
        return [
            self._act(
                sender,
                "open",
                tender,
                stage,
                segment,
                gas=self._open_base + self._open_each * len(segment),
            )
            for segment in segments
        ]

    def envelopes(self, receipts: Sequence[Receipt]) -> list[bytes]:
        """Returns the envelopes that some sealings put into boxes, as the chain has them."""
        return [
            bytes(event.args["envelope"])
            for event in self.events(receipts)
            if event.name == "Sealed"
        ]

    def closing_times(self, boxes: Sequence[tuple[int, int]]) -> list[int]:
        """Returns when boxes, given by tender and stage, close: seconds since 1970 UTC."""
        return [int(each["closesAt"]) for each in self._views("boxOf", boxes)]
