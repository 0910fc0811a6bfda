"""A wrong share shown to everybody, so that the dealer of it is known.

Whether a deal counts, anybody sees. Whether the share inside is right, only its receiver does; to
show a wrong one it makes its pairwise point W public, so that everybody can decrypt what it was
dealt. That W is the product of its encryption secret and the deal's E is proved without telling
the secret (Chaum, Pedersen 1992: log_G Enc = log_E W):

    T1 = t·G,  T2 = t·E
    c  = keccak256(abi.encode(ACCUSATION, chainId, contract, epoch, batch, dealer, opener, digest,
         Enc.x, Enc.y, W.x, W.y, T1.x, T1.y, T2.x, T2.y)) mod N
    s  = t + c·enc mod N;     the proof is (c, s), and T1 = s·G − c·Enc, T2 = s·E − c·W

W of an E that is a multiple of another dealer's would decrypt that dealer's shares. So no W is
made for a deal without a valid proof: who has one knows e, and learns nothing from W that it could
not work out by itself. Nor is one made for an E that is in another deal that counts too; that is
misconduct which everybody sees without any W (`misconduct`). An encryption key is no such thing:
who proved E knows every W of it, whoever else enrolled it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.files import read_file
from terang.i18n import _
from terang.identity.address import canonical
from terang.sealing.ceremony import CeremonyError
from terang.sealing.curve import (
    COMPRESSED,
    N,
    PublicKey,
    add,
    derive_scalar,
    generate,
    multiply,
    parse_point,
    scalar_bytes,
    words,
)
from terang.sealing.dealing import Deal, matches
from terang.sealing.epoch import EpochContext
from terang.sealing.judging import Dealing, x_of

ACCUSATION: Final = keccak(text="Terang ceremony accusation v1")

WRONG_SHARE: Final = 1
"""First byte of evidence on chain of a wrong share: then digest, W, c, s."""
REPEATED_POINT: Final = 2
"""First byte of evidence on chain that E is in another deal too: then digest, and the keccak256 of
that other deal."""

_KIND: Final = "terang accusation"


class EvidenceError(CeremonyError):
    """An accusation that cannot be made, or that proves nothing."""


@dataclass(frozen=True)
class Accusation:
    """Evidence that a dealer dealt an opener a wrong share, which anybody can check.

    Attributes:
        chain_id: the chain's id.
        contract: address of the contract that keeps the opening keys, hex.
        epoch: the epoch's number.
        batch: the batch.
        dealer: index of the opener that dealt.
        opener: index of the opener that was dealt to, who accuses.
        deal: keccak256 of the deal's payload.
        point: W, compressed, 33 bytes.
        challenge: c of the proof.
        response: s of the proof.
    """

    chain_id: int
    contract: str
    epoch: int
    batch: int
    dealer: int
    opener: int
    deal: bytes
    point: bytes
    challenge: int
    response: int

    def check(self, dealing: Dealing) -> list[int]:
        """Checks the accusation against what was dealt.

        Args:
            dealing: of its epoch and batch.

        Returns:
            the keys of which the dealer dealt a wrong share, from 0.

        Raises:
            EvidenceError: if it is about something else, or proves nothing.
        """
        context = dealing.context
        place = (self.chain_id, canonical(self.contract), self.epoch)
        if (*context.prefix, dealing.batch) != (*place, self.batch):
            raise EvidenceError(
                _("The evidence is about another batch or another ledger. Check it there.")
            )
        deal = dealing.deal_of(self.dealer)
        if deal is None or deal.digest != self.deal or self.opener not in deal.receivers:
            raise EvidenceError(
                _(
                    "The evidence names no deal that counts in batch {batch} and was made to "
                    "opener {opener}. Do not use it."
                ).format(batch=self.batch, opener=self.opener)
            )
        if not self._holds(context, deal):
            raise EvidenceError(
                _("The proof of the evidence does not hold, so it accuses nobody. Do not use it.")
            )
        wrong = wrong_shares(context, self.batch, deal, self.opener, parse_point(self.point))
        if not wrong:
            raise _honest(self.dealer, self.opener)
        return wrong

    def pack(self) -> bytes:
        """Returns the evidence as it stands on chain: what its event says besides is not in it."""
        proof = scalar_bytes(self.challenge) + scalar_bytes(self.response)
        return bytes([WRONG_SHARE]) + self.deal + self.point + proof

    def document(self) -> dict[str, Any]:
        """Returns the accusation as its file has it, bytes and scalars in hex."""
        return {
            "kind": _KIND,
            "chainId": self.chain_id,
            "contract": self.contract,
            "epoch": self.epoch,
            "batch": self.batch,
            "dealer": self.dealer,
            "opener": self.opener,
            "deal": "0x" + self.deal.hex(),
            "point": "0x" + self.point.hex(),
            "challenge": f"0x{self.challenge:064x}",
            "response": f"0x{self.response:064x}",
        }

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads an accusation from anybody.

        Raises:
            EvidenceError: when the file cannot be read, or is none.
        """
        try:
            read = json.loads(read_file(path))
            found = cls(
                read["chainId"],
                read["contract"],
                read["epoch"],
                read["batch"],
                read["dealer"],
                read["opener"],
                answers.data(read["deal"], "deal", 32),
                answers.data(read["point"], "point", COMPRESSED),
                int.from_bytes(answers.data(read["challenge"], "challenge", 32), "big"),
                int.from_bytes(answers.data(read["response"], "response", 32), "big"),
            )
            numbers = (found.chain_id, found.epoch, found.batch, found.dealer, found.opener)
            if not all(type(each) is int and 0 < each < 1 << 256 for each in numbers):
                raise ValueError("numbers")
            if read.keys() != found.document().keys() or read["kind"] != _KIND:
                raise ValueError("another document")
            canonical(found.contract)
            parse_point(found.point)
        except (OSError, LookupError, TypeError, ValueError, RecursionError, BadAnswer) as error:
            raise EvidenceError(
                _("{path} is no evidence. Name the file that `keys accuse` wrote.").format(
                    path=path
                )
            ) from error
        return found

    def _holds(self, context: EpochContext, deal: Deal) -> bool:
        key, point = context.members[self.opener], parse_point(self.point)
        try:
            minus = N - self.challenge
            one = add([generate(self.response), multiply(minus, key)])
            other = add([multiply(self.response, deal.ephemeral), multiply(minus, point)])
        except ValueError:  # a scalar out of range
            return False
        if one is None or other is None:
            return False
        return self.challenge == _challenge(self, key, point, one, other)


