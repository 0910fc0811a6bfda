"""Document stores in this process, on the sample's ledger."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from terang.documents.run import serve
from terang.documents.service import Service
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.relay.limits import Limits

from .served import Served, Start

_KEEPS = 3_650 * 86_400


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


@pytest.fixture
def serving(connect: Callable[[], Ledger], stage: Stage, tmp_path: Path) -> Start:
    """Starts a store; it ends with the block."""

    @contextmanager
    def start(
        place: Local | None = None,
        *,
        signer: Wallet | None = None,
        each: int = 1_000,
        room: Room | None = None,
        keeps: int = _KEEPS,
    ) -> Iterator[Served]:
        place, lines = place or Folder(tmp_path / "served"), list[str]()
        spool = place.path if isinstance(place, Folder) else None
        if spool is not None:
            spool.mkdir(parents=True, exist_ok=True)
        signer = signer or stage.offices.relay
        quota = Quota(room or Room(1 << 30, 1 << 30), sum(size for _digest, size in place.sizes()))
        notary = Notary(connect(), signer, keeps)
        service = Service(place, notary, Limits(each, 10_000), quota, spool, lines.append)
        listening = socket.create_server(("127.0.0.1", 0))
        ready, end = threading.Event(), list[Callable[[], object]]()

        async def main() -> None:
            stop, loop = asyncio.Event(), asyncio.get_running_loop()
            end.append(lambda: loop.call_soon_threadsafe(stop.set))
            ready.set()
            await serve(service, listening, stop)

        thread = threading.Thread(target=asyncio.run, args=(main(),))
        thread.start()
        assert ready.wait(10)
        try:
            yield Served(
                f"http://127.0.0.1:{listening.getsockname()[1]}", signer.address, place, lines
            )
        finally:
            end[0]()
            thread.join(20)
            assert not thread.is_alive()

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
