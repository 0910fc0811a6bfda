"""Replicas in folders, in memory and on S3, and how one repairs the other."""

import gc
import io
import os
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.documents import place as module
from terang.documents import service
from terang.documents.intake import Quota, Room
from terang.documents.place import Bucket, Folder, Local, digest_of
from terang.documents.places import place_of
from terang.documents.receipt import Challenge
from terang.documents.repair import mend
from terang.sealing.documents import DocumentsChanged, DocumentsMissing, StoreError
from terang.serving.limits import Limits

from .conftest import Unasked
from .served import Start, ciphertext

Run = Callable[..., Any]


def put(place: Local, content: bytes) -> bytes:
    digest = keccak(content)
    place.keep(io.BytesIO(content), digest, len(content))
    return digest


def got(place: Local, digest: bytes) -> bytes:
    into = io.BytesIO()
    place.fetch(digest, into)
    return into.getvalue()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """A bucket of an S3 of our own, on this machine."""
    boto3 = pytest.importorskip("boto3")
    server_module = pytest.importorskip("moto.server")
    patch = pytest.MonkeyPatch()
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", "ap-southeast-3"),
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ):
        patch.setenv(name, value)
    boto3.client("s3", region_name="ap-southeast-3").create_bucket(
        Bucket="terang", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-3"}
    )
    yield "s3://terang"
    server.stop()
    patch.undo()


