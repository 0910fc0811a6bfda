"""What a relay promised, on disk: one file for each envelope, whole before the receipt is given.

A file holds the receipt, the envelope until a final block has it, and what became of it; nothing
of whoever brought it.
"""

import fcntl
import json
import threading
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.files import read_file, write_json
from terang.errors import TerangError
from terang.i18n import _
from terang.relay.evidence import Place
from terang.relay.receipt import Promise
from terang.sealing.envelope import Box

WAITING: Final = "waiting"
SEALED: Final = "sealed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
STATUSES: Final = (WAITING, SEALED, FAILED, CANCELLED)
"""Promised, in the box, not in the box when it closed, or not owed: the tender was cancelled."""

AT_ONCE: Final = 32
"""Envelopes that are sent together."""


class QueueError(TerangError):
    """The folder of what was promised cannot be used."""


@dataclass(frozen=True)
class Entry:
    """An envelope that was promised.

    Attributes:
        promise: the receipt.
        envelope: the envelope; empty once its end is final.
        since: number of the newest block when it was promised; no earlier one has the envelope.
        status: one of `STATUSES`.
        place: where the chain has it, once it is sealed.
    """

    promise: Promise
    envelope: bytes
    since: int
    status: str = WAITING
    place: Place | None = None

    def document(self) -> dict[str, Any]:
        """Returns the entry as its file has it."""
        return self.public() | {"envelope": "0x" + self.envelope.hex(), "since": self.since}

    def public(self) -> dict[str, Any]:
        """Returns what whoever knows the envelope's hash is told."""
        return {
            "receipt": self.promise.document(),
            "status": self.status,
            "block": self.place and self.place.block,
            "transaction": self.place and "0x" + self.place.transaction.hex(),
        }

    @property
    def key(self) -> tuple[Box, bytes]:
        """Box and hash of the envelope: anybody may bring the same one to several boxes."""
        return self.promise.box, self.promise.envelope

    @property
    def is_loose(self) -> bool:
        """Whether it is in its box by a block that may be replaced."""
        return self.status == SEALED and bool(self.envelope)

    def sealed(self, place: Place) -> Self:
        """Returns the entry once it is in its box, by a block that may be replaced."""
        return replace(self, status=SEALED, place=place)

    def lost(self) -> Self:
        """Returns the entry once the chain has lost it again."""
        return replace(self, status=WAITING, place=None)

    def done(self, status: str, place: Place | None = None) -> Self:
        """Returns the entry once its end is final; the envelope is not needed any more."""
        return replace(self, envelope=b"", status=status, place=place)

    @classmethod
    def read(cls, document: Any) -> Self:
        """Reads an entry; raises whatever a document of another form leads to."""
        promise = Promise.read(document["receipt"])
        envelope = answers.data(document["envelope"], "envelope")
        status, since, block = document["status"], document["since"], document["block"]
        place = None
        if block is not None:
            place = Place(block, answers.data(document["transaction"], "transaction", 32))
        waits = status == WAITING
        if (
            status not in STATUSES
            or any(type(each) is not int for each in (since, block or 0))
            or ((waits or envelope) and keccak(envelope) != promise.envelope)
        ):
            raise ValueError("entry")
        return cls(promise, envelope, since, status, place)


class Queue:
    """A folder of entries, for one relay on one ledger, used by one process at a time.

    It may be used by several threads.

    Args:
        folder: made when needed; nobody else may read it.

    Raises:
        QueueError: when another process uses it, it cannot be used, or a file is not an entry's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held = (folder / "lock").open("w")
        except OSError as error:
            raise QueueError(
                _("Cannot use {path} ({reason}). Correct that, or name another folder.").format(
                    path=folder, reason=error.strerror
                )
            ) from error
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._entries = {
                found.key: found for found in map(self._take, sorted(folder.glob("*.json")))
            }
        except BlockingIOError as error:
            self.close()
            raise QueueError(
                _("A relay serves from {path} already. Stop it first, or name another folder.")
                .format(path=folder)
            ) from error  # fmt: skip
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets another process use the folder."""
        self._held.close()

    def find(self, box: Box, envelope: bytes) -> Entry | None:
        """Returns the entry of an envelope in a box by its hash."""
        with self._lock:
            return self._entries.get((box, envelope))

    def of(self, envelope: bytes) -> list[Entry]:
        """Returns the entries of an envelope by its hash, in whatever boxes."""
        with self._lock:
            return [each for each in self._entries.values() if each.promise.envelope == envelope]

    def put(self, entry: Entry) -> None:
        """Writes an entry down; after that it outlives a killed process and a lost supply.

        Raises:
            OSError: when it cannot be written.
        """
        with self._lock:
            write_json(self._path(entry), entry.document(), 0o600)
            self._entries[entry.key] = entry

    def waiting(self) -> list[Entry]:
        """Returns what is promised and not in its box yet; what closes first comes first."""
        with self._lock:
            found = [each for each in self._entries.values() if each.status == WAITING]
        return sorted(found, key=lambda each: each.promise.closes_at)

    def loose(self) -> list[Entry]:
        """Returns what is in its box by a block that may be replaced."""
        with self._lock:
            return [each for each in self._entries.values() if each.is_loose]

    def has_time(self, closes_at: int, now: int, margin: int) -> bool:
        """Tells whether one more envelope can be sent in time, and all that then comes after it.

        Args:
            closes_at: when its box closes, in seconds since 1970 UTC.
            now: the time.
            margin: seconds that `AT_ONCE` envelopes take.
        """
        later = sorted([each.promise.closes_at for each in self.waiting()] + [closes_at])
        return all(
            now + margin * (1 + place // AT_ONCE) < each
            for place, each in enumerate(later)
            if each >= closes_at
        )

    def waiting_for(self, box: Box) -> int:
        """Returns how many envelopes wait for a box."""
        return sum(each.promise.box == box for each in self.waiting())

    def counts(self) -> Counter[str]:
        """Returns how many entries there are of each status."""
        with self._lock:
            return Counter(each.status for each in self._entries.values())

    def prune(self, closed_before: int) -> None:
        """Forgets what is done with, for boxes that closed before this second.

        Raises:
            OSError: when a file cannot be removed.
        """
        with self._lock:
            for entry in list(self._entries.values()):
                over = entry.status != WAITING and not entry.is_loose
                if over and entry.promise.closes_at < closed_before:
                    self._path(entry).unlink(missing_ok=True)
                    del self._entries[entry.key]

    def _take(self, path: Path) -> Entry:
        """Reads a file; one that an earlier release wrote gets the name that it has now."""
        found = _read(path)
        if path != self._path(found):
            path.replace(self._path(found))
        return found

    def _path(self, entry: Entry) -> Path:
        box = entry.promise.box
        name = f"{box.tender_id}-{box.stage}-{entry.promise.envelope.hex()}.json"
        return self.folder / name


def _read(path: Path) -> Entry:
    try:
        return Entry.read(json.loads(read_file(path)))
    except (TerangError, OSError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise QueueError(
            _(
                "{path} should tell what this relay promised, and cannot be read. "
                "Look on the chain what became of it, then move that file away."
            ).format(path=path)
        ) from error
