"""The relay over HTTP, on a chain of its own."""

import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from eth_utils.crypto import keccak

from terang.chain.connection import Chain, RpcError
from terang.chain.send import Sender
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.relay import desk as desks
from terang.relay import queue as queues
from terang.relay import service
from terang.relay.receipt import Promise
from terang.relay.service import MOST_BODY
from terang.vocabulary import BALLOTS, BIDS, Licence

from .served import Start, document, written

Sealed = Callable[..., bytes]
InBox = Callable[..., list[bytes]]


def test_an_envelope_is_promised_and_then_is_in_the_box(
    serving: Start, stage: Stage, tender: Tender, sealed: Sealed, in_box: InBox
) -> None:
    envelope = sealed()
    with serving() as relay:
        answer = document(relay.post(tender.id, envelope), 202)
        promise = Promise.read(answer["receipt"])
        assert promise.relay == stage.offices.relay.address
        assert promise.box == stage.ledger.tenders.box(tender.id, BIDS)
        assert (answer["status"], answer["transaction"]) == ("waiting", None)
        assert in_box(1) == [envelope]
        path = f"/receipt/0x{promise.envelope.hex()}"
        for _try in range(200):
            later = document(relay.get(path), 200)
            if later["status"] == "sealed":
                break
            threading.Event().wait(0.05)
        assert later["receipt"] == answer["receipt"]
        assert later["block"]
        assert later["transaction"].startswith("0x")
        metrics = relay.get("/metrics").text
        assert 'terang_relay_envelopes{state="sent"} 1\n' in metrics
        assert 'terang_relay_envelopes{state="waiting"} 0\n' in metrics
        assert relay.lines == []


def test_what_is_promised_is_sent_at_once(
    serving: Start, tender: Tender, sealed: Sealed, in_box: InBox
) -> None:
    with serving(every=3_600) as relay:
        until(lambda: relay.courier.well)
        document(relay.post(tender.id, sealed()), 202)
        assert len(in_box(1)) == 1


def test_the_same_envelope_gets_the_same_receipt_and_one_transaction(
    serving: Start, tender: Tender, sealed: Sealed, in_box: InBox
) -> None:
    envelope, other = sealed(1), sealed(2)
    with serving() as relay:
        first = document(relay.post(tender.id, envelope), 202)
        in_box(1)
        again = relay.post(tender.id, envelope, stage="bids").json()
        assert again["receipt"] == first["receipt"]
        relay.post(tender.id, other)
        assert in_box(2) == [envelope, other]


def test_whoever_brings_an_envelope_to_another_box_first_keeps_it_from_nothing(
    serving: Start, tender: Tender, other_tender: Tender, sealed: Sealed, in_box: InBox
) -> None:
    envelope = sealed()
    with serving() as relay:
        stolen = document(relay.post(other_tender.id, envelope), 202)["receipt"]
        own = document(relay.post(tender.id, envelope), 202)["receipt"]
        assert in_box(2) == [envelope, envelope]
        path = f"/receipt/0x{keccak(envelope).hex()}"
        assert document(relay.get(path), 409)["reason"] == "several"
        for each, receipt in ((tender, own), (other_tender, stolen)):
            asked = f"{path}?tender={each.id}&stage={BIDS}"
            assert document(relay.get(asked), 200)["receipt"] == receipt
        assert document(relay.get(f"{path}?tender={tender.id}&stage=16"), 404)


def test_a_promise_that_was_broken_is_told_to_whoever_asks_again(
    serving: Start, tender: Tender, sealed: Sealed, chain: Chain, stage: Stage
) -> None:
    (closes_at,) = stage.ledger.tenders.closing_times([(tender.id, BIDS)])
    envelope = sealed()
    with serving(sends=False) as relay:
        receipt = document(relay.post(tender.id, envelope), 202)["receipt"]
        chain.advance_to(closes_at)
        relay.courier.round()
        said = document(relay.post(tender.id, envelope), 409)
        assert (said["reason"], said["receipt"]) == ("failed", receipt)
        assert 'terang_relay_envelopes{state="failed"} 1\n' in relay.get("/metrics").text


