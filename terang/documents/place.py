"""Where documents are kept by their hash: what all places have in common, a folder, and S3.

Nothing that a place gives is believed: what is fetched is hashed on the way.
"""

import fcntl
import os
import stat
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from Crypto.Hash import keccak

from terang.chain.files import sync_folder
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import plain
from terang.sealing.documents import MAX_BYTES, DocumentsChanged, DocumentsMissing, StoreError

MOST: Final = MAX_BYTES + (1 << 20)
"""Most bytes of a document in a store: an archive, its own records and its tag."""

CHUNK: Final = 1 << 18
_INCOMING: Final = ".incoming-"
_PART: Final = 8 << 20  # bytes of an object that are in memory; S3 takes parts of 5 MiB or more


class Place(ABC):
    """One place that keeps documents.

    Attributes:
        name: for people.
        where: tells places apart: two with the same are one.
    """

    name: str
    where: str

    @abstractmethod
    def keep(self, file: BinaryIO, digest: bytes, size: int) -> Any:
        """Keeps a document; it lasts when this returns.

        Args:
            file: has it from its beginning; the caller knows that it has this hash and size.
            digest: its keccak256.
            size: in bytes.

        Returns:
            the receipt, where the place gives one.

        Raises:
            StoreError: when it is not kept.
        """

    @abstractmethod
    def chunks(self, digest: bytes) -> Generator[bytes, None, None]:
        """Returns what the place has under a hash, piece by piece, not checked.

        Raises:
            DocumentsMissing: when it has nothing there.
            StoreError: when it cannot be read.
        """

    def fetch(self, digest: bytes, into: BinaryIO) -> int:
        """Copies a document and checks it against its hash on the way; returns its size.

        Args:
            digest: its keccak256.
            into: an empty file; what is in it after a failure is to be thrown away.

        Raises:
            DocumentsMissing: when the place has it not.
            DocumentsChanged: when it has something else under this hash, or more than `MOST`.
            StoreError: when it cannot be read.
        """
        hashed, size = hasher(), 0
        with closing(self.chunks(digest)) as chunks:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST:
                    break
                hashed.update(chunk)
                into.write(chunk)
        if size > MOST or hashed.digest() != digest:
            raise self.changed(digest)
        return size

    def changed(self, digest: bytes) -> DocumentsChanged:
        """Returns the error that other bytes are here than the hash says."""
        return DocumentsChanged(
            _("{store} gives other bytes than {document}. Fetch it from another store.").format(
                store=self.name, document=digest.hex()
            )
        )

    def missing(self, digest: bytes) -> DocumentsMissing:
        """Returns the error that a document is not here."""
        return DocumentsMissing(
            _("The store {folder} lacks {name}. Ask the bidder or another store for it.").format(
                folder=self.name, name=digest.hex()
            )
        )

    def failure(self, error: Exception) -> StoreError:
        """Returns the error that the place cannot be used now."""
        detail = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return StoreError(
            _("The store {store} does not serve: {detail}. Mend it, or use another.").format(
                store=self.name, detail=plain(detail, 200)
            )
        )


class Local(Place):
    """A place that this machine reaches without asking anybody's leave, and sees whole."""

    @abstractmethod
    def size(self, digest: bytes) -> int:
        """Returns the size of what is there under a hash.

        Raises:
            DocumentsMissing: when nothing is.
            StoreError: when it cannot be read.
        """

    @abstractmethod
    def sizes(self) -> Iterator[tuple[bytes, int]]:
        """Returns the hashes and sizes of all that is there.

        Raises:
            StoreError: when it cannot be read.
        """


