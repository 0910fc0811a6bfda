"""A chain beside others that use its node, and how much of it is final."""

from functools import cached_property

from terang.chain.connection import Chain, RpcError
from terang.errors import UsageError
from terang.i18n import _


class SharedChain(Chain):
    """A chain that others use at the same time: this process commands neither blocks nor clock."""

    @cached_property
    def is_development(self) -> bool:
        """Never, as far as whoever sends is concerned: what is sent waits for a block."""
        return False


def depth(chain: Chain, finality: int | None) -> int | None:
    """Returns how far below the newest block finality begins; None for what the node calls final.

    Args:
        chain: the node; a development chain knows no finality, and replaces nothing.
        finality: what was asked for.
    """
    return 0 if finality is None and chain.is_development else finality


def final_block(chain: Chain, blocks: int | None, head: int | None = None) -> int:
    """Returns the number of the newest block that can not be replaced any more; -1 for none.

    Args:
        chain: where.
        blocks: as `depth` returns it.
        head: number of the newest block that counts; None to ask for it.

    Raises:
        UsageError: when the node does not know which blocks are final.
    """
    if blocks is not None:
        newest = chain.head().number if head is None else head
        return max(newest - blocks, -1)
    try:
        final = chain.block("finalized").number
        return final if head is None else min(final, head)
    except UsageError:
        return -1  # a young chain
    except RpcError as error:
        raise UsageError(
            _("The node does not say which blocks are final ({reason}). Give --finality.").format(
                reason=error.reason
            )
        ) from error
