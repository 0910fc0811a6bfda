"""Whole errands of one person: open a tender, seal a bid."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Context, Decimal
from pathlib import Path
from typing import Self

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.act import Act, Receipt
from terang.chain.answers import BadAnswer
from terang.chain.files import read_file, write_json
from terang.errors import TerangError, UsageError
from terang.i18n import _
from terang.identity.signer import Signer
from terang.ledger import pilot
from terang.ledger.keys import KeyClaim
from terang.ledger.ledger import Ledger
from terang.ledger.tenders import BIDS, Notice, Terms
from terang.sealing.bidding import seal_bid
from terang.sealing.documents import Store
from terang.sealing.merkle import MerkleTree
from terang.sealing.messages import WITHDRAWN
from terang.vocabulary import Category, Method, TaxBasis

_DIGITS = 200  # no amount that a person writes has as many, so nothing is rounded


class NoKeyReady(TerangError):
    """The pool of opening keys is empty."""


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
        return folder / f"tender-{self.tender}-bid-{self.nonce}.json"

    def save(self, folder: Path) -> Path:
        """Writes the receipt to a file of its own, readable by its owner only; returns where.

        Raises:
            OSError: when it cannot be written.
        """
        path = self.path(folder)
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


def pilot_terms(ledger: Ledger, currency: str, ceiling: Decimal | None, documents: bytes) -> Terms:
    """Returns terms of the pilot profile.

    Args:
        ledger: where the tender is to be published.
        currency: ISO 4217 code of a token of this ledger.
        ceiling: owner's estimate, or None.
        documents: Merkle root of the tender documents.

    Raises:
        UsageError: when the ledger has no such token, or the ceiling too many decimals.
    """
    token = ledger.token(currency)
    return Terms(
        documents=documents,
        category=Category.GOODS,
        method=Method.LOWEST_PRICE,
        taxBasis=TaxBasis.NET,
        currency=token.contract.address,
        ceiling=0 if ceiling is None else smallest_units(ceiling, token.decimals()),
        minimumBids=pilot.MINIMUM_BIDS,
        panel=pilot.PANEL,
        quorum=pilot.QUORUM,
        evaluationPeriod=pilot.EVALUATION,
        standstillPeriod=pilot.STANDSTILL,
        signingPeriod=pilot.SIGNING,
        plan=pilot.PLAN,
    )


def smallest_units(amount: Decimal, decimals: int) -> int:
    """Converts an amount exactly.

    Raises:
        UsageError: when it has more decimals than the currency, or is too large for the chain.
    """
    scaled = amount.scaleb(decimals, Context(prec=_DIGITS))
    if scaled != scaled.to_integral_value() or not 0 < scaled < WITHDRAWN:
        raise UsageError(
            _(
                "{amount} does not fit a currency of {decimals} decimals. Give fewer decimals, "
                "or a smaller amount."
            ).format(amount=amount, decimals=decimals)
        )
    return int(scaled)


def price_in(ledger: Ledger, tender: int, amount: Decimal) -> int:
    """Converts a price to the smallest unit of a tender's currency.

    Raises:
        UsageError: when there is no such tender, or the amount does not fit the currency.
    """
    currency = ledger.tenders.currency(tender)
    return smallest_units(amount, ledger.token_at(currency).decimals())


def read_files(paths: Sequence[Path]) -> dict[str, bytes]:
    """Reads documents, by their file names.

    Raises:
        UsageError: when one cannot be read, or two have the same name.
    """
    files: dict[str, bytes] = {}
    for path in paths:
        if path.name in files:
            raise UsageError(
                _("Two files are named {name}. Rename one of them.").format(name=path.name)
            )
        try:
            files[path.name] = read_file(path)
        except OSError as error:
            raise UsageError(
                _("Cannot read {path}. Check its name and permissions.").format(path=path)
            ) from error
    return files


def publish_documents(store: Store, paths: Sequence[Path]) -> tuple[bytes, str]:
    """Stores tender documents in clear; returns their Merkle root and where they are.

    A tree over the keccak256 of each document, as OpenZeppelin hashes pairs; the root of one
    document is its own hash.

    Raises:
        UsageError: when one cannot be read.
    """
    leaves = [store.put(content) for content in read_files(paths).values()]
    return MerkleTree(leaves).root, "documents:" + ",".join(leaf.hex() for leaf in leaves[:3])


def open_tender(ledger: Ledger, buyer: Signer, terms: Terms, notice: Notice, closes_at: int) -> Act:
    """Returns the act that publishes a tender under the first key of the pool that is free.

    Args:
        ledger: where.
        buyer: an account that acts for a buyer.
        terms: of the tender.
        notice: its public references.
        closes_at: first second in which nothing is sealed any more, since 1970 UTC.

    Raises:
        UsageError: when the closing time is past.
        NoKeyReady: when the openers have made no key that is free.
    """
    if closes_at <= ledger.chain.now:
        raise UsageError(
            _(
                "The closing time is past by the chain's clock. "
                "Give a later one, a day ahead or more."
            )
        )
    return ledger.tenders.publish(buyer, terms, notice, closes_at, first_key(ledger))


def first_key(ledger: Ledger) -> KeyClaim:
    """Returns the first key of the pool that is free.

    Raises:
        NoKeyReady: when the openers have made no key that is free.
    """
    _batches, free = ledger.keys.pool()
    if not free:
        raise NoKeyReady(
            _("No opening key is ready. Ask the consortium's openers to make a batch of keys.")
        )
    return free[0]


def prepare_bid(
    ledger: Ledger,
    bidder: Signer,
    store: Store,
    tender: int,
    *,
    price: int,
    nonce: int,
    files: Mapping[str, bytes],
) -> tuple[bytes, BidReceipt]:
    """Signs a bid, stores its encrypted documents, and seals it; nothing is sent.

    Args:
        ledger: where.
        bidder: signs the bid.
        store: keeps the documents.
        tender: the tender.
        price: in the smallest unit of its currency.
        nonce: the bid's number, from 1; the bidder's highest counts.
        files: the bid's documents, name → content.

    Returns:
        the envelope, and the receipt as far as it is known before sending.

    Raises:
        TenderClosed: when the tender is not open for bids.
        UsageError: when the price is above the tender's ceiling.
    """
    opened = ledger.tenders.open_box(tender)
    if opened is None:
        raise TenderClosed(
            _("Tender {tender} is not open for bids. Check its number and closing time.").format(
                tender=tender
            )
        )
    version, ceiling = opened
    if ceiling and price > ceiling:
        raise UsageError(
            _(
                "{price} is above the tender's ceiling of {ceiling}, in the smallest unit of its "
                "currency: the bid would be void. Give a lower price."
            ).format(price=price, ceiling=ceiling)
        )
    box = ledger.tenders.box(tender, BIDS)
    _id, public_key = ledger.keys.key_of(box)
    sealed = seal_bid(
        bidder, box, public_key, price=price, version=version, nonce=nonce, files=files
    )
    store.put(sealed.ciphertext)
    return sealed.envelope, BidReceipt(
        tender, nonce, price, keccak(sealed.envelope), sealed.bid.documents
    )


def complete(ledger: Ledger, receipt: Receipt, folder: Path) -> BidReceipt:
    """Adds block and transaction to the bidder's receipt of the envelope that was sealed.

    It is looked up by the envelope: after a lost answer that may be one of an earlier run.

    Args:
        ledger: where.
        receipt: of the transaction that sealed.
        folder: the bidder's receipts.

    Raises:
        UsageError: when the folder has no receipt of this envelope.
    """
    (envelope,) = ledger.tenders.envelopes([receipt])
    for path in sorted(folder.glob("tender-*-bid-*.json")):
        kept = BidReceipt.load(path)
        if kept.envelope == keccak(envelope):
            found = replace(kept, block=receipt.block, transaction=receipt.transaction)
            found.save(folder)
            return found
    raise UsageError(
        _(
            "The bid is sealed, but {folder} has no receipt of it. Look for where it is kept."
        ).format(folder=folder)
    )
