"""Whether Solidity and Python answer alike, on random cases with edges mixed in.

    python benchmarks/equivalence.py [COUNT [SEED]]

Three families of COUNT cases each (100,000 unless told): the key stream of an envelope, products of
points with their addresses, and interpolation at zero. Solidity's side is Equivalence.sol among the
contracts' tests, which a local node answers for; where one side refuses, the other must too. Exits
1 at the first case on which they differ, which it prints; the same seed makes the same cases.
"""

import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from eth_abi import decode, encode
from eth_utils.crypto import keccak

from terang.chain.compile import ROOT, artifacts
from terang.chain.connection import Chain
from terang.chain.node import Anvil
from terang.sealing.curve import (
    MAX_INDEX,
    N,
    address_of,
    generate,
    interpolate,
    lagrange,
    multiply,
    parse_point,
)
from terang.sealing.envelope import HEADER, Reason, Sealer, Void, open_envelope

COUNT: Final = 100_000
BATCH: Final = 500
GAS: Final = 1 << 40
ADDRESS: Final = "0x" + "e0" * 20
P: Final = (1 << 256) - (1 << 32) - 977  # the field of secp256k1
# N is also the x of a point, which `ecrecover`, whose r lies below N, does not take
EDGES: Final = (0, 1, 2, N // 2, N - 2, N - 1, N, N + 1, P - 1, P, P + 1, (1 << 256) - 1)
SIZES: Final = (1, 31, 32, 33, 63, 64, 65, 96, 141)
FOLDER: Final = ROOT / ".build" / "equivalence"
SOURCES: Final = {  # where each is put beneath contracts/: two folders deep its imports hold
    "contracts/sealing/Envelope.sol": "sealing/Envelope.sol",
    "contracts/sealing/Secp256k1.sol": "sealing/Secp256k1.sol",
    "tests/contracts/sealing/Equivalence.sol": "tests/sealing/Equivalence.sol",
}
Ask = Callable[[str, list[bytes]], list[bytes]]


class Case(NamedTuple):
    """What Solidity is asked, and what Python answers."""

    data: bytes
    answer: bytes


def word(random: Random, odds: int = 8) -> int:
    """Returns any 256 bits; one time in `odds` an edge."""
    return random.choice(EDGES) if random.randrange(odds) == 0 else random.getrandbits(256)


def scalar(random: Random) -> int:
    """Returns a scalar in 1 … N − 1."""
    return random.randrange(1, N)


def point(random: Random) -> bytes:
    """Returns 33 bytes: mostly a point, else any x, often of no point, or any prefix too."""
    kind = random.randrange(8)
    if kind < 5:
        return generate(scalar(random)).format()
    prefix = random.choice((2, 3)) if kind < 7 else random.randrange(256)
    return bytes([prefix]) + word(random, 2).to_bytes(32, "big")


def openings(random: Random) -> Iterator[Case]:
    """Envelopes of every length; the last of four was sealed here, and its plaintext is known."""
    while True:
        box = random.randbytes(32)
        size = random.choice(SIZES) if random.randrange(2) else random.randrange(1, 300)
        for _case in range(3):
            secret = word(random)
            envelope = bytes([1]) + point(random) + random.randbytes(size)
            if random.randrange(16) == 0:
                envelope = envelope[: random.randrange(HEADER + 1)]
            elif random.randrange(16) == 0:
                envelope = random.randbytes(1) + envelope[1:]
            yield Case(secret.to_bytes(32, "big") + box + envelope, opened(envelope, secret, box))
        secret, plaintext = scalar(random), random.randbytes(size)
        sealer = Sealer(generate(secret), box, plaintext, entropy=random.randbytes(32))
        envelope = sealer.seal(plaintext)
        if opened(envelope, secret, box) != b"\0" + plaintext:
            raise SystemExit(f"Python does not open what it sealed: {envelope.hex()}")
        yield Case(secret.to_bytes(32, "big") + box + envelope, b"\0" + plaintext)


def opened(envelope: bytes, secret: int, box: bytes) -> bytes:
    """Returns reason(1) ‖ plaintext; a secret out of range is no point to the contract."""
    try:
        return b"\0" + open_envelope(envelope, secret, box).plaintext
    except Void as void:
        return bytes([void.reason])
    except ValueError:
        return bytes([Reason.POINT])


def products(random: Random) -> Iterator[Case]:
    """scalar·(x, y) and scalar·G, zeros where there is none, and whether there is a point."""
    while True:
        factor, compressed = word(random), point(random)
        # the contract takes any x below N, and the parity apart from it
        listed = bytes([2 + compressed[0] % 2]) + compressed[1:]
        try:
            base = parse_point(listed) if int.from_bytes(listed[1:], "big") < N else None
        except ValueError:
            base = None
        known = 0 < factor < N
        product = address_of(multiply(factor, base)) if known and base else bytes(20)
        own = address_of(generate(factor)) if known else bytes(20)
        is_point = base is not None and compressed == listed
        yield Case(factor.to_bytes(32, "big") + compressed, product + own + bytes([is_point]))


def interpolations(random: Random) -> Iterator[Case]:
    """Shares at distinct indices in any order, up to all of 31; and single coefficients."""
    while True:
        size = random.randrange(1, 8) if random.randrange(8) else random.randrange(32)
        indices = random.sample(range(1, MAX_INDEX + 1), size)
        if indices and random.randrange(16) == 0:
            indices[random.randrange(size)] = random.choice((0, MAX_INDEX + 1, 65_535))
        shares = [word(random, 6) if random.randrange(16) == 0 else scalar(random) for _ in indices]
        by_index = dict(zip(indices, shares, strict=True))
        yield Case(rows(indices, shares), value(interpolate, by_index))
        if not indices:
            continue
        # f is 1 at one index and 0 at the others: then f(0) is the coefficient of that index
        one = random.choice(indices)
        if random.randrange(8) == 0:
            indices.append(random.choice(indices))
        unit = [int(index == one) for index in indices]
        yield Case(rows(indices, unit), value(lagrange, one, indices))


def rows(indices: list[int], shares: list[int]) -> bytes:
    """Encodes shares as the contract reads them: index(2) ‖ share(32) each."""
    pairs = zip(indices, shares, strict=True)
    return b"".join(i.to_bytes(2, "big") + share.to_bytes(32, "big") for i, share in pairs)


def value(work: Callable[..., int], *arguments: object) -> bytes:
    """Returns a number as 32 bytes, or nothing where it is refused."""
    try:
        return work(*arguments).to_bytes(32, "big")
    except ValueError:
        return b""


FAMILIES: Final = {"open": openings, "multiply": products, "interpolate": interpolations}
"""Function of Equivalence.sol → the cases for it."""


def ask_solidity(chain: Chain, folder: Path = FOLDER) -> Ask:
    """Puts Equivalence.sol on a chain; returns what asks one of its functions many cases.

    Args:
        chain: a local node, which takes code without a transaction.
        folder: where the contract is compiled, and kept while nothing changes.
    """
    for source, place in SOURCES.items():
        target = folder / "contracts" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, target)
    runtime = artifacts(folder)["Equivalence"].runtime
    chain.rpc("anvil_setCode", ADDRESS, "0x" + runtime.hex())

    def ask(function: str, cases: list[bytes]) -> list[bytes]:
        data = keccak(text=f"{function}(bytes[])")[:4] + encode(["bytes[]"], [cases])
        call = {"to": ADDRESS, "data": "0x" + data.hex(), "gas": hex(GAS)}
        answer = chain.rpc("eth_call", call, "latest")
        return list(decode(["bytes[]"], bytes.fromhex(answer[2:]))[0])

    return ask


def difference(ask: Ask, function: str, count: int, seed: int) -> str:
    """Compares both sides on the first `count` cases of a seed; returns the first on which they
    differ, in words, or nothing."""
    cases = FAMILIES[function](Random(f"{function} {seed}"))
    for first in range(0, count, BATCH):
        some = list(islice(cases, min(BATCH, count - first)))
        answers = ask(function, [case.data for case in some])
        for number, (case, answer) in enumerate(zip(some, answers, strict=True), first):
            if answer != case.answer:
                return (
                    f"{function}, seed {seed}, case {number}: 0x{case.data.hex()}\n"
                    f"Python answers   0x{case.answer.hex()}\n"
                    f"Solidity answers 0x{answer.hex()}"
                )
    return ""


def main() -> int:
    """Prints how many cases agree; returns 1 when one does not."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbits(32)
    with Anvil() as node, node.connect() as chain:
        ask = ask_solidity(chain)
        for function in FAMILIES:
            start = time.monotonic()
            found = difference(ask, function, count, seed)
            if found:
                print(found)
                return 1
            seconds = time.monotonic() - start
            print(f"{function}: {count:,} cases of seed {seed} agree ({seconds:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
