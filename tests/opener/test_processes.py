"""Openers as processes of their own: killed, restarted, restored, cut off from their node."""

import json
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from terang.ledger.opening import Opening
from terang.opener.duties import duties
from terang.opener.mirror import Mirror
from terang.replay.audit import replay
from terang.replay.state import GRACE
from terang.sealing.seed import drill
from terang.vocabulary import Phase

from .conftest import PASSWORD, THRESHOLD, Floor, until

WORKING = "Working as the opener"


def start_all(floor: Floor, seats: list[int], *more: object) -> None:
    for seat in seats:
        floor.start(seat, *more)
    until(lambda: all(WORKING in floor.said(seat) for seat in seats))


def is_settled(floor: Floor, seat: int) -> bool:
    """Whether nothing that an opener sent is left open."""
    return not list((floor.home(seat) / ".terang" / "outbox").glob("*.json"))


def given(floor: Floor, tender: int) -> set[int]:
    """The openers whose share of a box of bids is published."""
    state = floor.state
    key = state.opening_keys[state.tenders[tender].box.key]
    return {opener for opener, _share in key.shares}


def test_every_tender_opens_although_three_of_seven_are_killed(floor: Floor) -> None:
    chance = random.Random(time.time_ns())
    floor.publish(floor.tenders)
    start_all(floor, floor.seats)
    floor.close(floor.tenders)
    for seat in chance.sample(floor.seats, 3):
        time.sleep(chance.uniform(0, 1.5))
        assert floor.kill(seat) == -signal.SIGKILL
    until(lambda: floor.opened(floor.tenders), 90)
    state = floor.state
    for each in floor.tenders:
        assert len(state.tenders[each.id].box.voids) == len(each.envelopes)
    alive = sorted(floor.running)
    assert all(floor.kill(seat, signal.SIGTERM) == 0 for seat in alive)
    assert all(is_settled(floor, seat) for seat in alive)
    assert "Ended at block" in floor.said(alive[0])


def test_with_four_dead_no_tender_opens_and_nothing_is_lost(floor: Floor) -> None:
    tenders = floor.tenders[:2]
    floor.publish(tenders)
    alive = floor.seats[: THRESHOLD - 1]
    start_all(floor, alive)
    floor.close(tenders)
    until(lambda: all(len(given(floor, each.id)) == THRESHOLD - 1 for each in tenders))
    told = status(floor)
    assert [(each["tender"], each["needed"]) for each in told["waiting"]] == [
        (each.id, 1) for each in tenders
    ]
    assert told["waiting"][0]["missing"] == floor.seats[THRESHOLD - 1 :]
    floor.chain.advance_to(floor.state.tenders[tenders[0].id].box.closes_at + GRACE)
    blocks = floor.chain.head().number + 3
    until(lambda: floor.chain.head().number >= blocks)
    ledger = floor.stage.ledger
    assert ledger.awards.phases([each.id for each in tenders]) == [Phase.UNSUCCESSFUL] * 2
    told = status(floor)
    assert not told["waiting"]
    assert [each["tender"] for each in told["withheld"]] == [each.id for each in tenders]
    assert told["withheld"][0]["missing"] == floor.seats[THRESHOLD - 1 :]
    before = {seat: floor.transactions(seat) for seat in floor.seats}
    for seat in floor.seats[THRESHOLD - 1 :]:  # those who come too late give nothing
        done = once(floor, seat)
        assert done.returncode == 0, done.stderr
    assert before == {seat: floor.transactions(seat) for seat in floor.seats}
    assert all(floor.running[seat].poll() is None for seat in alive)
    assert all(is_settled(floor, seat) for seat in floor.seats)
    audit = replay(floor.chain, ledger.deployment, ledger.artifacts)
    assert not audit.differences


def test_a_ceremony_completes_with_one_dead(floor: Floor) -> None:
    free = len(floor.stage.ledger.keys.pool()[1])
    floor.publish(floor.tenders[:1])  # takes one
    alive = random.Random(time.time_ns()).sample(floor.seats, 6)
    made = len(floor.state.batches) + 1  # before any of them may have opened it
    start_all(floor, alive, "--pool", free)
    until(lambda: (1, made) in floor.state.batches)
    until(lambda: len(floor.state.batches[1, made].deals) == 6)
    floor.chain.advance_to(floor.state.batches[1, made].deals_until)
    until(lambda: any(floor.state.batches[1, made].root))
    assert len(floor.stage.ledger.keys.pool()[1]) >= free - 1 + 32


