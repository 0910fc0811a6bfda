"""What a bidder does: a bid prepared, signed here or elsewhere, sealed, and its receipt."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Self

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.act import Receipt
from terang.chain.answers import BadAnswer
from terang.chain.files import read_file, write_json
from terang.errors import TerangError, UsageError
from terang.i18n import _
from terang.i18n.show import money
from terang.identity.typed_data import TypedData
from terang.ledger.checking import proved_key
from terang.ledger.desk import smallest_units
from terang.ledger.ledger import Ledger
from terang.ledger.signing import Signature
from terang.ledger.tenders import BIDS
from terang.sealing.bidding import BidDraft, draft_bid, seal_draft
from terang.sealing.curve import PublicKey
from terang.sealing.documents import DocumentsError, Store
from terang.sealing.envelope import Box
from terang.sealing.messages import WITHDRAWN, Bid


class TenderClosed(TerangError):
    """A tender takes no bids any more."""


@dataclass(frozen=True)
class BidReceipt:
    """What a bidder keeps of a bid, to itself: it tells the price.

    Attributes:
        tender: the tender.
        nonce: the bid's number.
        price: in the smallest unit of the tender's currency.
        envelope: keccak256 of the envelope.
        documents: keccak256 of the encrypted documents.
        block: number of the block that has it; None until it is known.
        transaction: hash of the transaction; None until it is known.
    """

    tender: int
    nonce: int
    price: int
    envelope: bytes
    documents: bytes
    block: int | None = None
    transaction: bytes | None = None

    def as_json(self) -> dict[str, int | str | None]:
        """Returns the receipt for a JSON file, hashes in hex."""
        return {
            name: "0x" + value.hex() if isinstance(value, bytes) else value
            for name, value in asdict(self).items()
        }

    def path(self, folder: Path) -> Path:
        """Returns the receipt's file in a folder of receipts."""
        return _receipt_path(folder, self.tender, self.nonce)

    def save(self, folder: Path) -> Path:
        """Writes the receipt to a file of its own, readable by its owner only; returns where.

        Raises:
            UsageError: when that is the receipt of another envelope.
            OSError: when it cannot be written.
        """
        path = self.path(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and self.load(path).envelope != self.envelope:
            raise UsageError(
                _("{path} is the receipt of another bid. Prepare this one under a new --nonce.")
                .format(path=path)
            )  # fmt: skip
        write_json(path, self.as_json(), 0o600)
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a receipt.

        Raises:
            UsageError: when the file cannot be read, or is no receipt.
        """
        try:
            read = json.loads(read_file(path))
            hashes = {name: read[name] for name in ("envelope", "documents", "transaction")}
            found = cls(
                **{
                    **read,
                    **{
                        name: None if text is None else answers.data(text, name, 32)
                        for name, text in hashes.items()
                    },
                }
            )
            numbers = (found.tender, found.nonce, found.price)
            if None in (found.envelope, found.documents) or not all(
                type(each) is int and each > 0 for each in numbers
            ):
                raise ValueError("numbers")
        except (OSError, LookupError, TypeError, ValueError, RecursionError, BadAnswer) as error:
            raise UsageError(
                _(
                    "{path} is not the receipt of a bid. Name the file that `bid seal` wrote."
                ).format(path=path)
            ) from error
        return found


@dataclass(frozen=True)
class OpenTender:
    """A tender that takes bids, with what an envelope for it needs.

    Attributes:
        box: what bids are bound to.
        public_key: Y, of the box.
        version: of the tender's documents.
        ceiling: highest price that counts, in the smallest unit of its currency; 0 for none.
        buyer: organisation that published it.
        closes_at: first second in which nothing is sealed any more, since 1970 UTC.
    """

    box: Box
    public_key: PublicKey
    version: int
    ceiling: int
    buyer: int
    closes_at: int

    @classmethod
    def at(cls, ledger: Ledger, tender: int) -> Self:
        """Reads it from the chain, and checks the ceremony that made its key.

        Raises:
            TenderClosed: when it is not open for bids.
            KeyNotProved: when its key is not what the openers made.
        """
        opened = ledger.tenders.open_tender(tender)
        if opened is None:
            raise TenderClosed(
                _(
                    "Tender {tender} is not open for bids. Check its number and closing time."
                ).format(tender=tender)
            )
        box = ledger.tenders.box(tender, BIDS)
        return cls(box, proved_key(ledger, box), *opened)

    def check_bid(self, ledger: Ledger, account: str, price: int) -> None:
        """Checks that a bid of this account would count, as far as anybody can know now.

        Args:
            ledger: where.
            account: the bidder's.
            price: in the smallest unit of the tender's currency, or `WITHDRAWN`.

        Raises:
            UsageError: when it would be void.
        """
        organisation, eligible = ledger.participants.bidder_at(account, self.closes_at)
        if not eligible or organisation == self.buyer:
            raise UsageError(
                _(
                    "A bid of {account} would be void: at closing that account would not bid for a "
                    "supplier in good standing other than the buyer. Sign with an account that "
                    "does; `participant list` names them."
                ).format(account=account)
            )
        if self.ceiling and self.ceiling < price != WITHDRAWN:
            currency = ledger.currency_at(ledger.tenders.currency(self.box.tender_id))
            raise UsageError(
                _(
                    "{price} is above the tender's ceiling of {ceiling}: the bid would be void. "
                    "Give a lower price."
                ).format(price=money(price, currency), ceiling=money(self.ceiling, currency))
            )


@dataclass(frozen=True)
class Prepared:
    """A bid to be signed, wherever its wallet is.

    Attributes:
        tender: to which it is made.
        draft: the bid with its encrypted documents; secret.
    """

    tender: OpenTender
    draft: BidDraft

    @property
    def data(self) -> TypedData:
        """What the bidder's wallet shows and signs."""
        return self.draft.bid.typed_data(self.tender.box)

    def path(self, folder: Path) -> Path:
        """Returns the file, in a folder of receipts, of what waits here for the signature."""
        return _draft_path(folder, self.tender.box.tender_id, self.draft.bid.nonce)

    def save(self, folder: Path) -> Path:
        """Keeps what sealing needs beside the signature; returns the file, its owner's only.

        Raises:
            UsageError: when a bid of this number waits already.
            StoreError: when the folder cannot be written.
            OSError: likewise.
        """
        path = self.path(folder)
        if path.exists():
            raise UsageError(
                _("{path} is there already. Give the bid another --nonce, or remove it.").format(
                    path=path
                )
            )
        keep_own(folder, self.draft.ciphertext)
        draft = self.draft
        kept = {"digest": self.data.digest, "entropy": draft.entropy, "context": draft.context}
        write_json(path, {name: "0x" + value.hex() for name, value in kept.items()}, 0o600)
        return path

    def seal(self, signature: bytes) -> tuple[bytes, BidReceipt]:
        """Returns the envelope, and the receipt as far as it is known before sending.

        Raises:
            Void: when the bidder did not sign this.
            UsageError: when the documents do not belong to it.
        """
        bid, tender = self.draft.bid, self.tender
        try:
            envelope = seal_draft(self.draft, signature, tender.box, tender.public_key)
        except DocumentsError as error:
            raise UsageError(
                _(
                    "The documents of bid {nonce} do not open under its key. Prepare it again."
                ).format(nonce=bid.nonce)
            ) from error
        return envelope, BidReceipt(
            tender.box.tender_id, bid.nonce, bid.price, keccak(envelope), bid.documents
        )


def price_in(ledger: Ledger, tender: int, amount: Decimal | None) -> int:
    """Converts a price to the smallest unit of a tender's currency.

    Args:
        ledger: where.
        tender: the tender.
        amount: in its currency; None withdraws.

    Raises:
        UsageError: when there is no such tender, or the amount does not fit the currency.
    """
    currency = ledger.tenders.currency(tender)
    if amount is None:
        return WITHDRAWN
    return smallest_units(amount, ledger.token_at(currency).decimals())


def prepare_bid(
    ledger: Ledger,
    account: str,
    tender: int,
    *,
    price: int,
    nonce: int,
    files: Mapping[str, bytes],
) -> Prepared:
    """Encrypts a bid's documents and makes the message to sign; nothing is written or sent.

    Args:
        ledger: where.
        account: the bidder's, which is to sign.
        tender: the tender.
        price: in the smallest unit of its currency, or `WITHDRAWN`.
        nonce: the bid's number, from 1; the bidder's highest counts.
        files: the bid's documents, name → content.

    Raises:
        TenderClosed: when the tender is not open for bids.
        UsageError: when the bid would be void.
        DocumentsError: when the documents cannot be packed.
    """
    found = OpenTender.at(ledger, tender)
    found.check_bid(ledger, account, price)
    draft = draft_bid(
        account,
        found.box,
        found.public_key,
        price=price,
        version=found.version,
        nonce=nonce,
        files=files,
    )
    return Prepared(found, draft)


def signed_bid(ledger: Ledger, data: TypedData, signature: Signature, folder: Path) -> Prepared:
    """Brings a bid that was signed elsewhere together with what was kept here.

    Args:
        ledger: where.
        data: the message, a `SubmitBid` of this ledger.
        signature: the bidder's.
        folder: the bidder's receipts, with what `Prepared.save` wrote.

    Raises:
        TenderClosed: when the tender is not open for bids.
        UsageError: when something else was signed, the bid would be void, or what was kept here is
            missing.
        StoreError: when the documents are not there any more.
    """
    signature.check_key(data)
    message = data.message
    found = OpenTender.at(ledger, message["tenderId"])
    found.check_bid(ledger, message["account"], message["price"])
    bid = Bid(
        message["account"],
        message["price"],
        message["documents"],
        message["version"],
        message["nonce"],
    )
    if found.version != bid.version:
        raise UsageError(
            _(
                "The bid is for version {version} of the tender's documents, which are at "
                "{newest} now. Prepare it again."
            ).format(version=bid.version, newest=found.version)
        )
    path = _draft_path(folder, found.box.tender_id, bid.nonce)
    done = _receipt_path(folder, found.box.tender_id, bid.nonce)
    if done.exists() and not path.exists():
        raise UsageError(
            _("This bid is sealed already. `bid status {path}` follows it.").format(path=done)
        )
    try:
        read = json.loads(read_file(path))
        digest, *kept = (
            answers.data(read[name], name, 32) for name in ("digest", "entropy", "context")
        )
    except (OSError, LookupError, TypeError, ValueError, RecursionError, BadAnswer) as error:
        raise UsageError(
            _(
                "{path} is missing or damaged, and without it the bid cannot be sealed. Work where "
                "it was prepared, or prepare it again."
            ).format(path=path)
        ) from error
    if digest != data.digest:  # two messages under one r would tell each other
        raise UsageError(
            _("{path} was kept for another bid than this one. Prepare it again.").format(path=path)
        )
    return Prepared(found, BidDraft(bid, own_store(folder).get(bid.documents), *kept))


def complete(ledger: Ledger, receipt: Receipt, folder: Path) -> BidReceipt:
    """Adds block and transaction to the bidder's receipt of the envelope that was sealed.

    It is looked up by the envelope: after a lost answer that may be one of an earlier run. What
    waited for a signature is removed.

    Args:
        ledger: where.
        receipt: of the transaction that sealed.
        folder: the bidder's receipts.

    Raises:
        UsageError: when the folder has no receipt of this envelope.
    """
    (sealed,) = (each for each in ledger.tenders.events([receipt]) if each.name == "Sealed")
    tender, envelope = int(sealed.args["tenderId"]), keccak(sealed.args["envelope"])
    for path in sorted(folder.glob(f"tender-{tender}-bid-*[0-9].json")):
        with suppress(UsageError):  # one that is damaged says nothing of the others
            kept = BidReceipt.load(path)
            if kept.envelope == envelope:
                found = replace(kept, block=receipt.block, transaction=receipt.transaction)
                found.save(folder)
                _draft_path(folder, found.tender, found.nonce).unlink(missing_ok=True)
                return found
    raise UsageError(
        _(
            "The bid is sealed, in block {block} ({transaction}): do not seal it again. "
            "But {folder} has no receipt of it. Look for where it is kept."
        ).format(block=receipt.block, transaction="0x" + receipt.transaction.hex(), folder=folder)
    )


def own_store(folder: Path) -> Store:
    """Returns where a bidder keeps its own encrypted documents, in a folder of receipts."""
    return Store(folder / "documents")


def keep_own(folder: Path, ciphertext: bytes) -> None:
    """Keeps a bidder's encrypted documents in its folder of receipts, its owner's only.

    Raises:
        StoreError: when they cannot be written.
        OSError: when the folder cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    own_store(folder).put(ciphertext)


def _receipt_path(folder: Path, tender: int, nonce: int) -> Path:
    return folder / f"tender-{tender}-bid-{nonce}.json"


def _draft_path(folder: Path, tender: int, nonce: int) -> Path:
    return folder / f"tender-{tender}-bid-{nonce}-draft.json"
