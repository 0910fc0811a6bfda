"""Document stores in this process, on the sample's ledger."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.node import Anvil
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.documents.intake import Quota, Room
from terang.documents.notary import Notary
from terang.documents.place import Folder, Local
from terang.documents.receipt import NAME, Challenge, Statement
from terang.documents.run import BOUNDS
from terang.documents.service import Service
from terang.identity.typed_data import Domain
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.serving.doors import serve
from terang.serving.limits import Limits

from .served import Served, Start

NOW = 1_800_000_000
KEEPS = 3_650 * 86_400


@pytest.fixture
def stage_and_tender(prepared: tuple[Stage, list[Tender]]) -> tuple[Stage, Tender]:
    """The sample's ledger with one tender open for bids."""
    stage, tenders = prepared
    tender = next(each for each in tenders if not each.lot.cancelled)
    acts.publish(stage, [tender])
    return stage, tender


@pytest.fixture
def stage(stage_and_tender: tuple[Stage, Tender]) -> Stage:
    return stage_and_tender[0]


@pytest.fixture
def tender(stage_and_tender: tuple[Stage, Tender]) -> Tender:
    return stage_and_tender[1]


@pytest.fixture
def supplier(tender: Tender) -> Wallet:
    return next(iter(tender.bidders.values())).wallet


@pytest.fixture
def buyer(tender: Tender) -> Wallet:
    return tender.buyer.wallet


@pytest.fixture
def connect(anvil: Anvil, artifacts: Artifacts, stage: Stage) -> Callable[[], Ledger]:
    """Opens one more connection to the ledger."""
    return lambda: Ledger(
        Chain(anvil.url, artifacts.errors, timeout=10), stage.ledger.deployment, artifacts
    )


class Unasked:
    """Signs like a notary, and asks no chain."""

    def __init__(self) -> None:
        self._wallet = Wallet.create()
        self._domain = Domain(NAME, 31_337, "0x" + "22" * 20)

    @property
    def account(self) -> str:
        return self._wallet.address

    def admit(self, *_what: object) -> None:
        pass

    def keep(self, document: bytes, size: int) -> Statement:
        said = Statement.keep(self._domain, self.account, document, size, NOW, NOW + KEEPS)
        return said.sign(self._wallet)

    def show(self, document: bytes, asked: Challenge, answer: bytes) -> Statement:
        said = Statement.show(self._domain, self.account, document, asked, answer, NOW)
        return said.sign(self._wallet)


@pytest.fixture
def serving(tmp_path: Path) -> Start:
    """Starts a store, which asks no chain unless it has a notary; it ends with the block."""

    @contextmanager
    def start(
        place: Local | None = None,
        *,
        notary: Any = None,
        each: int = 1_000,
        room: Room | None = None,
    ) -> Iterator[Served]:
        place, lines = place or Folder(tmp_path / "served"), list[str]()
        spool = place.path if isinstance(place, Folder) else None
        if spool is not None:
            spool.mkdir(parents=True, exist_ok=True)
        notary = notary or Unasked()
        quota = Quota(room or Room(1 << 30, 1 << 30), sum(size for _digest, size in place.sizes()))
        service = Service(place, notary, Limits(each, 10_000), quota, spool, lines.append)
        listening = socket.create_server(("127.0.0.1", 0))
        ready, end = threading.Event(), list[Callable[[], object]]()

        async def main() -> None:
            stop, loop = asyncio.Event(), asyncio.get_running_loop()
            end.append(lambda: loop.call_soon_threadsafe(stop.set))
            ready.set()
            try:
                await serve(service.application(), listening, stop, None, BOUNDS)
            finally:
                service.close()

        thread = threading.Thread(target=asyncio.run, args=(main(),))
        thread.start()
        assert ready.wait(10)
        try:
            yield Served(
                f"http://127.0.0.1:{listening.getsockname()[1]}", notary.account, place, lines
            )
        finally:
            end[0]()
            thread.join(20)
            assert not thread.is_alive()

    return start


@pytest.fixture
def licensed(serving: Start, connect: Callable[[], Ledger], stage: Stage) -> Start:
    """Starts a store on the sample's ledger, by its relay unless another signs."""

    def start(*, signer: Wallet | None = None) -> AbstractContextManager[Served]:
        return serving(notary=Notary(connect(), signer or stage.offices.relay, KEEPS))

    return start


@pytest.fixture
def offer(tmp_path: Path) -> Path:
    """A document of a bid."""
    path = tmp_path / "penawaran.pdf"
    path.write_bytes(b"%PDF-1.7 penawaran\n" * 400)
    return path


@pytest.fixture
def terang(
    stage: Stage,
    say: Callable[..., Any],
    keystore: Callable[[Wallet], list[object]],
) -> Callable[..., Any]:
    """Runs one command in the test's folder, on the sample's ledger or none; `by` signs."""

    def run(*words: object, by: Wallet | None = None, ledger: bool = True) -> Any:
        where = ["--record", "deployment.json"] if ledger else []
        return say(*words, *where, *(keystore(by) if by else ()))

    return run