def test_an_opener_is_restored_from_its_seed_alone(floor: Floor) -> None:
    first, second = floor.tenders[:2]
    floor.publish([first, second])
    seat = floor.seats[2]
    floor.start(seat)
    floor.close([first])
    until(lambda: 3 in given(floor, first.id) and 3 in given(floor, second.id))
    home = floor.home(seat)
    assert list((home / ".terang" / "opener").glob("*.shares"))
    floor.kill(seat)
    shutil.rmtree(home)
    third = floor.tenders[2]
    floor.publish([third])
    floor.start(seat)
    floor.close([third])
    until(lambda: 3 in given(floor, third.id))
    state = floor.state
    key = state.opening_keys[state.tenders[third.id].box.key]
    claim = third.bid_key
    share = floor.stage.openers._seated[2].opener.share(claim.batch, claim.place)
    assert key.shares == [(3, share)]


def test_a_second_process_for_one_account_is_refused(floor: Floor) -> None:
    floor.publish(floor.tenders[:1])
    start_all(floor, floor.seats[:1])
    again = once(floor, floor.seats[0])
    assert again.returncode == 2
    assert "Another process works for" in again.stderr


def test_a_node_that_is_down_is_waited_for(floor: Floor, steady_port: int) -> None:
    tender = floor.tenders[0]
    floor.publish([tender])
    seat, url = floor.seats[0], floor.url
    floor.url = f"http://127.0.0.1:{steady_port}"
    floor.start(seat)  # before there is a node
    until(lambda: "No answer from the node" in floor.said(seat))
    with relayed(url, steady_port):
        until(lambda: "going on" in floor.said(seat))
        floor.close([tender])
        until(lambda: given(floor, tender.id))
    until(lambda: floor.said(seat).count("No answer from the node") == 2)
    time.sleep(3)  # several looks, and it is said once
    assert floor.said(seat).count("No answer from the node") == 2
    with relayed(url, steady_port):
        until(lambda: floor.said(seat).count("going on") == 2)
    assert floor.running[seat].poll() is None


def test_health_and_metrics_are_there_while_it_runs(floor: Floor, steady_port: int) -> None:
    floor.publish(floor.tenders[:1])
    floor.start(floor.seats[0], "--listen", steady_port)
    place = f"http://127.0.0.1:{steady_port}"
    until(lambda: f"{place}/health" in floor.said(floor.seats[0]))
    until(lambda: requests.get(f"{place}/health", timeout=5).status_code == 200)
    metrics = requests.get(f"{place}/metrics", timeout=5).text
    assert f"terang_opener_keys_ready {len(floor.stage.ledger.keys.pool()[1])}" in metrics
    assert status(floor, "--service", place)["service"]["well"] is True
    assert floor.kill(floor.seats[0], signal.SIGINT) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{place}/health", timeout=5)


@pytest.mark.parametrize("dropped", [False, True], ids=["handed over", "not handed over"])
def test_killed_in_the_middle_of_any_duty_it_is_done_once(floor: Floor, dropped: bool) -> None:
    seat, others = floor.seats[0], floor.seats[1:]
    floor.publish(floor.tenders[:2])
    first, second = floor.tenders[:2]
    floor.close([first, second])

    def killed_at(duty: str, sends: int, *more: object) -> None:
        """Kills it at its next sending; it sends so many in all after a restart."""
        before = floor.transactions(seat)
        cut_off(floor, seat, dropped, *more)
        done = once(floor, seat, *more)
        assert done.returncode == 0, done.stderr
        assert floor.transactions(seat) == before + sends, (duty, done.stderr)
        assert is_settled(floor, seat)
        assert "earlier" in done.stderr, duty

    killed_at("share", 2)  # of both boxes at once
    for each in (first, second):
        send(floor, *(_offer(floor, other, each.id) for other in others[:3]))
    operator = floor.stage.offices.operator
    send(floor, Opening(floor.stage.ledger, floor.state).release(operator, second.id, "bids"))
    floor.chain.advance_to(floor.chain.now + 300)
    killed_at("release and open", 2)  # the one of the first box, the other of the second
    assert floor.opened([second])
    floor.chain.advance_to(floor.chain.now + 300)
    killed_at("open", 1)
    assert floor.opened([first])

    free = len(floor.stage.ledger.keys.pool()[1])
    await_turn(floor, seat, free + 1, turn=3000)
    killed_at("batch", 2, "--pool", free + 1, "--turn", 3000)  # and the deal for it
    send(floor, Opening(floor.stage.ledger, floor.state).open_batch(_wallet(floor, others[0]), 2))
    killed_at("deal", 1)
    made = len(floor.state.batches)
    for number in (made - 1, made):
        send(floor, *(_deal(floor, other, number) for other in others))
    floor.chain.advance_to(floor.state.batches[1, made].deals_until)
    killed_at("confirm", 2)
    keys, administrator = floor.stage.ledger.keys, floor.stage.offices.administrator
    send(floor, keys.start_epoch(administrator, floor.seats, 4, 6))
    home = floor.home(seat)
    shutil.copy(home / "seed", home / "copy")
    drill(home / "seed", PASSWORD, home / "copy", PASSWORD, floor.chain.head().time)
    killed_at("enrol", 1)


