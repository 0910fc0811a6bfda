"""What was sent is never sent twice, also when nobody lived to see its receipt."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from terang.chain.act import Act
from terang.chain.connection import Chain, ChainUnreachable, RpcError
from terang.chain.contract import Contract
from terang.chain.delivery import Delivery, NotIncluded
from terang.chain.node import Anvil
from terang.chain.outbox import Outbox, OutboxError
from terang.chain.reverts import Reverted
from terang.chain.send import Sender
from terang.chain.underway import UnderWay
from terang.identity.wallet import Wallet

NodeThat = Callable[[Callable[[Any], Any]], Chain]
Interrupted = Callable[..., None]
GAS = 100_000
INTENT = "tender publish --lot 1"


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def files(outbox: Outbox) -> list[Path]:
    return sorted(outbox.folder.glob("*.json"))


def nonce(chain: Chain, wallet: Wallet) -> int:
    return int(chain.rpc("eth_getTransactionCount", wallet.address, "latest"), 16)


def add(probe: Contract, wallet: Wallet, value: int = 10) -> Act:
    return Act(wallet, *probe.prepare("add", value, gas=GAS), f"adding {value}")


@pytest.fixture
def interrupted(anvil: Anvil, node_that: NodeThat, outbox: Outbox) -> Interrupted:
    """Sends acts over a node that is gone from the request on that hands them over.

    With `said` that request still reaches the node; its answer never comes back.
    """

    def send(acts: list[Act], *, said: bool = False) -> None:
        gone = False

        def reply(request: Any) -> Any:
            nonlocal gone
            calls = request if isinstance(request, list) else [request]
            last = any(each["method"] == "eth_sendRawTransaction" for each in calls) and not gone
            if not gone and (said or not last):
                answer = requests.post(anvil.url, json=request, timeout=20).json()
            gone = gone or last
            return None if gone else answer

        with pytest.raises(ChainUnreachable):
            Sender(node_that(reply), outbox).send(acts, intent=INTENT)

    return send


def test_what_is_done_leaves_nothing_and_may_be_wished_again(
    probe_chain: Chain, probe: Contract, buyer: Wallet, outbox: Outbox
) -> None:
    sender = Sender(probe_chain, outbox)
    for _number in range(2):
        sender.send([add(probe, buyer)], intent=INTENT)
        assert files(outbox) == []
    assert probe_chain.view(probe, "total") == 20


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("said", [True, False], ids=["arrived", "never arrived"])
def test_the_same_wish_after_a_lost_answer_is_carried_out_once(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
    count: int,
    said: bool,
) -> None:
    before = nonce(probe_chain, buyer)
    acts = [add(probe, buyer)] * count
    interrupted(acts, said=said)
    (kept,) = files(outbox)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(outbox.folder.stat().st_mode) == 0o700
    told: list[str] = []
    receipts = Sender(probe_chain, Outbox(outbox.folder, told.append)).send(acts, intent=INTENT)
    assert len({each.transaction for each in receipts}) == count
    assert probe_chain.view(probe, "total") == 10 * count
    assert nonce(probe_chain, buyer) == before + count
    assert [line for line in told if "adding 10" in line and "earlier" in line]
    assert files(outbox) == []


def test_what_an_earlier_release_wrote_down_is_followed(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
) -> None:
    interrupted([add(probe, buyer)])
    (path,) = files(outbox)
    content = json.loads(path.read_text())
    del content["since"], content["refused"]
    for each in content["sent"]:
        (each["raw"],) = each.pop("versions")
    path.write_text(json.dumps(content))
    before = nonce(probe_chain, buyer)
    Sender(probe_chain, outbox).send([add(probe, buyer)], intent=INTENT)
    assert probe_chain.view(probe, "total") == 10
    assert nonce(probe_chain, buyer) == before + 1
    assert files(outbox) == []


def test_the_same_wish_with_other_random_data_is_still_the_same(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
) -> None:
    interrupted([add(probe, buyer, 11)], said=True)
    (receipt,) = Sender(probe_chain, outbox).send([add(probe, buyer, 12)], intent=INTENT)
    assert probe.decode_log(receipt.logs[0]).args["value"] == 11
    assert probe_chain.view(probe, "total") == 11


def test_another_step_of_the_same_command_is_another_wish(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
) -> None:
    interrupted([add(probe, buyer)], said=True)
    once = Act(buyer, *probe.prepare("from", 0, gas=GAS), "another step")
    (receipt,) = Sender(probe_chain, outbox).send([once], intent=INTENT)
    assert receipt.logs == ()
    assert probe_chain.view(probe, "total") == 11  # both, each once


def test_another_wish_of_the_account_waits_for_the_first(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    supplier: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
) -> None:
    interrupted([add(probe, buyer, 10)])
    Sender(probe_chain, outbox).send([add(probe, supplier, 100)], intent="of somebody else")
    assert probe_chain.view(probe, "total") == 100
    assert len(files(outbox)) == 1
    (receipt,) = Sender(probe_chain, outbox).send([add(probe, buyer, 1_000)], intent="another")
    assert probe.decode_log(receipt.logs[0]).args["total"] == 1_110
    assert files(outbox) == []


def test_an_act_whose_receipt_the_node_does_not_show_is_not_done_again(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    act = add(probe, buyer, 10)
    interrupted([act], said=True)
    before = nonce(probe_chain, buyer)
    with monkeypatch.context() as hostile:
        hostile.setattr(Delivery, "receipts", lambda _self, _signed: {})
        with pytest.raises(OutboxError, match="Look that hash up elsewhere"):
            Sender(probe_chain, outbox).send([act], intent=INTENT)
    assert nonce(probe_chain, buyer) == before
    Sender(probe_chain, outbox).send([act], intent=INTENT)  # an honest node tells its end
    assert nonce(probe_chain, buyer) == before
    assert files(outbox) == []


def test_a_nonce_that_was_used_otherwise_is_told_and_nothing_is_sent(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
) -> None:
    acts = [add(probe, buyer, 10), add(probe, buyer, 20)]
    interrupted(acts)
    probe_chain.rpc("evm_setAutomine", True)  # the lost bulk could not put it back
    Sender(probe_chain).send([add(probe, buyer, 500)])
    with pytest.raises(OutboxError, match="another transaction took its place"):
        Sender(probe_chain, outbox).send(acts, intent=INTENT)
    assert probe_chain.view(probe, "total") == 500
    (kept,) = files(outbox)
    kept.unlink()  # as the sentence says
    receipts = Sender(probe_chain, outbox).send(acts, intent=INTENT)
    assert [probe.decode_log(each.logs[0]).args["value"] for each in receipts] == [10, 20]


def test_a_refusal_that_nobody_saw_is_told_when_the_wish_is_repeated(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
) -> None:
    act = Act(buyer, *probe.prepare("add", 3, gas=GAS), "adding three")
    interrupted([act], said=True)
    with pytest.raises(Reverted, match=r"^adding three: ") as refused:
        Sender(probe_chain, outbox).send([act], intent=INTENT)
    assert refused.value.name == "ProbeTooSmall"
    assert files(outbox) == []


def test_another_chain_of_the_same_id_neither_sends_nor_forgets_it(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
) -> None:
    interrupted([add(probe, buyer)])
    told: list[str] = []
    with Anvil(timestamp=1_900_000_000) as node, Chain(node.url) as other:
        receipts = Sender(other, Outbox(outbox.folder, told.append)).send(
            [Act(buyer, buyer.address, b"", 30_000)], intent="on the new chain"
        )
        assert nonce(other, buyer) == len(receipts) == 1
    assert told == []
    (kept,) = files(outbox)
    assert kept.is_file()


def test_what_the_node_refuses_is_not_sent_again_and_stops_nothing(
    probe_chain: Chain, probe: Contract, buyer: Wallet, outbox: Outbox
) -> None:
    act = Act(buyer, *probe.prepare("add", 10, gas=10), "too little gas")
    sender = Sender(probe_chain, outbox)
    with pytest.raises(RpcError, match="gas"):
        sender.send([act], intent=INTENT)
    assert sender.settle(INTENT) == []
    sender.send([add(probe, buyer, 20)], intent="another")
    assert probe_chain.view(probe, "total") == 20
    assert files(outbox) == []


def test_what_the_chain_does_not_take_in_time_is_kept_and_followed(
    probe_chain: Chain, probe: Contract, buyer: Wallet, outbox: Outbox
) -> None:
    probe_chain.rpc("evm_setAutomine", False)  # as a killed process may leave it
    with pytest.raises(NotIncluded):
        Sender(probe_chain, outbox, timeout=0.05).send([add(probe, buyer)], intent=INTENT)
    assert len(files(outbox)) == 1
    Sender(probe_chain, outbox).send([add(probe, buyer)], intent=INTENT)
    assert probe_chain.view(probe, "total") == 10
    Sender(probe_chain, outbox, timeout=5).send([add(probe, buyer)], intent=INTENT)
    assert probe_chain.view(probe, "total") == 20


def test_what_is_refused_the_second_time_names_its_file(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    anvil: Anvil,
    interrupted: Interrupted,
    node_that: NodeThat,
) -> None:
    interrupted([add(probe, buyer)])

    def reply(request: Any) -> Any:
        calls = request if isinstance(request, list) else [request]
        if any(each["method"] == "eth_sendRawTransaction" for each in calls):
            error = {"code": -32003, "message": "no money for it"}
            answer = [{"id": each["id"], "error": error} for each in calls]
            return answer if isinstance(request, list) else answer[0]
        return requests.post(anvil.url, json=request, timeout=20).json()

    (path,) = files(outbox)
    with pytest.raises(OutboxError, match="no money for it") as refused:
        Sender(node_that(reply), outbox).send([add(probe, buyer)], intent=INTENT)
    assert str(path) in str(refused.value)
    assert path.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from terang.chain.connection import Chain
from terang.chain.outbox import Outbox
from terang.chain.act import Act
from terang.chain.send import Sender
from terang.identity.wallet import Wallet

class Doomed(Chain):
    def batch(self, calls, **options):
        answer = super().batch(calls, **options)
        if any(method == sys.argv[4] for method, _params in calls):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

url, folder, acts = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
buyer = Wallet.from_key(bytes([1]) * 32)
act = Act(buyer, sys.argv[5], bytes.fromhex(sys.argv[6]), 100_000, "adding")
Sender(Doomed(url), Outbox(folder)).send([act] * acts, intent=sys.argv[7])
"""


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("method", ["eth_getTransactionCount", "eth_sendRawTransaction"])
def test_a_process_killed_on_the_way_is_repeated_without_doing_it_twice(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    method: str,
    count: int,
) -> None:
    call = probe.prepare("add", 10, gas=GAS)
    arguments = [probe_chain.url, outbox.folder, count, method, call.to, call.data.hex(), INTENT]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, arguments)], check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(files(outbox)) == (method == "eth_sendRawTransaction")
    receipts = Sender(probe_chain, outbox).send([Act(buyer, *call)] * count, intent=INTENT)
    assert len(receipts) == count
    assert probe_chain.view(probe, "total") == 10 * count
    assert files(outbox) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda _text: "",
        lambda _text: "[" * 100_000,
        lambda text: text[:-9],
        lambda text: json.dumps({**json.loads(text), "sent": []}),
        lambda text: json.dumps({**json.loads(text), "chain": "31337"}),
        lambda text: text.replace('"0x02', '"0x01'),
        lambda text: text.replace("adding", "adding\\u001b[2J"),
        lambda text: text.replace('"0x02f8', '"0x02c0f8'),
        lambda text: json.dumps({**json.loads(text), "since": None}),
        lambda text: json.dumps({**json.loads(text), "refused": 0}),
        lambda text: text.replace('"versions": [', '"versions": [], "v": ['),
    ],
)
def test_a_damaged_file_stops_the_command_and_is_named(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
    damage: Callable[[str], str],
) -> None:
    interrupted([add(probe, buyer)])
    (path,) = files(outbox)
    damaged = damage(path.read_text())
    assert damaged != path.read_text()
    path.write_text(damaged)
    before = nonce(probe_chain, buyer)
    with pytest.raises(OutboxError, match="cannot be read") as refused:
        Sender(probe_chain, outbox).send([add(probe, buyer)], intent=INTENT)
    assert str(path) in str(refused.value)
    assert nonce(probe_chain, buyer) == before


