"""A chain that stays: stopped, killed, started again, it is the same chain."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from terang.chain import node as nodes
from terang.chain import standing as standings
from terang.chain.act import Act, Receipt
from terang.chain.connection import Chain, ChainUnreachable
from terang.chain.node import Anvil, NodeError
from terang.chain.send import Sender
from terang.chain.standing import Standing
from terang.identity.wallet import Wallet

GAS = 100_000
# creation code that logs one word and leaves a contract of 32 bytes
NOTE = bytes.fromhex("60206000a060206000f3")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def standing(tmp_path: Path, told: list[str]) -> Iterator[Standing]:
    made = Standing(tmp_path / "node", told.append)
    yield made
    made.stop()


@pytest.fixture
def port(steady_port: int) -> int:
    return steady_port


def gone(pid: int) -> bool:
    return standings._identity(pid) is None


def note(url: str, wallet: Wallet) -> Receipt:
    with Chain(url) as chain:
        (receipt,) = Sender(chain).send([Act(wallet, None, NOTE, GAS, "a note")])
    return receipt


def test_a_stopped_chain_goes_on_with_all_it_had(
    standing: Standing, port: int, buyer: Wallet
) -> None:
    first = standing.start(port)
    receipt = note(first.url, buyer)
    with Chain(first.url) as chain:
        assert (chain.chain_id, chain.head().base_fee) == (31337, 0)
        chain.advance_to(chain.now + 40 * 86_400)
        head, genesis = chain.head(), chain.block(0)
    assert standing.stop()
    assert gone(first.pid)
    assert not standing.stop()
    second = standing.start(port)
    assert second.pid != first.pid
    with Chain(second.url) as chain:
        assert chain.head() == head
        assert chain.block(0) == genesis
        assert receipt.contract is not None
        assert len(chain.code_at(receipt.contract)) == 32
        assert len(chain.logs(0, head.number, [receipt.contract])) == 1
        kept = chain.rpc("eth_getTransactionReceipt", "0x" + receipt.transaction.hex())
        assert int(kept["blockNumber"], 16) == receipt.block
    later = note(second.url, buyer)
    with Chain(second.url) as chain:  # its clock has not gone back to the machine's
        assert head.timestamp < chain.block(later.block).timestamp < head.timestamp + 600


def test_starting_twice_is_one_chain(standing: Standing, port: int) -> None:
    first = standing.start(port)
    assert standing.start() == first == standing.running()


def test_a_killed_chain_loses_no_more_than_the_last_seconds(
    standing: Standing, port: int, buyer: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standings, "SAVED_EVERY", 1)
    first = standing.start(port)
    receipt = note(first.url, buyer)
    deadline = time.monotonic() + 30
    state = standing.folder / "state.json"
    while receipt.transaction.hex() not in (state.read_text() if state.exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    while not gone(first.pid):
        time.sleep(0.01)
    assert standing.running() is None
    second = standing.start(port)
    with Chain(second.url) as chain:
        assert chain.rpc("eth_getTransactionReceipt", "0x" + receipt.transaction.hex())


def test_a_chain_killed_while_it_saved_goes_back_to_its_last_start(
    standing: Standing, port: int, buyer: Wallet, told: list[str]
) -> None:
    receipt = note(standing.start(port).url, buyer)
    standing.stop()
    standing.start(port)
    standing.stop()
    state = standing.folder / "state.json"
    whole = state.read_bytes()
    state.write_bytes(whole[:-20])
    found = standing.start(port)
    assert "last start" in told[0]
    with Chain(found.url) as chain:
        assert chain.rpc("eth_getTransactionReceipt", "0x" + receipt.transaction.hex())
    standing.stop()
    state.write_bytes(whole[:-20])
    (standing.folder / "state.before.json").unlink()
    with pytest.raises(NodeError, match=r"state\.json is not the whole state"):
        standing.start(port)
    assert state.read_bytes() == whole[:-20]


def test_a_process_that_has_taken_the_number_is_left_alone(standing: Standing, port: int) -> None:
    found = standing.start(port)
    standing.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        run = {"pid": other.pid, "started": found.started, "url": found.url}
        (standing.folder / "node.json").write_text(json.dumps(run))
        assert standing.running() is None
        assert not standing.stop()
        assert other.poll() is None
        assert not (standing.folder / "node.json").exists()
        other.communicate(b"\n", timeout=20)


def test_a_process_that_a_planted_file_names_is_not_ended(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        started = standings._identity(victim.pid)
        planted = {"pid": victim.pid, "started": started, "url": "http://127.0.0.1:1"}
        (tmp_path / "node.json").write_text(json.dumps(planted))
        assert not Standing(tmp_path).stop()
        assert victim.poll() is None
        victim.communicate(b"\n", timeout=10)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"pid": "2"}',
        *(
            json.dumps({"pid": pid, "started": started, "url": "http://127.0.0.1:1"})
            for pid in (-1, 0, 1, -2, True, 2.5, "2", None, 2**31, 2**70)
            for started in (None, "", "now")
        ),
    ],
)
def test_a_damaged_file_of_a_run_counts_for_nothing_and_ends_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    ended: list[int] = []
    # Never a real one here: −1 would be every process of the machine.
    monkeypatch.setattr(os, "kill", lambda pid, _order: ended.append(pid))
    (tmp_path / "node.json").write_text(content)
    assert Standing(tmp_path).running() is None
    assert not Standing(tmp_path).stop()
    assert ended == []


@pytest.mark.parametrize("pid", [-1, 0, 1])
def test_a_number_that_means_many_is_never_ended(monkeypatch: pytest.MonkeyPatch, pid: int) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _order: ended.append(pid))
    with pytest.raises(ValueError, match="one process"):
        standings._end(pid)
    assert ended == []


def test_another_port_is_taken_unless_one_was_asked_for(
    standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(NodeError, match=f"Port {taken} is taken"):
            standing.start(taken)
        assert standing.running() is None
        monkeypatch.setattr(standings, "PORT", taken)
        assert not standing.start().url.endswith(f":{taken}")


def test_a_node_of_somebody_else_that_was_quicker_at_the_port_is_not_taken_for_ours(
    anvil: Anvil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(anvil.url.rpartition(":")[2])
    monkeypatch.setattr(standings, "_port", lambda _wanted: port)  # free when it was looked at
    with pytest.raises(NodeError, match="in use"):
        Standing(tmp_path / "one").start(port)
    other = Standing(tmp_path / "two")
    try:
        assert other.start().url != anvil.url
    finally:
        other.stop()


def test_a_start_that_fails_leaves_nothing_running(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    program = tmp_path / "node_modules" / ".bin" / "anvil"
    program.parent.mkdir(parents=True)
    program.write_text(
        "#!/bin/sh\necho $$ > " + str(tmp_path / "pid") + "\necho no luck today\nexec sleep 300\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(nodes, "ROOT", tmp_path)
    monkeypatch.setattr(standings, "_START_SECONDS", 1)
    with pytest.raises(NodeError, match="no luck today"):
        standing.start(port)
    assert gone(int((tmp_path / "pid").read_text()))
    assert standing.running() is None
    assert not (standing.folder / "node.json").exists()


def test_a_folder_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for act in (Standing(tmp_path / "file" / "node").start, Standing(tmp_path / "file").stop):
        with pytest.raises(NodeError, match="Cannot use the folder"):
            act()


def test_it_outlives_the_command_that_started_it(tmp_path: Path, port: int) -> None:
    code = (
        "import sys; from pathlib import Path; from terang.chain.standing import Standing; "
        "print(Standing(Path(sys.argv[1])).start(int(sys.argv[2])).url)"
    )
    standing = Standing(tmp_path / "node")
    try:
        command = [sys.executable, "-c", code, str(tmp_path / "node"), str(port)]
        url = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60
        ).stdout.strip()
        with Chain(url) as chain:
            assert chain.head().number == 0
    finally:
        assert standing.stop()
    with Chain(url, timeout=5) as chain, pytest.raises(ChainUnreachable):
        chain.head()
    left = {each.name for each in standing.folder.iterdir()}
    assert left == {"lock", "log", "state.json"}
