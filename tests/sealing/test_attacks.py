"""What somebody tries who knows everything public, and some openers' shares: each finds nothing."""

import itertools
import secrets

import pytest
from eth_utils.crypto import keccak

from terang.identity.wallet import Wallet
from terang.sealing import bidding
from terang.sealing.bidding import open_bid, seal_bid
from terang.sealing.curve import N, derive_scalar, generate, interpolate
from terang.sealing.documents import pack
from terang.sealing.envelope import Box, Void
from terang.sealing.epoch import EpochContext, encryption_key, set_hash
from terang.sealing.messages import Bid
from terang.sealing.opener import Opener

CONTRACT = "0x" + "5e" * 20
SUPPLIER = Wallet.from_key(b"\x31" * 32)
PUBLIC = generate(int.from_bytes(keccak(b"y"), "big") % N)
BOX = Box(31337, "0x" + "5b" * 20, 7, 0)
FORM = {"form.txt": b"the form that everybody sends"}
PRICES = range(1_000, 1_256)


def bid(price: int) -> bytes:
    sent = seal_bid(SUPPLIER, BOX, PUBLIC, price=price, version=1, nonce=1, files=FORM)
    return sent.envelope


def test_no_three_of_seven_openers_read_a_bid_and_any_four_do() -> None:
    openers_hash = set_hash(range(2, 9), 4, 6)
    seeds = {index: keccak(text=f"seed {index}") for index in range(1, 8)}
    members = {
        index: encryption_key(seed, 31337, CONTRACT, 1, openers_hash)
        for index, seed in seeds.items()
    }
    context = EpochContext(31337, CONTRACT, 1, members, 4, openers_hash)
    openers = {index: Opener(seed, context, index) for index, seed in seeds.items()}
    deals = {index: opener.deal(1, 1) for index, opener in openers.items()}
    results = [opener.accept(1, 1, deals) for opener in openers.values()]
    (public_key,) = results[0].public_keys
    sent = seal_bid(SUPPLIER, BOX, public_key, price=5, version=1, nonce=1, files=FORM)

    for size in range(1, 8):
        for colluding in itertools.combinations(openers, size):
            # whatever software they use: they put together what they hold
            found = interpolate({index: openers[index].share(1, 0) for index in colluding})
            if size >= 4:
                assert open_bid(sent.envelope, found, BOX)[0].price == 5
                continue
            assert generate(found) != public_key
            with pytest.raises(Void):
                open_bid(sent.envelope, found, BOX)


def test_guessing_every_price_of_a_small_range_finds_nothing() -> None:
    """The account, the box, the version, the nonce and the documents may all be known."""
    sent = bid(PRICES[77])

    def points(price: int) -> set[bytes]:
        draft = Bid(SUPPLIER.address, price, keccak(pack(FORM)), 1, 1)
        context = draft.typed_data(BOX).digest
        # no random bytes, or those of a generator that gives none
        guesses = (b"", bytes(32))
        return {
            generate(derive_scalar(guess + BOX.id + context, b"")).format() for guess in guesses
        }

    assert not any(sent[1:34] in points(price) for price in PRICES)


def test_the_same_bid_sealed_twice_shares_nothing() -> None:
    first, second = bid(1_000), bid(1_000)
    assert first[1:34] != second[1:34]
    assert sum(a == b for a, b in zip(first[34:], second[34:], strict=True)) < 16


def test_two_prices_under_the_same_random_bytes_do_not_tell_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Under one r the ciphertexts differ just where the texts do: who knows one price has both."""
    same = secrets.token_bytes(32)
    monkeypatch.setattr(bidding.secrets, "token_bytes", lambda size: same)
    price = slice(34 + 20, 34 + 36)
    first, second = (int.from_bytes(bid(each)[price], "big") for each in (1_000, 1_100))
    assert first ^ second != 1_000 ^ 1_100
