"""Replicas made whole: what one store has right, and another lacks or has altered, is copied."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from terang.documents.client import Tell
from terang.documents.place import Local, Place
from terang.documents.receipt import ReceiptError
from terang.errors import FAILED, UsageError
from terang.i18n import _
from terang.i18n.show import plain
from terang.sealing.documents import DocumentsChanged, DocumentsMissing, StoreError

_EVERY: Final = 100  # documents between two lines of progress


@dataclass
class Mended:
    """What a repair did.

    Attributes:
        looked: documents that were looked at.
        right: copies that were right already.
        copied: copies that were made.
        failed: copies that could not be made.
        lost: documents of which no store has a right copy.
    """

    looked: int = 0
    right: int = 0
    copied: int = 0
    failed: int = 0
    lost: int = 0

    @property
    def exit_code(self) -> int:
        """0 when every store has every document, else 1."""
        return FAILED if self.failed or self.lost else 0

    def text(self) -> str:
        """Returns it for people."""
        return _(
            "{looked} documents looked at: {right} copies were right, {copied} made, {failed} "
            "failed; {lost} documents are right nowhere."
        ).format(**vars(self))

    def document(self) -> dict[str, Any]:
        """Returns it as JSON has it."""
        return dict(vars(self))


def digest_in(text: str) -> bytes:
    """Reads a document's hash.

    Raises:
        UsageError: when it is none.
    """
    if not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text):
        raise UsageError(
            _("{hash} is not the hash of a document. Write 0x and 64 hexadecimal digits.").format(
                hash=plain(text, 80)
            )
        )
    return bytes.fromhex(text[-64:])


def mend(places: Sequence[Place], digests: Sequence[bytes], tell: Tell) -> Mended:
    """Copies every document to the stores that lack it or have it altered.

    It holds one document on disk at a time, and the hashes of all in memory (some hundred bytes
    each). What is right is left as it is, so a second run goes on where the first ended.

    Args:
        places: two or more stores.
        digests: of the documents; none for all that folders and S3 have.
        tell: is told each copy and failure.

    Raises:
        UsageError: for fewer than two stores.
        StoreError: when a folder or S3 cannot be listed.
    """
    if len(places) < 2:
        raise UsageError(_("Give two stores or more by --store: one repairs the other."))
    done = Mended()
    for digest in digests or _all(places):
        done.looked += 1
        _mend(places, digest, done, tell)
        if done.looked % _EVERY == 0:
            tell(done.text())
    return done


def _all(places: Sequence[Place]) -> Iterator[bytes]:
    local = [each for each in places if isinstance(each, Local)]
    yield from sorted({digest for place in local for digest, _size in place.sizes()})


def _mend(places: Sequence[Place], digest: bytes, done: Mended, tell: Tell) -> None:
    with tempfile.TemporaryFile() as good:
        size, lacking = 0, []
        for place in places:
            try:
                size = _fetched(place, digest, good, keep=not size) or size
                done.right += 1
            except (DocumentsMissing, DocumentsChanged) as error:
                lacking.append(place)
                tell(str(error))
            except StoreError as error:
                done.failed += 1
                tell(str(error))
        if not size:
            done.lost += 1
            return
        for place in lacking:
            try:
                place.keep(good, digest, size)
                done.copied += 1
                tell(
                    _("{document} is copied to {store}.").format(
                        document="0x" + digest.hex(), store=place.name
                    )
                )
            except (StoreError, ReceiptError) as error:
                done.failed += 1
                tell(str(error))


def _fetched(place: Place, digest: bytes, good: BinaryIO, *, keep: bool) -> int:
    """Checks a store's copy; the first right one stays in `good`."""
    if not keep:
        with tempfile.TemporaryFile() as other:
            return place.fetch(digest, other)
    good.seek(0)
    good.truncate()
    return place.fetch(digest, good)
