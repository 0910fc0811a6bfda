"""Whether Solidity and Python answer alike, on random cases with edges mixed in.

    python benchmarks/equivalence.py [COUNT [SEED]]

Families of COUNT cases each (100,000 unless told): the key stream of an envelope, products of
points with their addresses, interpolation at zero; the arithmetic by which bids are compared, and
the draw of panels. Solidity's side is Equivalence.sol and ProcurementEquivalence.sol among the
contracts' tests, which a local node answers for; where one side refuses, the other must too. Exits
1 at the first case on which they differ, which it prints; the same seed makes the same cases.
"""

import posixpath
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from eth_abi import decode, encode
from eth_utils.crypto import keccak

from terang.chain.compile import ROOT, artifacts
from terang.chain.connection import Chain
from terang.chain.files import write_whole
from terang.chain.node import Anvil
from terang.replay import panel, ranking
from terang.sealing.curve import (
    MAX_INDEX,
    N,
    address_of,
    generate,
    interpolate,
    lagrange,
    multiply,
    parse_point,
    words,
)
from terang.sealing.envelope import HEADER, Reason, Sealer, Void, open_envelope

COUNT: Final = 100_000
BATCH: Final = 250
GAS: Final = 1 << 40
P: Final = (1 << 256) - (1 << 32) - 977  # the field of secp256k1
# N is also the x of a point, which `ecrecover`, whose r lies below N, does not take
EDGES: Final = (0, 1, 2, N // 2, N - 2, N - 1, N, N + 1, P - 1, P, P + 1, (1 << 256) - 1)
SIZES: Final = (1, 31, 32, 33, 63, 64, 65, 96, 141)
PRICE: Final = (1 << 128) - 2  # the highest that a bid can have
FOLDER: Final = ROOT / ".build" / "equivalence"
HARNESSES: Final = {  # and the address at which each answers
    "tests/contracts/sealing/Equivalence.sol": "0x" + "e0" * 20,
    "tests/contracts/procurement/ProcurementEquivalence.sol": "0x" + "e1" * 20,
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


def comparisons(random: Random) -> Iterator[Case]:
    """Marks and prices of any size, half of the prices at the edge of being abnormally low."""
    while True:
        ballots = random.randrange(17)
        total = random.randrange(100 * ballots + 1)
        threshold = random.randrange(101)
        if ballots and random.randrange(2):
            threshold = min(100, total // ballots + random.randrange(2))
        weight, under_estimate, under_mean = (
            random.choice((0, 1, 9_999, random.randrange(10_000))) for _ in range(3)
        )
        top = random.choice((10, 10_000, 10**12, PRICE))
        estimate = random.choice((0, random.randint(1, top)))
        others = [random.randint(1, top) for _ in range(random.randrange(9))]
        edges = [estimate * (10_000 - under_estimate) // 10_000]
        if others:
            edges.append(sum(others) * (10_000 - under_mean) // (10_000 * len(others)))
        price = random.choice((random.randint(1, top), random.choice(edges)))
        price = min(PRICE, max(0, price + random.randrange(-1, 2)))
        lowest = random.choice((price, random.randint(min(1, price), max(1, price))))
        sums = sum(others) + price, len(others) + 1
        data = words(
            total, ballots, weight, threshold, lowest, price, estimate, *sums,
            under_estimate, under_mean,
        )  # fmt: skip
        score = b""
        if ballots and price:
            score = words(ranking.score(total, ballots, weight, lowest, price))
        passes = ranking.passes(total, ballots, threshold)
        low = ranking.is_low(price, estimate, *sums, under_estimate, under_mean)
        yield Case(data, score + bytes([passes, low]))


def draws(random: Random) -> Iterator[Case]:
    """Pools of every size; seats are removed, barred or the buyer's, now and then most of them."""
    while True:
        number = random.randrange(1, 100)
        organisations = random.choice((3, 40))
        seated = random.choice((0.02, 0.7, 1))
        classes: list[list[panel.Seat]] = []
        for _class in range(3):
            size = random.randrange(20) if random.randrange(16) else random.randrange(100, 160)
            classes.append([])
            for _seat in range(size):
                number += random.randrange(1, 4)
                organisation = random.randrange(1, organisations)
                classes[-1].append(panel.Seat(number, organisation, random.random() < seated))
        everybody = [seat.id for seats in classes for seat in seats]
        barred = random.sample(everybody, random.randrange(min(len(everybody), 9) + 1))
        excluded = random.randrange(organisations)
        seed = random.randbytes(32)
        wanted = [random.randrange(17) for _ in range(3)]
        one, before = random.randrange(3), random.randrange(20)
        drawn = panel.draw(classes, seed, wanted, excluded=excluded, barred=barred)
        next_ = panel.reserve(classes[one], seed, one, before, excluded=excluded, barred=barred)
        data = encode(
            ["bytes32", "uint8[3]", "uint32", "uint32[]", "uint8", "uint256", "bytes[3]"],
            [seed, wanted, excluded, barred, one, before, list(map(seat_rows, classes))],
        )
        yield Case(data, b"".join(seat.to_bytes(4, "big") for seat in (*drawn, next_)))


def seat_rows(seats: list[panel.Seat]) -> bytes:
    """Encodes seats as the contract reads them: seat(4) ‖ organisation(4) ‖ seated(1) each."""
    return b"".join(
        seat.id.to_bytes(4, "big") + seat.organisation.to_bytes(4, "big") + bytes([seat.seated])
        for seat in seats
    )


FAMILIES: Final = {
    "open": openings,
    "multiply": products,
    "interpolate": interpolations,
    "compare": comparisons,
    "draw": draws,
}
"""Function of a harness → the cases for it."""

PROCUREMENT: Final = ("compare", "draw")
"""Those of ProcurementEquivalence.sol."""


def ask_solidity(chain: Chain, folder: Path = FOLDER) -> Ask:
    """Puts the harnesses on a chain; returns what asks one of their functions many cases.

    Args:
        chain: a local node, which takes code without a transaction.
        folder: where they are compiled, and kept while nothing changes.
    """
    # beneath contracts/, the harnesses two folders deep: so their imports hold
    places = {
        folder / "contracts" / path.removeprefix("contracts/").replace("/contracts/", "/"): path
        for path in needed()
    }
    for target, path in places.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, (ROOT / path).read_bytes())
    for target in (folder / "contracts").rglob("*.sol"):
        if target not in places:  # of an earlier version
            target.unlink(missing_ok=True)
    libraries = folder / "node_modules"
    with suppress(FileExistsError):
        libraries.symlink_to(ROOT / "node_modules")
    compiled = artifacts(folder)
    for harness, address in HARNESSES.items():
        runtime = compiled[Path(harness).stem].runtime
        chain.rpc("anvil_setCode", address, "0x" + runtime.hex())
    first, second = HARNESSES.values()

    def ask(function: str, cases: list[bytes]) -> list[bytes]:
        data = keccak(text=f"{function}(bytes[])")[:4] + encode(["bytes[]"], [cases])
        address = second if function in PROCUREMENT else first
        call = {"to": address, "data": "0x" + data.hex(), "gas": hex(GAS)}
        answer = chain.rpc("eth_call", call, "latest")
        return list(decode(["bytes[]"], bytes.fromhex(answer[2:]))[0])

    return ask


def needed() -> list[str]:
    """Returns the harnesses and the contracts that they import, as paths beneath the project."""
    found = list(HARNESSES)
    for path in found:  # grows while it is gone through
        for name in re.findall(r'from "(\.[^"]+)"', (ROOT / path).read_text()):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            if imported not in found:
                found.append(imported)
    return found


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
