"""A small contract with one of everything that the chain's tools must handle."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from terang.chain.compile import Artifacts
from terang.chain.compile import artifacts as compiled
from terang.chain.connection import Chain
from terang.chain.contract import Contract
from terang.chain.deploy import Step, deploy
from terang.chain.send import Sender
from terang.identity.wallet import Wallet

PROBE = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

contract Probe {
    struct Point { uint128 x; address owner; bytes32[] marks; }

    uint256 public total;
    address public immutable PEER;

    event Added(address indexed by, uint256 value, uint256 total);
    event Drawn(string indexed word, Point point, bool odd);

    error ProbeTooSmall(uint256 given, uint48 least, string note);
    error ProbeTooEarly(uint48 opensAt);

    constructor(address peer) { PEER = peer; }

    function add(uint256 value) external {
        require(value >= 10, ProbeTooSmall(value, 10, unicode"kecil\\u202e\\u001b[31m"));
        total += value;
        emit Added(msg.sender, value, total);
    }
    function addOnce(uint256 value) external {
        require(total == 0, ProbeTooSmall(total, 0, "again"));
        total += value;
    }
    function draw(string calldata word, Point calldata point) external {
        emit Drawn(word, point, true);
    }
    function same(Point[] calldata points) external pure returns (Point[] memory) { return points; }
    function pair() external pure returns (uint256 left, bool right) { return (7, true); }
    function nameless() external pure returns (uint256, bool) { return (7, true); }
    function over(uint256 a) external pure returns (uint256) { return a; }
    function over(bool a) external pure returns (bool) { return a; }
    function from(uint48 time) external {
        require(block.timestamp >= time, ProbeTooEarly(time));
        total++;
    }
    function before(uint48 time) external {
        require(block.timestamp < time, ProbeTooEarly(time));
        total++;
    }
    function text() external pure { require(false, "because"); }
    function bare() external pure { require(false); }
    function fault() external pure { assert(false); }
    function spin() external { while (true) total++; }
}

interface Shape { function area() external; }
"""


@pytest.fixture(scope="session")
def probe_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("probe")
    (root / "contracts").mkdir()
    (root / "contracts" / "Probe.sol").write_text(PROBE, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def probe_artifacts(probe_folder: Path) -> Artifacts:
    return compiled(probe_folder)


@pytest.fixture
def buyer() -> Wallet:
    return Wallet.from_key(b"\x01" * 32)


@pytest.fixture
def supplier() -> Wallet:
    return Wallet.from_key(b"\x02" * 32)


@pytest.fixture
def probe_chain(chain: Chain, probe_artifacts: Artifacts) -> Chain:
    chain.errors = probe_artifacts.errors
    return chain


@pytest.fixture
def sender(probe_chain: Chain) -> Sender:
    return Sender(probe_chain)


@pytest.fixture
def probe(
    probe_chain: Chain, probe_artifacts: Artifacts, sender: Sender, buyer: Wallet
) -> Contract:
    steps = [Step("Probe", "Probe", [buyer.address])]
    deployment = deploy(
        probe_chain,
        sender,
        buyer,
        probe_artifacts,
        steps,
        network="test",
        administrator=buyer.address,
    )
    return deployment.contract("Probe", probe_artifacts)


Reply = Callable[[Any], Any]  # the request, parsed → the answer as JSON, bytes, or None to hang up


@contextmanager
def _serving(reply: Reply) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = reply(json.loads(body))
            if answer is None:
                self.close_connection = True
                return
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def node_that() -> Iterator[Callable[[Reply], Chain]]:
    """Makes a chain whose node answers as a test says."""
    with ExitStack() as stack:

        def make(reply: Reply) -> Chain:
            url = stack.enter_context(_serving(reply))
            return stack.enter_context(Chain(url, timeout=5))

        yield make
