"""The Merkle tree of public keys, the same as OpenZeppelin's."""

import json
from pathlib import Path

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from terang.sealing.curve import generate
from terang.sealing.merkle import MerkleTree, key_leaf, verify_proof

VECTORS = Path(__file__).parents[1] / "vectors" / "sealing"


@given(
    st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=40),
    st.binary(min_size=32, max_size=32),
)
def test_every_leaf_proves_and_nothing_else_does(leaves: set[bytes], stranger: bytes) -> None:
    ordered = list(leaves)
    tree = MerkleTree(ordered)
    for place, leaf in enumerate(ordered):
        assert verify_proof(tree.root, leaf, tree.proof(place))
        assert verify_proof(tree.root, stranger, tree.proof(place)) == (stranger == leaf)


def test_the_order_of_leaves_does_not_change_the_root() -> None:
    leaves = [keccak(bytes([i])) for i in range(9)]
    assert MerkleTree(leaves).root == MerkleTree(leaves[::-1]).root


def test_a_leaf_binds_the_index() -> None:
    assert key_leaf(0, generate(5)) != key_leaf(1, generate(5))


def test_an_empty_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        MerkleTree([])


def test_roots_and_proofs_are_those_of_openzeppelins_library() -> None:
    ours = json.loads((VECTORS / "merkle.json").read_text())
    theirs = json.loads((VECTORS / "merkle_npm.json").read_text())
    assert [tree["root"] for tree in ours["trees"]] == [tree["root"] for tree in theirs["trees"]]
    proofs = [proof for tree in theirs["trees"] for proof in tree["proofs"]]
    assert [row["proof"] for row in ours["proofs"]] == proofs
