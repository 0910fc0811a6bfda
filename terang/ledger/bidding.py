"""What a bidder does: a bid prepared, and signed here or elsewhere; in one envelope or in two."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.files import read_file, write_json
from terang.errors import TerangError, UsageError
from terang.i18n import _
from terang.i18n.show import money
from terang.identity.typed_data import TypedData
from terang.ledger.checking import proved_key
from terang.ledger.desk import smallest_units
from terang.ledger.ledger import Ledger
from terang.ledger.receipts import (
    BidReceipt,
    Sealing,
    draft_path,
    keep_own,
    own_store,
    receipt_path,
)
from terang.ledger.signing import Signature
from terang.ledger.tenders import stages
from terang.sealing.bidding import Draft, context_of, draft, seal_draft
from terang.sealing.curve import PublicKey
from terang.sealing.documents import DocumentsError, pack
from terang.sealing.envelope import Box
from terang.sealing.messages import WITHDRAWN, Bid, Proposal
from terang.vocabulary import BIDS, PRICES, PROPOSALS

NAMES: Final = {BIDS: "bid", PROPOSALS: "proposal", PRICES: "price"}
"""What the message of a stage is called in files."""

_UNKNOWN: Final = bytes(32)


class TenderClosed(TerangError):
    """A tender takes no bids any more."""


class Target(NamedTuple):
    """A box that takes an envelope of a bid, and its key Y."""

    box: Box
    public_key: PublicKey


@dataclass(frozen=True)
class OpenTender:
    """A tender that takes bids, with what the envelopes for it need.

    Attributes:
        id: its number.
        targets: one for bids, or two: for proposals, and for their prices.
        version: of the tender's documents.
        ceiling: highest price that counts, in the smallest unit of its currency; 0 for none.
        buyer: organisation that published it.
        closes_at: first second in which nothing is sealed any more, since 1970 UTC.
    """

    id: int
    targets: tuple[Target, ...]
    version: int
    ceiling: int
    buyer: int
    closes_at: int

    @classmethod
    def at(cls, ledger: Ledger, tender: int) -> Self:
        """Reads it from the chain, and checks the ceremonies that made its keys.

        Raises:
            TenderClosed: when it is not open for bids.
            KeyNotProved: when a key is not what the openers made.
        """
        opened = ledger.tenders.open_tender(tender)
        if opened is None:
            raise TenderClosed(
                _(
                    "Tender {tender} is not open for bids. Check its number and closing time."
                ).format(tender=tender)
            )
        boxes = [ledger.tenders.box(tender, stage) for stage in stages(opened.method)]
        targets = tuple(Target(box, proved_key(ledger, box)) for box in boxes)
        return cls(tender, targets, opened.version, opened.ceiling, opened.buyer, opened.closes_at)

    @property
    def has_two(self) -> bool:
        """Whether the price goes into an envelope of its own."""
        return len(self.targets) > 1

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
            currency = ledger.currency_at(ledger.tenders.currency(self.id))
            raise UsageError(
                _(
                    "{price} is above the tender's ceiling of {ceiling}: the bid would be void. "
                    "Give a lower price."
                ).format(price=money(price, currency), ceiling=money(self.ceiling, currency))
            )


@dataclass(frozen=True)
class Offer:
    """What a supplier bids.

    Attributes:
        price: in the smallest unit of the tender's currency, or `WITHDRAWN`.
        nonce: the bid's number, from 1; the bidder's highest counts.
        files: the bid's documents, name → content; those of the proposal in two envelopes.
        price_files: documents of the price's own envelope; none in one envelope.
    """

    price: int
    nonce: int
    files: Mapping[str, bytes]
    price_files: Mapping[str, bytes] | None = None

    def messages(
        self, tender: OpenTender, account: str
    ) -> list[tuple[Bid | Proposal, Mapping[str, bytes] | None]]:
        """Returns, for each box of a tender, its message without documents, and its documents.

        Raises:
            UsageError: when the price has documents and no envelope of its own.
            MessageError: when a value is out of range.
        """
        bid = Bid(account, self.price, _UNKNOWN, tender.version, self.nonce)
        if tender.has_two:
            proposal = Proposal(account, _UNKNOWN, tender.version, self.nonce)
            return [(proposal, self.files), (bid, self.price_files)]
        if self.price_files is not None:
            raise UsageError(
                _(
                    "A bid for tender {tender} is one envelope, and has one set of documents. "
                    "Give them all with --file."
                ).format(tender=tender.id)
            )
        return [(bid, self.files)]

    def binding(self, tender: OpenTender, account: str) -> bytes:
        """Returns what binds all that is bid, 32 bytes; no document is encrypted for it."""
        contexts = [
            context_of(message, target.box, None if files is None else pack(files))
            for (message, files), target in zip(
                self.messages(tender, account), tender.targets, strict=True
            )
        ]
        return keccak(b"".join(contexts))


@dataclass(frozen=True)
class Prepared:
    """A bid to be signed, wherever its wallet is.

    Attributes:
        tender: to which it is made.
        drafts: its messages with their encrypted documents, one for each box; secret.
    """

    tender: OpenTender
    drafts: tuple[Draft[Bid | Proposal], ...]

    @property
    def messages(self) -> dict[int, TypedData]:
        """What the bidder's wallet shows and signs, by stage."""
        pairs = zip(self.tender.targets, self.drafts, strict=True)
        return {box.stage: each.message.typed_data(box) for (box, _key), each in pairs}

    @property
    def nonce(self) -> int:
        """The bid's number."""
        return self.drafts[-1].message.nonce

    @property
    def price(self) -> int:
        """The bid's price, in the smallest unit of the tender's currency."""
        message = self.drafts[-1].message
        return message.price if isinstance(message, Bid) else 0

    @property
    def archives(self) -> list[bytes]:
        """The encrypted documents, of each envelope that has some."""
        return [each.ciphertext for each in self.drafts if each.ciphertext]

    @property
    def offer(self) -> bytes:
        """What binds all that is bid (`Offer.binding`)."""
        return keccak(b"".join(each.context for each in self.drafts))

    def save(self, folder: Path) -> Path:
        """Keeps what sealing needs beside the signatures; returns the file, its owner's only.

        Raises:
            UsageError: when a bid of this number waits already.
            StoreError: when the folder cannot be written.
            OSError: likewise.
        """
        path = draft_path(folder, self.tender.id, self.nonce)
        if path.exists():
            raise UsageError(
                _("{path} is there already. Give the bid another --nonce, or remove it.").format(
                    path=path
                )
            )
        keep_own(folder, self.archives)
        kept = {
            NAMES[stage]: {
                "digest": "0x" + data.digest.hex(),
                "entropy": "0x" + each.entropy.hex(),
                "context": "0x" + each.context.hex(),
            }
            for (stage, data), each in zip(self.messages.items(), self.drafts, strict=True)
        }
        write_json(path, kept, 0o600)
        return path

    def seal(self, signatures: Sequence[bytes]) -> tuple[tuple[bytes, ...], BidReceipt]:
        """Seals it with a signature for each of its messages, in the order of the boxes.

        Returns:
            the envelopes in that order, and the receipt as far as it is known before sending.

        Raises:
            Void: when the bidder did not sign this.
            UsageError: when the documents do not belong to it.
        """
        try:
            envelopes = tuple(
                seal_draft(each, signature, *target)
                for each, signature, target in zip(
                    self.drafts, signatures, self.tender.targets, strict=True
                )
            )
        except DocumentsError as error:
            raise UsageError(
                _(
                    "The documents of bid {nonce} do not open under its key. Prepare it again."
                ).format(nonce=self.nonce)
            ) from error
        first, *_rest = sealings = [
            Sealing(keccak(envelope), each.message.documents)
            for envelope, each in zip(envelopes, self.drafts, strict=True)
        ]
        last = sealings[-1]
        receipt = BidReceipt(
            self.tender.id,
            self.nonce,
            self.price,
            last.envelope,
            last.documents,
            proposal=first if self.tender.has_two else None,
            offer=self.offer,
            version=self.tender.version,
        )
        return envelopes, receipt


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


