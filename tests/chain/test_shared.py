"""How much of a chain is final, by what its node says or by depth."""

from collections.abc import Callable
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.chain.shared import SharedChain, depth, final_block
from terang.errors import UsageError

HASH = "0x" + "11" * 32
NodeThat = Callable[[Callable[[Any], Any]], Chain]


def block(number: int) -> dict[str, Any]:
    return {
        "number": hex(number), "hash": HASH, "parentHash": HASH, "timestamp": "0x10",
        "gasLimit": "0x10", "transactions": [],
    }  # fmt: skip


def says(finalized: dict[str, Any]) -> Callable[[Any], Any]:
    """A chain of ten blocks, of which the node says this when it is asked what is final."""
    return lambda request: (
        {"id": request["id"]}
        | (finalized if request["params"][0] == "finalized" else {"result": block(9)})
    )


@pytest.mark.parametrize(
    ("finalized", "blocks", "number"),
    [
        ({"result": block(4)}, None, 4),
        ({"result": block(4)}, 2, 7),
        ({"result": block(4)}, 0, 9),
        ({"result": block(4)}, 50, -1),
        ({"result": None}, None, -1),
    ],
    ids=["said", "by depth", "all", "young, by depth", "young"],
)
def test_the_newest_final_block_is_what_the_node_says_or_so_deep(
    node_that: NodeThat, finalized: dict[str, Any], blocks: int | None, number: int
) -> None:
    assert final_block(node_that(says(finalized)), blocks) == number


def test_a_node_that_knows_no_finality_is_told_of_with_what_to_do(node_that: NodeThat) -> None:
    error = {"error": {"code": -32_602, "message": "unknown block"}}
    with pytest.raises(UsageError, match=r"unknown block.*--finality"):
        final_block(node_that(says(error)), None)


def test_a_development_chain_is_final_at_once_and_is_not_commanded_when_shared(
    chain: Chain,
) -> None:
    assert depth(chain, None) == 0
    assert depth(chain, 3) == 3
    with SharedChain(chain.url) as shared, pytest.raises(UsageError):
        shared.mine()
