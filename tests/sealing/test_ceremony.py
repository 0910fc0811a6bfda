"""A batch from deals to release."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terang.identity.wallet import Wallet
from terang.sealing.bidding import open_bid, seal_bid
from terang.sealing.ceremony import CeremonyError, WrongShare, combine, first_valid, settle
from terang.sealing.curve import N, add, generate, multiply, parse_point
from terang.sealing.dealing import make_deal
from terang.sealing.envelope import Box
from terang.sealing.epoch import (
    COEFFICIENT,
    EpochContext,
    EpochError,
    derive,
    encryption_key,
    key_id,
    set_hash,
)
from terang.sealing.merkle import key_leaf, verify_proof
from terang.sealing.opener import BadShare, Opener


@pytest.fixture(scope="module")
def result(consortium: Any) -> Any:
    results = [o.accept(1, 2, consortium.deals) for o in consortium.openers.values()]
    assert len({(r.root, r.transcript) for r in results}) == 1
    return results[0]


def shares_of(consortium: Any, key: int, openers: tuple[int, ...]) -> dict[int, int]:
    return {i: consortium.openers[i].share(1, key) for i in openers}


def test_any_three_of_five_release_a_key_and_all_agree(consortium: Any, result: Any) -> None:
    for key in range(2):
        secrets = {
            result.secret(key, shares_of(consortium, key, trio))
            for trio in itertools.combinations(range(1, 6), 3)
        }
        assert len(secrets) == 1
        assert generate(secrets.pop()) == result.public_keys[key]
    assert result.secret(0, shares_of(consortium, 0, (1, 2, 3, 4, 5)))


def test_two_of_five_release_nothing(consortium: Any, result: Any) -> None:
    for pair in itertools.combinations(range(1, 6), 2):
        with pytest.raises(CeremonyError, match="Collect more"):
            result.secret(0, shares_of(consortium, 0, pair))
    with pytest.raises(CeremonyError, match="Collect more"):
        result.secret(0, {})


def test_shares_of_one_key_do_not_release_another(consortium: Any, result: Any) -> None:
    with pytest.raises(WrongShare):
        result.secret(1, shares_of(consortium, 0, (1, 2, 3)))


@pytest.mark.parametrize("spoil", [lambda s: s + 1, lambda s: N - s, lambda s: 0, lambda s: s + N])
def test_a_wrong_share_names_its_opener(
    consortium: Any, result: Any, spoil: Callable[[int], int]
) -> None:
    shares = shares_of(consortium, 0, (1, 2, 4))
    shares[2] = spoil(shares[2])
    with pytest.raises(WrongShare, match="opener 2") as caught:
        result.secret(0, shares)
    assert caught.value.opener == 2


def test_a_share_is_attributable_by_its_point(consortium: Any, result: Any) -> None:
    for key, opener in itertools.product(range(2), range(1, 6)):
        share = consortium.openers[opener].share(1, key)
        assert result.verification_point(key, opener) == generate(share)


def test_combining_checks_the_public_key(consortium: Any, result: Any) -> None:
    shares = shares_of(consortium, 0, (2, 3, 5))
    assert generate(combine(shares, result.public_keys[0])) == result.public_keys[0]
    with pytest.raises(CeremonyError, match="do not open"):
        combine(shares, result.public_keys[1])


def test_a_bid_sealed_to_a_key_of_the_ceremony_opens_after_its_release(
    consortium: Any, result: Any
) -> None:
    box, supplier = Box(31337, "0x" + "5b" * 20, 1, 0), Wallet.create()
    sent = seal_bid(
        supplier, box, result.public_keys[1], price=5, version=1, nonce=1, files={"a": b"b"}
    )
    secret = result.secret(1, shares_of(consortium, 1, (1, 4, 5)))
    assert open_bid(sent.envelope, secret, box)[0].price == 5


def test_the_root_covers_every_key_with_its_index(result: Any) -> None:
    for key, point in enumerate(result.public_keys):
        assert verify_proof(result.root, key_leaf(key, point), result.proof(key))
        assert not verify_proof(result.root, key_leaf(key + 1, point), result.proof(key))


def test_the_transcript_covers_the_deals_that_count(consortium: Any, result: Any) -> None:
    context = consortium.context
    kinds = ["bytes32", "uint256", "address", "uint256", "uint256", "uint256[]", "bytes32[]"]
    digests = [keccak(consortium.deals[i]) for i in range(1, 6)]
    label = keccak(text="Terang ceremony transcript v1")
    values = [label, 31337, context.contract, 1, 1, [1, 2, 3, 4, 5], digests]
    assert result.transcript == keccak(encode(kinds, values))


def test_an_opener_restored_from_its_seed_deals_and_holds_the_same(
    consortium: Any, result: Any
) -> None:
    seed = keccak(text="seed of opener 3")
    restored = Opener(seed, consortium.context, 3)
    assert restored.deal(1, 2) == consortium.deals[3]
    assert restored.accept(1, 2, consortium.deals).transcript == result.transcript
    assert restored.share(1, 1) == consortium.openers[3].share(1, 1)


def test_invalid_deals_and_strangers_do_not_count(consortium: Any) -> None:
    deals = consortium.deals | {2: b"junk", 9: consortium.deals[1]}
    result = settle(consortium.context, 1, 2, deals)
    assert result.dealers == (1, 3, 4, 5)
    assert result.count == 2


def test_an_opener_that_did_not_deal_still_holds_a_share(consortium: Any) -> None:
    deals = {i: consortium.deals[i] for i in (1, 2, 3)}
    openers = {
        i: Opener(keccak(text=f"seed of opener {i}"), consortium.context, i) for i in (4, 5, 1)
    }
    results = [opener.accept(1, 2, deals) for opener in openers.values()]
    shares = {i: opener.share(1, 0) for i, opener in openers.items()}
    assert generate(results[0].secret(0, shares)) == results[0].public_keys[0]


def test_fewer_deals_than_the_threshold_make_no_batch(consortium: Any) -> None:
    with pytest.raises(CeremonyError, match="2 valid deals of 3"):
        settle(consortium.context, 1, 2, {1: consortium.deals[1], 2: consortium.deals[2], 3: b""})


def test_the_first_valid_deal_of_each_opener_counts(consortium: Any) -> None:
    context, deals = consortium.context, consortium.deals
    second = make_deal(context, 2, 1, [[1, 2, 3], [4, 5, 6]], 7)
    posted = [(2, b"junk"), (2, deals[2]), (9, deals[3]), (2, second), (1, deals[1]), (3, deals[1])]
    assert first_valid(context, 1, 2, posted) == {2: deals[2], 1: deals[1]}


def test_deals_that_cancel_each_other_make_no_batch(consortium: Any) -> None:
    context = consortium.context
    constants = {1: 10, 2: 20, 3: N - 30}
    deals = {i: make_deal(context, i, 1, [[a, 1, 1]], i) for i, a in constants.items()}
    with pytest.raises(CeremonyError, match="cancel each other"):
        settle(context, 1, 1, deals)


def test_a_dealer_that_cancels_the_highest_coefficient_is_named(consortium: Any) -> None:
    """Only constants need a proof, so a rushing dealer can cancel the rest of the sum, but not
    deal shares of it: the degree never falls unnoticed."""
    openers, context = consortium.openers, consortium.context
    posted = {i: openers[i].deal(1, 1) for i in (1, 2, 4)}
    top = [parse_point(deal[99 + 66 : 99 + 99]) for deal in posted.values()]
    total = add(top)
    assert total is not None
    cancelling = multiply(N - 1, total)
    # Opener 3 knows its constant and the discrete logarithm of E, and so proves this deal.
    honest = make_deal(context, 3, 1, [[5, 6, 7]], 8)
    rigged = proven(context, honest[:165] + cancelling.format() + honest[198:], e=8, constant=5)
    with pytest.raises(BadShare, match="without opener 3"):
        openers[2].accept(1, 1, posted | {3: rigged})


def test_a_share_beyond_the_order_is_bad_though_it_adds_up(consortium: Any) -> None:
    openers, context = consortium.openers, consortium.context
    posted = {i: openers[i].deal(1, 1) for i in (1, 2, 4)}
    share = 5 + 6 * 2 + 7 * 4  # of opener 2: small, so that share + N still fits 32 bytes
    honest = make_deal(context, 3, 1, [[5, 6, 7]], 8)
    at = 198 + 32  # the second receiver, after opener 1
    encrypted = int.from_bytes(honest[at : at + 32], "big") ^ share ^ (share + N)
    spoiled = honest[:at] + encrypted.to_bytes(32, "big") + honest[at + 32 :]
    rigged = proven(context, spoiled, e=8, constant=5)
    with pytest.raises(BadShare, match="without opener 3"):
        openers[2].accept(1, 1, posted | {3: rigged})


def proven(context: EpochContext, deal: bytes, e: int, constant: int) -> bytes:
    """Opener 3's deal of one key in batch 1, with a proof made anew for what was changed."""
    head, rest, nonce = deal[:34], deal[99:], 12345
    point = generate(nonce).format()
    kinds = ["bytes32", "uint256", "address", *["uint256"] * 3, "bytes32", "bytes", "bytes32"]
    label = keccak(text="Terang ceremony proof v1")
    keys = sorted(context.members.items())
    members = keccak(
        b"".join(encode(["uint256", "bytes32"], [i, keccak(k.format())]) for i, k in keys)
    )
    values = [label, *context.prefix, 1, 3, members, point, keccak(head + rest)]
    c = int.from_bytes(keccak(encode(kinds, values)), "big") % N
    response = (nonce + c * e + c * c * constant) % N
    return head + point + response.to_bytes(32, "big") + rest