def test_a_cancelled_tenders_envelope_is_no_broken_promise(
    serving: Start, tender: Tender, sealed: Sealed, stage: Stage
) -> None:
    envelope = sealed()
    with serving(sends=False) as relay:
        document(relay.post(tender.id, envelope), 202)
        stage.send([stage.ledger.tenders.cancel(tender.buyer.wallet, tender.id, bytes(32))])
        relay.courier.round()
        assert relay.lines == []
        assert document(relay.post(tender.id, envelope), 409)["reason"] == "cancelled"
        metrics = relay.get("/metrics").text
        assert 'terang_relay_envelopes{state="failed"} 0\n' in metrics
        assert 'terang_relay_envelopes{state="cancelled"} 1\n' in metrics


def test_nothing_is_promised_that_comes_too_late_behind_what_waits(
    serving: Start, chain: Chain, stage: Stage, tender: Tender, sealed: Sealed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(queues, "AT_ONCE", 1)
    (closes_at,) = stage.ledger.tenders.closing_times([(tender.id, BIDS)])
    with serving(sends=False, margin=600) as relay:
        chain.advance_to(closes_at - 1_201)
        envelopes = [sealed(each) for each in (1, 2, 3)]
        for each in envelopes[:2]:
            document(relay.post(tender.id, each), 202)
        assert document(relay.post(tender.id, envelopes[2]), 503)["reason"] == "busy"


def test_two_clients_at_once_are_both_served_and_one_envelope_twice_is_one(
    serving: Start, tender: Tender, sealed: Sealed, in_box: InBox
) -> None:
    envelopes = [sealed(1), sealed(2)]
    answers = []
    with serving() as relay:
        threads = [
            threading.Thread(target=lambda e=each: answers.append(relay.post(tender.id, e).json()))
            for each in envelopes * 3
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join(30)
        found = in_box(2)
        receipts = {each["receipt"]["signature"] for each in answers}
        assert len(answers) == 6
        assert len(receipts) == 2
        assert sorted(found) == sorted(envelopes)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({}, 400, "request"),
        ({"tender": True}, 400, "request"),
        ({"tender": 0}, 400, "request"),
        ({"tender": 1 << 32}, 400, "request"),
        ({"tender": "1"}, 400, "request"),
        ({"stage": 0.0}, 400, "request"),
        ({"envelope": "0x"}, 400, "request"),
        ({"envelope": "01ff"}, 400, "request"),
        ({"envelope": "0x0g"}, 400, "request"),
        ({"more": 1}, 400, "request"),
        ({"tender": 99}, 404, "unknown"),
        ({"stage": 1}, 404, "unknown"),
        ({"stage": -1}, 404, "unknown"),
        ({"stage": 1 << 70}, 404, "unknown"),
        ({"stage": BALLOTS}, 404, "unknown"),
        ({"stage": "ballots"}, 404, "unknown"),
        ({"stage": "other"}, 404, "unknown"),
        ({"envelope": "0x01"}, 422, "envelope"),
        ({"envelope": "0x01" + "00" * 174}, 422, "envelope"),
    ],
)
def test_what_no_box_takes_is_refused_with_a_reason(
    serving: Start, tender: Tender, sealed: Sealed, body: dict[str, object], status: int,
    reason: str,
) -> None:  # fmt: skip
    whole = {"tender": tender.id, "stage": BIDS, "envelope": "0x" + sealed().hex()} | body
    with serving(sends=False) as relay:
        asked = whole if body else []
        response = requests.post(f"{relay.url}/seal", json=asked, timeout=20)
        assert document(response, status)["reason"] == reason
        assert f'terang_relay_refused_total{{reason="{reason}"}} 1\n' in relay.get("/metrics").text
        assert not relay.queue.waiting()


def test_an_envelope_that_would_be_void_by_its_form_is_refused(
    serving: Start, tender: Tender, sealed: Sealed
) -> None:
    envelope = sealed()
    bad = [
        envelope + b"\x00",
        envelope[:-1],
        b"\x02" + envelope[1:],
        envelope[:1] + b"\x04" + envelope[2:],
        envelope[:2] + b"\xff" * 32 + envelope[34:],
    ]
    with serving(sends=False) as relay:
        for each in bad:
            assert document(relay.post(tender.id, each), 422)["reason"] == "envelope"
        assert not relay.queue.waiting()