class Folder(Local):
    """A folder of files, each named by its keccak256 in hexadecimal.

    Args:
        path: the folder; it is made when something is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)
        self.where = os.path.realpath(path)

    def keep(self, file: BinaryIO, digest: bytes, size: int) -> None:
        """Keeps a document; it is on disk when this returns."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with self._incoming() as temporary:
                _copy(file, temporary)
                if temporary.tell() != size:
                    raise OSError(None, "not whole")
                temporary.flush()
                os.fsync(temporary.fileno())
                os.fchmod(temporary.fileno(), 0o644)
                os.replace(temporary.name, self.path / digest.hex())
                sync_folder(self.path)
        except OSError as error:
            raise self.failure(error) from error

    @contextmanager
    def _incoming(self) -> Iterator[Any]:
        """A new file, locked, that is gone after the block unless it got its name."""
        with tempfile.NamedTemporaryFile(dir=self.path, prefix=_INCOMING, delete=False) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Removes what a killed process was in the middle of writing; nobody else has it locked."""
        for path in self.path.glob(f"{_INCOMING}*"):
            with suppress(OSError), os.fdopen(_opened(path), "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()

    def chunks(self, digest: bytes) -> Generator[bytes, None, None]:
        """Returns the file piece by piece."""
        self.size(digest)  # a link, a pipe or a folder is no document
        try:
            with os.fdopen(_opened(self.path / digest.hex()), "rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except FileNotFoundError as error:
            raise self.missing(digest) from error
        except OSError as error:
            raise self.failure(error) from error

    def size(self, digest: bytes) -> int:
        """Returns the size of the file."""
        try:
            found = (self.path / digest.hex()).lstat()
        except FileNotFoundError as error:
            raise self.missing(digest) from error
        except OSError as error:
            raise self.failure(error) from error
        if not stat.S_ISREG(found.st_mode):
            raise self.missing(digest)
        return found.st_size

    def sizes(self) -> Iterator[tuple[bytes, int]]:
        """Returns what the folder has; a folder that is not there has nothing."""
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    if (digest := digest_of(entry.name)) and entry.is_file(follow_symlinks=False):
                        yield digest, entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            return
        except OSError as error:
            raise self.failure(error) from error


class Bucket(Local):
    """Objects below a prefix of what fsspec reaches, each named by its keccak256 in hexadecimal.

    Args:
        url: s3://BUCKET/PREFIX; memory://PREFIX lasts as long as the process, for tests.

    Raises:
        UsageError: when what reaches it is not installed.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # type: ignore[import-untyped]

        scheme, _colon, path = url.partition("://")
        options: dict[str, Any] = {}
        if scheme == "s3":
            options = {
                "config_kwargs": {
                    "connect_timeout": 10,
                    "read_timeout": 30,
                    "retries": {"max_attempts": 2},
                },
                "use_listings_cache": False,  # what others put in meanwhile counts too
            }
        self.name = plain(url, 200)
        try:
            self._files = fsspec.filesystem(scheme, **options)
        except ImportError as error:
            raise UsageError(
                _("{store} needs what is not installed: `pip install 'terang[s3]'`.").format(
                    store=self.name
                )
            ) from error
        self._root = path.rstrip("/")
        self.where = f"{scheme}://{self._root}"

    def keep(self, file: BinaryIO, digest: bytes, size: int) -> None:
        """Keeps an object; what S3 then says of its size is checked.

        What is there and right already is not written again.
        """
        path = self._path(digest)
        if self._has(digest, size):
            return
        try:
            self._write(file, path)
            told = self._files.info(path)["size"]
        except Exception as error:  # backends let whatever they have through
            raise self.failure(error) from error
        if told != size:
            raise self.failure(OSError(None, f"{told} of {size} bytes"))

    def _has(self, digest: bytes, size: int) -> bool:
        """Tells whether the object is there, and right."""
        try:
            with open(os.devnull, "wb") as nowhere:
                return self.size(digest) == size and self.fetch(digest, nowhere) == size
        except StoreError:
            return False

    def _write(self, file: BinaryIO, path: str) -> None:
        """Writes an object: it is there whole or not at all.

        S3 shows it when it is closed. Leaving a `with`, and the end of the process, would close it
        after a failure too, and what had come by then would be the object.
        """
        target = self._files.open(path, "wb", block_size=_PART)
        try:
            _copy(file, target)
            target.close()
        except BaseException:
            with suppress(Exception):  # what went wrong first is what counts
                target.closed = True
                target.discard()
            raise

    def chunks(self, digest: bytes) -> Generator[bytes, None, None]:
        """Returns the object piece by piece."""
        try:
            with self._files.open(
                self._path(digest), "rb", block_size=_PART, cache_type="readahead"
            ) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except FileNotFoundError as error:
            raise self.missing(digest) from error
        except Exception as error:
            raise self.failure(error) from error

    def size(self, digest: bytes) -> int:
        """Returns the size of the object."""
        try:
            return int(self._files.info(self._path(digest))["size"])
        except FileNotFoundError as error:
            raise self.missing(digest) from error
        except Exception as error:
            raise self.failure(error) from error

    def sizes(self) -> Iterator[tuple[bytes, int]]:
        """Returns what is below the prefix."""
        try:
            found = self._files.ls(self._root, detail=True)
        except FileNotFoundError:
            return
        except Exception as error:
            raise self.failure(error) from error
        for each in found:
            if digest := digest_of(each["name"].rpartition("/")[2]):
                yield digest, each["size"]

    def _path(self, digest: bytes) -> str:
        return f"{self._root}/{digest.hex()}"


def hasher() -> keccak.Keccak_Hash:
    """Returns a keccak256 that is fed piece by piece; eth_hash's would keep all the pieces."""
    return keccak.new(digest_bits=256)


def digest_of(name: str) -> bytes | None:
    """Returns the hash that a file is named by; None for another name."""
    if len(name) != 64 or set(name) - set("0123456789abcdef"):
        return None
    return bytes.fromhex(name)


def _opened(path: Path) -> int:
    """Opens a file of the folder; a link is not followed, and a FIFO not waited for.

    Raises:
        OSError: when it is no file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(None, "not a file")
    return handle


def _copy(file: BinaryIO, into: Any) -> None:
    file.seek(0)
    while chunk := file.read(CHUNK):
        into.write(chunk)
