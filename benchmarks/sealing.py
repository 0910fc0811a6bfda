"""What sealing costs: seconds in Python, bytes and gas on chain, beside what is asked of it.

    python benchmarks/sealing.py

Times are CPU seconds of this process on one core, the best of several runs. A ceremony is measured
for the openers of a large consortium (n = 31, k = 16) and, on Anvil, for those of the pilot profile
(n = 7, k = 4). Commit-reveal (a16z's auction-zoo) was measured once with the compiler settings of
foundry.toml; it wants two visits of each bidder. Exits 1 when a figure is not what is asked.
"""

import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from terang.chain.compile import artifacts
from terang.chain.connection import Chain
from terang.chain.node import Anvil
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.run import Clock, prepare
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.ocds import SAMPLE, Party, ProcessPlan, read_plans
from terang.sealing.bidding import open_bid, seal_bid
from terang.sealing.ceremony import BatchResult, first_valid
from terang.sealing.curve import derive_scalar, generate
from terang.sealing.envelope import Box, Sealer
from terang.sealing.epoch import EpochContext, encryption_key, set_hash
from terang.sealing.judging import Dealing, Posted
from terang.sealing.opener import Opener

KEYS: Final = 32
LARGE: Final = (31, 16)
CONTRACT: Final = "0x" + "5e" * 20
FEW, MANY = 10, 1_000
BLOCK: Final = 30_000_000
COMMIT, REVEAL = 57_638, 46_800


class Row(NamedTuple):
    """A figure: what it is of, how much, the most that is asked (0: nothing is), and its unit."""

    what: str
    value: float
    most: float
    unit: str

    @property
    def is_kept(self) -> bool:
        """Whether it is no more than is asked."""
        return not self.most or self.value <= self.most

    def __str__(self) -> str:
        """Returns its line in the table."""
        digits = 0 if self.unit in ("gas", "bytes") else 2
        most = f"{self.most:,.{digits}f}" if self.most else "–"
        fault = "" if self.is_kept else "  MORE THAN ASKED"
        return f"{self.what:<64}{self.value:>11,.{digits}f}{most:>11}  {self.unit}{fault}"


def cpu(work: Callable[[], object], times: int = 5) -> float:
    """Returns the least CPU seconds of several runs."""
    least = float("inf")
    for _run in range(times):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


def envelopes() -> Iterator[Row]:
    """Seals and opens bids; n plays no part, since a box has one key."""
    count, secret = 100, derive_scalar(secrets.token_bytes(32), b"")
    box, wallet, public_key = Box(31337, CONTRACT, 1, 0), Wallet.create(), generate(secret)

    def seal() -> bytes:
        return seal_bid(
            wallet, box, public_key, price=5, version=1, nonce=1, files={"a": b"b"}
        ).envelope

    plaintext, envelope = bytes(141), seal()
    alone = cpu(lambda: [Sealer(public_key, box.id, b"").seal(plaintext) for _i in range(count)])
    whole = cpu(lambda: [seal() for _i in range(count)])
    opened = cpu(lambda: [open_bid(envelope, secret, box) for _i in range(count)])
    yield Row("seal an envelope", alone / count * 1_000, 3, "ms")
    yield Row("seal a bid: pack and encrypt documents, sign, seal", whole / count * 1_000, 3, "ms")
    yield Row("open a bid and check its signature", opened / count * 1_000, 3, "ms")