def test_bodies_that_are_no_small_json_are_refused(serving: Start, tender: Tender) -> None:
    with serving(sends=False) as relay:
        url = f"{relay.url}/seal"
        plain = requests.post(url, data=b"x", headers={"Content-Type": "text/plain"}, timeout=20)
        assert document(plain, 415)["reason"] == "type"
        json_type = {"Content-Type": "application/json"}
        for body in (
            b"",
            b"{",
            b"[" * 10_000,
            b'{"tender":1,"tender":1,"stage":0,"envelope":"0x01"}',
        ):
            answer = requests.post(url, data=body, headers=json_type, timeout=20)
            assert document(answer, 400)["reason"] == "request"
        large = requests.post(url, data=b" " * (MOST_BODY + 1), headers=json_type, timeout=20)
        assert document(large, 413)["reason"] == "size"
        assert document(relay.get("/seal"), 405)["reason"] == "path"
        assert document(relay.get("/../etc/passwd"), 404)["reason"] == "path"
        for path in ("/receipt/0x" + "00" * 32, "/receipt/x", "/receipt/0x00"):
            assert document(relay.get(path), 404)["reason"] == "unknown"


def test_nothing_is_promised_near_the_closing(
    serving: Start, chain: Chain, stage: Stage, tender: Tender, sealed: Sealed
) -> None:
    (closes_at,) = stage.ledger.tenders.closing_times([(tender.id, BIDS)])
    first, second = sealed(1), sealed(2)
    with serving(sends=False, margin=600) as relay:
        chain.advance_to(closes_at - 601)
        document(relay.post(tender.id, first), 202)
        chain.advance_to(closes_at - 600)
        assert document(relay.post(tender.id, second), 409)["reason"] == "closed"
        assert document(relay.post(tender.id, first), 202)  # what is promised stays promised


def test_nothing_is_promised_for_a_cancelled_tender(
    serving: Start, stage: Stage, tender: Tender, sealed: Sealed
) -> None:
    envelope = sealed()
    stage.send([stage.ledger.tenders.cancel(tender.buyer.wallet, tender.id, bytes(32))])
    with serving(sends=False) as relay:
        assert document(relay.post(tender.id, envelope), 409)["reason"] == "closed"


def test_nothing_is_promised_without_a_licence(
    serving: Start, tender: Tender, sealed: Sealed
) -> None:
    with serving(sends=False, signer=Wallet.create()) as relay:
        assert document(relay.post(tender.id, sealed()), 503)["reason"] == "licence"


def test_room_is_left_below_the_cap_for_what_waits(
    serving: Start, tender: Tender, sealed: Sealed, in_box: InBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "RELAY_CAP", desks.ROOM + 2)
    with serving() as relay:
        document(relay.post(tender.id, sealed(1)), 202)
        in_box(1)
    with serving(sends=False) as relay:
        document(relay.post(tender.id, sealed(2)), 202)
        assert document(relay.post(tender.id, sealed(3)), 503)["reason"] == "full"


