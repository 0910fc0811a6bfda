"""An epoch's set of openers, and the scalars that an opener derives from its one seed.

An opener keeps nothing but its seed: each scalar is HKDF-SHA256 over the seed with
info = abi.encode(purpose, chainId, contract, epoch, setHash, batch, key, coefficient), so a
restart or a restored backup loses nothing, and no two deals share a polynomial.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from eth_abi.abi import encode
from eth_utils.address import to_canonical_address
from eth_utils.crypto import keccak

from terang.errors import TerangError
from terang.i18n import _
from terang.sealing.curve import MAX_INDEX, PublicKey, derive_scalar, generate, words

COEFFICIENT: Final = keccak(text="Terang opener coefficient v1")
EPHEMERAL: Final = keccak(text="Terang opener ephemeral v1")
ENCRYPTION: Final = keccak(text="Terang opener encryption v1")

MIN_SEED: Final = 32


class EpochError(TerangError, ValueError):
    """A set of openers, or an opener's seed, that cannot be used."""


@dataclass(frozen=True)
class EpochContext:
    """One epoch's openers, as the contract records them.

    Attributes:
        chain_id: the chain's id.
        contract: address of the contract that keeps the opening keys, hex.
        epoch: the epoch's number.
        members: opener's index, 1…n → its encryption public key, of those openers that had enrolled
            with a valid point when the batch was opened, and against whom no accusation held then:
            who enrols late, or junk, or was shown to have cheated takes no part and stops nobody.
        threshold: k, how many shares open a box; at most the number of members.
        set_hash: `set_hash` of the openers' seats, 32 bytes.
    """

    chain_id: int
    contract: str
    epoch: int
    members: Mapping[int, PublicKey]
    threshold: int
    set_hash: bytes

    def __post_init__(self) -> None:
        if not all(1 <= index <= MAX_INDEX for index in self.members):
            raise EpochError(
                _("Openers are numbered from 1 to {most}. Read the set again.").format(
                    most=MAX_INDEX
                )
            )
        if not 1 <= self.threshold <= len(self.members):
            raise EpochError(
                _(
                    "{n} openers take part and {k} are needed. Wait until more enrol, or have a "
                    "new epoch appointed."
                ).format(n=len(self.members), k=self.threshold)
            )

    @property
    def prefix(self) -> tuple[int, bytes, int]:
        """Chain, contract and epoch: how every hash of the ceremony begins after its label."""
        return self.chain_id, to_canonical_address(self.contract), self.epoch


def set_hash(seats: Sequence[int], threshold: int, confirmations: int) -> bytes:
    """Returns keccak256(abi.encode(uint32[] seats, uint8 threshold, uint8 confirmations)).

    Args:
        seats: the seats in the order of their openers' indices.
        threshold: k, how many shares open a box.
        confirmations: c, how many equal confirmations make a batch usable.
    """
    return keccak(encode(["uint32[]", "uint8", "uint8"], [list(seats), threshold, confirmations]))


def key_id(epoch: int, batch: int, index: int) -> int:
    """Returns epoch·2⁶⁴ + batch·2³² + index.

    Raises:
        ValueError: if one of them does not fit 32 bits.
    """
    if not all(0 <= part < 1 << 32 for part in (epoch, batch, index)):
        raise ValueError("an epoch, a batch and an index fit 32 bits each")
    return epoch << 64 | batch << 32 | index


class KeyPlace(NamedTuple):
    """Where a key stands.

    Attributes:
        epoch: of its openers.
        batch: in which it was made.
        place: its place in the batch, from 0.
    """

    epoch: int
    batch: int
    place: int


def key_place(number: int) -> KeyPlace:
    """Returns where the key of a number stands; the reverse of `key_id`."""
    return KeyPlace(number >> 64, number >> 32 & 0xFFFFFFFF, number & 0xFFFFFFFF)


def derive(
    seed: bytes,
    purpose: bytes,
    epoch: tuple[int, bytes, int],
    openers: bytes,
    batch: int = 0,
    key: int = 0,
    coefficient: int = 0,
) -> int:
    """Derives one of an opener's scalars; the module's text gives the formula.

    Args:
        seed: the opener's seed, 32 bytes or more.
        purpose: `COEFFICIENT`, `EPHEMERAL` or `ENCRYPTION`.
        epoch: chain id, contract (20 bytes), epoch.
        openers: the set hash.
        batch: the batch, for coefficients and the ephemeral key.
        key: the key's index in the batch, for coefficients.
        coefficient: the power of x that it multiplies, for coefficients.

    Raises:
        EpochError: if the seed is too short.
    """
    if len(seed) < MIN_SEED:
        raise EpochError(
            _("An opener's seed has {least} bytes or more. Make a new one.").format(least=MIN_SEED)
        )
    return derive_scalar(seed, words(purpose, *epoch, openers, batch, key, coefficient))


def encryption_key(
    seed: bytes, chain_id: int, contract: str, epoch: int, openers: bytes
) -> PublicKey:
    """Returns the public key to which other openers encrypt shares, for one epoch only.

    Args:
        seed: the opener's seed, 32 bytes or more.
        chain_id: the chain's id.
        contract: address of the contract that keeps the opening keys, hex.
        epoch: the epoch's number.
        openers: the set hash.

    Raises:
        EpochError: if the seed is too short.
    """
    prefix = chain_id, to_canonical_address(contract), epoch
    return generate(derive(seed, ENCRYPTION, prefix, openers))