def test_two_commands_of_an_account_do_not_send_at_once(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    supplier: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
) -> None:
    interrupted([add(probe, buyer)])
    before = nonce(probe_chain, buyer)
    with outbox.alone([buyer.address]):
        other = Sender(probe_chain, Outbox(outbox.folder))
        with pytest.raises(OutboxError, match=f"{buyer.address} is under way"):
            other.send([add(probe, buyer)], intent="another")
        with pytest.raises(OutboxError, match=f"{buyer.address} is under way"):
            other.settle(INTENT)
        assert nonce(probe_chain, buyer) == before
        other.send([add(probe, supplier, 100)], intent=INTENT)
    Sender(probe_chain, outbox).send([add(probe, buyer)], intent=INTENT)
    assert probe_chain.view(probe, "total") == 110


@pytest.mark.parametrize("settles", [False, True], ids=["sends", "settles"])
def test_nobody_else_may_send_from_the_first_look_until_the_end_is_known(
    probe_chain: Chain,
    probe: Contract,
    buyer: Wallet,
    outbox: Outbox,
    interrupted: Interrupted,
    monkeypatch: pytest.MonkeyPatch,
    settles: bool,
) -> None:
    interrupted([add(probe, buyer)])
    alone: list[str] = []

    def watched(name: str) -> None:
        method = getattr(Outbox, name)

        def watch(self: Outbox, *arguments: Any) -> Any:
            with suppress(OutboxError), outbox.alone([buyer.address]):
                return method(self, *arguments)
            alone.append(name)
            return method(self, *arguments)

        monkeypatch.setattr(Outbox, name, watch)

    watched("entries")
    watched("forget")
    sender = Sender(probe_chain, outbox)
    if settles:
        sender.settle(INTENT)
    else:
        sender.send([add(probe, buyer)], intent=INTENT)
    assert alone == ["entries", "forget"]
    with outbox.alone([buyer.address]):
        pass  # free again


def test_a_folder_that_can_not_be_written_stops_before_anything_is_sent(
    probe_chain: Chain, probe: Contract, buyer: Wallet, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    before = nonce(probe_chain, buyer)
    with pytest.raises(OutboxError, match="Cannot write"):
        Sender(probe_chain, Outbox(tmp_path / "file")).send([add(probe, buyer)], intent=INTENT)
    assert nonce(probe_chain, buyer) == before
    assert os.listdir(tmp_path) == ["file"]


def test_what_was_included_before_it_is_followed_is_found(
    probe_chain: Chain, probe: Contract, buyer: Wallet
) -> None:
    sender = Sender(probe_chain)
    way = UnderWay(sender._sign([add(probe, buyer)]), probe_chain.head().number, {})
    sender._delivery.broadcast(way.sent)
    while sender._delivery.receipts(way.sent) == {}:
        probe_chain.head()  # the node mines it by itself
    assert set(sender._delivery.carry_out(way, again=True)) == {way.sent[0].place}
