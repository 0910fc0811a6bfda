"""A bid's documents: one archive, encrypted, kept in a store under the hash of its ciphertext.

The key follows from the envelope's z, so the documents open when the box does, for everybody, and
not before. What is read from a store or an archive was written by strangers.
"""

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eth_utils.crypto import keccak

from terang.chain.files import write_whole
from terang.errors import TerangError
from terang.i18n import _

MAX_BYTES: Final = 64 << 20
"""Most bytes of an archive, and of its files together: 64 MiB, held in memory."""

MAX_FILES: Final = 1000
MAX_NAME: Final = 240

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_END: Final = 22  # length of a zip's end record without a comment
_DIRECTORY_ENTRY: Final = 46 + 4 * MAX_NAME + 256  # room for a name, its extra fields and a remark

# One nonce for all is right here: a key encrypts one archive only, since each envelope has a new z.
_NONCE: Final = bytes(12)


class DocumentsError(TerangError, ValueError):
    """Documents that cannot be packed, or an archive that cannot be trusted."""


class StoreError(TerangError, OSError):
    """The store cannot be read or written."""


class DocumentsMissing(StoreError, LookupError):
    """The store has nothing under this hash."""


class DocumentsChanged(StoreError):
    """The store's file no longer has the hash that it is named by."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Packs files into one zip; the same files give the same bytes everywhere.

    They are stored uncompressed, so the bytes depend on no version of a compressor.

    Args:
        files: relative name with "/" → content; names in NFC, at most `MAX_NAME` bytes.

    Raises:
        DocumentsError: for a name that is unsafe, or more than fits.
    """
    check_names(list(files))
    if sum(map(len, files.values())) > MAX_BYTES:
        raise _too_large()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, on every system: it decides bytes of the header
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def unpack(archive: bytes) -> dict[str, bytes]:
    """Reads an archive made by anybody.

    Args:
        archive: a zip without comment, encryption, links or folders; stored or deflated.

    Returns:
        Relative name → content, safe to write below a folder.

    Raises:
        DocumentsError: for anything else, or more than `MAX_FILES` files or `MAX_BYTES` bytes.
    """
    _check_directory(archive)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            check_names([entry.orig_filename for entry in entries])
            files, room = {}, MAX_BYTES
            for entry in entries:
                _check_entry(entry)
                with opened.open(entry) as file:
                    content = file.read(room + 1)
                room -= len(content)
                if room < 0:
                    raise _too_large()
                files[entry.orig_filename] = content
            return files
    except DocumentsError:
        raise
    # zipfile has no one error for a damaged archive: it lets those of struct, zlib, codecs through.
    except Exception as error:
        raise _damaged() from error


def encrypt(key: bytes, archive: bytes) -> bytes:
    """Encrypts an archive with AES-256-GCM.

    Args:
        key: `Sealer.documents_key`, for one archive only.
        archive: at most `MAX_BYTES` plus the zip's own records.
    """
    return AESGCM(key).encrypt(_NONCE, archive, None)


def decrypt(key: bytes, ciphertext: bytes) -> bytes:
    """Decrypts what `encrypt` made.

    Args:
        key: `envelope.documents_key(box, z)`.
        ciphertext: bytes from anywhere.

    Raises:
        DocumentsError: if this is not what was encrypted under this key.
    """
    try:
        return AESGCM(key).decrypt(_NONCE, ciphertext, None)
    except InvalidTag as error:
        raise DocumentsError(
            _("These documents do not decrypt. The panel may mark the bid not responsive.")
        ) from error


