"""Whatever was promised is sent once, also by a relay that was killed and started again."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from eth_utils.crypto import keccak

from terang.chain.connection import Chain
from terang.chain.node import Anvil
from terang.chain.send import Sender
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.keystore import save_keystore
from terang.ledger import Ledger
from terang.relay import courier as couriers
from terang.relay import queue as queues
from terang.relay.courier import KEPT, Courier
from terang.relay.desk import Desk
from terang.relay.queue import FAILED, SEALED, WAITING, Queue
from terang.vocabulary import BIDS, Licence

Sealed = Callable[..., bytes]
InBox = Callable[..., list[bytes]]


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def courier(
    connect: Callable[[], Ledger], stage: Stage, queue: Queue, lines: list[str]
) -> Callable[[], Courier]:
    """Makes a courier, as each start of the process does."""
    return lambda finality=0: Courier(
        connect(), stage.offices.relay, queue, lines.append, finality=finality
    )


def test_what_was_promised_before_the_process_was_killed_is_sent(
    desk: Desk, courier: Callable[[], Courier], queue: Queue, tender: Tender, sealed: Sealed,
    in_box: InBox,
) -> None:  # fmt: skip
    envelopes = [sealed(n) for n in (1, 2, 3)]
    for each in envelopes:
        desk.take(tender.id, BIDS, each)
    queue.close()  # nothing was sent
    again = Queue(queue.folder)
    found = courier()
    found._queue = again
    found.round()
    assert sorted(in_box(3)) == sorted(envelopes)
    assert again.counts() == {SEALED: 3}
    found.round()
    assert len(in_box()) == 3
    again.close()


def test_what_has_a_receipt_is_not_sent_again_though_the_nodes_log_is_behind(
    desk: Desk, courier: Callable[[], Courier], queue: Queue, tender: Tender, sealed: Sealed,
    in_box: InBox, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    desk.take(tender.id, BIDS, sealed(1))
    monkeypatch.setattr(couriers.Watch, "find", lambda *_anything: None)
    found = courier()
    for _round in range(3):
        found.round()
    assert len(in_box()) == 1
    assert queue.counts() == {SEALED: 1}


def test_a_courier_that_meets_what_nobody_foresaw_promises_nothing_and_goes_on(
    courier: Callable[[], Courier], lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = courier()
    rounds = iter([ZeroDivisionError])
    gone_on = threading.Event()

    def once(self: Courier) -> bool:
        for error in rounds:
            raise error
        gone_on.set()
        return True

    monkeypatch.setattr(Courier, "round", once)
    found._every = 0.01
    found.start()
    try:
        assert gone_on.wait(10)
    finally:
        found.stop()
    assert lines == ["ZeroDivisionError"]


def test_however_many_wait_they_go_in_parts_and_none_is_left(
    desk: Desk, courier: Callable[[], Courier], queue: Queue, tender: Tender, sealed: Sealed,
    in_box: InBox, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(queues, "AT_ONCE", 2)
    envelopes = [sealed(n) for n in range(1, 6)]
    for each in envelopes:
        desk.take(tender.id, BIDS, each)
    found = courier()
    for left in (3, 1, 0):
        found.round()
        assert queue.counts()[WAITING] == left
    assert in_box() == envelopes


def test_a_process_killed_after_sending_sends_nothing_a_second_time(
    desk: Desk, courier: Callable[[], Courier], queue: Queue, tender: Tender, sealed: Sealed,
    in_box: InBox, chain: Chain, stage: Stage, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    envelope = sealed()
    desk.take(tender.id, BIDS, envelope)
    with monkeypatch.context() as patched:
        patched.setattr(Sender, "_receipt", killed)  # the chain has it, and nobody learned
        with pytest.raises(KeyboardInterrupt):
            courier().round()
    assert queue.counts() == {WAITING: 1}
    before = chain.nonces([stage.offices.relay.address], "latest")
    courier().round()
    assert in_box() == [envelope]
    assert queue.counts() == {SEALED: 1}
    assert chain.nonces([stage.offices.relay.address], "latest") == before


@pytest.mark.parametrize("killed", [False, True], ids=["goes on", "another process"])
def test_what_a_replaced_block_loses_is_sent_again_and_kept_until_a_block_is_final(
    desk: Desk, courier: Callable[..., Courier], queue: Queue, tender: Tender, sealed: Sealed,
    in_box: InBox, chain: Chain, killed: bool,
) -> None:  # fmt: skip
    envelope = sealed()
    fork = chain.rpc("evm_snapshot")
    entry, _new = desk.take(tender.id, BIDS, envelope)
    found = courier(finality=3)
    found.round()
    assert in_box() == [envelope]
    assert queue.counts() == {SEALED: 1}
    found.round()
    assert [each.envelope for each in queue.loose()] == [envelope]
    assert chain.rpc("evm_revert", fork)
    assert in_box() == []
    (courier(finality=3) if killed else found).round()
    assert in_box() == [envelope]
    for _block in range(3):
        found.round()
        assert queue.loose()
        chain.mine()
    found.round()
    assert queue.loose() == []
    assert queue.find(*entry.key).envelope == b""
    assert in_box() == [envelope]


def test_what_waits_for_a_block_again_after_it_was_lost_is_not_sent_a_second_time(
    desk: Desk, courier: Callable[..., Courier], queue: Queue, tender: Tender, sealed: Sealed,
    in_box: InBox, chain: Chain,
) -> None:  # fmt: skip
    envelope = sealed()
    fork = chain.rpc("evm_snapshot")
    desk.take(tender.id, BIDS, envelope)
    found = courier(finality=3)
    found.round()
    (loose,) = queue.loose()
    raw = chain.rpc("eth_getRawTransactionByHash", "0x" + loose.place.transaction.hex())
    assert chain.rpc("evm_revert", fork)
    chain.rpc("evm_setAutomine", False)
    try:
        chain.rpc("eth_sendRawTransaction", raw)
        found.round()
        assert queue.counts() == {SEALED: 1}
        chain.mine()
    finally:
        chain.rpc("evm_setAutomine", True)
    found.round()
    assert in_box() == [envelope]
    assert queue.loose()[0].place.transaction == loose.place.transaction


def test_an_envelope_that_somebody_else_sealed_is_not_sent(
    desk: Desk, courier: Callable[[], Courier], queue: Queue, tender: Tender, sealed: Sealed,
    in_box: InBox, stage: Stage, supplier: Any,
) -> None:  # fmt: skip
    envelope = sealed()
    desk.take(tender.id, BIDS, envelope)
    stage.send([stage.ledger.tenders.seal(supplier, tender.id, BIDS, envelope)])
    courier().round()
    assert in_box() == [envelope]
    assert queue.counts() == {SEALED: 1}


def test_what_the_box_refuses_is_not_paid_for_and_tried_again(
    desk: Desk, courier: Callable[[], Courier], queue: Queue, tender: Tender, sealed: Sealed,
    in_box: InBox, stage: Stage, chain: Chain,
) -> None:  # fmt: skip
    desk.take(tender.id, BIDS, sealed())
    relay, administrator = stage.offices.relay, stage.offices.administrator
    participants = stage.ledger.participants
    stage.send([participants.revoke(administrator, Licence.RELAY, relay.address)])
    before = chain.nonces([relay.address], "latest")
    found = courier()
    assert not found.round()
    assert queue.counts() == {WAITING: 1}
    until = chain.now + 100 * 86_400
    stage.send([participants.grant(administrator, Licence.RELAY, relay.address, until)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Courier, "_can_go", lambda *_: False)
        found.round()
    assert chain.nonces([relay.address], "latest") == before
    found.round()
    assert len(in_box()) == 1
    assert queue.counts() == {SEALED: 1}


def test_a_promise_that_was_not_kept_is_counted_told_and_forgotten_in_time(
    desk: Desk, courier: Callable[[], Courier], queue: Queue, tender: Tender, sealed: Sealed,
    stage: Stage, chain: Chain, lines: list[str],
) -> None:  # fmt: skip
    entry, _new = desk.take(tender.id, BIDS, sealed())
    (closes_at,) = stage.ledger.tenders.closing_times([(tender.id, BIDS)])
    chain.advance_to(closes_at)
    found = courier()
    found.round()
    assert queue.counts() == {FAILED: 1}
    assert len(lines) == 1
    assert f"box of tender {tender.id}" in lines[0]
    assert entry.promise.envelope.hex() not in lines[0]
    chain.advance_to(closes_at + KEPT)
    found.round()
    assert queue.counts() == {FAILED: 1}
    chain.advance_to(closes_at + KEPT + 1)
    found.round()
    assert not queue.counts()


def test_a_chain_that_is_down_is_told_once_and_tried_until_it_is_back(
    desk: Desk, connect: Callable[[], Ledger], stage: Stage, queue: Queue, tender: Tender,
    sealed: Sealed, in_box: InBox, lines: list[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    desk.take(tender.id, BIDS, sealed())
    ledger = connect()
    found = Courier(ledger, stage.offices.relay, queue, lines.append, every=0.02, finality=0)
    told = threading.Event()
    found._tell = lambda line: (lines.append(line), told.set())
    transport = ledger.chain._transport
    ledger.chain._transport = Chain("http://127.0.0.1:1", timeout=1)._transport
    found.start()
    try:
        assert told.wait(10)
        assert not found.able
        assert "No answer from the node" in lines[0]
        ledger.chain._transport = transport
        assert len(in_box(1)) == 1
    finally:
        found.stop(20)


# The program itself


@pytest.fixture
def program(anvil: Anvil, stage: Stage, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Starts `terang relay serve` as a process of its own; returns it and its address."""
    save_keystore(stage.offices.relay, tmp_path / "relay.keystore", "rahasia", 2)
    (tmp_path / "password").write_text("rahasia\n")
    words = ["relay", "serve", "--json", "--listen", "127.0.0.1:0", "--url", anvil.url]
    words += ["--record", "deployment.json", "--keystore", "relay.keystore"]
    words += ["--password-file", "password"]
    started: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", "from terang.cli import main; main()", *words],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        lines = ""
        while not lines.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, "it ended"
            lines += line
        return process, json.loads(lines)["url"]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(20)
        assert process.stdout
        process.stdout.close()


