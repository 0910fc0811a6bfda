"""One node, which may be away, broken or lying."""

from collections.abc import Callable
from typing import Any

import pytest

from terang.chain.act import Act
from terang.chain.answers import BadAnswer
from terang.chain.compile import Artifacts
from terang.chain.connection import CannotPay, Chain, ChainUnreachable, RpcError
from terang.chain.contract import Contract
from terang.chain.reverts import Reverted
from terang.chain.send import Sender
from terang.errors import CHAIN_UNREACHABLE, UsageError
from terang.identity.wallet import Wallet

NodeThat = Callable[[Callable[[Any], Any]], Chain]
HASH = "0x" + "11" * 32
BLOCK = {
    "number": "0x5",
    "hash": HASH,
    "parentHash": HASH,
    "timestamp": "0x10",
    "gasLimit": "0x1c9c380",
    "transactions": [HASH],
}
LOG = {
    "address": "0x" + "22" * 20,
    "topics": [HASH],
    "data": "0x",
    "blockNumber": "0x5",
    "transactionHash": HASH,
    "logIndex": "0x0",
}


def answer(request: Any, result: Any) -> Any:
    """The answer to a request or a batch in which every result is `result`."""
    if isinstance(request, list):
        return [answer(each, result) for each in request]
    return {"jsonrpc": "2.0", "id": request["id"], "result": result}


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "ws://127.0.0.1", "file:///etc/passwd"])
def test_only_a_web_address_is_a_node(url: str) -> None:
    with pytest.raises(UsageError, match="Give one like"):
        Chain(url)


def test_a_node_that_is_away_is_said_to_be(node_that: NodeThat) -> None:
    chain = node_that(lambda _request: None)
    with pytest.raises(ChainUnreachable, match="Check the address") as refused:
        chain.head()
    assert refused.value.exit_code == CHAIN_UNREACHABLE


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://", "http://[::1", "http://nowhere.invalid"]
)
def test_an_address_where_nobody_is_is_unreachable(url: str) -> None:
    with Chain(url, timeout=5) as chain, pytest.raises(ChainUnreachable):
        chain.head()


@pytest.mark.parametrize(
    "reply",
    [
        b"<html>hello</html>",
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        [],
        [[]],
        7,
        "text",
        {},
        {"id": 0},
        {"id": "0", "result": "0x1"},
        {"id": 1, "result": "0x1"},
        [{"id": 0, "result": "0x1"}, {"id": 0, "result": "0x2"}],
    ],
    ids=lambda reply: repr(reply)[:40],
)
def test_what_is_not_json_rpc_is_malformed(node_that: NodeThat, reply: Any) -> None:
    chain = node_that(lambda _request: reply)
    with pytest.raises(BadAnswer, match="Check that the address") as refused:
        chain.rpc("eth_chainId")
    assert refused.value.exit_code == CHAIN_UNREACHABLE


@pytest.mark.parametrize("result", [None, 1, True, "1", "0x", "0xg", "0x" + "1" * 65, [], {}])
def test_a_number_must_be_one(node_that: NodeThat, result: Any) -> None:
    chain = node_that(lambda request: answer(request, result))
    with pytest.raises(BadAnswer, match="chain's id"):
        assert chain.chain_id


@pytest.mark.parametrize("field", [*BLOCK])
@pytest.mark.parametrize("value", [None, 5, "five", "0x1z", {"a": 1}])
def test_a_block_must_be_whole(node_that: NodeThat, field: str, value: Any) -> None:
    chain = node_that(lambda request: answer(request, {**BLOCK, field: value}))
    with pytest.raises(BadAnswer, match="block"):
        chain.head()


def test_a_block_is_read_field_by_field(node_that: NodeThat) -> None:
    block = node_that(lambda request: answer(request, BLOCK)).head()
    assert (block.number, block.timestamp, block.base_fee) == (5, 16, 0)
    assert block.time.isoformat() == "1970-01-01T00:00:16+00:00"
    assert block.transactions == (b"\x11" * 32,)


