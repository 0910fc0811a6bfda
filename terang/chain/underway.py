"""What is under way: each act in one version, or in several at rising fees.

All versions of an act have the same number (nonce) of its account, and so a chain includes one of
them at most. An act that was signed once is never signed for another number, whatever a node says:
both could be included. Where numbers before it are missing, they are used up by nothing.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from terang.chain.act import Wallet
from terang.chain.connection import Chain
from terang.chain.fees import Fees
from terang.chain.outbox import OutboxError, Sent
from terang.i18n import _

_MOST_MISSING: Final = 64  # numbers before an act that are used up by nothing
_TRANSFER: Final = 21_000  # gas of a transaction that does nothing

Keep = Callable[[Sequence[Sent], int], object]


def sign(
    wallet: Wallet, chain_id: int, nonce: int, fees: Fees, gas: int, to: str | None, data: bytes
) -> bytes:
    """Returns a signed transaction of type 2 (EIP-1559)."""
    return wallet.sign_transaction(
        {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "maxPriorityFeePerGas": fees.tip,
            "maxFeePerGas": fees.most,
            "gas": gas,
            "to": to,
            "value": 0,
            "data": data,
        }
    )


class UnderWay:
    """Transactions that were handed over together.

    Args:
        sent: in the order of their acts.
        since: number of the newest block when their newest versions were signed.
        wallets: who can sign more versions, by address.
        keep: writes versions down; it is done before they are sent.

    Attributes:
        sent: in the order of their acts, with all versions so far.
        since: as above.
        seen: number of the newest block that was looked at.
    """

    def __init__(
        self,
        sent: Sequence[Sent],
        since: int,
        wallets: Mapping[str, Wallet],
        keep: Keep = lambda _sent, _since: None,
    ) -> None:
        self.sent = list(sent)
        self.since = self.seen = since
        self._wallets, self._keep = wallets, keep
        self._signed = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since the newest versions were signed, or it was taken up."""
        return time.monotonic() - self._signed

    def waiting(self, found: Mapping[tuple[str, int], object]) -> list[Sent]:
        """Returns those of which no version is found."""
        return [each for each in self.sent if each.place not in found]

    def dearer(self, which: Sequence[Sent], chain: Chain, block: int) -> list[Sent]:
        """Signs and keeps dearer versions, as far as they may cost that much.

        Args:
            which: those of `sent` that no block takes.
            chain: where.
            block: number of the newest block.

        Returns:
            what is to be handed over for them now, the same where nothing could be signed.
        """
        fees = Fees.now(chain)
        found = [self._dearer(each, fees) for each in which]
        newer = {each.place: each for each in found}
        self.sent = [newer.get(each.place, each) for each in self.sent]
        self.since, self._signed = block, time.monotonic()
        self._keep(self.sent, block)
        return found

    def _dearer(self, sent: Sent, market: Fees) -> Sent:
        said = sent.fields
        fees = market.over(said.fees)
        if not fees.allow(said.gas):  # also when the node says that all has become so dear
            fees = said.fees.over(said.fees)
        wallet = self._wallets.get(sent.account)
        if wallet is None or fees == said.fees or not fees.allow(said.gas):
            return sent
        newer = sign(wallet, said.chain_id, said.nonce, fees, said.gas, said.to, said.data)
        return sent._replace(versions=(*sent.versions, newer))

    def missing(self, which: Sequence[Sent], free: Mapping[str, int]) -> list[bytes]:
        """Signs transactions that do nothing, for the numbers that are missing before some acts.

        A node said a false number when they were signed, or lost what was before them.

        Args:
            which: acts that no block takes, of which no version may be given another number.
            free: the first number of each account that the chain, or what waits, has not used.

        Raises:
            OutboxError: when too many are missing.
        """
        found: list[bytes] = []
        for account in {each.account: None for each in which}:
            first = min((each for each in which if each.account == account), key=_nonce)
            said, wallet = first.fields, self._wallets.get(account)
            numbers = range(free[account], said.nonce)
            many = len(numbers) > _MOST_MISSING
            if many or not said.fees.allow(len(numbers) * _TRANSFER):
                raise OutboxError(
                    _(
                        "{label} ({transaction}) was signed as number {nonce} of {account}, whose "
                        "next is {next}: a node told a false number. It may be carried out once "
                        "the account gets there. Look at the account on another node; if it is "
                        "so, use another account from now on."
                    ).format(
                        label=first.label,
                        transaction="0x" + first.hashes[-1].hex(),
                        nonce=said.nonce,
                        account=account,
                        next=free[account],
                    )
                )
            if wallet is not None:
                found += [
                    sign(wallet, said.chain_id, each, said.fees, _TRANSFER, account, b"")
                    for each in numbers
                ]
        return found


def _nonce(sent: Sent) -> int:
    return sent.fields.nonce