def until_sent(chain: Chain, stage: Stage) -> None:
    """Waits until the chain has something of the relay's, be it in no block yet."""
    relay = stage.offices.relay.address
    for _try in range(200):
        if chain.nonces([relay], "pending")[relay]:
            return
        threading.Event().wait(0.05)
    raise AssertionError("nothing is sent")


def test_a_relay_killed_between_receipt_and_block_keeps_its_promise_once(
    program: Callable[[], Any], chain: Chain, stage: Stage, tender: Tender, sealed: Sealed,
    in_box: InBox, tmp_path: Path,
) -> None:  # fmt: skip
    envelopes = [sealed(1), sealed(2)]
    process, url = program()
    chain.rpc("evm_setAutomine", False)
    try:
        for each in envelopes:
            body = {"tender": tender.id, "stage": "bids", "envelope": "0x" + each.hex()}
            answer = requests.post(f"{url}/seal", json=body, timeout=20)
            assert answer.status_code == 202
            assert answer.json()["status"] == "waiting"
            until_sent(chain, stage)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        assert in_box() == []
        process, url = program()  # the chain holds the first one still, in no block
        for _try in range(200):
            chain.mine()  # nobody else makes blocks
            if len(found := in_box()) == 2:
                break
            threading.Event().wait(0.05)
    finally:
        chain.rpc("evm_setAutomine", True)
    path = f"{url}/receipt/0x{keccak(envelopes[1]).hex()}"
    for _try in range(200):
        if requests.get(path, timeout=20).json()["status"] == "sealed":
            break
        threading.Event().wait(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert sorted(found) == sorted(envelopes) == sorted(in_box())
    sent = chain.nonces([stage.offices.relay.address], "pending")
    assert sent[stage.offices.relay.address] == 2