def test_a_block_that_is_not_there_yet_is_said_to_be(node_that: NodeThat) -> None:
    chain = node_that(lambda request: answer(request, None))
    with pytest.raises(UsageError, match="no block 99 yet"):
        chain.block(99)


@pytest.mark.parametrize("field", [*LOG])
@pytest.mark.parametrize("value", [None, 5, "0x1z"])
def test_a_log_must_be_whole(node_that: NodeThat, field: str, value: Any) -> None:
    chain = node_that(lambda request: answer(request, [{**LOG, field: value}]))
    with pytest.raises(BadAnswer, match="log"):
        chain.logs(0, 9, [LOG["address"]])


@pytest.mark.parametrize(
    "logs",
    [
        [{**LOG, "address": "0x" + "33" * 20}],
        [{**LOG, "blockNumber": "0xa"}],
        [{**LOG, "logIndex": "0x1"}, LOG],
        [LOG, LOG],
        LOG,
    ],
    ids=["of another", "of another block", "out of order", "twice", "not a list"],
)
def test_logs_that_were_not_asked_for_are_refused(node_that: NodeThat, logs: Any) -> None:
    chain = node_that(lambda request: answer(request, logs))
    with pytest.raises(BadAnswer):
        chain.logs(0, 9, [LOG["address"]])


def test_a_long_range_of_logs_is_asked_for_in_parts(node_that: NodeThat) -> None:
    spans = []

    def reply(request: Any) -> Any:
        wanted = request["params"][0]
        spans.append((int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)))
        return answer(request, [])

    assert node_that(reply).logs(3, 12_000, [LOG["address"]]) == []
    assert spans == [(3, 5_002), (5_003, 10_002), (10_003, 12_000)]


def test_logs_of_some_events_are_asked_for_and_others_refused(node_that: NodeThat) -> None:
    asked = []

    def reply(request: Any) -> Any:
        asked.append(request["params"][0]["topics"])
        return answer(request, [LOG])

    chain, own = node_that(reply), bytes.fromhex(LOG["topics"][0][2:])
    assert len(chain.logs(0, 9, [LOG["address"]], [b"\x01" * 32, own])) == 1
    assert asked == [[["0x" + "01" * 32, LOG["topics"][0]]]]
    with pytest.raises(BadAnswer):
        chain.logs(0, 9, [LOG["address"]], [b"\x01" * 32])


def test_an_inverted_range_has_no_logs(node_that: NodeThat) -> None:
    assert node_that(lambda _request: None).logs(9, 8, [LOG["address"]]) == []


def test_a_batch_is_cut_below_the_size_that_nodes_take(node_that: NodeThat) -> None:
    sizes = []

    def reply(request: Any) -> Any:
        requests = request if isinstance(request, list) else [request]
        sizes.append(sum(len(each["params"][0]) for each in requests))
        replies = [answer(each, each["params"][0][:4]) for each in requests]
        return replies[::-1] if isinstance(request, list) else replies[0]

    texts = [f"{number:04}" + "x" * 200_000 for number in range(11)]
    results = node_that(reply).batch([("echo", [text]) for text in texts])
    assert results == [text[:4] for text in texts]
    assert len(sizes) == 3
    assert max(sizes) < 1_000_000


def test_a_batch_of_many_small_ones_is_cut_by_their_number(node_that: NodeThat) -> None:
    counts = []

    def reply(request: Any) -> Any:
        counts.append(len(request))
        return answer(request, "0x1")

    assert len(node_that(reply).batch([("eth_chainId", [])] * 2_500)) == 2_500
    assert counts == [1_000, 1_000, 500]


def test_a_refusal_keeps_the_nodes_words_but_not_its_control_codes(node_that: NodeThat) -> None:
    chain = node_that(
        lambda request: {
            "id": request["id"],
            "error": {"code": -5, "message": "no\x1b[31m such\u202e thing" + "!" * 9_999},
        }
    )
    with pytest.raises(RpcError, match=r"no \[31m such  thing!") as refused:
        chain.rpc("eth_foo")
    assert refused.value.code == -5
    assert len(str(refused.value)) < 1_000


