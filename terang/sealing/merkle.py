"""OpenZeppelin's standard Merkle tree (npm `@openzeppelin/merkle-tree`, `StandardMerkleTree`).

Leaves are hashed twice and sorted; a node hashes its children in ascending order. Root and proofs
verify with `MerkleProof.verify` of the contracts.
"""

from collections.abc import Sequence

from eth_utils.crypto import keccak

from terang.sealing.curve import PublicKey, words


def key_leaf(index: int, public_key: PublicKey) -> bytes:
    """Returns keccak256(keccak256(abi.encode(index, Y.x, Y.y))), the leaf of an opening key."""
    return keccak(keccak(words(index, *public_key.point())))


class MerkleTree:
    """A tree over leaves that are hashed already.

    Attributes:
        root: 32 bytes.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """Builds the tree.

        Args:
            leaves: 32-byte hashes, at least one, in any order.

        Raises:
            ValueError: for no leaves.
        """
        if not leaves:
            raise ValueError("a tree has at least one leaf")
        ordered = sorted(range(len(leaves)), key=leaves.__getitem__)
        size = 2 * len(leaves) - 1
        # A complete binary tree in one array; the leaves fill its end, backwards.
        self._places = {leaf: size - 1 - rank for rank, leaf in enumerate(ordered)}
        self._nodes = [b""] * size
        for leaf, place in self._places.items():
            self._nodes[place] = leaves[leaf]
        for place in reversed(range(len(leaves) - 1)):
            self._nodes[place] = _pair(self._nodes[2 * place + 1], self._nodes[2 * place + 2])
        self.root = self._nodes[0]

    def proof(self, leaf: int) -> tuple[bytes, ...]:
        """Returns the siblings on the way from a leaf to the root.

        Args:
            leaf: its position in the sequence that the tree was built from.
        """
        place, siblings = self._places[leaf], []
        while place > 0:
            siblings.append(self._nodes[place + (1 if place % 2 else -1)])
            place = (place - 1) // 2
        return tuple(siblings)


def verify_proof(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Tells whether a proof leads from a hashed leaf to the root, as `MerkleProof.verify` does."""
    for sibling in proof:
        leaf = _pair(leaf, sibling)
    return leaf == root


def _pair(left: bytes, right: bytes) -> bytes:
    return keccak(min(left, right) + max(left, right))
