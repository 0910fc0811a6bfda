"""One opener: deals its part of each batch, checks what it is dealt, discloses its shares.

It holds a seed and nothing else that cannot be recomputed from the seed and the public deals.
"""

from collections.abc import Mapping

from terang.i18n import _
from terang.sealing.ceremony import BatchResult, CeremonyError, settle
from terang.sealing.curve import N, PublicKey, generate, same
from terang.sealing.dealing import Deal, evaluate, make_deal, matches
from terang.sealing.epoch import (
    COEFFICIENT,
    ENCRYPTION,
    EPHEMERAL,
    EpochContext,
    EpochError,
    derive,
)


class BadShare(CeremonyError):
    """A dealer whose deal is well formed dealt a wrong share: the batch must not be confirmed.

    Attributes:
        dealer: its index.
        opener: who was dealt the share.
        key: index of the key in the batch.
    """

    def __init__(self, dealer: int, opener: int, key: int) -> None:
        self.dealer, self.opener, self.key = dealer, opener, key
        super().__init__(
            _(
                "Opener {dealer} dealt opener {opener} a wrong share of key {key}. "
                "Show it by `keys accuse`: the next batch is dealt without opener {dealer}."
            ).format(dealer=dealer, opener=opener, key=key)
        )


class Opener:
    """An opener of one epoch.

    Attributes:
        context: the epoch.
        index: the opener's index, 1…n.
        encryption_key: the public key to which the others encrypt this opener's shares.
    """

    def __init__(self, seed: bytes, context: EpochContext, index: int) -> None:
        """Takes the opener's seat.

        Args:
            seed: 32 bytes or more, from `secrets.token_bytes`; never shared between openers.
            context: the epoch.
            index: the opener's index.

        Raises:
            EpochError: if the seed is too short, or is not the one that this seat's key is from.
        """
        self.context, self.index = context, index
        self._seed = seed
        self._secret = derive(seed, ENCRYPTION, context.prefix, context.set_hash)
        self._shares: dict[int, list[int]] = {}
        self.encryption_key: PublicKey = generate(self._secret)
        if not same(context.members.get(index), self.encryption_key):
            raise EpochError(
                _("This seed is not that of opener {index}. Use the seed of this seat.").format(
                    index=index
                )
            )

    def deal(self, batch: int, count: int) -> bytes:
        """Returns this opener's deal for a batch, the same bytes each time.

        Args:
            batch: the batch, never used before.
            count: m, how many keys it has.
        """
        ephemeral = self._derive(EPHEMERAL, batch)
        polynomials = [self._polynomial(batch, key) for key in range(count)]
        return make_deal(self.context, self.index, batch, polynomials, ephemeral)

    def accept(self, batch: int, count: int, deals: Mapping[int, bytes]) -> BatchResult:
        """Checks a batch's deals and takes this opener's shares from them.

        Args:
            batch: the batch.
            count: m, how many keys it has.
            deals: dealer → its first valid deal; invalid ones are ignored.

        Returns:
            What to confirm: root and transcript.

        Raises:
            CeremonyError: if too few deals are valid.
            BadShare: if one holds a wrong share for this opener.
        """
        result = settle(self.context, batch, count, deals)
        dealt = {dealer: self._dealt(batch, deal) for dealer, deal in result.deals.items()}
        columns = list(zip(*dealt.values(), strict=True))
        totals = [sum(column) % N for column in columns]
        for key, (column, total) in enumerate(zip(columns, totals, strict=True)):
            # Shares that add up to the right sum do their work, so one check serves all dealers;
            # only when it fails does each dealer's share have to be looked at.
            if max(column) >= N or not matches(total, result.commitments[key], self.index):
                culprit = next(
                    dealer
                    for dealer, deal in result.deals.items()
                    if not matches(dealt[dealer][key], deal.commitments[key], self.index)
                )
                raise BadShare(culprit, self.index, key)
        self._shares[batch] = totals
        return result

    def share(self, batch: int, key: int) -> int:
        """Returns this opener's share of a key. Disclose it only once its box is releasable.

        Raises:
            CeremonyError: if the batch was not accepted, or has no such key.
        """
        shares = self._shares.get(batch, [])
        if not 0 <= key < len(shares):
            raise CeremonyError(
                _(
                    "Opener {index} holds no key {key} of batch {batch}. Accept its deals first."
                ).format(index=self.index, key=key, batch=batch)
            )
        return shares[key]

    def _dealt(self, batch: int, deal: Deal) -> list[int]:
        if deal.dealer == self.index:
            count = len(deal.commitments)
            return [evaluate(self._polynomial(batch, key), self.index) for key in range(count)]
        return deal.decrypt(self.context, batch, self.index, self._secret)

    def _polynomial(self, batch: int, key: int) -> list[int]:
        powers = range(self.context.threshold)
        return [self._derive(COEFFICIENT, batch, key, power) for power in powers]

    def _derive(self, purpose: bytes, batch: int, key: int = 0, coefficient: int = 0) -> int:
        context = self.context
        return derive(
            self._seed, purpose, context.prefix, context.set_hash, batch, key, coefficient
        )
