"""What a bidder and a panel member do, in the one order that is safe."""

from collections.abc import Mapping
from dataclasses import dataclass

from eth_utils.crypto import keccak

from terang.identity.signer import Signer
from terang.sealing import documents
from terang.sealing.curve import PublicKey
from terang.sealing.envelope import Box, Sealer, open_envelope
from terang.sealing.messages import Ballot, Bid


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
    """Packs and encrypts the documents, signs the bid over their hash, and seals it.

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
    archive = documents.pack(files)
    draft = Bid(wallet.address, price, keccak(archive), version, nonce)
    # The digest of the draft binds all that decides the message: account, price, version, nonce
    # and the archive in clear. It is never signed.
    sealer = Sealer(public_key, box.id, draft.typed_data(box).digest)
    ciphertext = documents.encrypt(sealer.documents_key, archive)
    bid = Bid(wallet.address, price, keccak(ciphertext), version, nonce).sign(wallet, box)
    return SealedBid(bid, sealer.seal(bid.pack()), ciphertext)


def seal_ballot(wallet: Signer, box: Box, public_key: PublicKey, ballot: Ballot) -> bytes:
    """Signs a ballot and seals it; returns the envelope.

    Args:
        wallet: of the account that votes for the seat.
        box: the round's box of ballots.
        public_key: Y, the box's key.
        ballot: not yet signed.
    """
    plaintext = ballot.sign(wallet, box).pack()
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
