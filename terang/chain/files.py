"""Files that are either whole or not there."""

import errno
import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes `content` to `path` so that no reader ever sees a part of it.

    Missing folders are made. A file killed in mid-write leaves the old one as it was.

    Args:
        path: the file.
        content: all of it.
        mode: its permissions; by default everybody may read.

    Raises:
        OSError: when the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
        sync_folder(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Has a folder's names on disk too: else a power cut may take a new file's.

    Raises:
        OSError: when it cannot be done.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, document: Any, mode: int = 0o644) -> None:
    """Writes a JSON file, whole or not at all (see `write_whole`).

    Args:
        path: the file.
        document: what it holds.
        mode: its permissions; by default everybody may read.

    Raises:
        OSError: when the folder cannot be written.
    """
    write_whole(path, (json.dumps(document, indent=2) + "\n").encode(), mode)


def read_file(path: Path) -> bytes:
    """Reads a regular file. A pipe would be waited for, for ever.

    Args:
        path: the file, or a link to it.

    Raises:
        OSError: when it cannot be read, or is no regular file.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    return path.read_bytes()
