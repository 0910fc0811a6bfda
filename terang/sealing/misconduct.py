"""What an accusation on chain proves: by what had been posted before it, and by nothing later.

`OpeningKeys` keeps accusations and judges none. Everybody judges them alike, since the order of
the events decides: were a later deal able to make an earlier accusation true, it would change who
took part in batches that are long under way. An opener against whom one holds is no member of a
batch that is opened after it.

The first byte tells the kind of evidence:

    01 ‖ digest(32) ‖ W(33) ‖ c(32) ‖ s(32)     a wrong share (`evidence`)
    02 ‖ digest(32) ‖ other(32)                 E or −E of this deal is in another one too

digest is the keccak256 of the accused dealer's deal, other that of another deal of the epoch that
counts. The dealers of both proved that they know e. An honest one tells nobody, and derives a new e
for each batch: so each of them may be accused. That an encryption key equals E proves nothing of
the dealer, since who enrols shows no knowledge of its secret.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from eth_utils.crypto import keccak

from terang.i18n import _
from terang.sealing.curve import COMPRESSED, parse_point
from terang.sealing.evidence import (
    REPEATED_POINT,
    WRONG_SHARE,
    Accusation,
    EvidenceError,
    repetitions,
)
from terang.sealing.judging import Dealing, x_of

_DIGEST: Final = slice(1, 33)
_POINT: Final = slice(33, 33 + COMPRESSED)
_CHALLENGE: Final = slice(_POINT.stop, _POINT.stop + 32)
_RESPONSE: Final = slice(_CHALLENGE.stop, _CHALLENGE.stop + 32)
_OTHER: Final = slice(33, 65)
_LENGTHS: Final = {WRONG_SHARE: _RESPONSE.stop, REPEATED_POINT: _OTHER.stop}


class Accused(NamedTuple):
    """An accusation as its event has it.

    Attributes:
        batch: over which.
        dealer: index of the opener that is accused.
        accuser: index of the opener that accuses.
        evidence: bytes from anywhere.
    """

    batch: int
    dealer: int
    accuser: int
    evidence: bytes

    @property
    def kind(self) -> int:
        """The kind of its evidence, by the first byte; 0 for none that is known."""
        found = self.evidence[0] if self.evidence else 0
        return found if _LENGTHS.get(found) == len(self.evidence) else 0


def needed(
    said: Accused,
    deals: Iterable[tuple[int, bytes]],
    epoch: Iterable[tuple[int, Iterable[tuple[int, bytes]]]],
) -> set[int]:
    """Returns the batches that it takes to judge an accusation; none for one that proves nothing.

    It only compares bytes, so that junk costs nobody more than that.

    Args:
        said: the accusation.
        deals: dealer and payload of every deal of its batch before it.
        epoch: the same for every batch of the epoch, by number; looked at only when it has to be.
    """
    digest = said.evidence[_DIGEST]
    own = (deal for dealer, deal in deals if dealer == said.dealer)
    accused = next((deal for deal in own if keccak(deal) == digest), None) if said.kind else None
    if accused is None:
        return set()
    if said.kind == WRONG_SHARE:
        return {said.batch}
    x, other = x_of(accused), said.evidence[_OTHER]
    twins = (
        number
        for number, others in epoch
        for _dealer, deal in others
        if x_of(deal) == x and keccak(deal) == other
    )
    return {said.batch, *twins}


def judge(said: Accused, epoch: Sequence[Dealing]) -> list[int]:
    """Checks an accusation.

    Args:
        said: the accusation.
        epoch: what had been dealt before it for the batches of its epoch that are `needed`; more
            of them change nothing.

    Returns:
        the keys of which the dealer dealt a wrong share, from 0; none if it used E twice.

    Raises:
        EvidenceError: if it proves nothing.
    """
    if not said.kind:
        raise EvidenceError(_("The evidence is of no known kind. Do not use it."))
    dealing = next((each for each in epoch if each.batch == said.batch), None)
    if dealing is None:
        raise _no_deal(said)
    if said.kind == WRONG_SHARE:
        return _unpacked(said, dealing).check(dealing)
    deal = dealing.deal_of(said.dealer)
    if deal is None or deal.digest != said.evidence[_DIGEST]:
        raise _no_deal(said)
    if said.evidence[_OTHER] not in repetitions(epoch, said.batch, deal):
        raise EvidenceError(
            _(
                "Nothing else that counts has the point of opener {dealer}'s deal, so the evidence "
                "accuses nobody. Do not use it."
            ).format(dealer=said.dealer)
        )
    return []


def repetition(epoch: Sequence[Dealing], batch: int, dealer: int) -> bytes | None:
    """Returns the evidence on chain that a dealer's E is in another deal too; else None.

    It tells no secret, so it needs none, and anybody could make it.

    Args:
        epoch: what was dealt for every batch of the epoch.
        batch: one of them.
        dealer: index of the opener that dealt.
    """
    dealing = next((each for each in epoch if each.batch == batch), None)
    if dealing is None:  # a batch of too few members, of which no deal counts
        return None
    xs = {x_of(each.payload) for each in dealing.posted if each.dealer == dealer}
    places = {
        (each.batch, posted.dealer)
        for each in epoch
        for posted in each.posted
        if x_of(posted.payload) in xs
    }
    if len(places) < 2:
        return None  # which spares verifying the deal
    deal = dealing.deal_of(dealer)
    other = next(repetitions(epoch, batch, deal), None) if deal else None
    return bytes([REPEATED_POINT]) + deal.digest + other if deal and other else None


def _unpacked(said: Accused, dealing: Dealing) -> Accusation:
    context, point = dealing.context, said.evidence[_POINT]
    try:
        parse_point(point)
    except ValueError as error:
        raise EvidenceError(
            _("The proof of the evidence does not hold, so it accuses nobody. Do not use it.")
        ) from error
    return Accusation(
        context.chain_id,
        context.contract,
        context.epoch,
        said.batch,
        said.dealer,
        said.accuser,
        said.evidence[_DIGEST],
        point,
        int.from_bytes(said.evidence[_CHALLENGE], "big"),
        int.from_bytes(said.evidence[_RESPONSE], "big"),
    )


def _no_deal(said: Accused) -> EvidenceError:
    return EvidenceError(
        _(
            "The evidence names no deal that counts in batch {batch} and was made to "
            "opener {opener}. Do not use it."
        ).format(batch=said.batch, opener=said.accuser)
    )