def prepare_bid(ledger: Ledger, account: str, tender: OpenTender, offer: Offer) -> Prepared:
    """Encrypts a bid's documents and makes the messages to sign; nothing is written or sent.

    Args:
        ledger: where.
        account: the bidder's, which is to sign.
        tender: the tender.
        offer: what is bid.

    Raises:
        UsageError: when the bid would be void.
        DocumentsError: when the documents cannot be packed.
    """
    tender.check_bid(ledger, account, offer.price)
    drafts = tuple(
        draft(message, *target, files)
        for (message, files), target in zip(
            offer.messages(tender, account), tender.targets, strict=True
        )
    )
    return Prepared(tender, drafts)


def signed_bid(
    ledger: Ledger, messages: Sequence[TypedData], signatures: Sequence[Signature], folder: Path
) -> tuple[Prepared, list[bytes]]:
    """Brings a bid that was signed elsewhere together with what was kept here.

    Args:
        ledger: where.
        messages: one `SubmitBid` of this ledger, and in two envelopes the `SubmitProposal`.
        signatures: the bidder's, in any order.
        folder: the bidder's receipts, with what `Prepared.save` wrote.

    Returns:
        the bid, and the signatures in the order of its boxes.

    Raises:
        TenderClosed: when the tender is not open for bids.
        UsageError: when something else was signed, the bid would be void, or what was kept here is
            missing.
        StoreError: when the documents are not there any more.
    """
    own = _signatures(messages, signatures)
    bid = _one(messages, "SubmitBid")
    found = OpenTender.at(ledger, bid["tenderId"])
    found.check_bid(ledger, bid["account"], bid["price"])
    parts = _parts(found, messages)
    if found.version != bid["version"]:
        raise UsageError(
            _(
                "The bid is for version {version} of the tender's documents, which are at "
                "{newest} now. Prepare it again."
            ).format(version=bid["version"], newest=found.version)
        )
    path = draft_path(folder, found.id, bid["nonce"])
    done = receipt_path(folder, found.id, bid["nonce"])
    if done.exists() and not path.exists():
        raise UsageError(
            _("This bid is sealed already. `bid status {path}` follows it.").format(path=done)
        )
    store, drafts = own_store(folder), []
    for (box, _key), data in zip(found.targets, parts, strict=True):
        message, kept = _message(data), _kept(path, NAMES[box.stage])
        if kept[0] != data.digest:  # two messages under one r would tell each other
            raise UsageError(
                _("{path} was kept for another bid than this one. Prepare it again.").format(
                    path=path
                )
            )
        ciphertext = store.get(message.documents) if any(message.documents) else b""
        drafts.append(Draft(message, ciphertext, *kept[1:]))
    return Prepared(found, tuple(drafts)), [own[data.digest].signature for data in parts]


