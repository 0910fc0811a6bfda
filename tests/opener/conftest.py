"""A ledger with seven openers, each a process of its own, around one node."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.node import Anvil
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.run import Clock, prepare
from terang.demo.tender import Tender
from terang.identity.keystore import save_keystore
from terang.ledger import pilot
from terang.ocds import SAMPLE, read_plans
from terang.replay.audit import read
from terang.replay.state import State
from terang.sealing.seed import save_seed

PASSWORD = "rahasia"
PROGRAM = [sys.executable, "-c", "from terang.cli import main; main()"]


@dataclass
class Floor:
    """The ledger, and whoever works on it.

    Attributes:
        stage: the ledger with everybody's keys.
        tenders: what can be published.
        url: of the node.
        folder: of all files.
        running: the openers' processes, by seat.
    """

    stage: Stage
    tenders: list[Tender]
    url: str
    folder: Path
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: dict[int, IO[bytes]] = field(default_factory=dict)

    @property
    def chain(self) -> Chain:
        return self.stage.ledger.chain

    @property
    def seats(self) -> list[int]:
        """Of the openers, in the order of their indices."""
        return list(self.stage.openers.seeds)

    @property
    def state(self) -> State:
        return read(self.stage.ledger)

    def home(self, seat: int) -> Path:
        """The opener's own folder, with its account and its seed and nothing else at first."""
        home = self.folder / f"seat-{seat}"
        if not home.exists():
            home.mkdir()
            save_keystore(self.stage.members[seat].wallet, home / "account", PASSWORD, 2)
            save_seed(self.stage.openers.seeds[seat], home / "seed", PASSWORD, 2)
            (home / "password").write_text(PASSWORD)
        return home

    def words(self, seat: int, *more: object) -> list[str]:
        """The command of an opener's service."""
        self.home(seat)
        told = ["--url", self.url, "--record", self.folder / "deployment.json", "--poll", 1]
        told += ["--keystore", "account", "--password-file", "password", "--turn", 3]
        told += ["--seed", "seed", "--seed-password-file", "password", "--pool", 1]
        return [*PROGRAM, "opener", "run", *map(str, [*told, *more])]

    def start(self, seat: int, *more: object) -> subprocess.Popen[bytes]:
        """Starts an opener's service; what it says goes to a file `log`."""
        home = self.home(seat)
        self.logs[seat] = (home / "log").open("ab")
        words = self.words(seat, *more)
        self.running[seat] = subprocess.Popen(
            words, cwd=home, stdout=self.logs[seat], stderr=self.logs[seat]
        )
        return self.running[seat]

    def kill(self, seat: int, how: signal.Signals = signal.SIGKILL) -> int:
        """Ends the process of an opener's service and returns how it ended."""
        process = self.running.pop(seat)
        process.send_signal(how)
        code = process.wait(30)
        self.logs.pop(seat).close()
        return code

    def said(self, seat: int) -> str:
        return (self.home(seat) / "log").read_text()

    def publish(self, tenders: list[Tender]) -> None:
        """Publishes tenders and seals their bids, then goes on with a block each second."""
        self.chain.rpc("evm_setAutomine", True)
        acts.publish(self.stage, tenders)
        acts.seal(self.stage, tenders)
        self.chain.rpc("evm_setIntervalMining", 1)

    def close(self, tenders: list[Tender]) -> None:
        """Moves the chain's time to the closing of the boxes of bids."""
        places = [(each.id, 0) for each in tenders]
        self.chain.advance_to(max(self.stage.ledger.tenders.closing_times(places)))

    def opened(self, tenders: list[Tender]) -> bool:
        """Whether every box of bids is open."""
        calls = [(self.stage.ledger.tenders.contract, "isOpened", (each.id, 0)) for each in tenders]
        return all(self.chain.views(calls))

    def transactions(self, seat: int) -> int:
        """How many transactions an opener's account has in blocks."""
        account = self.stage.members[seat].wallet.address
        return self.chain.nonces([account], "latest")[account]


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Waits until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.1)


def make_floor(artifacts: Artifacts, folder: Path, node: Anvil, copies: int) -> Floor:
    """Prepares the sample's ledger, with its tenders repeated."""
    plans = [plan for _copy in range(copies) for plan in read_plans(SAMPLE)]
    stage, tenders = prepare(
        node.connect(artifacts.errors), artifacts, plans, folder, Clock(lambda _line: None)
    )
    living = [each for each in tenders if not each.lot.cancelled]
    return Floor(stage, living, node.url, folder)


@pytest.fixture
def floor(artifacts: Artifacts, tmp_path: Path) -> Iterator[Floor]:
    """A ledger of its own: a block each second once something is published."""
    with Anvil() as node:
        made = make_floor(artifacts, tmp_path, node, 2)
        try:
            yield made
        finally:
            for seat in list(made.running):
                made.kill(seat)
            made.chain.close()


THRESHOLD = pilot.THRESHOLD
