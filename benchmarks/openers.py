"""How long four openers take to open 200 boxes that close in the same second.

Seven openers are seated and four of them run, each as `terang opener run` in a process of its own,
around one Anvil with a block each second. The sample's tenders are published over and over; the
clock runs from the closing of their boxes until every envelope of the last one is open. Asked are
60 seconds on two cores; exits 1 when it takes longer.

    python benchmarks/openers.py [BOXES]
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from terang.chain.compile import artifacts
from terang.chain.node import Anvil
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.run import Clock, prepare
from terang.demo.tender import Tender
from terang.identity.keystore import save_keystore
from terang.ledger import pilot
from terang.ocds import SAMPLE, read_plans
from terang.sealing.seed import save_seed

BOXES: Final = 200
SECONDS: Final = 60
GIVE_UP: Final = 300  # seconds
PASSWORD: Final = "rahasia"  # noqa: S105 - protects nothing but made-up accounts
PROGRAM: Final = [sys.executable, "-c", "from terang.cli import main; main()"]


def closed(stage: Stage, tenders: Sequence[Tender]) -> None:
    """Publishes tenders, seals their bids, and moves the chain's time to their closing."""
    acts.publish(stage, tenders)
    acts.seal(stage, tenders)
    places = [(each.id, 0) for each in tenders]
    stage.ledger.chain.advance_to(max(stage.ledger.tenders.closing_times(places)))


def opened(stage: Stage, tenders: Sequence[Tender]) -> int:
    """Returns how many of the tenders' boxes of bids are open."""
    calls = [(stage.ledger.tenders.contract, "isOpened", (each.id, 0)) for each in tenders]
    return sum(stage.ledger.chain.views(calls))


@contextmanager
def openers(stage: Stage, url: str, folder: Path, count: int) -> Iterator[None]:
    """Runs that many openers inside the block."""
    running = []
    try:
        for seat, seed in list(stage.openers.seeds.items())[:count]:
            home = folder / f"seat-{seat}"
            home.mkdir()
            save_keystore(stage.members[seat].wallet, home / "account", PASSWORD, 2)
            save_seed(seed, home / "seed", PASSWORD, 2)
            (home / "password").write_text(PASSWORD)
            options = ["--url", url, "--record", folder / "deployment.json", "--poll", 1]
            options += ["--keystore", "account", "--password-file", "password", "--seed", "seed"]
            options += ["--seed-password-file", "password", "--pool", 1]
            with (home / "log").open("wb") as log:
                words = [*PROGRAM, "opener", "run", *map(str, options)]
                running.append(subprocess.Popen(words, cwd=home, stdout=log, stderr=log))
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)


def measure(boxes: int, folder: Path) -> tuple[float, int, int]:
    """Returns the seconds from closing to the last opening, and how many envelopes and
    transactions of the openers that took."""
    plans = list(read_plans(SAMPLE))
    living = sum(lot.cancelled is None for plan in plans for lot in plan.lots)
    repeated = [plan for _copy in range(-(-boxes // living)) for plan in plans]
    with Anvil() as node, node.connect(artifacts().errors) as chain:
        stage, tenders = prepare(chain, artifacts(), repeated, folder, Clock(lambda _line: None))
        tenders = [each for each in tenders if not each.lot.cancelled][:boxes]
        accounts = [stage.members[seat].wallet.address for seat in stage.openers.seeds]
        before = sum(chain.nonces(accounts, "latest").values())
        chain.rpc("evm_setAutomine", True)
        with openers(stage, node.url, folder, pilot.THRESHOLD):
            time.sleep(10)  # they start, and read the ledger
            closed(stage, tenders)
            started = time.monotonic()
            chain.rpc("evm_setIntervalMining", 1)
            while opened(stage, tenders) < boxes and time.monotonic() - started < GIVE_UP:
                time.sleep(0.5)
            seconds = time.monotonic() - started
            done = opened(stage, tenders)
        sent = sum(chain.nonces(accounts, "latest").values()) - before
        if done < boxes:
            logs = "".join(each.read_text() for each in folder.glob("seat-*/log"))
            raise SystemExit(f"{done} of {boxes} boxes are open after {seconds:.0f} s.\n{logs}")
        return seconds, sum(len(each.envelopes) for each in tenders), sent


def main() -> int:
    """Prints the figure; returns 1 when it is too slow."""
    boxes = int(sys.argv[1]) if len(sys.argv) > 1 else BOXES
    with tempfile.TemporaryDirectory() as folder:
        seconds, envelopes, sent = measure(boxes, Path(folder))
    print(
        f"{boxes} boxes with {envelopes} envelopes opened in {seconds:.1f} s by "
        f"{pilot.THRESHOLD} of {sum(pilot.OPENERS)} openers, {sent} transactions "
        f"(least {boxes * (pilot.THRESHOLD + 2)}), {os.cpu_count()} cores; "
        f"asked: {SECONDS} s."
    )
    return int(seconds > SECONDS)


if __name__ == "__main__":
    sys.exit(main())
