"""Bringing an envelope to relays, some of which are hostile."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.chain.connection import Chain
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.errors import UsageError
from terang.identity.wallet import Wallet
from terang.ledger.licences import NEAR
from terang.relay import client
from terang.relay.client import NoRelay, check_address, deliver
from terang.relay.receipt import Promise
from terang.sealing.envelope import Box
from terang.serving import asking
from terang.serving.doors import tls_context
from terang.vocabulary import BIDS, Licence

from ..serving.servers import Answer, Hostile
from .served import Start

Sealed = Callable[..., bytes]
InBox = Callable[..., list[bytes]]


def test_a_relay_that_refuses_and_seals_all_the_same_has_sealed(
    brings: Callable[..., Any], hostile: Callable[[Answer], Hostile], sealed: Sealed,
    stage: Stage, supplier: Wallet, tender: Tender, in_box: InBox,
) -> None:  # fmt: skip
    envelope = sealed()

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        stage.send([stage.ledger.tenders.seal(supplier, tender.id, BIDS, envelope)])
        says({"error": "no"}, 503)(handler, body)

    delivery, said = brings(envelope, hostile(answer).url)
    assert (delivery.relay, delivery.promise) == (None, None)
    assert delivery.place.block
    assert any("did not seal" in each for each in said)
    assert in_box() == [envelope]


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({"https_proxy": "http://127.0.0.1:1"}, "http://127.0.0.1:1"),
        ({"https_proxy": "http://127.0.0.1:1", "all_proxy": "socks5h://x"}, "socks5h://x"),
        ({}, None),
    ],
)
def test_a_hidden_service_is_asked_by_a_proxy_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], proxy: str | None
) -> None:
    monkeypatch.setattr(asking, "getproxies", lambda: {k[:-6]: v for k, v in environment.items()})
    if proxy is None:
        with pytest.raises(client._Bad, match="ALL_PROXY"):
            client._post("http://relay.onion/seal", {})
    else:
        assert asking.onion_proxies() == {"http": proxy}


def says(content: object, status: int = 202, **headers: str) -> Answer:
    """Answers with this content, JSON unless it is bytes."""

    def answer(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def brings(
    stage: Stage, tender: Tender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Brings an envelope to relays in the order given; returns how it went, and what was said."""
    monkeypatch.setattr(
        client.random.SystemRandom, "sample", lambda _self, relays, _count: list(relays)
    )

    def run(envelope: bytes, *relays: str, patience: float = 20.0) -> tuple[Any, list[str]]:
        said: list[str] = []
        try:
            found: Any = deliver(
                stage.ledger,
                relays,
                stage.ledger.tenders.box(tender.id, BIDS),
                envelope,
                tmp_path / "receipts",
                said.append,
                patience=patience,
            )
        except NoRelay as error:
            found = error
        return found, said

    return run


@pytest.fixture
def honest(stage: Stage, tender: Tender, chain: Chain) -> Callable[..., Promise]:
    """Makes the promise that an honest relay would give; a test changes something in it."""

    def make(envelope: bytes, signer: Wallet | None = None, **changes: Any) -> Promise:
        signer = signer or stage.offices.relay
        box = stage.ledger.tenders.box(tender.id, BIDS)
        (closes_at,) = stage.ledger.tenders.closing_times([(tender.id, BIDS)])
        values = {
            "relay": signer.address,
            "box": box,
            "envelope": keccak(envelope),
            "promised_at": chain.now,
            "closes_at": closes_at,
        }
        return Promise(**(values | changes)).sign(signer)

    return make


def test_an_envelope_comes_into_its_box_and_the_receipt_is_kept(
    serving: Start, brings: Callable[..., Any], sealed: Sealed, in_box: InBox, stage: Stage
) -> None:
    envelope = sealed()
    with serving() as relay:
        done, said = brings(envelope, relay.url)
    assert in_box() == [envelope]
    assert done.relay == relay.url
    promise = Promise.load(done.promise)
    assert (promise.relay, promise.envelope) == (stage.offices.relay.address, keccak(envelope))
    assert done.promise.stat().st_mode & 0o777 == 0o600
    assert str(done.promise) in said[0]
    again, said = brings(envelope, "http://127.0.0.1:1")  # nobody needs to be asked
    assert (again.place, again.relay, said) == (done.place, None, [])


