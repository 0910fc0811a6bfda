"""What a bidder and a panel member do, in the one order that is safe."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from eth_utils.crypto import keccak

from terang.identity.signer import Signer
from terang.sealing import documents
from terang.sealing.curve import PublicKey
from terang.sealing.envelope import Box, Sealer, open_envelope
from terang.sealing.messages import Ballot, Bid


@dataclass(frozen=True)
class BidDraft:
    """A bid whose documents are encrypted, ready to be signed; all of it is secret.

    Attributes:
        bid: not yet signed.
        ciphertext: the encrypted documents, for the store; `bid.documents` is its keccak256.
        entropy: 32 random bytes, from which the envelope's r follows.
        context: 32 bytes that bind everything else that decides the message.
    """

    bid: Bid
    ciphertext: bytes
    entropy: bytes
    context: bytes


@dataclass(frozen=True)
class SealedBid:
    """A bid ready to be sent.

    Attributes:
        bid: the signed bid; secret until the box opens.
        envelope: what goes on chain, 175 bytes.
        ciphertext: the encrypted documents, for the store; `bid.documents` is its keccak256.
    """

    bid: Bid
    envelope: bytes
    ciphertext: bytes


def draft_bid(
    account: str,
    box: Box,
    public_key: PublicKey,
    *,
    price: int,
    version: int,
    nonce: int,
    files: Mapping[str, bytes],
) -> BidDraft:
    """Packs and encrypts the documents of a bid, which its signature is to cover.

    Args:
        account: the bidder's address.
        box: the tender's box of bids, or of prices.
        public_key: Y, the box's key.
        price: in the smallest unit of the tender's currency, or `WITHDRAWN`.
        version: version of the tender's documents that is bid on.
        nonce: the bid's number, from 1.
        files: the bid's documents, name → content.

    Raises:
        MessageError: if a value is out of range.
        DocumentsError: if the documents cannot be packed.
    """
    archive = documents.pack(files)
    # The digest of this draft binds all that decides the message: account, price, version, nonce
    # and the archive in clear. It is never signed.
    context = Bid(account, price, keccak(archive), version, nonce).typed_data(box).digest
    entropy = secrets.token_bytes(32)
    sealer = Sealer(public_key, box.id, context, entropy)
    ciphertext = documents.encrypt(sealer.documents_key, archive)
    return BidDraft(
        Bid(account, price, keccak(ciphertext), version, nonce), ciphertext, entropy, context
    )


def seal_draft(draft: BidDraft, signature: bytes, box: Box, public_key: PublicKey) -> bytes:
    """Seals a draft with its signature; returns the envelope, the same one each time.

    Args:
        draft: from `draft_bid`, for the same box and key.
        signature: r ‖ s ‖ v over the draft's `SubmitBid`, from any wallet.
        box: the tender's box.
        public_key: Y, the box's key.

    Raises:
        Void: if the account did not sign this bid.
        DocumentsError: if the documents do not open under the key that follows.
    """
    bid = replace(draft.bid, signature=signature)
    bid.verify(box)
    sealer = Sealer(public_key, box.id, draft.context, draft.entropy)
    documents.decrypt(sealer.documents_key, draft.ciphertext)  # or nobody could ever read them
    return sealer.seal(bid.pack())


def seal_bid(
    wallet: Signer,
    box: Box,
    public_key: PublicKey,
    *,
    price: int,
    version: int,
    nonce: int,
    files: Mapping[str, bytes],
) -> SealedBid:
    """Encrypts the documents, signs the bid over their hash, and seals it.

    Args:
        wallet: the bidder's.
        box: the tender's box of bids, or of prices.
        public_key: Y, the box's key.
        price: in the smallest unit of the tender's currency, or `WITHDRAWN`.
        version: version of the tender's documents that is bid on.
        nonce: the bid's number, from 1.
        files: the bid's documents, name → content.

    Raises:
        MessageError: if a value is out of range.
        DocumentsError: if the documents cannot be packed.
    """
    draft = draft_bid(
        wallet.address, box, public_key, price=price, version=version, nonce=nonce, files=files
    )
    bid = draft.bid.sign(wallet, box)
    envelope = seal_draft(draft, bid.signature, box, public_key)
    return SealedBid(bid, envelope, draft.ciphertext)


def seal_ballot(ballot: Ballot, box: Box, public_key: PublicKey) -> bytes:
    """Seals a signed ballot; returns the envelope.

    Args:
        ballot: signed by the account that votes for the seat.
        box: the round's box of ballots.
        public_key: Y, the box's key.

    Raises:
        MessageError: if the ballot is not signed.
    """
    plaintext = ballot.pack()
    return Sealer(public_key, box.id, plaintext).seal(plaintext)


def open_bid(envelope: bytes, secret: int, box: Box) -> tuple[Bid, bytes]:
    """Opens a bid and checks its signature, exactly as the contract does.

    Args:
        envelope: bytes from anywhere.
        secret: y, the box's released secret.
        box: the box it was sealed to.

    Returns:
        The bid, and z, from which `envelope.documents_key` follows.

    Raises:
        Void: if it does not count, whoever sent it.
    """
    opened = open_envelope(envelope, secret, box.id)
    bid = Bid.unpack(opened.plaintext)
    bid.verify(box)
    return bid, opened.z


def open_ballot(envelope: bytes, secret: int, box: Box, count: int) -> Ballot:
    """Opens a ballot; whether its seat's account signed it is for `Ballot.verify`.

    Args:
        envelope: bytes from anywhere.
        secret: y, the box's released secret.
        box: the round's box of ballots.
        count: how many valid bids the panel judges.

    Raises:
        Void: if it is no ballot over so many bids.
    """
    return Ballot.unpack(open_envelope(envelope, secret, box.id).plaintext, count)
