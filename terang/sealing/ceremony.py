"""A batch of opening keys, put together from public deals; and the release of one of them.

All of this can be computed by anybody from the contract's events: which dealers count, the public
keys, the root and transcript that openers confirm, the point that each opener's share must match.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terang.errors import TerangError
from terang.i18n import _
from terang.sealing.curve import PublicKey, add, address_of, generate, interpolate
from terang.sealing.dealing import (
    BadDeal,
    Commitments,
    Deal,
    commitment_at,
    matches,
    verify_deal,
)
from terang.sealing.epoch import EpochContext
from terang.sealing.merkle import MerkleTree, key_leaf

TRANSCRIPT: Final = keccak(text="Terang ceremony transcript v1")


class CeremonyError(TerangError, ValueError):
    """A batch that cannot be used, or a release that cannot be made."""


class WrongShare(CeremonyError):
    """An opener disclosed a share that is not the one dealt to it.

    Attributes:
        opener: its index.
    """

    def __init__(self, opener: int) -> None:
        self.opener = opener
        super().__init__(
            _("The share of opener {opener} is wrong. Use the share of another.").format(
                opener=opener
            )
        )


@dataclass(frozen=True)
class BatchResult:
    """What a batch's deals add up to. Keys are counted from 0, openers from 1.

    Attributes:
        batch: the batch.
        deals: the valid deals by dealer, ascending.
        transcript: the hash of the deals that count, 32 bytes.
        public_keys: Y of each key.
        commitments: per key, the commitments to the sum of all polynomials.
        tree: the Merkle tree over the public keys.
    """

    batch: int
    deals: Mapping[int, Deal]
    transcript: bytes
    public_keys: tuple[PublicKey, ...]
    commitments: tuple[Commitments, ...]
    tree: MerkleTree

    @property
    def count(self) -> int:
        """m, how many keys the batch has."""
        return len(self.public_keys)

    @property
    def dealers(self) -> tuple[int, ...]:
        """The indices of the dealers that count, ascending."""
        return tuple(self.deals)

    @property
    def root(self) -> bytes:
        """The root that openers confirm, 32 bytes."""
        return self.tree.root

    def proof(self, key: int) -> tuple[bytes, ...]:
        """Returns the Merkle proof of a key."""
        return self.tree.proof(key)

    def verification_point(self, key: int, opener: int) -> PublicKey | None:
        """Returns share·G of the share that an opener holds of a key; its address attributes it.

        None, the point at infinity, does not occur by chance or by design of fewer than k openers.
        """
        return commitment_at(self.commitments[key], opener)

    def check_confirmed(self, root: bytes, transcript: bytes) -> None:
        """Compares what the deals give with what the openers confirmed.

        Raises:
            CeremonyError: when they differ.
        """
        if (self.root, self.transcript) != (root, transcript):
            raise CeremonyError(
                _(
                    "The openers confirmed other keys for batch {batch} than their deals give. "
                    "Use none of them, and tell the consortium."
                ).format(batch=self.batch)
            )

    def check_share(self, key: int, opener: int, share: int) -> None:
        """Checks a disclosed share.

        Raises:
            WrongShare: if it is not the one that the opener was dealt.
        """
        if not matches(share, self.commitments[key], opener):
            raise WrongShare(opener)

    def secret(self, key: int, shares: Mapping[int, int]) -> int:
        """Checks disclosed shares one by one and combines them.

        Args:
            key: the key's index.
            shares: opener → share, at least k.

        Returns:
            y, the secret to release.

        Raises:
            WrongShare: for a share that is not its opener's.
            CeremonyError: if there are too few.
        """
        for opener, share in shares.items():
            self.check_share(key, opener, share)
        return combine(shares, self.public_keys[key])


def combine(shares: Mapping[int, int], public_key: PublicKey) -> int:
    """Combines shares into the secret of a public key.

    Args:
        shares: opener → share in 0…N − 1, at least k right ones and no wrong one.
        public_key: Y.

    Returns:
        y, with y·G = Y, as `release` will check it.

    Raises:
        CeremonyError: if the shares do not give that secret.
        ValueError: if an index or a share is out of range.
    """
    secret = interpolate(shares) if shares else 0
    if not secret or address_of(generate(secret)) != address_of(public_key):
        raise CeremonyError(
            _("{count} shares do not open this key. Collect more, and check each.").format(
                count=len(shares)
            )
        )
    return secret


def first_valid(
    context: EpochContext, batch: int, count: int, posted: Iterable[tuple[int, bytes]]
) -> dict[int, bytes]:
    """Picks each opener's first valid deal.

    Args:
        context: the epoch.
        batch: the batch.
        count: m, how many keys the batch has.
        posted: dealer and payload, in the order of the events.
    """
    chosen: dict[int, bytes] = {}
    for dealer, payload in posted:
        if dealer in context.members and dealer not in chosen:
            try:
                verify_deal(context, dealer, batch, count, payload)
            except BadDeal:
                continue
            chosen[dealer] = payload
    return chosen


def settle(
    context: EpochContext, batch: int, count: int, deals: Mapping[int, bytes]
) -> BatchResult:
    """Puts a batch's deals together; invalid ones are ignored.

    Args:
        context: the epoch.
        batch: the batch.
        count: m, how many keys the batch has.
        deals: dealer → payload, one of each at most.

    Raises:
        CeremonyError: if fewer than k deals are valid, or they cancel each other.
    """
    valid: dict[int, Deal] = {}
    for dealer in sorted(set(deals) & set(context.members)):
        try:
            valid[dealer] = verify_deal(context, dealer, batch, count, deals[dealer])
        except BadDeal:
            continue
    return add_up(context, batch, count, valid)


def add_up(context: EpochContext, batch: int, count: int, valid: Mapping[int, Deal]) -> BatchResult:
    """Adds up deals that were verified.

    Args:
        context: the epoch.
        batch: the batch.
        count: m, how many keys the batch has.
        valid: dealer → deal as `verify_deal` read it, ascending.

    Raises:
        CeremonyError: if there are fewer than k, or they cancel each other.
    """
    if len(valid) < context.threshold:
        raise CeremonyError(
            _("Batch {batch} has {valid} valid deals of {k} needed. Deal a new batch.").format(
                batch=batch, valid=len(valid), k=context.threshold
            )
        )
    commitments = tuple(
        tuple(
            add(deal.commitments[key][power] for deal in valid.values())
            for power in range(context.threshold)
        )
        for key in range(count)
    )
    public_keys = tuple(points[0] for points in commitments if points[0] is not None)
    if len(public_keys) != count:
        raise CeremonyError(
            _("The deals of batch {batch} cancel each other. Deal a new batch.").format(batch=batch)
        )
    tree = MerkleTree([key_leaf(index, point) for index, point in enumerate(public_keys)])
    transcript = _transcript(context, batch, valid)
    return BatchResult(batch, valid, transcript, public_keys, commitments, tree)


def _transcript(context: EpochContext, batch: int, deals: Mapping[int, Deal]) -> bytes:
    kinds = ["bytes32", "uint256", "address", "uint256", "uint256", "uint256[]", "bytes32[]"]
    digests = [deal.digest for deal in deals.values()]
    return keccak(encode(kinds, [TRANSCRIPT, *context.prefix, batch, list(deals), digests]))
