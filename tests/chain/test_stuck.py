"""What gets into no block is mended, and whatever a node says, no act is carried out twice."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from terang.chain import delivery, fees
from terang.chain import outbox as outboxes
from terang.chain.act import Act
from terang.chain.answers import BadAnswer
from terang.chain.connection import Chain, RpcError
from terang.chain.contract import Contract
from terang.chain.delivery import NotIncluded
from terang.chain.fees import Fees
from terang.chain.node import Anvil
from terang.chain.outbox import Fields, Outbox, OutboxError, Sent
from terang.chain.send import Sender
from terang.identity.wallet import Wallet

NodeThat = Callable[[Callable[[Any], Any]], Chain]
GAS = 100_000
INTENT = "milestone pay 1"
GWEI = 10**9


class Node:
    """A node that passes everything on, makes a block whenever it is asked for a receipt, and lies.

    Attributes:
        lie: is given a request and the true answer's result, and returns what is said.
        takes: tells whether a transaction that is handed over is passed on.
        raws: what was handed over, in order.
    """

    def __init__(self, anvil: Anvil, outbox: Outbox) -> None:
        self._url, self._outbox = anvil.url, outbox
        self.lie: Callable[[Any, Any], Any] = lambda _request, result: result
        self.takes: Callable[[Fields], bool] = lambda _fields: True
        self.raws: list[bytes] = []
        self.refuses = False

    def pass_on(self, method: str, *params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 0, "method": method, "params": params}
        return requests.post(self._url, json=body, timeout=20).json()

    def __call__(self, request: Any) -> Any:
        if isinstance(request, list):
            return [self._answer(each) for each in request]
        return self._answer(request)

    def _answer(self, request: Any) -> Any:
        method, params = request["method"], request["params"]
        if method == "eth_sendRawTransaction":
            raw = bytes.fromhex(params[0][2:])
            self.raws.append(raw)
            if fields(raw).data:  # written down before it is sent, also as a later version
                assert any(raw in each.versions for each in kept(self._outbox))
            if not self.takes(fields(raw)):
                return {"id": request["id"], "result": "0x"}
            if self.refuses:
                self.pass_on(method, *params)
                return {"id": request["id"], "error": {"code": -32_000, "message": "no room"}}
        elif method == "eth_getTransactionReceipt":
            self.pass_on("evm_mine")
        answer = self.pass_on(method, *params)
        if "result" in answer:
            answer["result"] = self.lie(request, answer["result"])
        return answer | {"id": request["id"]}


def fields(raw: bytes) -> Fields:
    return Sent("", (raw,), "").fields


def kept(outbox: Outbox) -> list[Sent]:
    return [sent for entry in outbox.entries() for sent in entry.sent]


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


@pytest.fixture
def node(anvil: Anvil, outbox: Outbox) -> Node:
    return Node(anvil, outbox)


@pytest.fixture
def over(
    probe_chain: Chain, node: Node, node_that: NodeThat, outbox: Outbox, buyer: Wallet,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Sender]:  # fmt: skip
    """Makes a sender over the node, of a chain that mines by itself; each one is a new process."""
    monkeypatch.setattr(delivery, "_QUICK", 0.0)
    monkeypatch.setattr(delivery, "_PATIENT_BLOCKS", 1)
    monkeypatch.setattr(delivery, "_PATIENT_SECONDS", 0.0)
    probe_chain.rpc("anvil_setBalance", buyer.address, hex(10**20))

    def make(timeout: float = 10.0, *, repeatable: bool = False) -> Sender:
        chain = node_that(node)
        chain.__dict__["is_development"] = False
        return Sender(chain, outbox, timeout=timeout, repeatable=repeatable)

    return make


@pytest.fixture
def pay(probe: Contract, buyer: Wallet) -> Act:
    """What must not happen twice."""
    return Act(buyer, *probe.prepare("add", 10, gas=GAS), "paying")


def used(chain: Chain, wallet: Wallet) -> int:
    return chain.nonces([wallet.address], "latest")[wallet.address]


def priced(request: Any, result: Any) -> Any:
    """A chain on which gas has a price."""
    if request["method"] == "eth_getBlockByNumber":
        result["baseFeePerGas"] = hex(GWEI)
    return hex(GWEI) if request["method"] == "eth_maxPriorityFeePerGas" else result


@pytest.mark.parametrize("killed", [False, True], ids=["at once", "after being killed"])
def test_a_false_nonce_leaves_no_gap_and_the_act_keeps_its_number(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox, killed: bool,
) -> None:  # fmt: skip
    before, lies = used(probe_chain, buyer), [True]

    def false(request: Any, result: Any) -> Any:
        counts = request["method"] == "eth_getTransactionCount"
        return hex(int(result, 16) + 3) if counts and lies[0] else result

    node.lie = false

    def takes(_fields: Fields) -> bool:
        lies[0] = False  # honest from now on
        return True

    node.takes = takes
    if killed:
        with pytest.raises(NotIncluded):
            over(timeout=0).send([pay], intent=INTENT)
    (receipt,) = over().send([pay], intent=INTENT)
    assert probe_chain.view(probe, "total") == 10
    assert used(probe_chain, buyer) == before + 4
    acts = {fields(each).nonce for each in node.raws if fields(each).data}
    assert acts == {before + 3}
    assert receipt.transaction
    assert kept(outbox) == []


def test_a_false_nonce_that_is_far_off_is_told_and_not_signed_again(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act,
) -> None:  # fmt: skip
    lies = [True]

    def false(request: Any, result: Any) -> Any:
        counts = request["method"] == "eth_getTransactionCount"
        return hex(10_000) if counts and lies[0] else result

    node.lie = false

    def takes(_fields: Fields) -> bool:
        lies[0] = False
        return True

    node.takes = takes
    with pytest.raises(OutboxError, match="a node told a false number"):
        over().send([pay], intent=INTENT)
    assert {fields(each).nonce for each in node.raws} == {10_000}
    assert probe_chain.view(probe, "total") == 0


@pytest.mark.parametrize("offset", [-1, 10_000], ids=["too low", "too high"])
def test_a_false_nonce_never_stops_what_may_be_done_twice(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox, offset: int,
) -> None:  # fmt: skip
    lies = [True]

    def false(request: Any, result: Any) -> Any:
        counts = request["method"] == "eth_getTransactionCount"
        return hex(int(result, 16) + offset) if counts and lies[0] else result

    probe_chain.rpc("anvil_setNonce", buyer.address, "0x5")
    node.lie = false
    node.takes = lambda sent: sent.nonce != 4
    with pytest.raises(NotIncluded):
        over(timeout=0, repeatable=True).send([pay], intent=INTENT)
    lies[0] = False
    with pytest.raises(OutboxError):  # what others sent is theirs to judge
        over(repeatable=True).send([pay], intent="another")
    sender = over(repeatable=True)
    assert sender.settle(INTENT, [buyer]) == []
    sender.send([pay], intent=INTENT)
    assert probe_chain.view(probe, "total") == 10
    assert kept(outbox) == []


def test_a_nonce_below_what_blocks_have_is_not_believed(
    over: Callable[..., Sender], node: Node, pay: Act
) -> None:
    node.lie = lambda request, result: (
        "0x0"
        if request["method"] == "eth_getTransactionCount" and request["params"][1] == "pending"
        else hex(int(result, 16) + 1) if request["method"] == "eth_getTransactionCount"
        else result
    )  # fmt: skip
    with pytest.raises(BadAnswer, match="nonce"):
        over().send([pay], intent=INTENT)
    assert node.raws == []


@pytest.mark.parametrize("killed", [False, True], ids=["at once", "after being killed"])
def test_a_fee_that_is_too_low_is_raised_for_the_same_act_and_number(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox, killed: bool,
) -> None:  # fmt: skip
    before = used(probe_chain, buyer)
    node.lie = priced
    node.takes = lambda sent: sent.fees.tip > 1.4 * GWEI  # three times 12.5 %
    if killed:
        with pytest.raises(NotIncluded):
            over(timeout=0).send([pay], intent=INTENT)
        assert kept(outbox)[0].versions
    over().send([pay], intent=INTENT)
    assert probe_chain.view(probe, "total") == 10
    assert used(probe_chain, buyer) == before + 1
    versions = [fields(each) for each in dict.fromkeys(node.raws)]
    assert len(versions) == 4
    assert len({(each.nonce, each.to, each.data, each.gas) for each in versions}) == 1
    for earlier, later in pairwise(versions):
        assert later.fees.tip * 8 >= earlier.fees.tip * 9
        assert later.fees.most * 8 >= earlier.fees.most * 9
    assert kept(outbox) == []


@pytest.mark.parametrize("which", [0, 1, -1])
def test_whichever_version_a_block_took_its_receipt_is_the_acts(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox, which: int,
) -> None:  # fmt: skip
    node.lie, node.takes = priced, lambda _fields: False
    with pytest.raises(NotIncluded, match="at several fees") as late:
        over(timeout=0.3).send([pay], intent=INTENT)
    (sent,) = kept(outbox)
    assert late.value.transactions == sent.hashes
    assert all(each.hex() in str(late.value) for each in sent.hashes)
    probe_chain.rpc("eth_sendRawTransaction", "0x" + sent.versions[which].hex())
    node.raws.clear()
    (receipt,) = over().send([pay], intent=INTENT)
    assert receipt.transaction == sent.hashes[which]
    assert probe_chain.view(probe, "total") == 10
    assert node.raws == []


def test_no_raise_goes_beyond_what_an_act_may_cost(
    over: Callable[..., Sender], node: Node, pay: Act
) -> None:
    base = [10**12]

    def dearer(request: Any, result: Any) -> Any:
        if request["method"] == "eth_getBlockByNumber":
            result["baseFeePerGas"] = hex(base[0])
        return result

    def never(_fields: Fields) -> bool:
        base[0] = 10**30
        return False

    node.lie, node.takes = dearer, never
    with pytest.raises(NotIncluded):
        over(timeout=0.5).send([pay], intent=INTENT)
    assert len(set(node.raws)) > 1
    assert max(fields(each).fees.most for each in node.raws) * GAS <= 10**18


@pytest.mark.parametrize(
    ("asked", "offered"),
    [(10**18 // GAS - 3 * GWEI, {100}), (10 * GWEI, {10, 20, 40, 80})],
    ids=["at first", "raised"],
)
def test_who_makes_the_blocks_gets_no_tip_beyond_what_is_usual(
    over: Callable[..., Sender], node: Node, pay: Act, monkeypatch: pytest.MonkeyPatch, asked: int,
    offered: set[int],
) -> None:  # fmt: skip
    node.lie = lambda request, result: (
        hex(asked) if request["method"] == "eth_maxPriorityFeePerGas" else priced(request, result)
    )
    node.takes = lambda _fields: False
    monkeypatch.setattr(fees, "_RAISE", (2, 1))
    with pytest.raises(NotIncluded):
        over(timeout=3).send([pay], intent=INTENT)
    assert {fields(each).fees.tip // GWEI for each in node.raws} == offered


def test_blocks_that_fly_by_do_not_raise_a_fee_before_its_time(
    over: Callable[..., Sender], node: Node, pay: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = [10**6]

    def flying(request: Any, result: Any) -> Any:
        result = priced(request, result)
        if request["method"] == "eth_getBlockByNumber" and request["params"][0] == "latest":
            head[0] += 5
            result["number"] = hex(head[0])
        return result

    node.lie, node.takes = flying, lambda _fields: False
    monkeypatch.setattr(delivery, "_PATIENT_SECONDS", 3_600.0)
    with pytest.raises(NotIncluded):
        over(timeout=0.5).send([pay], intent=INTENT)
    assert len(set(node.raws)) == 1
    monkeypatch.setattr(delivery, "_PATIENT_SECONDS", 0.0)
    with pytest.raises(NotIncluded):
        over(timeout=0.5).send([pay], intent=INTENT)
    assert len(set(node.raws)) > 2


def test_two_nodes_a_block_apart_behind_one_address_do_not_end_the_wait(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, pay: Act
) -> None:
    behind = [3]

    def apart(request: Any, result: Any) -> Any:
        if request["method"] != "eth_getTransactionCount" or not node.raws or not behind[0]:
            return result
        behind[0] -= request["params"][1] == "latest"
        return hex(int(result, 16) + (request["params"][1] == "latest"))

    node.lie, node.takes = apart, lambda _fields: not behind[0]
    over().send([pay], intent=INTENT)
    assert behind == [0]
    assert probe_chain.view(probe, "total") == 10


def test_a_hidden_receipt_never_leads_to_another_number(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox,
) -> None:  # fmt: skip
    hidden = ("eth_getTransactionReceipt", "eth_getTransactionByHash")
    node.lie = lambda request, result: None if request["method"] in hidden else result
    with pytest.raises(NotIncluded):
        over(timeout=0.3).send([pay], intent=INTENT)
    with pytest.raises(OutboxError, match="hides it"):
        over(timeout=0.3).send([pay], intent=INTENT)
    assert len({fields(each).nonce for each in node.raws}) == 1
    assert probe_chain.view(probe, "total") == 10
    node.lie = lambda _request, result: result
    over().send([pay], intent=INTENT)
    assert probe_chain.view(probe, "total") == 10


def test_a_false_first_block_hides_nothing_that_is_under_way(
    over: Callable[..., Sender], node: Node, pay: Act, outbox: Outbox, probe_chain: Chain,
    probe: Contract, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(outboxes, "_DEVELOPMENT", frozenset())
    node.takes = lambda _fields: False
    with pytest.raises(NotIncluded):
        over(timeout=0).send([pay], intent=INTENT)

    def false(request: Any, result: Any) -> Any:
        first = request["method"] == "eth_getBlockByNumber" and request["params"][0] == "0x0"
        return result | {"hash": "0x" + "ab" * 32} if first else result

    node.lie, before = false, list(node.raws)
    (kept_in,) = outbox.folder.glob("*.json")
    with pytest.raises(OutboxError, match="begins with another block") as refused:
        over().send([pay], intent="another")
    assert str(kept_in) in str(refused.value)
    with pytest.raises(OutboxError, match="begins with another block"):
        over().settle(INTENT)
    assert node.raws == before
    node.lie, node.takes = lambda _request, result: result, lambda _fields: True
    over().send([pay], intent=INTENT)
    assert probe_chain.view(probe, "total") == 10


def test_a_refusal_that_was_a_lie_does_not_have_it_done_twice(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox,
) -> None:  # fmt: skip
    node.refuses = True
    node.lie = lambda request, result: (
        None if request["method"] == "eth_getTransactionByHash" else result
    )
    with pytest.raises(RpcError, match="no room"):
        over().send([pay], intent=INTENT)
    node.refuses = False
    probe_chain.mine()
    (receipt,) = over().send([pay], intent=INTENT)
    assert receipt.transaction == Sent("", (node.raws[0],), "").hashes[0]
    assert len(node.raws) == 1
    assert probe_chain.view(probe, "total") == 10


@pytest.mark.parametrize("other", [False, True], ids=["repeated", "another wish"])
def test_what_was_refused_and_kept_back_can_not_be_done_beside_what_comes_next(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox, other: bool,
) -> None:  # fmt: skip
    before = used(probe_chain, buyer)
    node.refuses = True
    honest = node.pass_on
    chain_answers = ("eth_sendRawTransaction", "eth_getTransactionByHash")
    node.pass_on = lambda method, *params: (  # type: ignore[method-assign]
        {"result": None} if method in chain_answers else honest(method, *params)
    )
    with pytest.raises(RpcError, match="no room"):
        over().send([pay], intent=INTENT)
    node.refuses, node.pass_on = False, honest  # type: ignore[method-assign]
    node.lie = lambda request, result: (  # as if what it keeps back were in its pool
        hex(before + 1) if request["method"] == "eth_getTransactionCount"
        and request["params"][1] == "pending" and len(node.raws) == 1 else result
    )  # fmt: skip
    over().send([pay], intent="another" if other else INTENT)
    with pytest.raises(RpcError, match="nonce"):
        probe_chain.rpc("eth_sendRawTransaction", "0x" + node.raws[0].hex())
    assert probe_chain.view(probe, "total") == 10
    assert kept(outbox) == []


@pytest.mark.parametrize("settled", [False, True], ids=["by a command", "by itself"])
def test_what_was_refused_stops_nothing_once_another_act_has_its_number(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox, settled: bool,
) -> None:  # fmt: skip
    other = Act(buyer, *probe.prepare("add", 100, gas=GAS), "another")
    honest = node.pass_on
    node.pass_on = lambda method, *params: (  # type: ignore[method-assign]
        {"error": {"code": -32_000, "message": "no money"}}
        if method == "eth_sendRawTransaction" else honest(method, *params)
    )  # fmt: skip
    with pytest.raises(RpcError, match="no money"):
        over().send([pay], intent=INTENT)
    node.pass_on, node.takes = honest, lambda _fields: False  # type: ignore[method-assign]
    with pytest.raises(NotIncluded):
        over(timeout=0).send([other], intent="another")
    node.takes = lambda _fields: True
    probe_chain.rpc("eth_sendRawTransaction", "0x" + node.raws[-1].hex())
    probe_chain.mine()
    if settled:
        over().settle("another")
    else:
        over().send([other], intent="another")
    assert kept(outbox) == []
    over().send([pay], intent=INTENT)
    assert probe_chain.view(probe, "total") == 110


@pytest.mark.parametrize("later", [False, True], ids=["at once", "when it is followed"])
def test_what_the_pool_took_is_not_done_again_when_another_of_its_batch_is_refused(
    over: Callable[..., Sender], node: Node, probe_chain: Chain, probe: Contract, buyer: Wallet,
    pay: Act, outbox: Outbox, later: bool,
) -> None:  # fmt: skip
    before, honest = used(probe_chain, buyer), node.pass_on
    probe_chain.rpc("evm_setAutomine", False)
    node.pass_on = lambda method, *params: (  # type: ignore[method-assign]
        {"error": {"code": -32_000, "message": "no money"}}
        if method == "eth_sendRawTransaction"
        and fields(bytes.fromhex(params[0][2:])).nonce > before
        else {"result": None} if method == "evm_mine"
        else honest(method, *params)
    )  # fmt: skip
    if later:
        node.takes = lambda sent: sent.nonce == before
        with pytest.raises(NotIncluded):
            over(timeout=0, repeatable=True).send([pay, pay], intent=INTENT)
        node.takes = lambda _fields: True
        with pytest.raises(RpcError, match="no money"):
            over(repeatable=True).settle(INTENT, [buyer])
    else:
        with pytest.raises(RpcError, match="no money"):
            over(repeatable=True).send([pay, pay], intent=INTENT)
    assert [each.fields.nonce for each in kept(outbox)] == [before]
    node.pass_on = honest  # type: ignore[method-assign]
    probe_chain.rpc("evm_setAutomine", True)
    sender = over(repeatable=True)
    assert len(sender.settle(INTENT, [buyer])) == 1
    sender.send([pay], intent=INTENT)
    assert probe_chain.view(probe, "total") == 20
    assert kept(outbox) == []


def test_fees_that_replace_others_are_an_eighth_more_or_what_is_asked_now() -> None:
    assert Fees(0, 0).over(Fees(1, 9)) == (2, 11)
    assert Fees(5, 5).over(Fees(4, 8)) == (5, 9)
    assert Fees(0, 0).over(Fees(0, 0)) == (0, 0)
