"""Documents: packed the same everywhere, safe to unpack, found again unchanged."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from terang.sealing import documents
from terang.sealing.documents import (
    MAX_FILES,
    DocumentsChanged,
    DocumentsError,
    DocumentsMissing,
    Store,
    StoreError,
    decrypt,
    encrypt,
    pack,
    unpack,
)

FILES = {"penawaran.pdf": b"%PDF-1.7 offer", "teknis/jadwal.csv": b"minggu,kegiatan\n"}
KEY = bytes(range(32))

BAD_NAMES = [
    "",
    "/etc/passwd",
    "../secret",
    "a/../../b",
    "a//b",
    "./a",
    "a/.",
    "folder/",
    "C:\\windows",
    "a\\b",
    "nul\0byte",
    "new\nline",
    "tab\t",
    "\u202egnp.exe",
    "e\u0301.pdf",
    "name ",
    "name.",
    "a*b",
    "x" * 241,
    "\ud800",
]

names = st.from_regex(r"[a-z]{1,8}(/[a-z0-9]{1,8}){0,2}\.pdf", fullmatch=True)


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(names, st.binary(max_size=200), max_size=6))
def test_what_is_packed_unpacks(files: dict[str, bytes]) -> None:
    assert unpack(pack(files)) == files


def test_the_same_files_give_the_same_bytes_in_any_order() -> None:
    archive = pack(dict(reversed(FILES.items())))
    assert archive == pack(FILES)
    # Pinned: another Python, system or time zone must give these bytes too.
    expected = "cf2a52605fc4aec3a477493b9688624fbbe010bbe94a152d47a483125d004e49"
    assert keccak(archive).hex() == expected


def test_ordinary_programs_read_the_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(FILES))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(FILES)


def test_an_archive_made_by_an_ordinary_program_is_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("surat dukungan é.txt", b"x" * 10_000)
    assert unpack(buffer.getvalue()) == {"surat dukungan é.txt": b"x" * 10_000}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_an_unsafe_name_is_not_packed(name: str) -> None:
    with pytest.raises(DocumentsError, match="plain relative name"):
        pack({name: b""})


@pytest.mark.parametrize(
    "pair", [("a.pdf", "A.pdf"), ("straße", "STRASSE"), ("a", "a/b"), ("A/b", "a")]
)
def test_names_that_collide_on_some_system_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(DocumentsError, match="same name"):
        pack(dict.fromkeys(pair, b""))


def zipped(change: Callable[[zipfile.ZipInfo], None], name: str = "a.pdf") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        change(entry)
        archive.writestr(entry, b"content")
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a\\b", "folder/", "x" * 300])
def test_an_archive_with_an_unsafe_name_is_refused(name: str) -> None:
    with pytest.raises(DocumentsError):
        unpack(zipped(lambda entry: None, name))


def test_an_archive_with_a_hidden_tail_in_a_name_is_refused() -> None:
    archive = zipped(lambda entry: None, "a.pdfXexe").replace(b"a.pdfXexe", b"a.pdf\0exe")
    with pytest.raises(DocumentsError):
        unpack(archive)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind: int) -> None:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.create_system = 3
        entry.external_attr = (kind | 0o777) << 16

    with pytest.raises(DocumentsError, match="damaged"):
        unpack(zipped(change))


def test_an_encrypted_entry_is_refused() -> None:
    archive = bytearray(zipped(lambda entry: None))
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DocumentsError, match="damaged"):
        unpack(bytes(archive))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(method: int) -> None:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.compress_type = method

    with pytest.raises(DocumentsError, match="damaged"):
        unpack(zipped(change))


def test_a_bomb_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in "abc":
            archive.writestr(name, bytes(40_000))
    monkeypatch.setattr(documents, "MAX_BYTES", 100_000)
    with pytest.raises(DocumentsError, match="exceed"):
        unpack(buffer.getvalue())
    monkeypatch.setattr(documents, "MAX_BYTES", 120_000)
    assert len(unpack(buffer.getvalue())) == 3


def test_an_entry_that_lies_about_its_size_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1000))
    lying = buffer.getvalue().replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(DocumentsError):
        unpack(lying)


def test_too_many_files_are_refused_both_ways() -> None:
    many = {f"{i}": b"" for i in range(MAX_FILES + 1)}
    with pytest.raises(DocumentsError, match="exceed"):
        pack(many)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in many:
            archive.writestr(name, b"")
    with pytest.raises(DocumentsError, match="exceed"):
        unpack(buffer.getvalue())


def test_too_many_bytes_are_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 9)
    with pytest.raises(DocumentsError, match="exceed"):
        pack({"a": b"12345", "b": b"12345"})
    pack({"a": b"12345", "b": b"1234"})


def test_what_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = bytearray(pack(FILES))
    directory[-10:-6] = b"\xff\xff\xff\x7f"
    zip64 = pack(FILES)[:-22] + b"PK\x06\x07" + bytes(16) + pack(FILES)[-22:]
    long = bytes(179) + pack({})
    monkeypatch.setattr(documents.zipfile, "ZipFile", lambda *_: pytest.fail("it was read"))
    for archive in (bytes(directory), zip64):
        with pytest.raises(DocumentsError):
            unpack(archive)
    monkeypatch.setattr(documents, "MAX_BYTES", 100)
    with pytest.raises(DocumentsError, match="exceed"):
        unpack(long)


def test_no_file_is_read_without_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    read, archive, bounds = zipfile.ZipExtFile.read, pack(FILES), []

    def recorded(file: zipfile.ZipExtFile, size: int = -1) -> bytes:
        bounds.append(size)
        return read(file, size)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", recorded)
    unpack(archive)
    assert len(bounds) == 2
    assert all(0 < bound <= documents.MAX_BYTES + 1 for bound in bounds)


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"PK",
        b"x" * 22,
        bytes(1000),
        pack(FILES)[:-1],
        pack(FILES) + b"\0",
        pack(FILES)[:-2] + b"\x01\x00!",
        pack(FILES)[1:],
        pack(FILES)[:-22] + b"PK\x06\x07" + bytes(16) + pack(FILES)[-22:],
    ],
)
def test_what_is_no_plain_zip_is_refused(archive: bytes) -> None:
    with pytest.raises(DocumentsError):
        unpack(archive)


@settings(deadline=None, max_examples=300)
@given(place=st.integers(0, len(pack(FILES)) - 1), value=st.integers(0, 255))
def test_a_changed_byte_gives_files_or_an_error_for_people(place: int, value: int) -> None:
    archive = bytearray(pack(FILES))
    archive[place] = value
    try:
        files = unpack(bytes(archive))
    except DocumentsError:
        return
    assert set(files.values()) <= set(FILES.values())


@given(st.binary(max_size=300))
def test_what_is_encrypted_decrypts(archive: bytes) -> None:
    assert decrypt(KEY, encrypt(KEY, archive)) == archive


def test_it_is_aes_256_gcm_with_a_zero_nonce() -> None:
    assert encrypt(KEY, b"x") == AESGCM(KEY).encrypt(bytes(12), b"x", None)


@pytest.mark.parametrize("ciphertext", [b"", bytes(15), bytes(16), encrypt(KEY, b"abc")[:-1]])
def test_a_damaged_ciphertext_is_refused(ciphertext: bytes) -> None:
    with pytest.raises(DocumentsError, match="do not decrypt"):
        decrypt(KEY, ciphertext)


def test_another_key_is_refused() -> None:
    with pytest.raises(DocumentsError, match="do not decrypt"):
        decrypt(bytes(32), encrypt(KEY, b"abc"))


def test_a_store_gives_back_what_it_was_given(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "store")
    name = store.put(b"ciphertext")
    assert name == keccak(b"ciphertext") == store.put(b"ciphertext")
    assert store.get(name) == b"ciphertext"
    assert [path.name for path in store.folder.iterdir()] == [name.hex()]


def test_file_and_folder_are_on_disk_when_putting_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(
        documents.os, "fsync", lambda handle: synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
    )
    Store(tmp_path).put(b"ciphertext")
    assert synced == [False, True]


def test_a_changed_file_is_noticed_and_putting_it_again_heals_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    name = store.put(b"ciphertext")
    store.path(name).write_bytes(b"cipherteXt")
    with pytest.raises(DocumentsChanged, match="was altered"):
        store.get(name)
    store.put(b"ciphertext")
    assert store.get(name) == b"ciphertext"


def test_a_missing_file_says_where_to_ask(tmp_path: Path) -> None:
    with pytest.raises(DocumentsMissing, match="another store"):
        Store(tmp_path).get(bytes(32))


def test_a_fifo_and_a_folder_are_refused_without_waiting(tmp_path: Path) -> None:
    store = Store(tmp_path)
    os.mkfifo(store.path(bytes(32)))
    store.path(b"\1" * 32).mkdir()
    for name in (bytes(32), b"\1" * 32):
        with pytest.raises(StoreError, match="Cannot read"):
            store.get(name)


def test_a_store_that_cannot_be_written_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(documents.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        Store(tmp_path).put(b"ciphertext")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(StoreError, match="Cannot write"):
        Store(tmp_path / "store").put(b"ciphertext")


def test_a_name_of_another_length_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Store(tmp_path).path(b"../../etc/passwd")
