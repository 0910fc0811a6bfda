"""One opener's deal of a batch: its bytes, its proof, and the shares inside.

    0x01  E(33)  T(33)  s(32)
    per key: k commitments of 33 bytes, the constant one first
    per key: per other opener, ascending: 32 bytes, share XOR keccak256(abi.encode(SHARE,
        chainId, contract, epoch, batch, from, to, q, W.x, W.y)),  W = enc_to·E = e·Enc_to

(T, s) is one Schnorr proof of knowledge of e and of every constant coefficient:

    c = keccak256(abi.encode(POP, chainId, contract, epoch, batch, from, members, bytes T,
        keccak256(0x01 ‖ E ‖ commitments ‖ shares))) mod N
    s·G = T + c·E + Σ c^(q+2)·A_q
    members = keccak256 over the members i of the batch, ascending, of
        abi.encode(i, keccak256(encryption key of i, 33 bytes))

members covers who they are and to which keys their shares are encrypted: a deal that was made for
others than the chain has, by the lie of a node to its dealer or to who reads it, does not count,
and no share of it is shown. Without the proof a dealer could name a multiple of another's E as its
own, have its junk deal disputed, and read that dealer's shares from the pairwise points so shown.
An unproven deal is ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terang.errors import TerangError
from terang.i18n import _
from terang.sealing.curve import (
    COMPRESSED,
    N,
    PublicKey,
    add,
    derive_scalar,
    generate,
    multiply,
    parse_point,
    same,
    scalar_bytes,
    words,
)
from terang.sealing.epoch import EpochContext

SHARE: Final = keccak(text="Terang ceremony share v1")
POP: Final = keccak(text="Terang ceremony proof v1")
NONCE: Final = keccak(text="Terang ceremony nonce v1")

VERSION: Final = 1
_E: Final = slice(1, 1 + COMPRESSED)
_T: Final = slice(_E.stop, _E.stop + COMPRESSED)
_S: Final = slice(_T.stop, _T.stop + 32)

Commitments = Sequence[PublicKey | None]
"""Commitments to a polynomial's coefficients, constant first; None commits to zero."""


class BadDeal(TerangError, ValueError):
    """A deal that is ignored: malformed, or without a valid proof.

    Attributes:
        dealer: index of the opener that posted it.
        detail: what is wrong, for logs.
    """

    def __init__(self, dealer: int, detail: str) -> None:
        self.dealer, self.detail = dealer, detail
        super().__init__(
            _("The deal of opener {dealer} is invalid ({detail}). Ask it to deal again.").format(
                dealer=dealer, detail=detail
            )
        )


@dataclass(frozen=True)
class Deal:
    """A deal that was read, with valid points.

    Attributes:
        dealer: index of the opener that dealt.
        digest: keccak256 of the payload.
        ephemeral: E.
        commitments: per key, k points.
        encrypted: all encrypted shares, as in the payload.
        receivers: the other openers' indices, ascending.
    """

    dealer: int
    digest: bytes
    ephemeral: PublicKey
    commitments: tuple[tuple[PublicKey, ...], ...]
    encrypted: bytes
    receivers: tuple[int, ...]

    def decrypt(self, context: EpochContext, batch: int, receiver: int, secret: int) -> list[int]:
        """Decrypts one receiver's shares, one per key; nothing says yet that they are right.

        Args:
            context: the epoch.
            batch: the batch.
            receiver: an index among `receivers`.
            secret: the receiver's encryption secret.
        """
        return self.uncover(context, batch, receiver, multiply(secret, self.ephemeral))

    def uncover(
        self,
        context: EpochContext,
        batch: int,
        receiver: int,
        point: PublicKey,
    ) -> list[int]:
        """Decrypts one receiver's shares by the pairwise point, as anybody can who is shown it.

        Args:
            context: the epoch.
            batch: the batch.
            receiver: an index among `receivers`.
            point: W, the product of the receiver's encryption secret and E.
        """
        pads = _pads(context, batch, self.dealer, receiver, len(self.commitments), point)
        step = len(self.receivers)
        place = self.receivers.index(receiver)
        shares = []
        for key, pad in enumerate(pads):
            start = 32 * (key * step + place)
            shares.append(int.from_bytes(self.encrypted[start : start + 32], "big") ^ pad)
        return shares


def make_deal(
    context: EpochContext,
    dealer: int,
    batch: int,
    polynomials: Sequence[Sequence[int]],
    ephemeral: int,
) -> bytes:
    """Makes a deal's payload; the same arguments give the same bytes.

    Args:
        context: the epoch.
        dealer: index of the opener that deals.
        batch: the batch, never used before.
        polynomials: per key, k coefficients in 1…N − 1, constant first.
        ephemeral: e, in 1…N − 1, for this deal only.
    """
    commitments = b"".join(
        generate(coefficient).format() for polynomial in polynomials for coefficient in polynomial
    )
    columns = []
    for receiver in _receivers(context, dealer):
        point = multiply(ephemeral, context.members[receiver])
        pads = _pads(context, batch, dealer, receiver, len(polynomials), point)
        shares = (evaluate(polynomial, receiver) for polynomial in polynomials)
        columns.append([(s ^ pad).to_bytes(32, "big") for s, pad in zip(shares, pads, strict=True)])
    encrypted = b"".join(b"".join(row) for row in zip(*columns, strict=True))
    head = bytes([VERSION]) + generate(ephemeral).format()
    body = keccak(head + commitments + encrypted)
    constants = [polynomial[0] for polynomial in polynomials]
    proof = prove(context, dealer, batch, constants, ephemeral, body)
    return head + proof + commitments + encrypted


