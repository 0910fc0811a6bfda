"""What becomes of a bid's documents, as a panel is told."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from terang.documents import tenders
from terang.documents.place import Folder
from terang.documents.proposals import STATUSES, Proposal, _files
from terang.documents.tenders import OtherDocuments, Published
from terang.errors import UsageError
from terang.sealing.documents import DocumentsError, encrypt, pack

KEY = bytes(range(32))
FILES = {"teknis/jadwal.csv": b"minggu,kegiatan\n"}


def test_a_panel_is_told_why_documents_cannot_be_read(tmp_path: Path) -> None:
    store = Folder(tmp_path)

    def kept(content: bytes) -> bytes:
        store.keep(io.BytesIO(content), keccak(content), len(content))
        return keccak(content)

    altered = kept(b"altered later")
    (tmp_path / altered.hex()).write_bytes(b"!")
    for digest, expected in (
        (kept(encrypt(KEY, pack(FILES))), "present"),
        (kept(encrypt(bytes(32), pack(FILES))), "undecryptable"),
        (kept(b""), "undecryptable"),
        (kept(encrypt(KEY, b"no archive")), "bad-archive"),
        (bytes(32), "missing"),
        (altered, "corrupt"),
    ):
        status, files, fault = _files([store], digest, KEY)
        assert status == expected
        assert files == (FILES if status == "present" else {})
        assert bool(fault) is (status != "present")
        assert Proposal(7, digest, status).standing().startswith("Documents of organisation 7: ")
    assert len({Proposal(7, b"", status).standing() for status in STATUSES}) == 6


def listed(change: Callable[[list[dict[str, str]]], object]) -> bytes:
    entries = json.loads(Published({"a.pdf": b"a", "b.pdf": b"b"})._list)
    change(entries)
    return json.dumps(entries).encode()


def test_a_list_of_tender_documents_is_checked_against_the_terms() -> None:
    published = Published({"a.pdf": b"a", "b.pdf": b"b"})
    leaves = tenders._leaves(published._list, published.root)
    assert leaves == {"a.pdf": keccak(b"a"), "b.pdf": keccak(b"b")}
    for content in (
        listed(lambda entries: entries[0].update(name="../a.pdf")),
        listed(lambda entries: entries[0].update(name="B.PDF")),
        listed(lambda entries: entries[0].update(keccak256="0x" + "11" * 32)),
        listed(lambda entries: entries.pop()),
        listed(lambda entries: entries.clear()),
        b"", b"{}", b"[1]", b"\xff", b"[" * 100_000,
        published._list + b" " * (1 << 20),
    ):  # fmt: skip
        with pytest.raises(OtherDocuments, match="bid on nothing else"):
            tenders._leaves(content, published.root)


def test_documents_that_no_store_would_take_are_not_published() -> None:
    with pytest.raises(UsageError, match="0 bytes"):
        Published({"a.pdf": b""})
    with pytest.raises(DocumentsError):
        Published({"a:b": b"x"})