class Store:
    """A folder of ciphertexts, each named by its keccak256 in hexadecimal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: bytes) -> Path:
        """Returns where the ciphertext of this 32-byte hash is kept."""
        if len(name) != 32:
            raise ValueError("a ciphertext is named by 32 bytes")
        return self.folder / name.hex()

    def put(self, ciphertext: bytes) -> bytes:
        """Keeps a ciphertext; it is on disk when this returns. Putting it twice is harmless.

        Returns:
            Its keccak256, 32 bytes.

        Raises:
            StoreError: if the folder cannot be written.
        """
        name = keccak(ciphertext)
        try:
            write_whole(self.path(name), ciphertext)
        except OSError as error:
            raise StoreError(
                _(
                    "Cannot write to the store {folder}: {detail}. Free space or choose another."
                ).format(folder=self.folder, detail=error.strerror)
            ) from error
        return name

    def get(self, name: bytes) -> bytes:
        """Fetches a ciphertext and checks it against its hash.

        Args:
            name: keccak256 of the ciphertext, 32 bytes.

        Raises:
            DocumentsMissing: if the store does not have it.
            DocumentsChanged: if the file was altered.
            StoreError: if it cannot be read.
        """
        path = self.path(name)
        limit = 2 * MAX_BYTES  # more than the records of any archive add
        try:
            # A FIFO would wait for ever: it is opened without waiting, and refused.
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OSError(None, "not a file")
                ciphertext = file.read(limit)
        except FileNotFoundError as error:
            raise DocumentsMissing(
                _(
                    "The store {folder} lacks {name}. Ask the bidder or another store for it."
                ).format(folder=self.folder, name=name.hex())
            ) from error
        except OSError as error:
            raise StoreError(
                _("Cannot read {path}: {detail}. Check the store's permissions.").format(
                    path=path, detail=error.strerror
                )
            ) from error
        if keccak(ciphertext) != name:
            raise DocumentsChanged(
                _("{path} was altered. Delete it and fetch it from another store.").format(
                    path=path
                )
            )
        return ciphertext


def check_names(names: list[str]) -> None:
    """Checks that files of these names can be written below a folder, on any system.

    Raises:
        DocumentsError: for a name that is unsafe or taken twice, or too many.
    """
    if len(names) > MAX_FILES:
        raise _too_large()
    for name in names:
        parts = name.split("/")
        if (
            len(name.encode("utf-8", "replace")) > MAX_NAME
            or not name.isprintable()
            or re.search(r'[\\:*?"<>|]', name)
            or unicodedata.normalize("NFC", name) != name
            or any(part.strip(" ") != part or part.endswith(".") or not part for part in parts)
        ):
            raise DocumentsError(
                _("{name} cannot be the name of a document. Use a plain relative name.").format(
                    name=ascii(name)[:80]
                )
            )
    # Two names that differ in case only are one file on some systems; a file is no folder.
    folded = {name.casefold() for name in names}
    folders = {name.rsplit("/", i)[0] for name in folded for i in range(1, name.count("/") + 1)}
    if len(folded) != len(names) or folded & folders:
        raise DocumentsError(_("Two documents have the same name. Rename one of them."))


def _check_directory(archive: bytes) -> None:
    """Bounds a zip's directory before zipfile reads all of it into memory."""
    end = archive[-_END:]
    zip64 = archive[-_END - 20 :].startswith(b"PK\x06\x07")
    if len(archive) > 2 * MAX_BYTES:
        raise _too_large()
    if len(end) < _END or not end.startswith(b"PK\x05\x06") or end[-2:] != b"\0\0" or zip64:
        raise _damaged()
    if int.from_bytes(end[12:16], "little") > MAX_FILES * _DIRECTORY_ENTRY:
        raise _too_large()


def _check_entry(entry: zipfile.ZipInfo) -> None:
    mode = entry.external_attr >> 16
    stored = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    plain = not stat.S_IFMT(mode) or stat.S_ISREG(mode)
    if not stored or not plain:
        raise _damaged()


def _too_large() -> DocumentsError:
    return DocumentsError(
        _("The documents exceed {bytes} MiB or {files} files. Leave some out.").format(
            bytes=MAX_BYTES >> 20, files=MAX_FILES
        )
    )


def _damaged() -> DocumentsError:
    return DocumentsError(_("This archive is damaged or of another kind. Ask for it again."))
