"""The development chains that `--chain` names; each is imported only when it is wanted."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terang.chain.node import Node

NAMES = ("anvil", "hardhat", "pyevm")


def node_named(name: str) -> "Node":
    """Returns a node, not yet started.

    Args:
        name: one of `NAMES`.

    Raises:
        KeyError: when it is none of them.
    """
    if name == "anvil":
        from terang.chain.node import Anvil

        return Anvil()
    if name == "hardhat":
        from terang.chain.hardhat import Hardhat

        return Hardhat()
    if name == "pyevm":
        from terang.chain.pyevm import PyEvm

        return PyEvm()
    raise KeyError(name)
