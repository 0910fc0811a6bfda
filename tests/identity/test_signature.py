"""Signatures as the EVM reads them."""

import pytest
from coincurve import PublicKey
from eth_keys.datatypes import PrivateKey as Oracle
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.identity.signature import N, recover
from terang.identity.wallet import Wallet

DIGEST = keccak(b"a message")
SUPPLIER = Wallet.from_key(b"\x11" * 32)
SIGNATURE = SUPPLIER.sign_digest(DIGEST)
SIGNER = bytes.fromhex(SUPPLIER.address[2:])


def parts(signature: bytes) -> tuple[int, int, int]:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return r, s, signature[64]


def joined(r: int, s: int, v: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


@settings(deadline=None, max_examples=50)
@given(key=st.integers(1, N - 1), digest=st.binary(min_size=32, max_size=32))
def test_a_signature_is_byte_for_byte_that_of_eth_keys(key: int, digest: bytes) -> None:
    wallet = Wallet.from_key(key.to_bytes(32, "big"))
    oracle = Oracle(key.to_bytes(32, "big"))
    expected = oracle.sign_msg_hash(digest).to_bytes()
    signature = wallet.sign_digest(digest)
    assert signature == expected[:64] + bytes([27 + expected[64]])
    assert recover(digest, signature) == oracle.public_key.to_canonical_address()
    assert parts(signature)[1] <= N // 2


def has_point(x: int) -> bool:
    try:
        return bool(PublicKey(b"\x02" + x.to_bytes(32, "big")))
    except ValueError:
        return False


def test_the_signer_is_recovered() -> None:
    assert recover(DIGEST, SIGNATURE) == SIGNER


def test_the_high_s_of_the_same_signature_recovers_nobody() -> None:
    r, s, v = parts(SIGNATURE)
    assert recover(DIGEST, joined(r, N - s, 55 - v)) is None


@pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
def test_a_recovery_id_other_than_27_and_28_recovers_nobody(v: int) -> None:
    assert recover(DIGEST, SIGNATURE[:64] + bytes([v])) is None


@pytest.mark.parametrize("r", [0, N, N + 1, 2**256 - 1])
def test_an_r_out_of_range_recovers_nobody(r: int) -> None:
    _, s, v = parts(SIGNATURE)
    assert recover(DIGEST, joined(r, s, v)) is None


@pytest.mark.parametrize("s", [0, N // 2 + 1, N, 2**256 - 1])
def test_an_s_out_of_range_recovers_nobody(s: int) -> None:
    r, _, v = parts(SIGNATURE)
    assert recover(DIGEST, joined(r, s, v)) is None


def test_the_second_point_of_a_small_r_recovers_nobody() -> None:
    """v = 29 would mean x = r + N, a point that libsecp256k1 finds and the EVM does not."""
    small = next(r for r in range(1, 200) if has_point(r + N))
    raw = joined(small, 1, 2)
    assert PublicKey.from_signature_and_message(raw, DIGEST, hasher=None)
    assert recover(DIGEST, joined(small, 1, 29)) is None


def test_an_r_that_is_no_x_of_the_curve_recovers_nobody() -> None:
    assert recover(DIGEST, joined(5, 1, 27)) is None


@pytest.mark.parametrize("signature", [b"", SIGNATURE[:64], SIGNATURE + b"\0", bytes(65)])
def test_another_length_and_zeros_recover_nobody(signature: bytes) -> None:
    assert recover(DIGEST, signature) is None


@settings(deadline=None, max_examples=300)
@given(
    signature=st.binary(max_size=70)
    | st.binary(min_size=64, max_size=64).map(lambda b: b + b"\x1b")
)
def test_no_bytes_make_recovery_fail_with_an_error(signature: bytes) -> None:
    assert recover(DIGEST, signature) != SIGNER
