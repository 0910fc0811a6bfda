"""Deals: their bytes, their proof, and every way to spoil them."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.sealing.curve import N, add, address_of, generate, multiply, parse_point
from terang.sealing.dealing import (
    BadDeal,
    commitment_at,
    evaluate,
    make_deal,
    matches,
    verify_deal,
)
from terang.sealing.epoch import ENCRYPTION, EpochContext, derive, encryption_key
from terang.sealing.opener import BadShare

from .dealings import misdirected

HEAD, KEYS, K, OTHERS = 99, 2, 3, 4
COMMITMENTS = HEAD + KEYS * K * 33
LENGTH = COMMITMENTS + KEYS * OTHERS * 32


def test_a_deal_is_laid_out_as_designed(consortium: Any) -> None:
    payload = consortium.deals[2]
    context = consortium.context
    assert len(payload) == LENGTH
    assert payload[0] == 1
    e, t = parse_point(payload[1:34]), parse_point(payload[34:67])
    s = int.from_bytes(payload[67:99], "big")
    constants = [parse_point(payload[at : at + 33]) for at in (HEAD, HEAD + K * 33)]
    kinds = ["bytes32", "uint256", "address", *["uint256"] * 3, "bytes32", "bytes", "bytes32"]
    body = keccak(payload[:34] + payload[99:])
    label = keccak(text="Terang ceremony proof v1")
    enrolled = sorted(context.members.items())
    each = [encode(["uint256", "bytes32"], [i, keccak(key.format())]) for i, key in enrolled]
    members = keccak(b"".join(each))
    values = [label, 31337, context.contract, 1, 1, 2, members, payload[34:67], body]
    c = int.from_bytes(keccak(encode(kinds, values)), "big") % N
    right = add(
        [t, multiply(c, e), *(multiply(pow(c, q + 2, N), a) for q, a in enumerate(constants))]
    )
    assert generate(s) == right


def test_an_encrypted_share_is_laid_out_as_designed(consortium: Any) -> None:
    payload, context = consortium.deals[2], consortium.context
    seed = keccak(text="seed of opener 4")
    secret = derive(seed, ENCRYPTION, context.prefix, context.set_hash)
    w = multiply(secret, parse_point(payload[1:34])).point()
    label = keccak(text="Terang ceremony share v1")
    kinds = ["bytes32", "uint256", "address", *["uint256"] * 7]
    for q in range(KEYS):
        pad = keccak(encode(kinds, [label, 31337, context.contract, 1, 1, 2, 4, q, *w]))
        at = COMMITMENTS + 32 * (q * OTHERS + 2)  # openers 1, 3, 4, 5
        share = int.from_bytes(payload[at : at + 32], "big") ^ int.from_bytes(pad, "big")
        start = HEAD + q * K * 33
        points = [parse_point(payload[start + 33 * t : start + 33 * t + 33]) for t in range(K)]
        assert matches(share, points, 4)


def test_a_deal_verifies_as_posted(consortium: Any) -> None:
    for dealer, payload in consortium.deals.items():
        deal = verify_deal(consortium.context, dealer, 1, 2, payload)
        assert deal.digest == keccak(payload)


def test_a_deal_of_another_dealer_batch_or_size_is_refused(consortium: Any) -> None:
    payload = consortium.deals[2]
    for dealer, batch, count in ((3, 1, 2), (2, 2, 2), (2, 0, 2), (2, 1, 1), (2, 1, 3), (2, 1, 0)):
        with pytest.raises(BadDeal):
            verify_deal(consortium.context, dealer, batch, count, payload)


def test_a_deal_of_another_epoch_contract_or_chain_is_refused(
    consortium: Any, elsewhere: list[Any]
) -> None:
    for other in elsewhere:
        with pytest.raises(BadDeal, match="proof"):
            verify_deal(other.context, 2, 1, 2, consortium.deals[2])


@pytest.mark.parametrize("place", [*range(0, HEAD, 5), *range(HEAD, LENGTH, 11), LENGTH - 1])
def test_a_flipped_byte_anywhere_is_refused(consortium: Any, place: int) -> None:
    spoiled = bytearray(consortium.deals[2])
    spoiled[place] ^= 0x01
    with pytest.raises(BadDeal):
        verify_deal(consortium.context, 2, 1, 2, bytes(spoiled))


@pytest.mark.parametrize("payload", [b"", b"\x01", bytes(LENGTH), b"\x01" * LENGTH])
def test_junk_is_refused(consortium: Any, payload: bytes) -> None:
    with pytest.raises(BadDeal):
        verify_deal(consortium.context, 2, 1, 2, payload)


def test_another_version_is_refused(consortium: Any) -> None:
    for version in (0, 2, 255):
        payload = bytes([version]) + consortium.deals[2][1:]
        with pytest.raises(BadDeal, match="version"):
            verify_deal(consortium.context, 2, 1, 2, payload)


def test_a_truncated_or_extended_deal_is_refused(consortium: Any) -> None:
    for payload in (consortium.deals[2][:-1], consortium.deals[2] + b"\0"):
        with pytest.raises(BadDeal, match="length"):
            verify_deal(consortium.context, 2, 1, 2, payload)


@pytest.mark.parametrize("response", [0, N, 2**256 - 1])
def test_a_response_out_of_range_is_refused(consortium: Any, response: int) -> None:
    payload = consortium.deals[2]
    spoiled = payload[:67] + response.to_bytes(32, "big") + payload[99:]
    with pytest.raises(BadDeal, match="out of range"):
        verify_deal(consortium.context, 2, 1, 2, spoiled)


def test_a_junk_deal_on_a_multiple_of_anothers_point_is_refused(consortium: Any) -> None:
    """The attack the proof is for: E' = 5·E of opener 2, posted by opener 3."""
    victim, attacker = consortium.deals[2], consortium.deals[3]
    stolen = multiply(5, parse_point(victim[1:34])).format()
    with pytest.raises(BadDeal, match="proof"):
        verify_deal(consortium.context, 3, 1, 2, attacker[:1] + stolen + attacker[34:])


