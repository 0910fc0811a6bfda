"""What a bidder keeps of its bids, to itself: receipts, envelopes, encrypted documents."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.contract import Event
from terang.chain.files import read_file, write_json
from terang.errors import UsageError
from terang.i18n import _
from terang.sealing.documents import Store
from terang.vocabulary import BIDS, PRICES, PROPOSALS

_HASHES: Final = ("envelope", "documents", "transaction", "offer")


@dataclass(frozen=True)
class Sealing:
    """One envelope of a bid.

    Attributes:
        envelope: its keccak256.
        documents: keccak256 of the encrypted documents; zero where there are none.
        block: number of the block that has it; None until it is known.
        transaction: hash of the transaction; None until it is known.
    """

    envelope: bytes
    documents: bytes
    block: int | None = None
    transaction: bytes | None = None


@dataclass(frozen=True)
class BidReceipt:
    """What a bidder keeps of a bid, to itself: it tells the price.

    Where the price has an envelope of its own, envelope, documents, block and transaction are those
    of the price.

    Attributes:
        tender: the tender.
        nonce: the bid's number.
        price: in the smallest unit of the tender's currency.
        envelope: keccak256 of the envelope.
        documents: keccak256 of the encrypted documents; zero where there are none.
        block: number of the block that has it; None until it is known.
        transaction: hash of the transaction; None until it is known.
        proposal: the envelope of the proposal; None where there is one envelope only.
        offer: binds all that is bid, 32 bytes: so a repeated command finds the bid that it began.
        version: of the tender's documents that is bid on; None in receipts of earlier releases.
    """

    tender: int
    nonce: int
    price: int
    envelope: bytes
    documents: bytes
    block: int | None = None
    transaction: bytes | None = None
    proposal: Sealing | None = None
    offer: bytes | None = None
    version: int | None = None

    @property
    def sealings(self) -> dict[int, Sealing]:
        """The envelopes by the stage of their box, in the order of their opening."""
        own = Sealing(self.envelope, self.documents, self.block, self.transaction)
        if self.proposal is None:
            return {BIDS: own}
        return {PROPOSALS: self.proposal, PRICES: own}

    @property
    def waiting(self) -> tuple[int, ...]:
        """The stages whose box is not known to have its envelope."""
        return tuple(stage for stage, each in self.sealings.items() if each.block is None)

    @property
    def archives(self) -> list[bytes]:
        """The keccak256 of each of its encrypted archives."""
        return [each.documents for each in self.sealings.values() if any(each.documents)]

    def sealed(self, stage: int, block: int, transaction: bytes) -> "BidReceipt":
        """Returns the receipt once the box of a stage has its envelope."""
        if stage == PROPOSALS and self.proposal is not None:
            done = replace(self.proposal, block=block, transaction=transaction)
            return replace(self, proposal=done)
        return replace(self, block=block, transaction=transaction)

    def as_json(self) -> dict[str, Any]:
        """Returns the receipt for a JSON file, hashes in hex."""
        values = asdict(self)
        for name in ("proposal", "offer", "version"):
            if values[name] is None:
                del values[name]
        return _hexed(values)

    def path(self, folder: Path) -> Path:
        """Returns the receipt's file in a folder of receipts."""
        return receipt_path(folder, self.tender, self.nonce)

    def save(self, folder: Path) -> Path:
        """Writes the receipt to a file of its own, readable by its owner only; returns where.

        Raises:
            UsageError: when that is the receipt of another envelope.
            OSError: when it cannot be written.
        """
        path = self.path(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and not self.is_of(self.load(path)):
            raise UsageError(
                _("{path} is the receipt of another bid. Prepare this one under a new --nonce.")
                .format(path=path)
            )  # fmt: skip
        write_json(path, self.as_json(), 0o600)
        return path

    def is_of(self, other: "BidReceipt") -> bool:
        """Tells whether another receipt is of the same envelopes."""
        mine, theirs = self.sealings, other.sealings
        return mine.keys() == theirs.keys() and all(
            each.envelope == theirs[stage].envelope for stage, each in mine.items()
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a receipt.

        Raises:
            UsageError: when the file cannot be read, or is no receipt.
        """
        try:
            read = json.loads(read_file(path))
            within = read.pop("proposal", None)
            proposal = None if within is None else Sealing(**_bytes(within))
            found = cls(**_bytes(read), proposal=proposal)
            numbers = (found.tender, found.nonce, found.price)
            if not all(type(each) is int and each > 0 for each in numbers):
                raise ValueError("numbers")
            if any(None in (each.envelope, each.documents) for each in found.sealings.values()):
                raise ValueError("hashes")
        except (
            OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError, BadAnswer
        ) as error:  # fmt: skip
            raise UsageError(
                _(
                    "{path} is not the receipt of a bid. Name the file that `bid seal` wrote."
                ).format(path=path)
            ) from error
        return found


def receipts_of(folder: Path, tender: int) -> Iterator[BidReceipt]:
    """Yields the receipts of a tender's bids; one that is damaged says nothing of the others."""
    for path in sorted(folder.glob(f"tender-{tender}-bid-*[0-9].json")):
        with suppress(UsageError):
            yield BidReceipt.load(path)


def note_sealed(folder: Path, events: Iterable[Event]) -> BidReceipt | None:
    """Adds block and transaction to the receipts of envelopes that are in their boxes.

    They are looked up by the envelope: after a lost answer that may be one of an earlier run. What
    was kept until every box has its envelope is removed.

    Args:
        folder: the bidder's receipts.
        events: those of `Tenders`.

    Returns:
        the last receipt of them; None when the folder has none.
    """
    found: BidReceipt | None = None
    for each in events:
        if each.name != "Sealed":
            continue
        stage, digest = int(each.args["stage"]), keccak(each.args["envelope"])
        for kept in receipts_of(folder, int(each.args["tenderId"])):
            own = kept.sealings.get(stage)
            if own is not None and own.envelope == digest:
                found = note(folder, kept, stage, each.block, each.transaction)
    return found


def note(
    folder: Path, receipt: BidReceipt, stage: int, block: int, transaction: bytes
) -> BidReceipt:
    """Writes down that the box of a stage has its envelope; returns the receipt as it is now.

    Raises:
        OSError: when it cannot be written.
    """
    done = receipt.sealed(stage, block, transaction)
    done.save(folder)
    if not done.waiting:
        draft_path(folder, done.tender, done.nonce).unlink(missing_ok=True)
        for each in done.sealings.values():
            own_envelopes(folder).path(each.envelope).unlink(missing_ok=True)
    return done


def receipt_path(folder: Path, tender: int, nonce: int) -> Path:
    """Returns the file of a bid's receipt."""
    return folder / f"tender-{tender}-bid-{nonce}.json"


def draft_path(folder: Path, tender: int, nonce: int) -> Path:
    """Returns the file of what waits for the signatures of a bid."""
    return folder / f"tender-{tender}-bid-{nonce}-draft.json"


def own_store(folder: Path) -> Store:
    """Returns where a bidder keeps its own encrypted documents, in a folder of receipts."""
    return Store(folder / "documents")


def own_envelopes(folder: Path) -> Store:
    """Returns where a bidder keeps envelopes until their boxes have them."""
    return Store(folder / "envelopes")


def keep_own(folder: Path, contents: Sequence[bytes]) -> None:
    """Keeps a bidder's encrypted documents in its folder of receipts, its owner's only.

    Raises:
        StoreError: when they cannot be written.
        OSError: when the folder cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for content in contents:
        own_store(folder).put(content)


def _hexed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: "0x" + value.hex()
        if isinstance(value, bytes)
        else _hexed(value)
        if isinstance(value, Mapping)
        else value
        for name, value in values.items()
    }


def _bytes(read: Mapping[str, Any]) -> dict[str, Any]:
    hashes = {name: read[name] for name in _HASHES if read.get(name) is not None}
    return {**read, **{name: answers.data(text, name, 32) for name, text in hashes.items()}}
