"""What a bidder and a panel member do, in the one order that is safe."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from eth_utils.crypto import keccak

from terang.identity.signer import Signer
from terang.sealing import documents
from terang.sealing.curve import PublicKey
from terang.sealing.envelope import Box, Sealer, open_envelope
from terang.sealing.messages import Ballot, Bid, Proposal

Message = TypeVar("Message", bound=Bid | Proposal)
Message_co = TypeVar("Message_co", bound=Bid | Proposal, covariant=True)

_NONE = bytes(32)


@dataclass(frozen=True)
class Draft(Generic[Message_co]):
    """A message whose documents are encrypted, ready to be signed; all of it is secret.

    Attributes:
        message: a bid or a proposal, not yet signed.
        ciphertext: the encrypted documents, for the store; `message.documents` is its keccak256.
            Empty where there are none.
        entropy: 32 random bytes, from which the envelope's r follows.
        context: 32 bytes that bind everything else that decides the message.
    """

    message: Message_co
    ciphertext: bytes
    entropy: bytes
    context: bytes


@dataclass(frozen=True)
class Sealed(Generic[Message_co]):
    """A bid or a proposal ready to be sent.

    Attributes:
        message: signed; secret until the box opens.
        envelope: what goes on chain, 175 bytes for a bid and 159 for a proposal.
        ciphertext: the encrypted documents, for the store; `message.documents` is its keccak256.
            Empty where there are none.
    """

    message: Message_co
    envelope: bytes
    ciphertext: bytes


def context_of(message: Bid | Proposal, box: Box, archive: bytes | None) -> bytes:
    """Returns what binds all that decides a message: its digest over the documents in clear.

    It is never signed.

    Args:
        message: whose documents do not count.
        box: into which it goes.
        archive: its documents, packed; None for none.
    """
    clear = _NONE if archive is None else keccak(archive)
    return replace(message, documents=clear).typed_data(box).digest


def draft(
    message: Message, box: Box, public_key: PublicKey, files: Mapping[str, bytes] | None
) -> Draft[Message]:
    """Packs and encrypts the documents of a message, which its signature is to cover.

    Args:
        message: a bid or a proposal, whose documents do not count yet.
        box: the tender's box for it.
        public_key: Y, the box's key.
        files: its documents, name → content; None for none.

    Raises:
        MessageError: if the box takes no such message.
        DocumentsError: if the documents cannot be packed.
    """
    archive = None if files is None else documents.pack(files)
    context, entropy = context_of(message, box, archive), secrets.token_bytes(32)
    if archive is None:
        return Draft(replace(message, documents=_NONE), b"", entropy, context)
    sealer = Sealer(public_key, box.id, context, entropy)
    ciphertext = documents.encrypt(sealer.documents_key, archive)
    return Draft(replace(message, documents=keccak(ciphertext)), ciphertext, entropy, context)


def seal_draft(drafted: Draft[Bid | Proposal], signature: bytes, box: Box, key: PublicKey) -> bytes:
    """Seals a draft with its signature; returns the envelope, the same one each time.

    Args:
        drafted: from `draft`, for the same box and key.
        signature: r ‖ s ‖ v over the draft's message, from any wallet.
        box: the tender's box.
        key: Y, the box's key.

    Raises:
        Void: if the account did not sign this message.
        DocumentsError: if the documents do not open under the key that follows.
    """
    message = replace(drafted.message, signature=signature)
    message.verify(box)
    sealer = Sealer(key, box.id, drafted.context, drafted.entropy)
    if drafted.ciphertext:  # or nobody could ever read them
        documents.decrypt(sealer.documents_key, drafted.ciphertext)
    return sealer.seal(message.pack())


def seal_bid(
    wallet: Signer,
    box: Box,
    public_key: PublicKey,
    *,
    price: int,
    version: int,
    nonce: int,
    files: Mapping[str, bytes] | None,
) -> Sealed[Bid]:
    """Encrypts the documents, signs the bid over their hash, and seals it.

    Args:
        wallet: the bidder's.
        box: the tender's box of bids, or of prices.
        public_key: Y, the box's key.
        price: in the smallest unit of the tender's currency, or `WITHDRAWN`.
        version: version of the tender's documents that is bid on.
        nonce: the bid's number, from 1.
        files: the bid's documents, name → content; None for none.

    Raises:
        MessageError: if a value is out of range.
        DocumentsError: if the documents cannot be packed.
    """
    drafted = draft(Bid(wallet.address, price, _NONE, version, nonce), box, public_key, files)
    bid = drafted.message.sign(wallet, box)
    envelope = seal_draft(drafted, bid.signature, box, public_key)
    return Sealed(bid, envelope, drafted.ciphertext)


def seal_proposal(
    wallet: Signer,
    box: Box,
    public_key: PublicKey,
    *,
    version: int,
    nonce: int,
    files: Mapping[str, bytes] | None,
) -> Sealed[Proposal]:
    """Encrypts the documents, signs the proposal over their hash, and seals it.

    Args:
        wallet: the bidder's.
        box: the tender's box of proposals.
        public_key: Y, the box's key.
        version: version of the tender's documents that is bid on.
        nonce: the bid's number, from 1; that of its price.
        files: the proposal's documents, name → content; None for none.

    Raises:
        MessageError: if a value is out of range.
        DocumentsError: if the documents cannot be packed.
    """
    drafted = draft(Proposal(wallet.address, _NONE, version, nonce), box, public_key, files)
    proposal = drafted.message.sign(wallet, box)
    envelope = seal_draft(drafted, proposal.signature, box, public_key)
    return Sealed(proposal, envelope, drafted.ciphertext)


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


def open_proposal(envelope: bytes, secret: int, box: Box) -> tuple[Proposal, bytes]:
    """Opens a proposal and checks its signature, exactly as the contract does; see `open_bid`."""
    opened = open_envelope(envelope, secret, box.id)
    proposal = Proposal.unpack(opened.plaintext)
    proposal.verify(box)
    return proposal, opened.z


def open_ballot(envelope: bytes, secret: int, box: Box, count: int) -> Ballot:
    """Opens a ballot; whether its seat's account signed it is for `Ballot.verify`.

    Args:
        envelope: bytes from anywhere.
        secret: y, the box's released secret.
        box: the round's box of ballots.
        count: how many bids the panel judges.

    Raises:
        Void: if it is no ballot over so many bids.
    """
    return Ballot.unpack(open_envelope(envelope, secret, box.id).plaintext, count)
