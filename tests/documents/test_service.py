"""What a document store answers, to whoever asks."""

import gzip
import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from eth_utils.crypto import keccak

from terang.chain.node import Anvil
from terang.demo.acts import Stage
from terang.documents import questions, service
from terang.documents.intake import Room
from terang.documents.place import Folder
from terang.documents.receipt import KEEP, SHOW, Challenge, Statement, domain_of, permits_of
from terang.identity.wallet import Wallet

from .conftest import Unasked
from .served import Start, ciphertext

Run = Callable[..., Any]


def refused(response: requests.Response, status: int, reason: str) -> str:
    """The sentence of a refusal with this status and reason."""
    assert response.status_code == status, response.text
    said = response.json()
    assert said["reason"] == reason
    return str(said["error"])


def test_an_upload_is_on_disk_and_the_receipt_says_what_and_when(
    licensed: Start, stage: Stage
) -> None:
    content = ciphertext()
    with licensed() as store:
        answer = store.put(content)
        assert answer.status_code == 201
        keep = Statement.read(answer.json()["receipt"], KEEP)
        assert keep.store == store.account
        assert keep.domain == domain_of(stage.ledger.tenders.domain)
        now = stage.ledger.chain.now
        assert keep.message == {
            "store": store.account,
            "document": keccak(content),
            "size": len(content),
            "receivedAt": now,
            "keptUntil": now + 3_650 * 86_400,
        }
        path = f"/documents/0x{keccak(content).hex()}"
        back = store.get(path)
        assert back.content == content
        assert back.headers["Content-Disposition"] == "attachment"
        assert back.headers["X-Content-Type-Options"] == "nosniff"
        head = requests.head(store.url + path, timeout=20)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(content)))
        refused(store.get(f"/documents/0x{bytes(32).hex()}"), 404, "unknown")
        for other in ("", "/documents", "/documents/0x12", "/documents/..%2f..%2fetc%2fpasswd"):
            answer = store.get(other)
            assert answer.status_code == (200 if not other else 404)


