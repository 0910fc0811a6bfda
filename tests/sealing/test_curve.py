"""Scalars, points and interpolation."""

import itertools

import pytest
from coincurve import PublicKey as Recovered
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.sealing.curve import (
    MAX_INDEX,
    N,
    add,
    address_of,
    derive_scalar,
    generate,
    interpolate,
    lagrange,
    multiply,
    parse_point,
    same,
    shared_address,
    words,
)

scalars = st.integers(1, N - 1)


@settings(deadline=None, max_examples=60)
@given(secret=scalars, factor=scalars)
def test_a_shared_address_is_what_ecrecover_computes(secret: int, factor: int) -> None:
    point = generate(factor)
    rx, ry = point.point()
    s = secret * rx % N
    raw = rx.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([ry % 2])
    recovered = Recovered.from_signature_and_message(raw, bytes(32), hasher=None)
    assert shared_address(secret, point) == address_of(recovered)


@settings(deadline=None, max_examples=60)
@given(r=scalars, y=scalars)
def test_sealer_and_opener_share_one_address(r: int, y: int) -> None:
    assert shared_address(r, generate(y)) == shared_address(y, generate(r))


@pytest.mark.parametrize("scalar", [0, -1, N, N + 1, 2**256])
def test_a_scalar_out_of_range_is_refused_everywhere(scalar: int) -> None:
    for act in (
        generate,
        lambda x: multiply(x, generate(1)),
        lambda x: shared_address(x, generate(1)),
    ):
        with pytest.raises(ValueError, match="between 1 and N"):
            act(scalar)


def test_the_order_times_the_generator_is_infinity() -> None:
    assert add([generate(N - 1), generate(1)]) is None
    assert add([None, generate(5), None]) == generate(5)
    assert add([]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02",
        b"\x02" + bytes(32),
        b"\x02" + (5).to_bytes(32, "big"),
        b"\x04" + generate(1).format()[1:],
        generate(1).format() + b"\0",
        generate(1).format(compressed=False),
        b"\x02" + b"\xff" * 32,
    ],
)
def test_what_is_no_compressed_point_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"point|key"):
        parse_point(data)


def test_a_point_survives_compression() -> None:
    for scalar in (1, 2, N - 1):
        assert parse_point(generate(scalar).format()) == generate(scalar)


@settings(deadline=None, max_examples=60)
@given(coefficients=st.lists(st.integers(0, N - 1), min_size=1, max_size=6), data=st.data())
def test_any_k_shares_give_the_secret(coefficients: list[int], data: st.DataObject) -> None:
    k = len(coefficients)
    indices = data.draw(st.sets(st.integers(1, MAX_INDEX), min_size=k, max_size=k))
    shares = {i: sum(c * i**t for t, c in enumerate(coefficients)) % N for i in indices}
    assert interpolate(shares) == coefficients[0]


@settings(deadline=None, max_examples=60)
@given(secret=scalars, slope=scalars)
def test_fewer_shares_give_another_value(secret: int, slope: int) -> None:
    assert interpolate({3: (secret + 3 * slope) % N}) != secret


def test_every_subset_of_a_small_set_agrees() -> None:
    shares = {i: (11 + 5 * i + 3 * i * i) % N for i in range(1, 7)}
    for subset in itertools.combinations(shares, 3):
        assert interpolate({i: shares[i] for i in subset}) == 11


@pytest.mark.parametrize("shares", [{}, {0: 1}, {256: 1}, {1: N}, {1: -1}, {-1: 1}])
def test_shares_out_of_range_are_refused(shares: dict[int, int]) -> None:
    with pytest.raises(ValueError, match=r"shares are|indices lie"):
        interpolate(shares)


def test_a_coefficient_needs_distinct_indices_and_its_own() -> None:
    for index, indices in ((1, [1, 1]), (1, [2, 3])):
        with pytest.raises(ValueError, match="distinct"):
            lagrange(index, indices)


@given(number=st.integers(0, 2**256 - 1), address=st.binary(min_size=20, max_size=20))
def test_words_are_encoded_as_solidity_does(number: int, address: bytes) -> None:
    expected = encode(["uint256", "address", "bytes32"], [number, address, address + bytes(12)])
    assert words(number, address, address + bytes(12)) == expected


@pytest.mark.parametrize("value", [-1, 2**256, b"", bytes(31), bytes(33)])
def test_what_is_no_word_is_refused(value: int | bytes) -> None:
    with pytest.raises((OverflowError, ValueError)):
        words(value)


def test_a_derived_scalar_depends_on_secret_and_info() -> None:
    values = {derive_scalar(s, i) for s in (b"a" * 32, b"b" * 32) for i in (b"", b"x")}
    assert len(values) == 4
    assert all(0 < value < N for value in values)


def test_derivation_is_hkdf_sha256_of_48_bytes() -> None:
    # RFC 5869, test case 3: 22 bytes 0x0b, no salt, no info.
    okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    derived = derive_scalar(b"\x0b" * 22, b"")
    # The RFC lists 42 of our 48 bytes; the six that follow are bounded.
    low = int(okm, 16) << 48
    assert (derived - low) % N < 1 << 48


def test_points_compare_by_value_and_infinity_is_like_itself_only() -> None:
    assert same(multiply(6, generate(7)), generate(42))
    assert not same(generate(7), generate(42))
    assert same(None, None)
    assert not same(None, generate(7))
    assert not same(generate(7), None)
