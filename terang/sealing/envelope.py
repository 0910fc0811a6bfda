"""Envelope, version 1: a plaintext sealed to a box's public key.

    byte 0        0x01
    bytes 1–33    R = r·G, compressed
    bytes 34–     plaintext XOR keystream

    z        = addr(r·Y) = addr(y·R)
    block i  = keccak256(abi.encode(DOMAIN, boxId, z, i)),  i = 0, 1, …

There is no MAC: every plaintext ends its author's signature over the whole message, so a changed
ciphertext opens to a message that does not verify.
"""

import secrets
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from eth_utils.address import to_canonical_address
from eth_utils.crypto import keccak

from terang.errors import TerangError
from terang.i18n import N_, _
from terang.sealing.curve import (
    COMPRESSED,
    N,
    PublicKey,
    derive_scalar,
    generate,
    parse_point,
    shared_address,
    words,
)

VERSION: Final = 1
HEADER: Final = 1 + COMPRESSED
DOMAIN: Final = keccak(text="Terang sealed box v1")
DOCUMENTS: Final = keccak(text="Terang bid documents v1")


class Reason(IntEnum):
    """Why the bytes of an envelope are no message; names and numbers of the contract's `Void`."""

    LENGTH = 1
    VERSION = 2
    POINT = 3
    SIGNATURE = 4


_SENTENCES: Final = {
    Reason.LENGTH: N_("This envelope is void: its length is wrong. Seal the message again."),
    Reason.VERSION: N_("This envelope is void: its version is not 1. Seal the message again."),
    Reason.POINT: N_("This envelope is void: it holds no valid point. Seal the message again."),
    Reason.SIGNATURE: N_(
        "This envelope is void: its signature does not verify. Sign and seal the message again."
    ),
}


class Void(TerangError, ValueError):
    """An envelope that does not count, as the contract finds it too.

    Attributes:
        reason: the first defect, in the order in which `Reason` lists them.
    """

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(_(_SENTENCES[reason]))


class SealerUsed(TerangError, RuntimeError):
    """A sealer was asked to seal a second message: the two would share one keystream."""

    def __init__(self) -> None:
        super().__init__(_("This sealer has sealed another message. Make a new one for each."))


@dataclass(frozen=True)
class Opened:
    """What an envelope held.

    Attributes:
        plaintext: the message, not yet checked.
        z: the shared address, 20 bytes, from which the documents' key follows.
    """

    plaintext: bytes
    z: bytes


@dataclass(frozen=True)
class Box:
    """One box: everything an envelope and the signature in it are bound to.

    Attributes:
        chain_id: the chain's id.
        contract: address of the contract that holds the box, hex.
        tender_id: the tender.
        stage: 0 bids, 1 proposals, 2 prices, 16 + round ballots.
    """

    chain_id: int
    contract: str
    tender_id: int
    stage: int

    @property
    def id(self) -> bytes:
        """The box's id, 32 bytes."""
        return box_id(self.chain_id, self.contract, self.tender_id, self.stage)


def box_id(chain_id: int, contract: str | bytes, tender_id: int, stage: int) -> bytes:
    """Returns keccak256(abi.encode(chainId, contract, tenderId, stage)).

    Args:
        chain_id: the chain's id.
        contract: address of the contract that holds the box, hex or 20 bytes.
        tender_id: the tender.
        stage: 0 bids, 1 proposals, 2 prices, 16 + round ballots.
    """
    return keccak(words(chain_id, to_canonical_address(contract), tender_id, stage))


def documents_key(box: bytes, z: bytes) -> bytes:
    """Returns the 32-byte AES key of the documents that belong to an envelope.

    Args:
        box: the box's id, 32 bytes.
        z: the envelope's shared address, 20 bytes.
    """
    return keccak(words(DOCUMENTS, box, z))


class Sealer:
    """Seals one message to a box.

    It is made before the message is complete, since a bid's message names the hash of documents
    that are encrypted under a key which follows from r.

    Attributes:
        documents_key: the 32-byte key for the documents that go with the message.
    """

    def __init__(
        self, public_key: PublicKey, box: bytes, context: bytes, entropy: bytes | None = None
    ) -> None:
        """Draws r = HKDF-SHA256(entropy ‖ boxId ‖ context) mod N.

        Args:
            public_key: Y, the box's key.
            box: the box's id, 32 bytes.
            context: everything that decides the message, as known beforehand. Should the
                machine's randomness fail and repeat, two different messages still get different r.
            entropy: 32 random bytes; leave it out except in tests and vectors.
        """
        entropy = secrets.token_bytes(32) if entropy is None else entropy
        r = derive_scalar(entropy + box + context, b"")
        self._box = box
        self._point = generate(r).format()
        self._z = shared_address(r, public_key)
        self._envelope: tuple[bytes, bytes] | None = None
        self.documents_key = documents_key(box, self._z)

    def seal(self, plaintext: bytes) -> bytes:
        """Returns the envelope of a message; again the same one for the same message.

        Args:
            plaintext: at least one byte.

        Raises:
            ValueError: if it is empty.
            SealerUsed: if a different message was sealed before.
        """
        if not plaintext:
            raise ValueError("an empty message cannot be sealed")
        if self._envelope is None:
            ciphertext = _xor(plaintext, _keystream(self._box, self._z, len(plaintext)))
            self._envelope = plaintext, bytes([VERSION]) + self._point + ciphertext
        if self._envelope[0] != plaintext:
            raise SealerUsed
        return self._envelope[1]


def open_envelope(envelope: bytes, secret: int, box: bytes) -> Opened:
    """Opens an envelope with the box's released secret, exactly as the contract does.

    Args:
        envelope: bytes from anywhere.
        secret: y, 0 < y < N.
        box: the box's id, 32 bytes.

    Raises:
        Void: if the bytes are no envelope.
        ValueError: if the secret is out of range.
    """
    if len(envelope) <= HEADER:
        raise Void(Reason.LENGTH)
    if envelope[0] != VERSION:
        raise Void(Reason.VERSION)
    # ecrecover takes rx as a signature's r, which lies below N; the field is a little larger.
    if int.from_bytes(envelope[2:HEADER], "big") >= N:
        raise Void(Reason.POINT)
    try:
        point = parse_point(envelope[1:HEADER])
    except ValueError as error:
        raise Void(Reason.POINT) from error
    z = shared_address(secret, point)
    ciphertext = envelope[HEADER:]
    return Opened(_xor(ciphertext, _keystream(box, z, len(ciphertext))), z)


def _keystream(box: bytes, z: bytes, length: int) -> bytes:
    prefix = words(DOMAIN, box, z)
    blocks = (keccak(prefix + words(i)) for i in range((length + 31) // 32))
    return b"".join(blocks)[:length]


def _xor(left: bytes, right: bytes) -> bytes:
    number = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
    return number.to_bytes(len(left), "big")
