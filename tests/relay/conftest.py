"""A relay in this process, on the sample's ledger."""

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
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.ledger.bidding import prepare_bid
from terang.relay.courier import Courier
from terang.relay.desk import Desk
from terang.relay.queue import Queue
from terang.relay.service import Service
from terang.serving.doors import Bounds, serve
from terang.serving.limits import Limits

from .served import Relay, Start


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
def other_tender(prepared: tuple[Stage, list[Tender]], tender: Tender) -> Tender:
    """One more that is open, and closes an hour later."""
    stage, tenders = prepared
    other = next(each for each in tenders if not each.lot.cancelled and each is not tender)
    stage.ledger.chain.advance_to(stage.ledger.chain.now + 3_600)
    acts.publish(stage, [other])
    return other


@pytest.fixture
def supplier(tender: Tender) -> Wallet:
    return next(iter(tender.bidders.values())).wallet


@pytest.fixture
def connect(anvil: Anvil, artifacts: Artifacts, stage: Stage) -> Callable[[], Ledger]:
    """Opens one more connection to the ledger."""
    return lambda: Ledger(
        Chain(anvil.url, artifacts.errors, timeout=10), stage.ledger.deployment, artifacts
    )


@pytest.fixture
def sealed(stage: Stage, tender: Tender, supplier: Wallet) -> Callable[..., bytes]:
    """Seals bids of the supplier, each with another number; returns the envelope."""

    def make(nonce: int = 1) -> bytes:
        bid = prepare_bid(
            stage.ledger, supplier.address, tender.id, price=9, nonce=nonce, files={"a": b""}
        )
        return bid.seal(supplier.sign_typed(bid.data))[0]

    return make


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    found = Queue(tmp_path / "queue")
    yield found
    found.close()


@pytest.fixture
def desk(connect: Callable[[], Ledger], stage: Stage, queue: Queue) -> Desk:
    return Desk(connect(), stage.offices.relay, queue, margin=60, able=lambda: True)


@pytest.fixture
def serving(connect: Callable[[], Ledger], stage: Stage, tmp_path: Path) -> Start:
    """Starts a relay; it ends with the block."""

    @contextmanager
    def start(
        *,
        sends: bool = True,
        margin: int = 60,
        each: int = 1_000,
        signer: Wallet | None = None,
        ledger: Ledger | None = None,
        tls: Any = None,
        every: float = 0.1,
        bounds: Bounds | None = None,
    ) -> Iterator[Relay]:
        signer, lines = signer or stage.offices.relay, list[str]()
        queue = Queue(tmp_path / "relay")
        courier = Courier(connect(), signer, queue, lines.append, every, 0)
        desk = Desk(ledger or connect(), signer, queue, margin, lambda: courier.able)
        service = Service(desk, queue, courier, Limits(each, 10_000), signer.address, lines.append)
        listening = socket.create_server(("127.0.0.1", 0))
        ready, end = threading.Event(), list[Callable[[], object]]()

        async def main() -> None:
            stop, loop = asyncio.Event(), asyncio.get_running_loop()
            end.append(lambda: loop.call_soon_threadsafe(stop.set))
            ready.set()
            await serve(service.application(), listening, stop, tls, bounds)
            service.close()

        thread = threading.Thread(target=asyncio.run, args=(main(),))
        thread.start()
        assert ready.wait(10)
        if sends:
            courier.start()
        scheme = "https" if tls else "http"
        try:
            yield Relay(
                f"{scheme}://127.0.0.1:{listening.getsockname()[1]}",
                signer.address,
                queue,
                courier,
                lines,
            )
        finally:
            if sends:
                courier.stop(20)
            end[0]()
            thread.join(20)
            queue.close()
            assert not thread.is_alive()

    return start


@pytest.fixture
def in_box(stage: Stage, chain: Chain) -> Callable[..., list[bytes]]:
    """Returns the envelopes of all boxes of bids, and waits until there are so many."""

    def find(least: int = 0) -> list[bytes]:
        contract = stage.ledger.tenders.contract
        for _try in range(200):
            logs = chain.logs(0, chain.head().number, [contract.address])
            events = [contract.decode_log(log) for log in logs]
            found = [each.args["envelope"] for each in events if each.name == "Sealed"]
            if len(found) >= least:
                return found
            threading.Event().wait(0.05)
        raise AssertionError(f"{len(found)} envelopes, not {least}")

    return find


@pytest.fixture
def terang(
    stage: Stage,
    say: Callable[..., Any],
    keystore: Callable[[Wallet], list[object]],
    tmp_path: Path,
) -> Callable[..., Any]:
    """Runs one command in the test's folder, on the sample's ledger or none; `by` signs."""
    (tmp_path / "password").write_text("rahasia\n")

    def run(*words: object, by: Wallet | None = None, ledger: bool = True) -> Any:
        where = ["--record", "deployment.json"] if ledger else []
        return say(*words, *where, *(keystore(by) if by else ()))

    return run