def _signatures(
    messages: Sequence[TypedData], signatures: Sequence[Signature]
) -> dict[bytes, Signature]:
    """Returns the signature of each message by its digest."""
    own = {each.digest: each for each in signatures}
    for data in messages:
        if data.digest not in own:
            raise UsageError(
                _("No signature is of the {act} in these files. Have each file signed.").format(
                    act=data.primary_type
                )
            )
        own[data.digest].check_key(data)
    return own


def _one(messages: Sequence[TypedData], act: str) -> Mapping[str, Any]:
    found = [each.message for each in messages if each.primary_type == act]
    if len(found) != 1:
        raise UsageError(
            _(
                "Give the file of one bid, and in two envelopes that of its proposal too: {act} is "
                "there {count} times."
            ).format(act=act, count=len(found))
        )
    return found[0]


def _parts(tender: OpenTender, messages: Sequence[TypedData]) -> list[TypedData]:
    """Returns the messages in the order of the tender's boxes: all of them, of one bid."""
    acts = ["SubmitProposal", "SubmitBid"] if tender.has_two else ["SubmitBid"]
    for act in acts:
        _one(messages, act)
    said = [each.message for each in messages]
    same = ("tenderId", "account", "version", "nonce")
    differ = any(each[name] != said[0][name] for each in said for name in same)
    if len(messages) != len(acts) or differ:
        raise UsageError(
            _(
                "These files are not the messages of one bid for tender {tender}. Give those that "
                "`bid prepare` wrote together."
            ).format(tender=tender.id)
        )
    return sorted(messages, key=lambda each: acts.index(each.primary_type))


def _message(data: TypedData) -> Bid | Proposal:
    said = data.message
    if data.primary_type == "SubmitProposal":
        return Proposal(said["account"], said["documents"], said["version"], said["nonce"])
    return Bid(said["account"], said["price"], said["documents"], said["version"], said["nonce"])


def _kept(path: Path, name: str) -> list[bytes]:
    """Returns digest, entropy and context of a message that waited for its signature."""
    try:
        read = json.loads(read_file(path))[name]
        return [answers.data(read[each], each, 32) for each in ("digest", "entropy", "context")]
    except (OSError, LookupError, TypeError, ValueError, RecursionError, BadAnswer) as error:
        raise UsageError(
            _(
                "{path} is missing or damaged, and without it the bid cannot be sealed. Work where "
                "it was prepared, or prepare it again."
            ).format(path=path)
        ) from error
