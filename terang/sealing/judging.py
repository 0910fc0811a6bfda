"""Every deal of a batch judged by what is public: which count, and why the others do not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from terang.sealing.ceremony import BatchResult, add_up
from terang.sealing.curve import COMPRESSED
from terang.sealing.dealing import BadDeal, Deal, verify_deal
from terang.sealing.epoch import EpochContext

_X: Final = slice(2, 1 + COMPRESSED)
_PROOF: Final = slice(1 + COMPRESSED, 1 + 2 * COMPRESSED + 32)


class Fault(StrEnum):
    """Why a deal does not count."""

    STRANGER = "stranger"  # not enrolled when the batch was opened
    LATE = "late"
    LENGTH = "length"
    DEGREE = "degree"  # commitments to polynomials of another degree than k − 1
    VERSION = "version"
    POINT = "point"  # something is no point of the curve
    UNPROVEN = "unproven"  # no proof at all
    COPIED = "copied"  # the proof of another dealer
    REPLAYED = "replayed"  # its own proof of another batch or another deal
    PROOF = "proof"  # a proof that does not hold
    SECOND = "second"  # the opener had a valid deal before; not looked at any more


class Posted(NamedTuple):
    """A deal as it was posted: by which opener, what, when (seconds since 1970 UTC)."""

    dealer: int
    payload: bytes
    time: int


class Judged(NamedTuple):
    """A posted deal: what it holds if it counts, else why it does not; the other one is None."""

    posted: Posted
    deal: Deal | None
    fault: Fault | None


@dataclass(frozen=True)
class Dealing:
    """What was dealt for one batch.

    Attributes:
        context: the epoch, with the openers that had enrolled when the batch was opened.
        batch: the batch.
        count: m, how many keys it has.
        until: first second in which nothing is dealt any more.
        posted: all deals in the order of the chain.
        elsewhere: proofs (T ‖ s) in deals of other batches of the epoch, with their dealers.
    """

    context: EpochContext
    batch: int
    count: int
    until: int
    posted: Sequence[Posted]
    elsewhere: Mapping[bytes, int]

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """Every posted deal with its fault; one without a fault counts."""
        return tuple(self._judge())

    @property
    def valid(self) -> dict[int, Deal]:
        """The deals that count by dealer, ascending."""
        counts = {each.deal.dealer: each.deal for each in self.judged if each.deal}
        return dict(sorted(counts.items()))

    def deal_of(self, dealer: int) -> Deal | None:
        """Returns the deal of one opener that counts, and verifies no other's."""
        own = [each for each in self.posted if each.dealer == dealer]
        return replace(self, posted=own).valid.get(dealer)

    @cached_property
    def result(self) -> BatchResult:
        """What the deals add up to.

        Raises:
            CeremonyError: if too few count, or they cancel each other.
        """
        return add_up(self.context, self.batch, self.count, self.valid)

    def _judge(self) -> Iterator[Judged]:
        dealt: set[int] = set()
        proofs = dict(self.elsewhere)
        for posted in self.posted:
            if posted.dealer in dealt:
                yield Judged(posted, None, Fault.SECOND)
                continue
            judged = self._read(posted, proofs)
            proofs.setdefault(proof_of(posted.payload), posted.dealer)
            if judged.deal:
                dealt.add(posted.dealer)
            yield judged

    def _read(self, posted: Posted, proofs: Mapping[bytes, int]) -> Judged:
        if posted.dealer not in self.context.members:
            return Judged(posted, None, Fault.STRANGER)
        if posted.time >= self.until:
            return Judged(posted, None, Fault.LATE)
        where = (posted.dealer, self.batch, self.count, posted.payload)
        try:
            return Judged(posted, verify_deal(self.context, *where), None)
        except BadDeal as error:
            return Judged(posted, None, self._fault(error.detail, posted, proofs))

    def _fault(self, detail: str, posted: Posted, proofs: Mapping[bytes, int]) -> Fault:
        proof = proof_of(posted.payload)
        if detail == "length":
            shares = 32 * self.count * (len(self.context.members) - 1)
            commitments = len(posted.payload) - _PROOF.stop - shares
            of_degree = commitments > 0 and not commitments % (COMPRESSED * self.count)
            return Fault.DEGREE if of_degree else Fault.LENGTH
        if detail in ("version", "not a point"):
            return Fault.VERSION if detail == "version" else Fault.POINT
        if not any(proof):
            return Fault.UNPROVEN
        if proof in proofs:
            return Fault.REPLAYED if proofs[proof] == posted.dealer else Fault.COPIED
        return Fault.PROOF


def proof_of(payload: bytes) -> bytes:
    """Returns the proof in a deal, T ‖ s: bytes from anywhere."""
    return payload[_PROOF]


def x_of(payload: bytes) -> bytes:
    """Returns the x coordinate of E in a deal, which is also that of −E: bytes from anywhere."""
    return payload[_X]
