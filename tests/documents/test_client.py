"""Bringing documents to stores and fetching them, where some stores are hostile."""

import gzip
import io
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.demo.acts import Stage
from terang.documents import client
from terang.documents.client import Remote
from terang.documents.place import Folder
from terang.documents.places import READING, TooFewCopies, Unreachable, bring, fetch, place_of
from terang.documents.receipt import (
    KEEP,
    Challenge,
    Kept,
    ReceiptError,
    Statement,
    domain_of,
)
from terang.errors import UsageError
from terang.identity.typed_data import Domain
from terang.identity.wallet import Wallet
from terang.ledger.licences import NEAR
from terang.sealing.documents import DocumentsChanged, DocumentsMissing, StoreError

from ..serving.servers import Answer, Hostile
from .served import Start, ciphertext

CONTENT = ciphertext(3_000)
DIGEST = keccak(CONTENT)


@pytest.fixture
def hostile(hostile: Callable[[Answer], Hostile]) -> Callable[[Answer], str]:
    """Starts a server that answers as a test says; returns its address."""
    return lambda answer: hostile(answer).url


def says(content: bytes, status: int = 200, **headers: str) -> Answer:
    """Answers with this content."""

    def answer(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def endless(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 20))


def dripping(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def cut_off(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    handler.wfile.write(CONTENT[:100])


BAD_STORES: dict[str, tuple[Answer, type[StoreError]]] = {
    "wrong bytes": (says(b"another's"), DocumentsChanged),
    "nothing": (says(b""), DocumentsChanged),
    "a compressed bomb": (
        says(gzip.compress(CONTENT), Content_Encoding="gzip"),
        DocumentsChanged,
    ),
    "none": (says(b'{"error": "None.", "reason": "unknown"}', 404), DocumentsMissing),
    "another server's 404": (says(b"<h1>Not Found</h1>", 404), StoreError),
    "another path": (says(b'{"error": "None.", "reason": "path"}', 404), StoreError),
    "elsewhere": (says(b"", 302, Location="http://127.0.0.1:9/"), StoreError),
    "a fault": (says(b'{"error": "\x1b[31m\\u001b[31mred."}', 500), StoreError),
    "no JSON": (says(b"[" * 9_999, 503), StoreError),
    "no end": (endless, StoreError),
    "drops": (dripping, StoreError),
    "a part": (cut_off, StoreError),
}


@pytest.mark.parametrize("kind", BAD_STORES)
def test_a_document_comes_from_the_next_store_where_one_is_hostile(
    hostile: Callable[[Answer], str], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_WHOLE", 0.5 if kind == "drops" else 20.0)
    monkeypatch.setattr(client, "MOST", 4 << 20)
    answer, error = BAD_STORES[kind]
    bad, good = Remote(hostile(answer)), Folder(tmp_path / "good")
    with pytest.raises(StoreError, match="has no end" if kind == "no end" else ".") as raised:
        fetch([bad], DIGEST)
    assert type(raised.value) is (Unreachable if error is StoreError else error)
    assert "\x1b" not in str(raised.value)
    good.keep(io.BytesIO(CONTENT), DIGEST, len(CONTENT))
    assert fetch([bad, good], DIGEST) == CONTENT


def test_nobody_is_led_elsewhere_by_a_store(hostile: Callable[[Answer], str]) -> None:
    visits: list[bytes] = []

    def target(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        visits.append(body)
        says(CONTENT)(handler, body)

    there = hostile(target)
    here = Remote(hostile(says(b"", 307, Location=there)))
    with pytest.raises(Unreachable):
        fetch([here], DIGEST)
    with pytest.raises(StoreError):
        here.keep(io.BytesIO(CONTENT), DIGEST, len(CONTENT))
    assert visits == []


def test_a_store_that_cannot_be_asked_is_not_taken_for_one_that_has_nothing(
    tmp_path: Path,
) -> None:
    empty, away = Folder(tmp_path / "empty"), Remote("http://127.0.0.1:9")
    with pytest.raises(DocumentsMissing):
        fetch([empty], DIGEST)
    with pytest.raises(Unreachable, match="does not answer"):
        fetch([empty, away], DIGEST)
    empty.keep(io.BytesIO(b"x"), DIGEST, 1)
    with pytest.raises(DocumentsChanged):
        fetch([empty], DIGEST)
    with pytest.raises(Unreachable):  # one that answers anything must not hide it
        fetch([empty, away], DIGEST)


Alter = Callable[[Statement, int], Statement]


def altered(**message: Any) -> Alter:
    def alter(keep: Statement, _now: int) -> Statement:
        return Statement(keep.domain, KEEP, dict(keep.message) | message)

    return alter


def at(name: str, seconds: int) -> Alter:
    def alter(keep: Statement, now: int) -> Statement:
        return Statement(keep.domain, KEEP, dict(keep.message) | {name: now + seconds})

    return alter


def elsewhere(keep: Statement, _now: int) -> Statement:
    domain = Domain(keep.domain.name, keep.domain.chain_id, "0x" + "11" * 20)
    return Statement(domain, KEEP, keep.message)


WORTHLESS = [
    (altered(document=bytes(32)), "another document"),
    (altered(size=1), "another document"),
    (at("receivedAt", NEAR + 60), "not that of the chain"),
    (at("receivedAt", -NEAR - 60), "not that of the chain"),
    (at("keptUntil", 80_000 + 86_400), "until the bids are open and read"),
    (elsewhere, "another ledger"),
]


def test_a_store_whose_receipt_is_worth_nothing_is_named_and_does_not_count(
    stage: Stage, hostile: Callable[[Answer], str], tmp_path: Path
) -> None:
    ledger, relay = stage.ledger, stage.offices.relay
    now = ledger.chain.now
    domain = domain_of(ledger.tenders.domain)
    true = Statement.keep(domain, relay.address, DIGEST, len(CONTENT), now, now + READING + 90_000)
    said: list[str] = []

    def try_with(keep: Statement) -> list[Path]:
        answer = says(json.dumps({"receipt": keep.document()}).encode(), 201)
        return bring(ledger, [Remote(hostile(answer))], CONTENT, DIGEST, tmp_path, said.append,
                     closes=now + 80_000)  # fmt: skip

    for alter, reason in WORTHLESS:
        with pytest.raises(TooFewCopies):
            try_with(alter(true, now).sign(relay))
        assert reason in said[-1]
    (path,) = try_with(true.sign(relay))
    assert Kept.load(path).keep == true.sign(relay)


def test_a_receipt_by_nobody_in_particular_does_not_count(
    stage: Stage, hostile: Callable[[Answer], str], tmp_path: Path
) -> None:
    ledger, stranger, now = stage.ledger, Wallet.create(), stage.ledger.chain.now
    domain = domain_of(ledger.tenders.domain)
    keep = Statement.keep(domain, stranger.address, DIGEST, len(CONTENT), now, now + 90_000)
    forged = Statement.keep(domain, stage.offices.relay.address, DIGEST, len(CONTENT), now,
                            now + 90_000).sign(stranger)  # fmt: skip
    mine = Statement.keep(domain, stage.offices.relay.address, DIGEST, len(CONTENT), now,
                          now + 90_000).sign(stage.offices.relay)  # fmt: skip
    signed, said = mine.document(), list[str]()
    stores = [Remote(hostile(says(json.dumps(answer).encode(), 201))) for answer in (
        {"receipt": keep.sign(stranger).document()},
        {"receipt": forged.document()},
        {"receipt": signed | {"more": 1}},
        {"receipt": signed | {"statement": signed["statement"] | {"more": 1}}},
        {"receipt": None}, {}, [], "x",
    )]  # fmt: skip
    good = Folder(tmp_path / "good")
    kept = bring(ledger, [*stores, good], CONTENT, DIGEST, tmp_path / "r", said.append)
    assert kept == []
    assert "no licensed relay" in said[0]
    assert "did not sign it" in said[1]
    assert len(said) == 8
    assert good.size(DIGEST) == len(CONTENT)


def test_who_hands_on_the_receipt_of_another_store_does_not_count(
    licensed: Start, stage: Stage, hostile: Callable[[Answer], str], tmp_path: Path
) -> None:
    said: list[str] = []
    with licensed() as honest:

        def front(handler: BaseHTTPRequestHandler, body: bytes) -> None:
            says(honest.put(body).content, 201)(handler, body)

        true, false = Remote(honest.url), Remote(hostile(front))
        for places in ([true, false], [false, true]):
            with pytest.raises(TooFewCopies, match="1 stores have"):
                bring(stage.ledger, places, CONTENT, DIGEST, tmp_path, said.append, copies=2)
            assert "count as one store" in said[-1]
            assert places[1].name in said[-1]
        kept = [Kept.load(each) for each in tmp_path.glob("store-*")]
        assert {each.url for each in kept} == {true.url, false.url}  # neither overwrites the other


def silent(_handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    time.sleep(0.5)


def test_a_store_that_is_late_is_not_waited_for_again(
    hostile: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def late(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.append(body)
        silent(handler, body)

    monkeypatch.setattr(client, "_WHOLE", 0.1)
    place = Remote(hostile(late))
    for _time in range(3):
        with pytest.raises(Unreachable, match="in time"):
            fetch([place], DIGEST)
    assert len(asked) == 1


def test_documents_are_brought_to_all_stores_at_once_and_not_beyond_closing(
    stage: Stage, hostile: Callable[[Answer], str], tmp_path: Path
) -> None:
    both, now = threading.Barrier(2), stage.ledger.chain.now
    met, said = list[int](), list[str]()

    def together(_handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        met.append(both.wait(5))  # until the other one is asked, too
        time.sleep(2)

    places = [Remote(hostile(together)), Remote(hostile(together)), Folder(tmp_path / "own")]
    bring(stage.ledger, places, CONTENT, DIGEST, tmp_path, said.append, closes=now + 2)
    assert ["in time" in each for each in said] == [True, True]
    assert len(met) == 2
    assert places[2].name not in "".join(said)


def test_the_same_place_twice_is_one_copy(licensed: Start, stage: Stage, tmp_path: Path) -> None:
    link = tmp_path / "link"
    (tmp_path / "kept").mkdir()
    link.symlink_to(tmp_path / "kept")
    with licensed() as store:
        port = store.url.rpartition(":")[2]
        for one, other in (
            (store.url, f"{store.url}/"),
            (f"http://localhost:{port}", f"http://LOCALHOST:{port}"),
            (str(tmp_path / "kept"), str(link)),
            (str(tmp_path / "kept"), f"{tmp_path}/./kept/"),
        ):
            places = [place_of(one), place_of(other)]
            with pytest.raises(TooFewCopies, match="1 stores have"):
                bring(stage.ledger, places, CONTENT, DIGEST, tmp_path, print, copies=2)


def test_a_challenge_is_compared_with_what_was_asked(
    serving: Start, hostile: Callable[[Answer], str]
) -> None:
    asked = client.random_challenge(len(CONTENT), 100)
    assert asked.length == 100
    with serving() as store:
        store.put(CONTENT)
        shown = Remote(store.url).challenge(DIGEST, asked)
        assert shown.message["answer"] == asked.answer(CONTENT)
        with pytest.raises(DocumentsMissing):
            Remote(store.url).challenge(bytes(32), asked)
    replayed = Remote(hostile(says(json.dumps({"answer": shown.document()}).encode())))
    assert replayed.challenge(DIGEST, asked) == shown
    for other in (Challenge(bytes(32), asked.start, 100), Challenge(asked.nonce, 0, 3_000)):
        with pytest.raises(ReceiptError, match="another question"):
            replayed.challenge(DIGEST, other)


@pytest.mark.parametrize(
    "url",
    ["http://store.example", "https://", "https://a:b@store.example", "ftp://store.example",
     "s3://", "memory://documents", "https://store.example/?x", "gs://bucket",
     "s3://name:password@bucket/prefix", "https://name:password@store.example",
     "ftp://name:pass/word@store.example", "", " "],
)  # fmt: skip
def test_what_names_no_store_is_refused_and_no_password_is_shown(url: str) -> None:
    with pytest.raises(UsageError, match="document store") as refused:
        place_of(url)
    assert "password" not in str(refused.value)
    assert "pass/word" not in str(refused.value)


def test_a_store_is_named_by_a_folder_or_an_address() -> None:
    assert isinstance(place_of("documents"), Folder)
    assert isinstance(place_of("/var/documents"), Folder)
    for url in ("https://store.example", "http://127.0.0.1:8700", "http://abc.onion"):
        assert isinstance(place_of(url), Remote)


def test_a_hidden_store_is_reached_by_the_proxy_and_never_without(
    hostile: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths: list[str] = []

    def proxy(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        paths.append(handler.path)
        says(CONTENT)(handler, body)

    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("ALL_PROXY", raising=False)
    with pytest.raises(Unreachable, match="needs a proxy"):
        fetch([place_of("http://abc.onion")], DIGEST)
    monkeypatch.setenv("ALL_PROXY", hostile(proxy))
    assert fetch([place_of("http://abc.onion")], DIGEST) == CONTENT
    assert paths == [f"http://abc.onion/documents/0x{DIGEST.hex()}"]


def test_s3_is_said_to_be_missing_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import fsspec

    def missing(*_words: object, **_more: object) -> None:
        raise ImportError("Install s3fs")

    monkeypatch.setattr(fsspec, "filesystem", missing)
    with pytest.raises(UsageError, match=r"pip install 'terang\[s3\]'"):
        place_of("s3://bucket/prefix")


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"url": 1}', "[" * 100_000, "\xff"])
def test_what_is_no_receipt_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(content)
    with pytest.raises(ReceiptError):
        Kept.load(path)