def test_a_share_is_not_given_before_its_batch_is_accepted(consortium: Any) -> None:
    opener = Opener(keccak(text="seed of opener 1"), consortium.context, 1)
    with pytest.raises(CeremonyError, match="Accept its deals first"):
        opener.share(1, 0)
    opener.accept(1, 2, consortium.deals)
    for key in (-1, 2):
        with pytest.raises(CeremonyError, match="holds no key"):
            opener.share(1, key)


def test_a_seed_of_another_seat_is_refused(consortium: Any) -> None:
    with pytest.raises(EpochError, match="not that of opener 2"):
        Opener(keccak(text="seed of opener 1"), consortium.context, 2)
    with pytest.raises(EpochError, match="not that of opener 9"):
        Opener(keccak(text="seed of opener 1"), consortium.context, 9)


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(EpochError, match="32 bytes or more"):
        encryption_key(bytes(31), 1, "0x" + "5e" * 20, 1, bytes(32))


def test_an_opener_does_not_show_its_seed(consortium: Any) -> None:
    assert keccak(text="seed of opener 1").hex() not in repr(consortium.openers[1])


def test_every_derived_scalar_is_of_one_purpose_batch_key_and_coefficient() -> None:
    epoch = (1, bytes(20), 1)
    places = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    purposes = [COEFFICIENT, bytes(32)]
    values = {
        derive(bytes(32), purpose, epoch, bytes(32), *place)
        for purpose in purposes
        for place in places
    }
    assert len(values) == 8