def ceremony(n: int, k: int) -> Iterator[Row]:
    """Deals and accepts a batch as one opener does, and checks it as a bidder does."""
    openers_hash = set_hash(range(1, n + 1), k, n)
    seeds = {i: secrets.token_bytes(32) for i in range(1, n + 1)}
    members = {
        i: encryption_key(seed, 31337, CONTRACT, 1, openers_hash) for i, seed in seeds.items()
    }
    context = EpochContext(31337, CONTRACT, 1, members, k, openers_hash)
    openers = {i: Opener(seed, context, i) for i, seed in seeds.items()}
    posted = [(i, opener.deal(1, KEYS)) for i, opener in openers.items()]

    def accept() -> None:
        openers[1].accept(1, KEYS, first_valid(context, 1, KEYS, posted))

    def check() -> BatchResult:
        deals = [Posted(dealer, payload, 0) for dealer, payload in posted]
        return Dealing(context, 1, KEYS, 1, deals, {}).result

    dealing, accepting = cpu(lambda: openers[1].deal(1, KEYS), 3), cpu(accept, 3)
    of = f"n = {n}, k = {k}"
    yield Row(f"ceremony of {KEYS} keys, one opener, {of}: deal", dealing, 0, "s")
    yield Row("  check the others' deals, take the shares", accepting, 0, "s")
    yield Row("  together", dealing + accepting, 3, "s")
    yield Row("  a bidder's check of the whole batch", cpu(check, 3), 0, "s")


def crowd(plan: ProcessPlan, bidders: int) -> ProcessPlan:
    """Returns a plan of one lot with so many bidders, one bid each."""
    names = [f"{plan.ocid}-{bidders}-{i}" for i in range(bidders)]
    parties = tuple(Party(name, name, (name,), name.encode()) for name in names)
    lot = next(each for each in plan.lots if not each.cancelled)
    bids = tuple(replace(lot.bids[0], bidder=i, nonce=1) for i in range(bidders))
    return replace(plan, bidders=parties, lots=(replace(lot, bids=bids, published=None),))


def on_chain() -> Iterator[Row]:
    """Deals a batch, then opens a small box and a large one, on a chain started for it."""
    compiled = artifacts()
    plan = next(each for each in read_plans(SAMPLE) if each.lots)
    plans = [crowd(plan, FEW), crowd(plan, MANY)]
    quiet = Clock(lambda _line: None)
    with (
        tempfile.TemporaryDirectory() as folder,
        Anvil() as node,
        Chain(node.url, compiled.errors) as chain,
    ):
        stage, tenders = prepare(chain, compiled, plans, Path(folder), quiet)
        yield from deals(stage)
        for tender in tenders:
            acts.publish(stage, [tender])
            acts.seal(stage, [tender])
            acts.open_bids(stage, [tender])
    few, many = stage.gas["open"]
    chunk = stage.ledger.tenders.segment
    yield Row("seal a bid", sum(stage.gas["seal"]) / len(stage.gas["seal"]), COMMIT, "gas")
    yield Row(f"open a bid, of a batch of {FEW}", few, 0, "gas")
    yield Row(f"open a bid, of {MANY:,} by chunks of {chunk}", many, few, "gas")
    yield Row("  such a chunk", many * chunk, BLOCK, "gas")


def deals(stage: Stage) -> Iterator[Row]:
    """Deals one batch by the pilot profile's openers."""
    keys, seats = stage.ledger.keys, stage.openers.seeds
    context = keys.context(1)
    openers = [Opener(seed, context, index) for index, seed in enumerate(seats.values(), 1)]
    wallets = [stage.members[seat].wallet for seat in seats]
    (receipt,) = stage.send([keys.open_batch(wallets[0], 1, KEYS)])
    batch, _until = keys.opened_batch(receipt)
    payloads = [opener.deal(batch, KEYS) for opener in openers]
    receipts = stage.send(
        [
            keys.deal(wallet, 1, batch, payload)
            for wallet, payload in zip(wallets, payloads, strict=True)
        ]
    )
    of = f"n = {len(seats)}, k = {pilot.THRESHOLD}"
    gas = max(each.gas_used for each in receipts)
    yield Row(f"a deal of {KEYS} keys, {of}: each key", len(payloads[0]) / KEYS, 0, "bytes")
    yield Row("  the same", gas / KEYS, 15_000, "gas")


def main() -> int:
    """Prints the figures as they come; returns 1 when one is more than asked."""
    print(f"{'':<64}{'':>11}{'at most':>11}")
    kept = True
    for part in (envelopes(), ceremony(*LARGE), on_chain()):
        for row in part:
            print(row, flush=True)
            kept = kept and row.is_kept
    print(f"Commit-reveal (auction-zoo): {COMMIT:,} + {REVEAL:,} gas, and each bidder comes twice.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
