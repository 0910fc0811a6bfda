"""Deals, good and bad, of the consortium in conftest.py."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from eth_utils.crypto import keccak

from terang.sealing.curve import N, generate, words
from terang.sealing.dealing import POP, make_deal, prove
from terang.sealing.epoch import ENCRYPTION, EpochContext, derive
from terang.sealing.judging import Dealing, Posted

E, HEAD = 77, 99
POLYNOMIALS = [[11, 12, 13], [21, 22, 23]]


def secret_of(context: EpochContext, opener: int) -> int:
    seed = keccak(text=f"seed of opener {opener}")
    return derive(seed, ENCRYPTION, context.prefix, context.set_hash)


def dealing(
    context: EpochContext,
    deals: Mapping[int, bytes] | Sequence[tuple[int, bytes]],
    batch: int = 1,
    elsewhere: Mapping[bytes, int] | None = None,
) -> Dealing:
    pairs = deals.items() if isinstance(deals, Mapping) else deals
    posted = [Posted(dealer, payload, 100) for dealer, payload in pairs]
    return Dealing(context, batch, 2, 200, posted, elsewhere or {})


def wrong_deal(
    context: EpochContext, dealer: int = 3, receiver: int = 4, e: int = E, batch: int = 1
) -> bytes:
    """A deal that is proved and holds, for one receiver, shares encrypted to somebody else."""
    return misdirected(context, dealer, batch, POLYNOMIALS, e, [receiver])


def misdirected(
    context: EpochContext,
    dealer: int,
    batch: int,
    polynomials: Sequence[Sequence[int]],
    e: int,
    receivers: Sequence[int],
) -> bytes:
    """A deal proved for its batch's members, with shares of some encrypted to somebody else."""
    members = {**context.members, **dict.fromkeys(receivers, generate(5))}
    payload = make_deal(replace(context, members=members), dealer, batch, polynomials, e)
    head, rest = payload[:34], payload[99:]
    constants = [each[0] for each in polynomials]
    return head + prove(context, dealer, batch, constants, e, keccak(head + rest)) + rest


def spoiled(deal: bytes, place: slice, content: bytes) -> bytes:
    return deal[: place.start] + content + deal[place.stop :]


def proven(context: EpochContext, deal: bytes, e: int = E, batch: int = 1) -> bytes:
    """Opener 3's deal of `POLYNOMIALS`, with a proof made anew for what was changed."""
    head, rest, nonce = deal[:34], deal[HEAD:], 12345
    point = generate(nonce).format()
    # abi.encode of static words, then the offset of bytes T, then its length and content
    keys = sorted(context.members.items())
    members = keccak(b"".join(words(index, keccak(key.format())) for index, key in keys))
    fixed = words(POP, *context.prefix, batch, 3, members, 9 * 32, keccak(head + rest))
    c = int.from_bytes(keccak(fixed + words(33) + point.ljust(64, b"\0")), "big") % N
    response = nonce + c * e + c**2 * POLYNOMIALS[0][0] + c**3 * POLYNOMIALS[1][0]
    return head + point + (response % N).to_bytes(32, "big") + rest