def test_a_key_id_holds_epoch_batch_and_index() -> None:
    assert key_id(3, 5, 7) == 3 * 2**64 + 5 * 2**32 + 7
    for parts in ((1, 2**32, 0), (1, 0, 2**32), (2**32, 0, 0), (-1, 0, 0), (1, -1, 0), (1, 0, -1)):
        with pytest.raises(ValueError, match="32 bits"):
            key_id(*parts)


def test_a_set_hash_is_as_designed() -> None:
    expected = keccak(encode(["uint32[]", "uint8", "uint8"], [[3, 1, 2], 2, 3]))
    assert set_hash([3, 1, 2], 2, 3) == expected


def test_a_set_out_of_range_is_refused() -> None:
    points = {i: generate(i + 1) for i in range(300)}

    def context(indices: range, threshold: int) -> EpochContext:
        members = {i: points[i] for i in indices}
        return EpochContext(1, "0x" + "5e" * 20, 1, members, threshold, bytes(32))

    for indices in (range(0, 3), range(250, 257)):
        with pytest.raises(EpochError, match="numbered from 1"):
            context(indices, 2)
    for threshold in (0, 4):
        with pytest.raises(EpochError, match="Wait until more enrol"):
            context(range(1, 4), threshold)


def test_an_opener_that_never_enrolled_stops_nobody() -> None:
    openers_hash, contract = set_hash([1, 2, 3, 4, 5], 3, 4), "0x" + "5e" * 20
    seeds = {i: keccak(text=f"seed {i}") for i in (1, 2, 4, 5)}
    members = {i: encryption_key(s, 1, contract, 1, openers_hash) for i, s in seeds.items()}
    context = EpochContext(1, contract, 1, members, 3, openers_hash)
    openers = {i: Opener(seed, context, i) for i, seed in seeds.items()}
    deals = {i: opener.deal(1, 1) for i, opener in openers.items()}
    results = {i: opener.accept(1, 1, deals) for i, opener in openers.items()}
    shares = {i: openers[i].share(1, 0) for i in (1, 4, 5)}
    assert generate(results[1].secret(0, shares)) == results[2].public_keys[0]
