"""The local node: there when needed, gone without a trace."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from terang.chain import node as nodes
from terang.chain.connection import Chain, ChainUnreachable
from terang.chain.node import Anvil, NodeError


def test_a_new_chain_is_empty_and_gas_is_free(tmp_path: Path) -> None:
    with Anvil(timestamp=2_000_000_000) as node, Chain(node.url) as chain:
        head = chain.head()
        assert (head.number, head.base_fee, head.timestamp) == (0, 0, 2_000_000_000)
        assert chain.chain_id == nodes.CHAIN_ID
        chain.mine()
        assert chain.head().base_fee == 0


def test_nothing_is_left_when_it_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with Anvil() as node:
        pid, url = node.pid, node.url
        with Chain(url) as chain:
            chain.rpc("anvil_mine", "0x400")  # more states than it keeps in memory
        (own,) = tmp_path.iterdir()
        assert (own / ".foundry").exists()
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with Chain(url) as chain, pytest.raises(ChainUnreachable, match="Check the address"):
        chain.head()


def test_a_taken_port_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(NodeError, match=f"Port {port} is taken"), Anvil(port):
            pass


def test_a_missing_program_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NodeError, match="make setup"), Anvil():
        pass


def test_a_program_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "ROOT", tmp_path)
    program = tmp_path / "node_modules" / ".bin" / "anvil"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho no luck today >&2\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(NodeError, match="no luck today"), Anvil():
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
@pytest.mark.parametrize("name", ["anvil", "hardhat"])
def test_it_ends_when_its_parent_is_killed(name: str) -> None:
    program = (
        "import sys\nfrom terang.chain.nodes import node_named\n"
        f"with node_named({name!r}) as node:\n"
        "    print(node.pid, flush=True)\n    sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.send_signal(signal.SIGKILL)
        parent.wait(10)
    for _attempt in range(200):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("the node outlived its parent")