def test_a_refusal_of_a_whole_batch_is_one(node_that: NodeThat) -> None:
    chain = node_that(lambda _request: {"id": None, "error": {"code": -1, "message": "too big"}})
    with pytest.raises(RpcError, match="too big"):
        chain.batch([("a", []), ("b", [])])


@pytest.mark.parametrize(
    "reason",
    [
        "insufficient funds for gas * price + value: have 0 want 5",
        "Sender doesn't have enough funds to send tx.",
        "Upfront cost exceeds account balance",
    ],
)
def test_an_account_that_cannot_pay_is_told_what_to_do(node_that: NodeThat, reason: str) -> None:
    chain = node_that(
        lambda request: {"id": request["id"], "error": {"code": -32000, "message": reason}}
    )
    with pytest.raises(CannotPay, match="let a relay send for it") as refused:
        chain.rpc("eth_sendRawTransaction", "0x")
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "error", [{}, {"code": "x", "message": 5, "data": 7}, {"data": {"data": []}}]
)
def test_a_malformed_refusal_is_still_one(node_that: NodeThat, error: Any) -> None:
    chain = node_that(lambda request: {"id": request["id"], "error": error})
    with pytest.raises(RpcError):
        chain.rpc("eth_foo")


def test_one_refusal_in_a_batch_can_be_kept_in_its_place(chain: Chain) -> None:
    good, bad = chain.batch([("eth_chainId", []), ("eth_foo", [])], keep_errors=True)
    assert good == "0x7a69"
    assert isinstance(bad, RpcError)
    with pytest.raises(RpcError):
        chain.batch([("eth_chainId", []), ("eth_foo", [])])


def test_views_are_read_at_one_block(
    probe_chain: Chain, sender: Sender, probe: Contract, supplier: Wallet
) -> None:
    before = probe_chain.head().number
    sender.send([Act(supplier, *probe.prepare("add", 25))])
    assert probe_chain.view(probe, "total") == 25
    assert probe_chain.view(probe, "total", block=before) == 0
    calls = [(probe, "total", ()), (probe, "pair", ()), (probe, "over(bool)", [True])]
    assert probe_chain.views(calls) == [25, {"left": 7, "right": True}, True]
    assert int.from_bytes(probe_chain.storage_at(probe.address, 0), "big") == 25


def test_a_view_that_reverts_tells_why(probe_chain: Chain, probe: Contract) -> None:
    with pytest.raises(Reverted, match=r"Probe\.text: .*because"):
        probe_chain.view(probe, "text")
    with pytest.raises(Reverted) as refused:
        probe_chain.call(probe.address, probe.encode("add", 1))
    assert refused.value.name == "ProbeTooSmall"


def test_a_view_where_no_contract_is_is_malformed(
    chain: Chain, probe_artifacts: Artifacts, supplier: Wallet
) -> None:
    nothing = Contract(supplier.address, probe_artifacts["Probe"])
    assert chain.code_at(supplier.address) == b""
    with pytest.raises(BadAnswer, match="total"):
        chain.view(nothing, "total")


def test_time_moves_forward_only(chain: Chain) -> None:
    later = chain.now + 1_000_000
    chain.advance_to(later)
    assert chain.now == later
    height = chain.head().number
    chain.advance_to(later)
    assert chain.head().number == height
    with pytest.raises(UsageError, match="later time"):
        chain.advance_to(later - 1)


def test_another_nodes_clock_is_left_alone(node_that: NodeThat) -> None:
    chain = node_that(lambda request: answer(request, "besu/v25"))
    with pytest.raises(UsageError, match="Only the clock of a development"):
        chain.mine()
    with pytest.raises(UsageError, match="Only the clock of a development"):
        chain.advance_to(2**40)