def test_hostile_relays_are_named_and_the_next_one_is_tried(
    serving: Start, brings: Callable[..., Any], sealed: Sealed, in_box: InBox,
    honest: Callable[..., Promise], hostile: Callable[[Answer], Hostile], stage: Stage,
    tender: Tender, chain: Chain, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(client, "_SILENCE", 1.0)
    monkeypatch.setattr(client, "_ANSWER", 2.0)
    envelope, other = sealed(1), sealed(2)
    stranger, box = Wallet.create(), stage.ledger.tenders.box(tender.id, BIDS)
    over = threading.Event()

    def receipt(promise: Promise) -> Answer:
        return says({"receipt": promise.document()})

    def hangs(_handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        over.wait(20)

    def drips(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(202)
        handler.end_headers()
        while not over.wait(0.2):
            handler.wfile.write(b" ")

    def endless(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(202)
        handler.end_headers()
        while not over.is_set():
            handler.wfile.write(b" " * 10_000)

    forged = honest(envelope).document() | {
        "signature": honest(envelope, stranger).document()["signature"]
    }
    tricks: list[tuple[Answer, str]] = [
        (says({"receipt": forged}), "did not sign it"),
        (receipt(honest(envelope, stranger)), "no licensed relay"),
        (receipt(honest(other)), "another envelope or box"),
        (receipt(honest(envelope, box=Box(1, box.contract, box.tender_id, 0))), "or box"),
        (receipt(honest(envelope, closes_at=1 << 40)), "another closing time"),
        (receipt(honest(envelope, promised_at=chain.now + NEAR + 60)), "not that of the chain"),
        (receipt(honest(envelope, promised_at=chain.now - NEAR - 60)), "not that of the chain"),
        (says(b"<html>"), "not as a relay does"),
        (says(b"[" * 60_000), "not as a relay does"),
        (says([]), "no receipt"),
        (says({"receipt": {"promise": 1}}), "not the receipt of a relay"),
        (says({"error": "\x1b[31mpenuh\n" + "x" * 999}, 503), "503: [31mpenuh xxx"),
        (says({"error": {"a": 1}}, 400), "it answers 400"),
        (says(honest(envelope).document(), 307, Location="http://127.0.0.1:9/"), "307"),
        (hangs, "does not answer"),
        (drips, "in time"),
        (endless, "no end"),
    ]
    liars = [hostile(answer) for answer, _reason in tricks]
    try:
        with serving() as relay:
            done, said = brings(envelope, *(each.url for each in liars), relay.url)
    finally:
        over.set()
    assert in_box() == [envelope]
    assert done.relay == relay.url
    for liar, (_answer, reason), line in zip(liars, tricks, said, strict=False):
        assert line.startswith(f"{liar.url} did not seal: "), line
        assert reason in line, line
        assert len(line) < 500
        assert "\x1b" not in line
    assert all(len(each.bodies) == 1 for each in liars)


def test_nothing_that_is_sent_tells_who_seals(
    brings: Callable[..., Any], sealed: Sealed, hostile: Callable[[Answer], Hostile],
    supplier: Wallet, tender: Tender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    netrc = tmp_path / "netrc"
    netrc.write_text("default login penyedia password rahasia\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setattr(client, "is_here", lambda _host: False)  # as elsewhere
    monkeypatch.setattr(client, "check_address", lambda _url: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    noted = hostile(says({"error": "no"}, 503))
    envelope = sealed()
    found, _said = brings(envelope, noted.url)
    assert isinstance(found, NoRelay)
    (head,), (body,) = noted.heads, noted.bodies
    assert json.loads(body) == {
        "tender": tender.id, "stage": BIDS, "envelope": "0x" + envelope.hex()
    }  # fmt: skip
    names = {line.partition(":")[0].lower() for line in head.strip().splitlines()[1:]}
    assert names == {
        "host", "user-agent", "accept", "accept-encoding", "content-length", "content-type"
    }  # fmt: skip
    for secret in (supplier.address[2:].lower(), "penyedia", "authorization"):
        assert secret not in (head + body.decode()).lower()


def test_when_no_relay_works_it_says_so_and_nothing_is_sealed(
    brings: Callable[..., Any], sealed: Sealed, in_box: InBox
) -> None:
    found, said = brings(sealed(), "http://127.0.0.1:1", "http://127.0.0.1:2")
    assert "No relay took the envelope" in str(found)
    assert [each.split()[0] for each in said] == ["http://127.0.0.1:1", "http://127.0.0.1:2"]
    assert in_box() == []


def test_a_relay_that_promises_and_does_not_send_is_not_waited_for_for_ever(
    serving: Start, brings: Callable[..., Any], sealed: Sealed, in_box: InBox,
    honest: Callable[..., Promise], hostile: Callable[[Answer], Hostile], tmp_path: Path,
    stage: Stage, chain: Chain,
) -> None:  # fmt: skip
    envelope = sealed()
    accomplice = Wallet.create()
    until = chain.now + 100 * 86_400
    grant = stage.ledger.participants.grant
    stage.send([grant(stage.offices.administrator, Licence.RELAY, accomplice.address, until)])
    promise = honest(envelope, accomplice)
    drops = hostile(says({"receipt": promise.document()}))
    found, said = brings(envelope, drops.url, patience=0.2)
    assert isinstance(found, NoRelay)
    path = promise.path(tmp_path / "receipts")
    assert f"relay check {path}" in str(found)
    assert "not in the box yet" in said[-1]
    with serving() as relay:
        done, said = brings(envelope, drops.url, relay.url, patience=2)
    assert done.relay == relay.url
    assert in_box() == [envelope]
    assert Promise.load(path) == promise  # the evidence stays


def test_a_receipt_that_is_kept_is_believed_again_however_old(
    serving: Start, brings: Callable[..., Any], sealed: Sealed, in_box: InBox, chain: Chain
) -> None:
    envelope = sealed()
    with serving(sends=False) as relay:
        found, _said = brings(envelope, relay.url, patience=0)
        assert isinstance(found, NoRelay)
    chain.advance_to(chain.now + NEAR + 100)
    with serving() as relay:
        done, _said = brings(envelope, relay.url)
    assert done.relay == relay.url
    assert in_box() == [envelope]


def test_relays_are_tried_in_no_fixed_order(
    stage: Stage, tender: Tender, sealed: Sealed, tmp_path: Path
) -> None:
    orders = set()
    box, envelope = stage.ledger.tenders.box(tender.id, BIDS), sealed()
    relays = [f"http://127.0.0.1:{port}" for port in (1, 2, 3)]
    for _try in range(40):
        said: list[str] = []
        with pytest.raises(NoRelay):
            deliver(stage.ledger, relays, box, envelope, tmp_path, said.append)
        orders.add(tuple(each.split()[0] for each in said))
        if len(orders) > 1:
            break
    assert len(orders) > 1


@pytest.mark.parametrize(
    "url",
    ["", "relay.example", "ftp://relay.example", "http://relay.example", "http://192.0.2.1",
     "https://", "https://penyedia@relay.example", "https://relay.example?q=1", "https://[::1",
     "https://relay.example:99999", "file:///etc/passwd", "http://127.0.0.1.example"],
)  # fmt: skip
def test_addresses_that_would_show_who_seals_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="not the address of a relay"):
        check_address(url)


@pytest.mark.parametrize(
    "url",
    ["https://relay.example", "https://relay.example:8443/seal/", "http://127.0.0.1:8600",
     "http://[::1]:8600", "http://localhost:1", "http://abcdef.onion"],
)  # fmt: skip
def test_safe_addresses_are_taken(url: str) -> None:
    check_address(url)


def test_a_relay_whose_certificate_nobody_vouches_for_gets_nothing(
    serving: Start, brings: Callable[..., Any], sealed: Sealed, in_box: InBox, certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    envelope = sealed()
    with serving(tls=tls_context(certificate)) as relay:
        found, said = brings(envelope, relay.url)
        assert isinstance(found, NoRelay)
        assert "certificate" in said[0]
        assert not relay.queue.counts()
        # whoever trusts it does so outside of us
        monkeypatch.setattr(client, "is_here", lambda _host: False)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        done, _said = brings(envelope, relay.url)
        assert done.relay == relay.url
