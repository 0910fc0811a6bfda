"""Why a transaction that is in a block was refused: its receipt does not say."""

from collections.abc import Mapping

from terang.chain.connection import Chain, RpcError
from terang.chain.reverts import Reverted
from terang.i18n import _


def why(chain: Chain, request: Mapping[str, str], *, block: int, used: int, label: str) -> Reverted:
    """Finds the reason of a refusal by repeating the act as a call.

    First on the state after its own block: it has the block's time and whatever came before the
    act in it. Then on the state before, in case something after the act made it possible.

    Args:
        chain: where it was refused.
        request: the act as a call, with its gas limit.
        block: the block that it is in.
        used: gas that it used.
        label: what it does, in words.
    """
    gas = int(request["gas"], 16)
    for state in (block, block - 1):
        try:
            chain.rpc_or_revert("eth_call", request, hex(state), label=label)
        except Reverted as revert:
            return revert
        except RpcError:
            continue  # such as out of gas
    if used >= gas * 63 // 64:  # a call inside gets at most that (EIP-150)
        return Reverted(
            "OutOfGas",
            {"gas": gas},
            _("The gas limit of {gas} was not enough. Give a higher one.").format(gas=gas),
            label,
        )
    return Reverted(
        "",
        {},
        _("The contract refused, but would not now. Look at the state and try again."),
        label,
    )