def accuse(
    epoch: Sequence[Dealing], batch: int, dealer: int, opener: int, secret: int
) -> Accusation:
    """Makes the evidence against a dealer: nothing is shown unless it dealt a wrong share.

    Nor is anything shown that the lie of a node makes look wrong: a deal's proof covers its
    receivers' indices and keys, so that one that was made for others does not count.

    Args:
        epoch: what was dealt for every batch of the epoch.
        batch: the batch, one of them.
        dealer: index of the opener that dealt.
        opener: index of the opener that accuses.
        secret: its encryption secret, of which the evidence tells nothing.

    Raises:
        EvidenceError: if the dealer has no valid deal, its E is in another deal too, or the shares
            that it dealt to this opener are right.
    """
    dealing = next((each for each in epoch if each.batch == batch), None)
    deal = dealing.deal_of(dealer) if dealing else None  # none in a batch of too few members
    if dealing is None or deal is None or opener not in deal.receivers:
        raise EvidenceError(
            _(
                "Opener {dealer} has no deal in batch {batch} that counts and was made to you, so "
                "there is nothing to show. Confirm the batch without it."
            ).format(dealer=dealer, batch=batch)
        )
    if any(repetitions(epoch, batch, deal)):
        raise EvidenceError(
            _(
                "The point E of opener {dealer}'s deal is used elsewhere too, so what you would "
                "show might open other shares. Show only that it is used twice."
            ).format(dealer=dealer)
        )
    context, point = dealing.context, multiply(secret, deal.ephemeral)
    if not wrong_shares(context, batch, deal, opener, point):
        raise _honest(dealer, opener)
    draft = Accusation(
        context.chain_id,
        context.contract,
        context.epoch,
        batch,
        dealer,
        opener,
        deal.digest,
        point.format(),
        0,
        0,
    )
    key = context.members[opener]
    # As in RFC 6979: the nonce follows from the secret and everything that the proof is about.
    nonce = derive_scalar(scalar_bytes(secret), _statement(draft, key, point))
    c = _challenge(draft, key, point, generate(nonce), multiply(nonce, deal.ephemeral))
    return replace(draft, challenge=c, response=(nonce + c * secret) % N)


def repetitions(epoch: Sequence[Dealing], batch: int, deal: Deal) -> Iterator[bytes]:
    """Yields in which other deals that count E or −E of a deal is too.

    A deal that does not count proves nothing, nor does an encryption key, which is enrolled without
    a proof: anybody could protect a bad dealer by copying its E, or have an honest one left out.

    Args:
        epoch: what was dealt for every batch of the epoch.
        batch: the deal's batch.
        deal: one that counts.

    Yields:
        the keccak256 of that other deal, 32 bytes.
    """
    x = deal.ephemeral.format()[1:]
    for dealing in epoch:
        here = dealing.batch == batch
        for dealer in sorted({each.dealer for each in dealing.posted if x_of(each.payload) == x}):
            if here and dealer == deal.dealer:
                continue
            other = dealing.deal_of(dealer)
            if other and other.ephemeral.format()[1:] == x:
                yield other.digest


def wrong_shares(
    context: EpochContext,
    batch: int,
    deal: Deal,
    opener: int,
    point: PublicKey,
) -> list[int]:
    """Returns the keys of which an opener was dealt a share that does not fit the commitments.

    Args:
        context: the epoch.
        batch: the batch.
        deal: one that counts.
        opener: index of the opener that was dealt to.
        point: W.
    """
    shares = deal.uncover(context, batch, opener, point)
    return [
        key
        for key, (share, points) in enumerate(zip(shares, deal.commitments, strict=True))
        if not matches(share, points, opener)
    ]


def _statement(said: Accusation, key: PublicKey, point: PublicKey) -> bytes:
    place = (said.chain_id, canonical(said.contract), said.epoch, said.batch)
    return words(
        ACCUSATION, *place, said.dealer, said.opener, said.deal, *key.point(), *point.point()
    )


def _challenge(
    said: Accusation, key: PublicKey, point: PublicKey, one: PublicKey, other: PublicKey
) -> int:
    statement = _statement(said, key, point) + words(*one.point(), *other.point())
    return int.from_bytes(keccak(statement), "big") % N


def _honest(dealer: int, opener: int) -> EvidenceError:
    return EvidenceError(
        _(
            "What opener {dealer} dealt opener {opener} is right, so there is nothing to accuse it "
            "of. Go on with the batch."
        ).format(dealer=dealer, opener=opener)
    )