def test_nothing_is_signed_before_it_is_on_disk(
    serving: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, fsync, replace = [], os.fsync, os.replace

    def synced(handle: int) -> None:
        fsync(handle)
        done.append("file" if os.path.isfile(f"/proc/self/fd/{handle}") else "folder")

    def renamed(old: Any, new: Any) -> None:
        replace(old, new)
        done.append("name")

    def signed(notary: Any, document: bytes, size: int) -> Statement:
        done.append("signed")
        return keep(notary, document, size)

    keep = Unasked.keep
    with serving() as store:
        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(os, "replace", renamed)
        monkeypatch.setattr(Unasked, "keep", signed)
        assert store.put(ciphertext()).status_code == 201
    assert done == ["file", "name", "folder", "signed"]


def test_what_is_not_encrypted_is_refused_without_an_organisations_signature(
    licensed: Start, stage: Stage, buyer: Wallet
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("penawaran.txt", json.dumps(list(range(20_000))))
    content, *others = (b"Penawaran harga\n" * 99, buffer.getvalue(), bytes(9_999),
                        b"harga: 12500000, harga: 12500000")  # fmt: skip
    sign = permits_of(buyer, domain_of(stage.ledger.tenders.domain))
    stranger = permits_of(Wallet.create(), domain_of(stage.ledger.tenders.domain))

    def headers(permit: tuple[str, bytes]) -> dict[str, str]:
        account, signature = permit
        return {"Terang-Account": account, "Terang-Signature": "0x" + signature.hex()}

    digest = keccak(content)
    with licensed() as store:
        for each in (content, *others):
            assert "anybody could read it" in refused(store.put(each), 422, "clear")
        refused(store.put(content, **headers(stranger(digest, len(content)))), 403, "account")
        other = headers(sign(keccak(b"another"), len(content)))
        refused(store.put(content, **other), 403, "account")
        refused(store.put(content, **{"Terang-Account": buyer.address}), 400, "request")
        assert not list(store.place.sizes())
        signed = headers(sign(digest, len(content)))
        assert store.put(content, **signed).status_code == 201


@pytest.mark.parametrize("size", [38, 100, 1_000, 65_536, 2_000_000])
def test_ciphertext_of_any_size_is_taken_for_what_it_is(size: int) -> None:
    for _time in range(50 if size < 100_000 else 3):
        census = service.Census()
        census.add(ciphertext(size))
        assert census.random


def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(
    serving: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = ciphertext()
    with serving() as store:
        refused(store.put(content, keccak(b"another")), 422, "hash")
        refused(store.put(content, **{"Content-Type": "text/html"}), 415, "type")
        squeezed = gzip.compress(content)
        refused(store.put(squeezed, keccak(content), **{"Content-Encoding": "gzip"}), 415, "type")
        refused(store.put(iter([content]), keccak(content)), 411, "size")  # no length
        refused(store.put(b""), 411, "size")
        monkeypatch.setattr(questions, "MOST", 4_999)
        refused(store.put(content), 413, "size")
        assert sorted(os.listdir(store.place.name)) == []
        assert store.lines == []


def test_a_store_without_a_licence_takes_nothing(licensed: Start) -> None:
    with licensed(signer=Wallet.create()) as store:
        refused(store.put(ciphertext()), 503, "licence")
        assert not list(store.place.sizes())


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks is not on this machine."""
    monkeypatch.setattr(service, "is_here", lambda _network: False)


@pytest.mark.usefixtures("from_elsewhere")
def test_clients_have_limits_and_so_has_the_store(serving: Start) -> None:
    content = ciphertext(6_000)
    with serving(room=Room(10_000, 100_000)) as store:
        assert store.put(content).status_code == 201
        refused(store.put(ciphertext(6_000)), 429, "quota")
    with serving(room=Room(100_000, 13_000)) as store:  # which has the 6,000 from before
        assert store.put(content).status_code == 201  # again: counted once
        assert store.put(ciphertext(6_000)).status_code == 201
        refused(store.put(ciphertext(6_000)), 507, "full")
        refused(store.put(ciphertext(6_000), keccak(b"")), 507, "full")
    with serving(each=2) as store:
        assert store.put(content).status_code == 201
        assert store.get(f"/documents/0x{keccak(content).hex()}").status_code == 200
        slow = store.get(f"/documents/0x{keccak(content).hex()}")
        refused(slow, 429, "rate")
        assert int(slow.headers["Retry-After"]) > 0


def test_a_proxy_on_this_machine_has_no_clients_limit(serving: Start) -> None:
    with serving(each=1, room=Room(100, 1 << 30)) as store:
        assert [store.put(ciphertext()).status_code for _time in range(3)] == [201] * 3


@pytest.mark.usefixtures("from_elsewhere")
def test_what_is_declared_and_never_comes_counts_for_nothing(serving: Start) -> None:
    with serving(room=Room(100_000, 100_000)) as store, ExitStack() as open_ones:
        where = ("127.0.0.1", int(store.url.rpartition(":")[2]))
        for count in range(3):
            said = open_ones.enter_context(socket.create_connection(where, 10))
            said.sendall(upload_head(keccak(bytes([count])), 90_000) + b"x")
        time.sleep(0.1)
        assert store.put(ciphertext(90_000)).status_code == 201
        refused(store.put(ciphertext(20_000)), 429, "quota")


def upload_head(digest: bytes, size: int) -> bytes:
    return (
        f"PUT /documents/0x{digest.hex()} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n"
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()


def test_a_refused_upload_gives_its_room_back(serving: Start) -> None:
    with serving(room=Room(100_000, 10_000)) as store:
        for _time in range(3):
            refused(store.put(ciphertext(6_000), keccak(b"another")), 422, "hash")
        assert store.put(ciphertext(6_000)).status_code == 201


def test_a_full_disk_is_said_and_nothing_is_promised(
    serving: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = ciphertext()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with serving() as store:
        monkeypatch.setattr(os, "fsync", full)
        refused(store.put(content), 507, "disk")
        assert os.listdir(store.place.name) == []
        assert store.get("/health").status_code == 503
        assert "Free space" in store.lines[0]
        monkeypatch.undo()
        assert store.put(content).status_code == 201
        assert store.get("/health").status_code == 200


def test_the_same_bytes_at_once_are_kept_once_and_an_altered_copy_is_mended(
    serving: Start, tmp_path: Path
) -> None:
    content = ciphertext(300_000)
    with serving() as store, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: store.put(content).status_code, range(4)))
        assert answers == [201] * 4
        file = tmp_path / "served" / keccak(content).hex()
        assert os.listdir(file.parent) == [file.name]
        file.write_bytes(b"another's")
        assert store.put(content).status_code == 201
        assert file.read_bytes() == content


def test_who_goes_away_in_the_middle_leaves_nothing_and_the_store_stays_well(
    serving: Start,
) -> None:
    digest = keccak(b"never whole")
    with serving() as store:
        host, port = store.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(upload_head(digest, 90_000) + b"abc")
            time.sleep(0.1)
        for _try in range(100):
            if 'reason="size"' in (metrics := store.get("/metrics").text):
                break
            time.sleep(0.02)
        assert 'terang_store_refused_total{reason="size"} 1' in metrics
        assert 'terang_store_bytes{what="held"} 0' in metrics
        assert os.listdir(store.place.name) == []
        assert store.get("/health").status_code == 200
        assert store.lines == []


def test_a_client_that_resets_is_not_taken_for_a_disk_that_fails(serving: Start) -> None:
    content = ciphertext(3_000_000)
    path = f"/documents/0x{keccak(content).hex()}"
    cut = f"POST {path}/challenge HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{"
    whole = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving() as store:
        assert store.put(content).status_code == 201
        where = ("127.0.0.1", int(store.url.rpartition(":")[2]))
        for asked, wait in ((cut, 0.03), (whole, 0.0), (cut, 0.0)) * 5:
            with socket.create_connection(where, 10) as connection:
                connection.sendall(asked.encode())
                time.sleep(wait)
                linger = struct.pack("ii", 1, 0)  # closing it is a reset
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        time.sleep(0.1)
        assert store.get("/health").status_code == 200
        assert store.lines == []


def test_a_disk_that_cannot_be_spooled_to_is_not_taken_for_a_client_that_resets(
    serving: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_words: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    with serving() as store:
        monkeypatch.setattr(service.tempfile, "TemporaryFile", full)
        refused(store.put(ciphertext()), 507, "disk")
        assert store.get("/health").status_code == 503


def dripped(connection: socket.socket) -> bytes:
    """Sends a byte now and then, never silent, until there is an answer."""
    connection.settimeout(0.05)
    for _byte in range(40):
        connection.sendall(b"x")
        with suppress(TimeoutError):
            return connection.recv(100)
    return b""


@pytest.mark.usefixtures("from_elsewhere")
def test_who_brings_slowly_does_not_keep_others_out(
    serving: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = upload_head(keccak(b""), 90_000)
    with serving() as store, ExitStack() as open_ones:
        where = ("127.0.0.1", int(store.url.rpartition(":")[2]))
        slow = [open_ones.enter_context(socket.create_connection(where, 10)) for _n in range(4)]
        for each in slow:
            each.sendall(head)
        for _try in range(100):
            answer = store.put(content := ciphertext())
            if answer.status_code == 503:
                break
        refused(answer, 503, "busy")  # a client has four at once
        monkeypatch.setattr(service, "_SILENCE", 0.3)
        for each in slow:
            assert dripped(each).startswith(b"HTTP/1.1 408 ")
        monkeypatch.undo()
        assert store.put(content).status_code == 201


def test_a_challenge_is_answered_over_the_range_that_was_asked_for(
    serving: Start, tmp_path: Path
) -> None:
    content, nonce = ciphertext(600_000), ciphertext(32)
    digest = keccak(content)
    with serving() as store:
        assert store.put(content).status_code == 201
        for start, length in ((0, 600_000), (262_100, 100), (262_144, 1), (599_999, 1), (0, 1)):
            asked = Challenge(nonce, start, length)
            said = store.challenge(digest, nonce="0x" + nonce.hex(), start=start, length=length)
            shown = Statement.read(said.json()["answer"], SHOW)
            assert shown.message["answer"] == asked.answer(content)
            assert (shown.message["start"], shown.message["length"]) == (start, length)
        whole = {"nonce": "0x" + nonce.hex(), "start": 0, "length": 600_001}
        refused(store.challenge(digest, **whole), 416, "range")
        refused(store.challenge(keccak(b""), **whole), 404, "unknown")
        for bad in ({"nonce": "0x12"}, {"start": -1}, {"length": 0}, {"length": True},
                    {"start": "0"}, {"length": 1 << 40}, {"more": 1}):  # fmt: skip
            refused(store.challenge(digest, **(whole | bad)), 400, "request")
        # half of it right is not enough: the whole is hashed
        (tmp_path / "served" / digest.hex()).write_bytes(content[:-1] + b"?")
        said = store.challenge(digest, nonce="0x" + nonce.hex(), start=0, length=1)
        refused(said, 500, "changed")
        assert digest.hex() in store.lines[0]


def test_challenges_do_not_keep_uploads_waiting(
    serving: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, go_on = ciphertext(), threading.Event()
    question = {"nonce": "0x" + "00" * 32, "start": 0, "length": 1}
    answer = service._answer

    def slow(*given: Any) -> bytes | None:
        assert go_on.wait(20)
        return answer(*given)

    with serving() as store, ThreadPoolExecutor(8) as pool:
        assert store.put(content).status_code == 201
        monkeypatch.setattr(service, "_answer", slow)
        monkeypatch.setattr(service, "_MOST_CHALLENGES", 6)
        asked = [pool.submit(store.challenge, keccak(content), **question) for _n in range(8)]
        try:
            done, _waiting = wait(asked, timeout=5, return_when=FIRST_COMPLETED)
            refused(done.pop().result(), 503, "busy")
            assert store.put(ciphertext()).status_code == 201
            assert store.get(f"/documents/0x{keccak(content).hex()}").status_code == 200
        finally:
            go_on.set()
        assert sorted(each.result().status_code for each in asked) == [200] * 6 + [503] * 2


def test_a_slow_disk_is_not_taken_for_a_slow_client(
    serving: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = service.Census.add

    def slow(census: service.Census, chunk: bytes) -> None:
        time.sleep(0.05)
        add(census, chunk)

    monkeypatch.setattr(service.Census, "add", slow)
    monkeypatch.setattr(service, "_SILENCE", 0.2)
    monkeypatch.setattr(service, "_SLOWEST", 1 << 40)
    with serving() as store:
        assert store.put(ciphertext(4 << 20)).status_code == 201


def test_nothing_that_tells_who_asked_is_written(serving: Start, tmp_path: Path) -> None:
    content = ciphertext()
    with serving() as store:
        store.put(content, **{"User-Agent": "penanda", "X-Forwarded-For": "203.0.113.7"})
        store.get("/documents/penanda", headers={"Accept-Language": "id"})
        page = store.get("/")
        assert store.account in page.text
        assert "<script" not in page.text
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert store.lines == []
    assert os.listdir(tmp_path / "served") == [keccak(content).hex()]


def test_how_much_is_held_does_not_tell_the_size_of_an_upload(serving: Start) -> None:
    with serving() as store:
        for size, held in ((1_000_000, 0), (100_000, 1 << 20)):
            assert store.put(ciphertext(size)).status_code == 201
            said = store.get("/metrics").text
            assert f'terang_store_bytes{{what="held"}} {held}\n' in said


def test_what_a_killed_store_was_writing_is_swept_away_when_it_starts(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal, pathlib\n"
        "from terang.documents.place import Folder\n"
        "class Slow:\n"
        "    def seek(self, place): self.left = 3\n"
        "    def read(self, size):\n"
        "        self.left -= 1\n"
        "        if not self.left: print('half', flush=True); signal.pause()\n"
        "        return b'x' * 1000\n"
        "Folder(pathlib.Path(sys.argv[1])).keep(Slow(), bytes(32), 3000)\n"
    )
    folder = tmp_path / "store"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == "half\n"
    place = Folder(folder)
    place.sweep()  # somebody is at it still
    assert len(os.listdir(folder)) == 1
    assert not list(place.sizes())
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    place.sweep()
    assert os.listdir(folder) == []


def test_the_command_serves_until_it_is_told_to_end(
    terang: Run, stage: Stage, anvil: Anvil, keystore: Callable[[Wallet], list[object]],
    tmp_path: Path,
) -> None:  # fmt: skip
    words = ["documents", "serve", "--store", "kept", "--listen", "127.0.0.1:0", "--json",
             "--record", "deployment.json", *keystore(stage.offices.relay)]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", "from terang.cli import main; main()", *map(str, words)],
        cwd=tmp_path,
        env=os.environ | {"TERANG_URL": anvil.url, "TERANG_LANG": "en"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        killer = threading.Timer(60, process.kill)
        killer.start()
        lines = [process.stdout.readline() for _line in range(4)]
        killer.cancel()
        document = json.loads("".join(lines))
        assert document["account"] == stage.offices.relay.address
        content = ciphertext()
        put = requests.put(
            f"{document['url']}/documents/0x{keccak(content).hex()}",
            data=content,
            headers={"Content-Type": "application/octet-stream"},
            timeout=20,
        )
        assert put.status_code == 201
        taken = terang("documents", "serve", "--listen", document["url"].removeprefix("http://"),
                       by=stage.offices.relay)  # fmt: skip
        assert taken.code == 1
        assert "Cannot listen" in taken.err
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stdout.close()  # type: ignore[union-attr]
    assert (tmp_path / "kept" / keccak(content).hex()).read_bytes() == content


def test_a_store_that_is_served_already_is_not_served_again(terang: Run, stage: Stage) -> None:
    said = terang("documents", "serve", "--store", "https://store.example", by=stage.offices.relay)
    assert said.code == 2
    assert "is served already" in said.err