def prove(
    context: EpochContext,
    dealer: int,
    batch: int,
    constants: Sequence[int],
    ephemeral: int,
    body: bytes,
) -> bytes:
    """Returns a deal's proof, T ‖ s: that its dealer knows e and every constant coefficient.

    Args:
        context: the epoch.
        dealer: index of the opener that deals.
        batch: the batch.
        constants: the constant coefficients, by key.
        ephemeral: e.
        body: keccak256 of the deal without T and s.
    """
    # As in RFC 6979, the nonce follows from the secret and everything the challenge covers: no two
    # different challenges ever meet the same T.
    info = words(NONCE, *context.prefix, batch, dealer, _members(context), body)
    nonce = derive_scalar(scalar_bytes(ephemeral), info)
    proof_point = generate(nonce).format()
    c = _challenge(context, batch, dealer, proof_point, body)
    response = nonce + c * ephemeral
    for key, constant in enumerate(constants):
        response += pow(c, key + 2, N) * constant
    return proof_point + scalar_bytes(response % N)


def verify_deal(context: EpochContext, dealer: int, batch: int, count: int, payload: bytes) -> Deal:
    """Reads a deal and checks its proof.

    Args:
        context: the epoch.
        dealer: index of the opener that posted it, an index of the epoch.
        batch: the batch it was posted for.
        count: m, how many keys the batch has.
        payload: bytes from anywhere.

    Raises:
        BadDeal: if it is to be ignored.
    """
    deal = parse_deal(context, dealer, count, payload)
    body = keccak(payload[: _E.stop] + payload[_S.stop :])
    c = _challenge(context, batch, dealer, payload[_T], body)
    try:
        left = generate(int.from_bytes(payload[_S], "big"))
        terms = [parse_point(payload[_T]), multiply(c, deal.ephemeral)]
        for key, points in enumerate(deal.commitments):
            terms.append(multiply(pow(c, key + 2, N), points[0]))
    except ValueError as error:
        raise BadDeal(dealer, "proof out of range") from error
    if not same(left, add(terms)):
        raise BadDeal(dealer, "proof")
    return deal


def parse_deal(context: EpochContext, dealer: int, count: int, payload: bytes) -> Deal:
    """Reads a deal's layout; its proof is not checked.

    Args:
        context: the epoch.
        dealer: index of the opener that posted it, an index of the epoch.
        count: m, how many keys the batch has.
        payload: bytes from anywhere.

    Raises:
        BadDeal: for a wrong length, version, or something that is no point.
    """
    k, receivers = context.threshold, _receivers(context, dealer)
    middle = _S.stop + count * k * COMPRESSED
    if count < 1 or len(payload) != middle + count * len(receivers) * 32:
        raise BadDeal(dealer, "length")
    if payload[0] != VERSION:
        raise BadDeal(dealer, "version")
    try:
        ephemeral = parse_point(payload[_E])
        points = [
            parse_point(payload[start : start + COMPRESSED])
            for start in range(_S.stop, middle, COMPRESSED)
        ]
    except ValueError as error:
        raise BadDeal(dealer, "not a point") from error
    commitments = tuple(tuple(points[q * k : (q + 1) * k]) for q in range(count))
    return Deal(dealer, keccak(payload), ephemeral, commitments, payload[middle:], receivers)


def evaluate(polynomial: Sequence[int], x: int) -> int:
    """Returns the polynomial's value at x modulo N; coefficients constant first."""
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * x + coefficient) % N
    return value


def commitment_at(commitments: Commitments, x: int) -> PublicKey | None:
    """Returns f(x)·G from the commitments to f (Feldman 1987); None is the point at infinity."""
    return add(
        multiply(pow(x, power, N), point)
        for power, point in enumerate(commitments)
        if point is not None
    )


def matches(share: int, commitments: Commitments, x: int) -> bool:
    """Tells whether a share is f(x) of the polynomial committed to; 0 ≤ share < N or it is not."""
    if not 0 <= share < N:
        return False
    return same(generate(share) if share else None, commitment_at(commitments, x))


def _receivers(context: EpochContext, dealer: int) -> tuple[int, ...]:
    return tuple(index for index in sorted(context.members) if index != dealer)


def _members(context: EpochContext) -> bytes:
    keys = sorted(context.members.items())
    return keccak(b"".join(words(index, keccak(key.format())) for index, key in keys))


def _challenge(
    context: EpochContext, batch: int, dealer: int, proof_point: bytes, body: bytes
) -> int:
    kinds = ["bytes32", "uint256", "address", *["uint256"] * 3, "bytes32", "bytes", "bytes32"]
    values = [POP, *context.prefix, batch, dealer, _members(context), proof_point, body]
    return int.from_bytes(keccak(encode(kinds, values)), "big") % N


def _pads(
    context: EpochContext, batch: int, dealer: int, receiver: int, count: int, point: PublicKey
) -> list[int]:
    """Returns the 256-bit pads of one pair's shares, from their pairwise point W."""
    head = words(SHARE, *context.prefix, batch, dealer, receiver)
    tail = words(*point.point())
    return [int.from_bytes(keccak(head + words(q) + tail), "big") for q in range(count)]
