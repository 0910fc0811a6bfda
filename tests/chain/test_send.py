"""Sending: in order, once, and every refusal explained."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from terang.chain.act import Act
from terang.chain.answers import BadAnswer
from terang.chain.connection import Chain, ChainUnreachable, RpcError
from terang.chain.contract import Contract
from terang.chain.delivery import NotIncluded
from terang.chain.fees import TooDear
from terang.chain.node import Anvil
from terang.chain.reverts import Reverted
from terang.chain.send import Sender
from terang.errors import CHAIN_UNREACHABLE, REVERTED
from terang.identity.wallet import Wallet

NodeThat = Callable[[Callable[[Any], Any]], Chain]
GAS = 100_000


def forward(anvil: Anvil, request: Any) -> Any:
    return requests.post(anvil.url, json=request, timeout=20).json()


def methods(request: Any) -> list[str]:
    return [each["method"] for each in (request if isinstance(request, list) else [request])]


def by_itself(chain: Chain) -> Chain:
    """The same chain, as if it were not Anvil but one that mines by itself."""
    chain.__dict__["is_development"] = False
    return chain


def nonce(chain: Chain, wallet: Wallet) -> int:
    return int(chain.rpc("eth_getTransactionCount", wallet.address, "latest"), 16)


def test_nothing_to_send_is_nothing_done(sender: Sender) -> None:
    assert sender.send([]) == []


def test_many_acts_are_carried_out_in_few_blocks_each_wallets_in_order(
    probe_chain: Chain, sender: Sender, probe: Contract, buyer: Wallet, supplier: Wallet
) -> None:
    wallets = [buyer if number % 3 else supplier for number in range(900)]
    acts = [
        Act(wallet, *probe.prepare("add", 10 + number, gas=GAS))
        for number, wallet in enumerate(wallets)
    ]
    before = probe_chain.head().number
    receipts = sender.send(acts)
    events = [probe.decode_log(receipt.logs[0]) for receipt in receipts]
    assert [event.args["value"] for event in events] == [10 + number for number in range(900)]
    for wallet in (buyer, supplier):
        totals = [event.args["total"] for event in events if event.args["by"] == wallet.address]
        assert totals == sorted(totals)
    assert probe_chain.head().number - before < 10
    # and blocks are again made as acts come in
    (receipt,) = sender.send([Act(supplier, *probe.prepare("add", 10))])
    assert receipt.revert is None


def test_more_than_a_block_holds_goes_into_the_next(
    sender: Sender, probe: Contract, buyer: Wallet
) -> None:
    acts = [Act(buyer, *probe.prepare("spin", gas=14_000_000)) for _number in range(3)]
    receipts = sender.send(acts, allow_revert=True)
    assert [receipt.gas_used for receipt in receipts] == [14_000_000] * 3
    assert len({receipt.block for receipt in receipts}) == 2


def test_several_acts_must_name_their_gas(
    probe_chain: Chain, sender: Sender, probe: Contract, buyer: Wallet
) -> None:
    with pytest.raises(ValueError, match="needs a gas limit"):
        sender.send([Act(buyer, *probe.prepare("add", 10))] * 2)


def test_a_refused_act_is_explained_by_name_and_label(
    sender: Sender, probe: Contract, buyer: Wallet
) -> None:
    act = Act(buyer, *probe.prepare("add", 3, gas=GAS), "adding three")
    with pytest.raises(Reverted, match=r"^adding three: ") as refused:
        sender.send([act])
    assert refused.value.name == "ProbeTooSmall"
    assert refused.value.arguments["given"] == 3
    assert refused.value.exit_code == REVERTED
    assert "\x1b" not in str(refused.value)
    assert "\u202e" not in str(refused.value)


def test_an_act_that_fails_at_the_estimate_is_explained_and_not_sent(
    probe_chain: Chain, sender: Sender, probe: Contract, buyer: Wallet
) -> None:
    before = nonce(probe_chain, buyer)
    with pytest.raises(Reverted, match=r"^adding three: ") as refused:
        sender.send([Act(buyer, *probe.prepare("add", 3), "adding three")], allow_revert=True)
    assert refused.value.name == "ProbeTooSmall"
    assert nonce(probe_chain, buyer) == before


def test_a_refusal_can_be_kept_with_its_receipt(
    sender: Sender, probe: Contract, buyer: Wallet
) -> None:
    values = [10, 3, 20]
    acts = [Act(buyer, *probe.prepare("add", value, gas=GAS)) for value in values]
    receipts = sender.send(acts, allow_revert=True)
    names = [receipt.revert.name if receipt.revert else None for receipt in receipts]
    assert names == [None, "ProbeTooSmall", None]


def test_a_refusal_caused_inside_its_own_block_is_explained(
    sender: Sender, probe: Contract, buyer: Wallet
) -> None:
    acts = [Act(buyer, *probe.prepare("addOnce", 10, gas=GAS)) for _number in range(2)]
    first, second = sender.send(acts, allow_revert=True)
    assert first.block == second.block
    assert first.revert is None
    assert second.revert is not None
    assert second.revert.arguments["note"] == "again"


@pytest.mark.parametrize(
    ("function", "offset", "refused"),
    [("from", -1, True), ("from", 0, False), ("before", -1, False), ("before", 0, True)],
)
def test_a_refusal_at_the_edge_of_time_is_explained_at_its_own_time(
    probe_chain: Chain,
    sender: Sender,
    probe: Contract,
    buyer: Wallet,
    function: str,
    offset: int,
    refused: bool,
) -> None:
    edge = probe_chain.now + 1_000
    probe_chain.rpc("evm_setNextBlockTimestamp", edge + offset)
    (receipt,) = sender.send(
        [Act(buyer, *probe.prepare(function, edge, gas=GAS))], allow_revert=True
    )
    assert probe_chain.block(receipt.block).timestamp == edge + offset
    assert (receipt.revert.name if receipt.revert else None) == (
        "ProbeTooEarly" if refused else None
    )


@pytest.mark.parametrize(
    ("function", "name", "told"),
    [
        ("text", "Error", "because"),
        ("fault", "Panic", "code 1"),
        ("bare", "", "without giving a reason"),
    ],
)
def test_soliditys_own_refusals_are_explained(
    sender: Sender, probe: Contract, buyer: Wallet, function: str, name: str, told: str
) -> None:
    with pytest.raises(Reverted, match=told) as refused:
        sender.send([Act(buyer, *probe.prepare(function, gas=GAS))])
    assert refused.value.name == name


def test_running_out_of_gas_is_said(sender: Sender, probe: Contract, buyer: Wallet) -> None:
    with pytest.raises(Reverted, match="limit of 100000 was not enough") as refused:
        sender.send([Act(buyer, *probe.prepare("spin", gas=GAS))])
    assert refused.value.name == "OutOfGas"


def test_a_chain_that_mines_by_itself_is_waited_for(
    probe_chain: Chain, sender: Sender, probe: Contract, buyer: Wallet
) -> None:
    by_itself(probe_chain)
    receipts = sender.send([Act(buyer, *probe.prepare("add", 10, gas=GAS))] * 3)
    assert probe_chain.view(probe, "total") == 30
    assert len({receipt.transaction for receipt in receipts}) == 3


def test_what_is_not_included_in_time_is_named_by_its_hash(
    probe_chain: Chain, probe: Contract, buyer: Wallet
) -> None:
    probe_chain.rpc("evm_setAutomine", False)
    try:
        act = Act(buyer, *probe.prepare("add", 10, gas=GAS), "adding ten")
        with pytest.raises(NotIncluded, match=r"adding ten \(0x") as late:
            Sender(by_itself(probe_chain), timeout=0).send([act])
    finally:
        probe_chain.rpc("evm_setAutomine", True)
    assert late.value.exit_code == CHAIN_UNREACHABLE
    (hash_,) = late.value.transactions
    probe_chain.rpc("evm_mine")
    assert probe_chain.rpc("eth_getTransactionReceipt", "0x" + hash_.hex())["status"] == "0x1"


def test_what_anvil_will_not_take_ends_the_wait(
    probe_chain: Chain,
    sender: Sender,
    probe: Contract,
    buyer: Wallet,
    node_that: NodeThat,
    anvil: Anvil,
) -> None:
    chain = node_that(
        lambda request: (
            [{"id": each["id"], "result": "0x0"} for each in request]
            if "eth_sendRawTransaction" in methods(request)
            else forward(anvil, request)
        )
    )
    with pytest.raises(NotIncluded):
        Sender(chain).send([Act(buyer, *probe.prepare("add", 10, gas=GAS))] * 2)


@pytest.mark.parametrize("count", [1, 3])
def test_a_lost_answer_sends_nothing_twice(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    anvil: Anvil,
    node_that: NodeThat,
    count: int,
) -> None:
    seen: list[str] = []

    def reply(request: Any) -> Any:
        seen.extend(methods(request))
        answer = forward(anvil, request)
        return None if "eth_sendRawTransaction" in methods(request) else answer

    before = nonce(probe_chain, buyer)
    acts = [Act(buyer, *probe.prepare("add", 10, gas=GAS)) for _number in range(count)]
    receipts = Sender(node_that(reply)).send(acts)
    assert [receipt.revert for receipt in receipts] == [None] * count
    assert seen.count("eth_sendRawTransaction") == count
    assert nonce(probe_chain, buyer) == before + count
    assert probe_chain.view(probe, "total") == 10 * count


def test_a_request_that_never_arrived_is_repeated_as_the_same_transaction(
    probe_chain: Chain, probe: Contract, buyer: Wallet, anvil: Anvil, node_that: NodeThat
) -> None:
    sent: list[str] = []

    def reply(request: Any) -> Any:
        if "eth_sendRawTransaction" in methods(request):
            sent.append(json.dumps(request["params"]))
            if len(sent) == 1:
                return None
        return forward(anvil, request)

    Sender(node_that(reply)).send([Act(buyer, *probe.prepare("add", 10, gas=GAS))])
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert probe_chain.view(probe, "total") == 10


def test_a_node_that_stays_away_is_given_up(
    probe: Contract, buyer: Wallet, anvil: Anvil, node_that: NodeThat
) -> None:
    chain = node_that(
        lambda request: (
            None if "eth_sendRawTransaction" in methods(request) else forward(anvil, request)
        )
    )
    with pytest.raises(ChainUnreachable):
        Sender(chain).send([Act(buyer, *probe.prepare("add", 10, gas=GAS))])


def test_a_transaction_that_the_node_refuses_is_not_waited_for(
    probe: Contract, buyer: Wallet, sender: Sender
) -> None:
    with pytest.raises(RpcError, match="gas"):
        sender.send([Act(buyer, *probe.prepare("add", 10, gas=10))])


def test_a_receipt_of_another_transaction_is_refused(
    probe_chain: Chain, probe: Contract, buyer: Wallet, anvil: Anvil, node_that: NodeThat
) -> None:
    def reply(request: Any) -> Any:
        answer = forward(anvil, request)
        if "eth_getTransactionReceipt" in methods(request) and answer["result"]:
            answer["result"]["transactionHash"] = "0x" + "00" * 32
        return answer

    with pytest.raises(BadAnswer, match="receipt"):
        Sender(node_that(reply)).send([Act(buyer, *probe.prepare("add", 10, gas=GAS))])


def test_gas_with_a_price_is_paid(buyer: Wallet) -> None:
    with Anvil() as node, Chain(node.url) as chain:  # its own: the price outlives a snapshot
        chain.rpc("anvil_setBalance", buyer.address, hex(10**18))
        chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))
        chain.mine()
        (receipt,) = Sender(chain).send([Act(buyer, buyer.address, b"")])
        spent = 10**18 - int(chain.rpc("eth_getBalance", buyer.address, "latest"), 16)
        assert spent > receipt.gas_used * 10**8


def test_a_node_that_asks_an_absurd_fee_gets_nothing_signed(
    anvil: Anvil, node_that: NodeThat, probe: Contract, buyer: Wallet
) -> None:
    sent: list[str] = []

    def greedy(request: Any) -> Any:
        sent.extend(methods(request))
        answer = forward(anvil, request)
        for ask, reply in zip(
            request if isinstance(request, list) else [request],
            answer if isinstance(answer, list) else [answer],
            strict=True,
        ):
            if ask["method"] == "eth_getBlockByNumber":
                reply["result"]["baseFeePerGas"] = hex(10**30)
        return answer

    chain = by_itself(node_that(greedy))
    with pytest.raises(TooDear, match="another node"):
        Sender(chain).send([Act(buyer, *probe.prepare("add", 10, gas=GAS))])
    assert "eth_sendRawTransaction" not in sent


def test_what_is_secret_in_a_nodes_address_is_not_shown() -> None:
    chain = Chain("http://user:hunter2@127.0.0.1:1/v3/APIKEY?token=x")
    with pytest.raises(ChainUnreachable) as refused:
        chain.rpc("eth_chainId")
    assert "127.0.0.1:1" in str(refused.value)
    assert not any(secret in str(refused.value) for secret in ("hunter2", "APIKEY", "token"))