@pytest.fixture(params=["folder", "memory", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Local:
    """An empty store of each kind."""
    if request.param == "folder":
        return Folder(tmp_path / "kept")
    if request.param == "memory":
        return Bucket(f"memory://{tmp_path}")
    return Bucket(f"{request.getfixturevalue('s3')}/{tmp_path.name}")


def test_a_store_gives_back_what_it_was_given_and_lists_it(kept: Local) -> None:
    assert list(kept.sizes()) == []
    content = ciphertext(600_000)
    digest = put(kept, content)
    assert put(kept, content) == digest
    other = put(kept, b"x")
    assert got(kept, digest) == content
    assert dict(kept.sizes()) == {digest: 600_000, other: 1}
    assert kept.size(digest) == 600_000
    for ask in (kept.size, lambda missing: got(kept, missing)):
        with pytest.raises(DocumentsMissing):
            ask(bytes(32))


def test_a_copy_that_is_cut_off_is_not_taken_for_kept(kept: Local) -> None:
    with pytest.raises(StoreError):
        kept.keep(io.BytesIO(b"short"), keccak(b"short"), 6)


def test_more_than_a_document_may_have_is_not_read(
    kept: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = put(kept, content := ciphertext(2_000))
    monkeypatch.setattr(module, "MOST", 1_999)
    into = io.BytesIO()
    with pytest.raises(DocumentsChanged):
        kept.fetch(digest, into)
    assert into.getvalue() == b""  # which was the first piece
    monkeypatch.setattr(module, "MOST", 2_000)
    assert got(kept, digest) == content


def test_a_document_passes_through_in_pieces(tmp_path: Path) -> None:
    class Nowhere(io.RawIOBase):
        def write(self, content: Any) -> int:
            return len(content)

    place, size = Folder(tmp_path), 16 << 20
    digest = put(place, bytes(size))
    tracemalloc.start()
    try:
        place.fetch(digest, Nowhere())  # type: ignore[arg-type]
        assert service._answer(place, digest, Challenge(bytes(32), 0, size)) is not None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 << 20


def test_an_s3_that_refuses_or_is_away_is_said(s3: str) -> None:
    place = place_of(f"{s3}-no-such/x")
    assert isinstance(place, Local)
    with pytest.raises(StoreError, match="does not serve"):
        put(place, b"x")


def test_what_is_no_document_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    digest = put(Folder(tmp_path), b"x")
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ("a" * 64)).mkdir()
    assert list(Folder(tmp_path).sizes()) == [(digest, 1)]
    assert digest_of("A" * 64) is None
    (tmp_path / "file").write_text("")
    for broken in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(StoreError, match="does not serve"):
            list(Folder(broken).sizes())
        with pytest.raises(StoreError, match="does not serve"):
            put(Folder(broken), b"x")


def test_replicas_are_made_whole_by_hash(kept: Local, tmp_path: Path) -> None:
    other, third = Folder(tmp_path / "other"), Folder(tmp_path / "third")
    digests = [put(kept, ciphertext(size)) for size in (10, 300_000)]
    digests.append(put(other, ciphertext(20)))
    (other.path / digests[1].hex()).write_bytes(b"another's")
    lost = keccak(b"lost")
    (other.path / lost.hex()).write_bytes(b"found")
    said: list[str] = []
    done = mend([kept, other, third], [], said.append)
    assert (done.looked, done.right, done.copied, done.failed, done.lost) == (4, 3, 6, 0, 1)
    assert done.exit_code == 1
    for place in (kept, other, third):
        assert all(keccak(got(place, digest)) == digest for digest in digests)
    (other.path / lost.hex()).unlink()
    again = mend([kept, other, third], [], said.append)
    assert (again.looked, again.right, again.copied, again.exit_code) == (3, 9, 0, 0)


def test_a_repair_that_was_interrupted_goes_on(
    kept: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Folder(tmp_path / "other")
    digests = [put(kept, ciphertext(size)) for size in (10, 20, 30)]
    keep, done = Folder.keep, 0

    def stopped(*given: Any) -> None:
        nonlocal done
        if (done := done + 1) == 2:
            raise KeyboardInterrupt
        keep(*given)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "keep", stopped)
        with pytest.raises(KeyboardInterrupt):
            mend([kept, other], [], lambda _line: None)
    again = mend([kept, other], [], lambda _line: None)
    assert (again.right, again.copied) == (4, 2)
    assert sorted(digest for digest, _size in other.sizes()) == sorted(digests)


def test_a_served_store_is_repaired_like_any_other(
    serving: Start, say: Run, tmp_path: Path
) -> None:
    content, clear = ciphertext(), b"in clear, and nobody signs for it" * 9
    folder = Folder(tmp_path / "mine")
    digest, other = put(folder, content), put(folder, clear)
    with serving() as store:
        words = ["documents", "repair", "--store", "mine", "--store", store.url]
        said = say(*words, "--document", "0x" + digest.hex(), "--json")
        assert said.document["copied"] == 1
        assert got(store.place, digest) == content
        said = say(*words)
        assert said.code == 1
        assert "not encrypted" in said.err
        (folder.path / digest.hex()).unlink()
        back = say(*words, "--document", digest.hex())
        assert back.code == 0
        assert got(folder, digest) == content
    assert other != digest


@pytest.mark.parametrize(
    ("more", "said"),
    [(["--store", "b", "--document", "0x12"], "not the hash"), ([], "two stores or more")],
)
def test_a_repair_that_cannot_be_is_refused(say: Run, more: list[str], said: str) -> None:
    refused = say("documents", "repair", "--store", "a", *more)
    assert refused.code == 2
    assert said in refused.err


def test_a_store_on_s3_is_served(serving: Start, s3: str) -> None:
    content = ciphertext(700_000)
    place = place_of(f"{s3}/served")
    assert isinstance(place, Local)
    with serving(place) as store:
        assert store.put(content).status_code == 201
        assert got(place, keccak(content)) == content
        path = f"/documents/0x{keccak(content).hex()}"
        assert store.get(path).content == content
        nonce = "0x" + "07" * 32
        assert store.challenge(keccak(content), nonce=nonce, start=5, length=9).status_code == 200
    assert store.lines == []


class Interrupted(io.BytesIO):
    """Ctrl-C, in the middle of it."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 1 << 20:
            raise KeyboardInterrupt
        return super().read(size)


def test_an_upload_to_s3_that_is_interrupted_leaves_no_cut_object(s3: str, tmp_path: Path) -> None:
    place = place_of(f"{s3}/{tmp_path.name}")
    assert isinstance(place, Bucket)
    content = ciphertext(3 << 20)
    digest = keccak(content)
    with pytest.raises(KeyboardInterrupt):
        place.keep(Interrupted(content), digest, len(content))
    gc.collect()  # which closes what nobody has any more
    with pytest.raises(DocumentsMissing):
        place.size(digest)
    put(place, content)
    place.keep(Interrupted(content), digest, len(content))  # not read: it is there, and right
    assert got(place, digest) == content


def test_a_store_ends_after_what_it_is_writing(tmp_path: Path) -> None:
    quota, ended = Quota(Room(1, 1), 0), threading.Event()

    def write() -> None:
        time.sleep(0.2)
        ended.set()

    served = service.Service(Folder(tmp_path), Unasked(), Limits(1, 1), quota, None, print)  # type: ignore[arg-type]
    served._disk.submit(write)
    served.close()
    assert ended.is_set()


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_what_is_no_file_in_a_stores_folder_is_not_read(tmp_path: Path, kind: str) -> None:
    secret, folder = tmp_path / "key.json", tmp_path / "store"
    secret.write_bytes(b"the key")
    folder.mkdir()
    place, digest = Folder(folder), keccak(b"the key")
    make: dict[str, Callable[[Path], object]] = {
        "link": lambda path: path.symlink_to(secret),
        "fifo": os.mkfifo,
        "folder": Path.mkdir,
    }
    make[kind](folder / digest.hex())
    make[kind](folder / ".incoming-x")
    for ask in (place.size, lambda asked: got(place, asked)):
        with pytest.raises(DocumentsMissing):  # and not that the store fails
            ask(digest)
    assert list(place.sizes()) == []
    sweeping = threading.Thread(target=place.sweep, daemon=True)
    sweeping.start()
    sweeping.join(5)
    assert not sweeping.is_alive()
    assert secret.read_bytes() == b"the key"