def test_asked_to_end_it_finishes_what_it_is_sending(floor: Floor) -> None:
    seat, tender = floor.seats[0], floor.tenders[0]
    floor.publish([tender])
    floor.close([tender])
    floor.chain.rpc("evm_setAutomine", False)
    floor.chain.rpc("evm_setIntervalMining", 0)  # else a block may come before anybody looks
    process = floor.start(seat)
    until(lambda: waiting(floor, seat))
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert process.poll() is None
    floor.chain.rpc("evm_setIntervalMining", 1)
    assert process.wait(30) == 0
    assert given(floor, tender.id) == {1}
    assert is_settled(floor, seat)


def cut_off(floor: Floor, seat: int, dropped: bool, *more: object) -> None:
    """Kills an opener when it has written down what it sends, before that is in a block."""
    chain = floor.chain
    chain.rpc("evm_setAutomine", False)
    chain.rpc("evm_setIntervalMining", 0)  # else a block may come before anybody looks
    floor.start(seat, "--once", *more)
    until(lambda: not is_settled(floor, seat))
    if not dropped:
        until(lambda: waiting(floor, seat))
    floor.kill(seat)
    if dropped:
        chain.rpc("anvil_dropAllTransactions")
    assert not is_settled(floor, seat)
    assert int(chain.rpc("txpool_status")["pending"], 16) == (
        0 if dropped else waiting(floor, seat)
    )
    chain.rpc("evm_setIntervalMining", 1)


def await_turn(floor: Floor, seat: int, pool: int, turn: int) -> None:
    """Moves the chain's time until it is an opener's turn to open a batch."""
    account = floor.stage.members[seat].wallet.address
    for _opener in floor.seats:
        sight = Mirror(floor.stage.ledger, 0, lambda _line: None).sync()
        if any(each.name == "batch" for each in duties(sight, account, pool=pool, turn=turn)):
            return
        floor.chain.advance_to(floor.chain.now + turn)
    raise AssertionError("its turn does not come")


def waiting(floor: Floor, seat: int) -> int:
    """How many transactions of an opener wait for a block."""
    account = floor.stage.members[seat].wallet.address
    chain = floor.chain
    return chain.nonces([account], "pending")[account] - floor.transactions(seat)


def once(floor: Floor, seat: int, *more: object) -> subprocess.CompletedProcess[str]:
    words = floor.words(seat, "--once", *more)
    return subprocess.run(words, cwd=floor.home(seat), capture_output=True, text=True, timeout=120)


def status(floor: Floor, *more: object) -> dict[str, object]:
    home = floor.home(floor.seats[0])
    words = floor.words(floor.seats[0])[:3]
    told = ["opener", "status", "--json", "--url", floor.url, "--keystore", "account"]
    told += ["--record", str(floor.folder / "deployment.json"), *map(str, more)]
    done = subprocess.run([*words, *told], cwd=home, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def send(floor: Floor, *acts: object) -> None:
    """Sends acts of others, then goes on with a block each second."""
    floor.stage.send(list(acts))
    floor.chain.rpc("evm_setIntervalMining", 1)


def _wallet(floor: Floor, seat: int) -> object:
    return floor.stage.members[seat].wallet


def _offer(floor: Floor, seat: int, tender: int) -> object:
    opening = Opening(floor.stage.ledger, floor.state)
    seed = floor.stage.openers.seeds[seat]
    return opening.offer(_wallet(floor, seat), seed, tender, "bids")


def _deal(floor: Floor, seat: int, batch: int) -> object:
    opening = Opening(floor.stage.ledger, floor.state)
    return opening.deal(_wallet(floor, seat), floor.stage.openers.seeds[seat], batch)


@contextmanager
def relayed(url: str, port: int) -> Iterator[None]:
    """A node's address inside the block: hands everything on to `url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            content = requests.post(url, data=body, headers=self.headers, timeout=60).content
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