def test_a_constant_that_cancels_the_others_needs_a_secret_nobody_has(consortium: Any) -> None:
    others = [parse_point(consortium.deals[i][HEAD : HEAD + 33]) for i in (1, 2, 4, 5)]
    total = add(others)
    assert total is not None
    cancelling = multiply(N - 1, total).format()
    payload = consortium.deals[3]
    with pytest.raises(BadDeal, match="proof"):
        verify_deal(consortium.context, 3, 1, 2, payload[:HEAD] + cancelling + payload[HEAD + 33 :])


def test_two_deals_of_one_batch_never_share_a_nonce(consortium: Any) -> None:
    """One nonce under two challenges would give away e and every constant coefficient."""
    opener = consortium.openers[2]
    points = {opener.deal(batch, count)[34:67] for batch in (1, 2) for count in (1, 2, 3)}
    assert len(points) == 6


@settings(deadline=None, max_examples=20)
@given(
    polynomials=st.lists(
        st.lists(st.integers(1, N - 1), min_size=2, max_size=2), min_size=1, max_size=3
    ),
    ephemeral=st.integers(1, N - 1),
    batch=st.integers(0, 2**32 - 1),
)
def test_what_is_dealt_verifies_and_every_share_matches(
    polynomials: list[list[int]], ephemeral: int, batch: int
) -> None:
    secrets = {i: 1000 + i for i in (1, 2, 3)}
    members = {i: generate(secret) for i, secret in secrets.items()}
    context = EpochContext(1, "0x" + "5e" * 20, 1, members, 2, bytes(32))
    payload = make_deal(context, 2, batch, polynomials, ephemeral)
    deal = verify_deal(context, 2, batch, len(polynomials), payload)
    for receiver in (1, 3):
        shares = deal.decrypt(context, batch, receiver, secrets[receiver])
        assert shares == [evaluate(polynomial, receiver) for polynomial in polynomials]
        for share, points in zip(shares, deal.commitments, strict=True):
            assert matches(share, points, receiver)
            assert not matches(share + 1, points, receiver)


def test_a_share_outside_the_field_does_not_match_even_if_equal_modulo_n() -> None:
    points = [generate(2), generate(3)]
    assert matches(5, points, 1)
    assert not matches(5 + N, points, 1)
    assert not matches(5 - N, points, 1)


def test_a_share_of_zero_matches_infinity_only() -> None:
    points = [generate(N - 3), generate(3)]
    assert commitment_at(points, 1) is None
    assert matches(0, points, 1)
    assert not matches(0, points, 2)


def test_a_wrong_share_is_traced_to_its_dealer(consortium: Any) -> None:
    """A dealer that proves all it must and still deals one wrong share to opener 4."""
    context = consortium.context
    polynomials = [[11, 12, 13], [21, 22, 23]]
    payload = misdirected(context, 3, 1, polynomials, 77, [4])
    deals = consortium.deals | {3: payload}
    assert consortium.openers[1].accept(1, 2, deals).dealers == (1, 2, 3, 4, 5)
    with pytest.raises(BadShare, match="without opener 3") as caught:
        consortium.openers[4].accept(1, 2, deals)
    assert (caught.value.dealer, caught.value.opener, caught.value.key) == (3, 4, 0)


def test_an_encryption_key_is_of_one_epoch_contract_chain_and_set() -> None:
    seed, contract = bytes(32), "0x" + "5e" * 20
    places = [
        (1, contract, 1, bytes(32)),
        (2, contract, 1, bytes(32)),
        (1, "0x" + "5f" * 20, 1, bytes(32)),
        (1, contract, 2, bytes(32)),
        (1, contract, 1, b"\1" * 32),
    ]
    assert len({address_of(encryption_key(seed, *place)) for place in places}) == 5
