"""Anvil, Hardhat and py-evm: one code path, whatever runs the contracts."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from terang.chain import hardhat
from terang.chain.act import Act
from terang.chain.compile import Artifacts
from terang.chain.connection import CannotPay, Chain, ChainUnreachable, RpcError
from terang.chain.contract import Contract
from terang.chain.deploy import Step, deploy
from terang.chain.hardhat import Hardhat
from terang.chain.node import CHAIN_ID, Anvil, NodeError
from terang.chain.nodes import NAMES, node_named
from terang.chain.pyevm import PyEvm
from terang.chain.reverts import Reverted
from terang.chain.send import Sender
from terang.errors import UsageError
from terang.identity.wallet import Wallet

GAS = 100_000
START = 2_000_000_000
KINDS: Mapping[str, Callable[..., Any]] = {"anvil": Anvil, "hardhat": Hardhat, "pyevm": PyEvm}


@pytest.fixture(scope="module", params=NAMES)
def any_chain(request: pytest.FixtureRequest, probe_artifacts: Artifacts) -> Iterator[Chain]:
    """Each of the three in turn; its tests share it."""
    with (
        KINDS[request.param](timestamp=START) as node,
        node.connect(probe_artifacts.errors) as chain,
    ):
        yield chain


@pytest.fixture
def any_probe(any_chain: Chain, probe_artifacts: Artifacts, buyer: Wallet) -> Contract:
    deployment = deploy(
        any_chain,
        Sender(any_chain),
        buyer,
        probe_artifacts,
        [Step("Probe", "Probe", [buyer.address])],
        network="test",
        administrator=buyer.address,
    )
    return deployment.contract("Probe", probe_artifacts)


@pytest.mark.parametrize("name", NAMES)
def test_a_node_is_found_by_its_name(name: str) -> None:
    node = node_named(name)
    assert isinstance(node, KINDS[name])
    assert node.name == name


def test_a_new_chain_starts_when_it_is_told_to_and_gas_is_free(any_chain: Chain) -> None:
    first = any_chain.block(0)
    assert (first.number, first.base_fee, first.timestamp) == (0, 0, START)
    assert any_chain.chain_id == CHAIN_ID
    any_chain.mine()
    newest = any_chain.head()
    assert newest.base_fee == 0
    assert newest.parent == any_chain.block(newest.number - 1).hash


def test_the_clock_of_each_can_be_moved_forward_only(any_chain: Chain) -> None:
    later = any_chain.now + 1_000_000
    any_chain.advance_to(later)
    assert any_chain.now == later
    any_chain.mine()
    assert later <= any_chain.now < later + 600, "and goes on from there"
    with pytest.raises(UsageError, match="later time"):
        any_chain.advance_to(later - 1)


def test_many_acts_go_in_few_blocks_and_each_wallets_in_order(
    any_chain: Chain, any_probe: Contract, buyer: Wallet, supplier: Wallet
) -> None:
    before = any_chain.head().number
    acts = [
        Act(buyer if number % 3 else supplier, *any_probe.prepare("add", 10 + number, gas=GAS))
        for number in range(1_200)  # more than Anvil puts into a block
    ]
    receipts = Sender(any_chain).send(acts)
    events = [any_probe.decode_log(receipt.logs[0]) for receipt in receipts]
    assert [event.args["value"] for event in events] == [10 + number for number in range(1_200)]
    for wallet in (buyer, supplier):
        totals = [event.args["total"] for event in events if event.args["by"] == wallet.address]
        assert totals == sorted(totals)
    newest = any_chain.head().number
    assert 1 <= newest - before < 10
    assert any_chain.head().base_fee == 0, "also after a full block"
    logs = any_chain.logs(before, newest, [any_probe.address])
    assert sorted(logs, key=str) == sorted(
        (log for receipt in receipts for log in receipt.logs), key=str
    )
    added, drawn = ([any_probe.topic(each)] for each in ("Added", "Drawn"))
    assert any_chain.logs(before, newest, [any_probe.address], added) == logs
    assert any_chain.logs(before, newest, [any_probe.address], drawn) == []
    assert any_chain.view(any_probe, "total") == sum(range(10, 1_210))


def test_blocks_of_the_past_are_read_as_they_were(
    any_chain: Chain, any_probe: Contract, supplier: Wallet
) -> None:
    before = any_chain.head().number
    Sender(any_chain).send([Act(supplier, *any_probe.prepare("add", 25))])
    assert any_chain.views([(any_probe, "total", ())], block=before) == [0]
    assert any_chain.views([(any_probe, "total", ())]) == [25]
    assert int.from_bytes(any_chain.storage_at(any_probe.address, 0)) == 25
    assert int.from_bytes(any_chain.storage_at(any_probe.address, 0, before)) == 0
    assert any_chain.code_at(any_probe.address, 0) == b""
    assert any_chain.code_at(any_probe.address) != b""


@pytest.mark.parametrize(
    ("function", "name"), [("text", "Error"), ("fault", "Panic"), ("bare", "")]
)
def test_solidity_s_own_refusals_are_told_apart(
    any_chain: Chain, any_probe: Contract, function: str, name: str
) -> None:
    with pytest.raises(Reverted) as refused:
        any_chain.view(any_probe, function)
    assert refused.value.name == name


def test_a_custom_error_comes_whole_from_a_call_an_estimate_and_a_block(
    any_chain: Chain, any_probe: Contract, buyer: Wallet
) -> None:
    sender, wanted = Sender(any_chain), {"given": 9, "least": 10}
    to, data, _gas = any_probe.prepare("add", 9)
    with pytest.raises(Reverted) as called:
        any_chain.call(any_probe.address, data)
    with pytest.raises(Reverted) as estimated:
        sender.send([Act(buyer, to, data)])
    (receipt,) = sender.send([Act(buyer, to, data, GAS)], allow_revert=True)
    for refused in (called.value, estimated.value, receipt.revert):
        assert refused is not None
        assert refused.name == "ProbeTooSmall"
        assert wanted.items() <= refused.arguments.items()


def test_an_estimate_is_enough_and_near(
    any_chain: Chain, any_probe: Contract, buyer: Wallet
) -> None:
    to, data, _gas = any_probe.prepare("add", 10)
    request = {"from": buyer.address, "to": to, "data": "0x" + data.hex()}
    estimate = int(any_chain.rpc("eth_estimateGas", request), 16)
    (receipt,) = Sender(any_chain).send([Act(buyer, to, data, estimate)])
    assert receipt.gas_used <= estimate <= receipt.gas_used * 1.1


def test_without_enough_gas_it_says_so(
    any_chain: Chain, any_probe: Contract, buyer: Wallet
) -> None:
    act = Act(buyer, *any_probe.prepare("spin", gas=GAS))
    (receipt,) = Sender(any_chain).send([act], allow_revert=True)
    assert receipt.gas_used == GAS
    assert receipt.revert is not None
    assert receipt.revert.name == "OutOfGas"


def test_a_method_that_a_node_lacks_is_refused(any_chain: Chain) -> None:
    with pytest.raises(RpcError):
        any_chain.rpc("eth_foo")


def test_hardhat_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with Hardhat() as node, node.connect() as chain:
        pid, url = node.pid, node.url
        chain.mine()
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with Chain(url) as chain, pytest.raises(ChainUnreachable):
        chain.head()
    assert (hardhat.ROOT / "node_modules" / "hardhat").is_dir(), "what was lent is still there"


def test_a_missing_hardhat_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardhat, "ROOT", tmp_path)
    with pytest.raises(NodeError, match="make setup"), Hardhat():
        pass


def test_a_missing_py_evm_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "terang.chain.evm", None)
    with pytest.raises(NodeError, match=r"pip install 'terang\[pyevm\]'"), PyEvm():
        pass


def test_py_evm_leaves_the_interpreter_as_it_was() -> None:
    """A raised limit would let a deeply nested answer of a node end the process."""
    program = (
        "import sys; before = sys.getrecursionlimit()\n"
        "from terang.chain.pyevm import PyEvm\n"
        "with PyEvm(): pass\n"
        "assert sys.getrecursionlimit() == before\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_py_evm_is_gone_after_its_block() -> None:
    with PyEvm() as node, node.connect() as chain:
        chain.mine()
    with pytest.raises(ChainUnreachable):
        chain.head()


@pytest.fixture
def pyevm() -> Iterator[Chain]:
    with PyEvm() as node, node.connect() as chain:
        yield chain


def raw(wallet: Wallet, **changed: Any) -> str:
    fields = {
        "type": 2,
        "chainId": CHAIN_ID,
        "nonce": 0,
        "maxPriorityFeePerGas": 0,
        "maxFeePerGas": 0,
        "gas": 50_000,
        "to": wallet.address,
        "value": 0,
        "data": b"",
    }
    return "0x" + wallet.sign_transaction({**fields, **changed}).hex()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"chainId": 1}, "another chain"),
        ({"nonce": 1}, "nonce too high"),
        ({"gas": 20_999}, "least"),
        ({"gas": 30_000_001}, "above a block's"),
        ({"value": 1}, "cannot pay"),
        ({"maxFeePerGas": 1}, "cannot pay"),
    ],
)
def test_py_evm_refuses_what_can_not_be_carried_out(
    pyevm: Chain, buyer: Wallet, changed: Mapping[str, Any], told: str
) -> None:
    with pytest.raises(RpcError, match=told):
        pyevm.rpc("eth_sendRawTransaction", raw(buyer, **changed))
    assert pyevm.head().number == 0


def test_py_evm_takes_a_transaction_once(pyevm: Chain, buyer: Wallet) -> None:
    pyevm.rpc("evm_setAutomine", False)
    hash_ = pyevm.rpc("eth_sendRawTransaction", raw(buyer))
    with pytest.raises(RpcError, match="already known"):
        pyevm.rpc("eth_sendRawTransaction", raw(buyer))
    assert pyevm.rpc("eth_getTransactionReceipt", hash_) is None
    assert pyevm.rpc("eth_getTransactionByHash", hash_)["blockNumber"] is None
    assert pyevm.rpc("eth_getTransactionCount", buyer.address, "pending") == "0x1"
    assert pyevm.rpc("eth_getTransactionCount", buyer.address, "latest") == "0x0"
    pyevm.mine()
    assert pyevm.rpc("eth_getTransactionByHash", hash_)["blockNumber"] == "0x1"
    with pytest.raises(RpcError, match="already known"):
        pyevm.rpc("eth_sendRawTransaction", raw(buyer))
    with pytest.raises(RpcError, match="nonce too low"):
        pyevm.rpc("eth_sendRawTransaction", raw(buyer, gas=60_000))


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("eth_sendRawTransaction", ["0x02ff"]),
        ("eth_sendRawTransaction", ["0x"]),
        ("eth_sendRawTransaction", ["0xzz"]),
        ("eth_sendRawTransaction", []),
        ("eth_getCode", [5, "latest"]),
        ("eth_getCode", ["0x00", "0x99"]),
        ("eth_getLogs", [{"fromBlock": "0x0", "toBlock": "0x0", "address": [], "topics": []}]),
        ("eth_getLogs", [{}]),
        ("evm_setNextBlockTimestamp", [0]),
        ("evm_setNextBlockTimestamp", ["soon"]),
    ],
)
def test_py_evm_refuses_what_it_does_not_understand(
    pyevm: Chain, method: str, parameters: list[Any]
) -> None:
    with pytest.raises(RpcError):
        pyevm.rpc(method, *parameters)


def test_py_evm_s_clock_goes_on_from_where_it_was_put(
    pyevm: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = pyevm.now
    monkeypatch.setattr("time.time", lambda: clock)
    pyevm.advance_to(clock + 1_000_000)
    monkeypatch.setattr("time.time", lambda: clock + 100)
    pyevm.mine()
    assert pyevm.now == clock + 1_000_100


def test_py_evm_has_no_block_before_it_is_made(pyevm: Chain) -> None:
    with pytest.raises(UsageError, match="no block 1 yet"):
        pyevm.block(1)


@pytest.fixture
def priced() -> Iterator[Chain]:
    """A chain on which gas costs a gwei and more."""
    with Anvil() as node, node.connect() as chain:
        chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))
        chain.mine()
        yield chain


def test_where_gas_has_a_price_a_contract_is_deployed_and_used(
    priced: Chain, probe_artifacts: Artifacts, buyer: Wallet, supplier: Wallet
) -> None:
    for wallet in (buyer, supplier):
        priced.rpc("anvil_setBalance", wallet.address, hex(10**18))
    sender = Sender(priced)
    steps = [Step("Probe", "Probe", [buyer.address])]
    deployment = deploy(
        priced,
        sender,
        buyer,
        probe_artifacts,
        steps,
        network="priced",
        administrator=buyer.address,
    )
    probe = deployment.contract("Probe", probe_artifacts)
    sender.send([Act(buyer, *probe.prepare("add", 10))])
    sender.send([Act(each, *probe.prepare("add", 10, gas=GAS)) for each in (buyer, supplier)])
    assert priced.view(probe, "total") == 30
    assert priced.head().base_fee > 10**8


@pytest.mark.parametrize("count", [1, 2], ids=["one act", "several"])
def test_who_cannot_pay_for_gas_is_told_to_find_money_or_a_relay(
    priced: Chain, buyer: Wallet, count: int
) -> None:
    acts = [Act(buyer, buyer.address, b"", GAS)] * count
    with pytest.raises(CannotPay, match="let a relay send for it"):
        Sender(priced).send(acts)
