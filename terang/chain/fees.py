"""What a transaction may cost, and how much more one must offer that takes another's place."""

from typing import NamedTuple, Self

from terang.chain import answers
from terang.chain.connection import Chain, RpcError
from terang.errors import TerangError
from terang.i18n import _

_FALLBACK_TIP = 1_000_000_000  # wei; one gwei, for a node that suggests none
_MOST_COST = 10**18  # wei for one act: a node that asks more wants the account's whole balance
_MOST_TIP = 10**11  # wei for each gas; all of it goes to who makes the block, and a node may be its
_RAISE = (9, 8)  # nodes take one transaction in place of another from 10 % more on (geth)


class TooDear(TerangError):
    """The node asks a fee that no honest chain does."""


class Fees(NamedTuple):
    """What a transaction offers, in wei for each gas: the tip, and the most with the base fee."""

    tip: int
    most: int

    @classmethod
    def now(cls, chain: Chain) -> Self:
        """Returns what gets a transaction into one of the next blocks; 0 where gas has no price."""
        base = chain.head().base_fee
        if base == 0:
            return cls(0, 0)
        try:
            tip = answers.quantity(chain.rpc("eth_maxPriorityFeePerGas"), "the tip")
        except RpcError:
            tip = _FALLBACK_TIP
        tip = min(tip, _MOST_TIP)
        return cls(tip, 2 * base + tip)  # holds for six full blocks, each of them 12.5 % dearer

    def over(self, earlier: "Fees") -> "Fees":
        """Returns these fees, or what a node takes in place of the earlier ones if that is more."""
        more, less = _RAISE
        tip, most = (-(-each * more // less) for each in earlier)
        return Fees(max(self.tip, tip), max(self.most, most))

    def allow(self, gas: int) -> bool:
        """Tells whether so much gas at this price is within what one act may cost, and may tip."""
        return gas * self.most <= _MOST_COST and self.tip <= _MOST_TIP

    def check(self, gas: int, label: str) -> None:
        """Checks that an act does not cost more than is usual.

        Args:
            gas: its limit.
            label: what it does, in words.

        Raises:
            TooDear: when it does.
        """
        if not self.allow(gas):
            raise TooDear(
                _(
                    "The node asks {cost} wei for {label}, far more than is usual. "
                    "Use another node."
                ).format(cost=gas * self.most, label=label)
            )
