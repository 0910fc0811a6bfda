"""A relay in this process, on the sample's ledger."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.ledger.bidding import Offer, OpenTender, prepare_bid
from terang.relay.courier import Courier
from terang.relay.desk import Desk
from terang.relay.queue import Queue
from terang.relay.service import Service
from terang.serving.doors import Bounds
from terang.serving.limits import Limits

from ..serving.servers import aside
from .served import Relay, Start


@pytest.fixture
def other_tender(prepared: tuple[Stage, list[Tender]], tender: Tender) -> Tender:
    """One more that is open, and closes an hour later."""
    stage, tenders = prepared
    other = next(each for each in tenders if not each.lot.cancelled and each is not tender)
    stage.ledger.chain.advance_to(stage.ledger.chain.now + 3_600)
    acts.publish(stage, [other])
    return other


@pytest.fixture
def sealed(stage: Stage, tender: Tender, supplier: Wallet) -> Callable[..., bytes]:
    """Seals bids of the supplier, each with another number; returns the envelope."""

    def make(nonce: int = 1) -> bytes:
        found = OpenTender.at(stage.ledger, tender.id)
        bid = prepare_bid(stage.ledger, supplier.address, found, Offer(9, nonce, {"a": b""}))
        signatures = [supplier.sign_typed(each) for each in bid.messages.values()]
        (envelope,), _receipt = bid.seal(signatures)
        return envelope

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
        try:
            with aside(service.application(), tls, bounds) as url:
                if sends:
                    courier.start()
                try:
                    yield Relay(url, signer.address, queue, courier, lines)
                finally:
                    if sends:
                        courier.stop(20)
        finally:
            service.close()
            queue.close()

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