def test_nothing_is_promised_while_the_chain_does_not_answer(
    serving: Start, connect: Callable[[], Ledger], stage: Stage, tender: Tender, sealed: Sealed
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    there = connect()
    down = Ledger(
        Chain(f"http://127.0.0.1:{port}", there.chain.errors, timeout=1),
        there.deployment,
        there.artifacts,
    )
    down.chain.chain_id = there.chain.chain_id
    with serving(sends=False, ledger=down) as relay:
        answer = relay.post(tender.id, sealed())
        assert document(answer, 503)["reason"] == "chain"
        assert answer.headers["Retry-After"]
        assert not relay.queue.waiting()


def test_nothing_more_is_promised_while_sending_fails(
    serving: Start, tender: Tender, sealed: Sealed, in_box: InBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def fails(_self: Sender, acts: list[object], **_more: object) -> list[object]:
        if not acts:
            return []
        failed.set()
        raise RpcError("eth_sendRawTransaction", -32_000, "insufficient funds", b"")

    first, second = sealed(1), sealed(2)
    with serving() as relay:
        with monkeypatch.context() as patched:
            patched.setattr(Sender, "send", fails)
            receipt = document(relay.post(tender.id, first), 202)["receipt"]
            assert failed.wait(10)
            until(lambda: not relay.courier.able)
            assert document(relay.post(tender.id, second), 503)["reason"] == "chain"
            assert relay.get("/health").status_code == 503
            assert document(relay.post(tender.id, first), 202)["receipt"] == receipt
        assert in_box(1) == [first]
        until(lambda: relay.courier.able)
        document(relay.post(tender.id, second), 202)


def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds, for ten seconds at most."""
    for _try in range(200):
        if holds():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it never holds")


def test_a_client_that_asks_too_often_waits(serving: Start, tender: Tender, sealed: Sealed) -> None:
    with serving(sends=False, each=2) as relay:
        envelope = sealed()
        assert [relay.post(tender.id, envelope).status_code for _try in range(2)] == [202, 202]
        answer = relay.post(tender.id, envelope)
        assert document(answer, 429)["reason"] == "rate"
        assert 0 < int(answer.headers["Retry-After"]) <= 31
        assert relay.get("/health").status_code == 503  # is not counted; the courier rests


def test_refusals_are_in_the_language_that_was_asked_for(serving: Start, tender: Tender) -> None:
    with serving(sends=False) as relay:
        said = {
            code: relay.post(tender.id, "x", headers={"Accept-Language": code}).json()["error"]
            for code in ("en", "id-ID,id;q=0.9,en;q=0.1", "fr")
        }
    assert said["en"] == said["fr"]
    assert "hexadecimal" in said["en"]
    assert "heksadesimal" in said["id-ID,id;q=0.9,en;q=0.1"]


def test_the_page_says_what_a_relay_learns_and_loads_nothing(serving: Start) -> None:
    with serving(sends=False) as relay:
        answer = relay.get("/")
        text = answer.text
        assert answer.status_code == 200
        assert text.count("<section") == 2
        assert "What it unavoidably learns" in text
        assert relay.account in text
        for never in ("<script", "src=", "href=", "http:", "https:", "style="):
            assert never not in text
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


def test_a_relay_is_well_when_the_chain_answers_and_it_has_a_licence(
    serving: Start, stage: Stage
) -> None:
    def becomes(well: bool) -> bool:
        for _try in range(200):
            answer = relay.get("/health")
            if answer.json()["well"] is well:
                return answer.status_code == (200 if well else 503)
            threading.Event().wait(0.05)
        return False

    with serving() as relay:
        assert becomes(True)
        offices, participants = stage.offices, stage.ledger.participants
        stage.send([participants.revoke(offices.administrator, Licence.RELAY, relay.account)])
        assert becomes(False)
        assert "terang_relay_up 0\n" in relay.get("/metrics").text


def test_a_body_that_never_ends_is_answered_in_time(
    serving: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_REQUEST", 0.3)
    head = b"POST /seal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with (
        serving(sends=False) as relay,
        socket.create_connection(("127.0.0.1", relay.port)) as slow,
    ):
        slow.settimeout(10)
        slow.sendall(head + b"Content-Length: 100\r\n\r\n{")
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


def test_nothing_that_is_written_tells_who_brought_an_envelope(
    serving: Start, stage: Stage, tender: Tender, supplier: Wallet, sealed: Sealed,
    in_box: InBox, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    marks = {"User-Agent": "penanda-agen", "X-Forwarded-For": "198.51.100.77", "Cookie": "kue=1"}
    with serving(each=3) as relay:
        relay.post(tender.id, sealed(), headers=marks)
        in_box(1)
        relay.post(tender.id, b"\x01", headers=marks)
        relay.post(99, sealed(2), headers=marks)
        relay.post(tender.id, sealed(2), headers=marks)  # one too many
        with socket.create_connection(("127.0.0.1", relay.port)) as rude:
            rude.sendall(b"\x00\x01\x02 penanda-agen\r\n\r\n")
            rude.recv(1_000)
        lines = "\n".join(relay.lines)
        seen = relay.get("/metrics").text + relay.get("/health").text
    said = capfd.readouterr()
    # but for those of this test's own requests
    logged = [str(each.__dict__) for each in caplog.records if "urllib3" not in each.name]
    told = "\n".join((lines, seen, said.out, said.err, *logged)).encode()
    everything = (written(tmp_path / "relay") + told).lower()
    assert len(everything) > 1_000
    for secret in ("127.0.0.1", "penanda", "198.51.100.77", "kue=1", supplier.address[2:]):
        assert secret.lower().encode() not in everything
