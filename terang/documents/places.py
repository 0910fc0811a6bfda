"""Several stores at once: a document is brought to all, and fetched from whichever has it right."""

import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from terang.documents.client import Remote, Tell
from terang.documents.place import Bucket, Folder, Place
from terang.documents.receipt import Kept, Permit, ReceiptError, Statement
from terang.errors import TerangError, UsageError
from terang.i18n import _
from terang.i18n.show import address
from terang.ledger import Ledger
from terang.ledger.licences import NEAR, was_licensed
from terang.sealing.documents import DocumentsChanged, DocumentsMissing, StoreError
from terang.serving.asking import Begun, Late

READING: Final = 28 * 86_400
"""Seconds beyond closing for which a store must promise to keep documents: nobody can read those of
a bid before the release, and then come the panel, and those who object."""

_WHOLE: Final = 900.0  # seconds; a store's client gives up before


class TooFewCopies(TerangError):
    """Too few stores took a document."""


class Unreachable(StoreError):
    """No store gave a document, and one of them could not be asked."""


def place_of(text: str, permit: Permit | None = None) -> Place:
    """Returns a store by what names it.

    Args:
        text: a folder, s3://BUCKET/PREFIX, or the http(s):// address of one that is served.
        permit: signs for documents in clear, where a served store asks for it.

    Raises:
        UsageError: when it names none.
    """
    scheme, colon, rest = text.partition("://")
    if not colon and text.strip():
        return Folder(Path(text))
    if scheme in ("http", "https"):
        return Remote(text, permit)
    if scheme == "s3" and rest.strip("/") and "@" not in rest:
        return Bucket(text)
    raise UsageError(
        _("{store} is no document store. Give a folder, s3://BUCKET/PREFIX or https://…").format(
            store=address(text) or repr(text)
        )
    )


def bring(
    ledger: Ledger,
    places: Sequence[Place],
    content: bytes,
    digest: bytes,
    receipts: Path,
    tell: Tell,
    *,
    copies: int = 1,
    closes: int = 0,
) -> list[Path]:
    """Brings a document to all stores at once, and keeps the receipts of those that give one.

    A store that refuses, or whose receipt is worth nothing, is named and does not count. The same
    place twice counts once, and so do two addresses at which one account signs: whoever keeps
    nothing can pass a document on to a store that does, and hand back that one's receipt.

    Args:
        ledger: whose chain tells the time, and who may run a store.
        places: the stores.
        content: the document.
        digest: its keccak256.
        receipts: folder for the receipts.
        tell: is told each step.
        copies: how many different stores must have it.
        closes: when the tender closes that it is for, in seconds since 1970 UTC: no store is waited
            for beyond half of the time until then, and each must promise to keep it for `READING`
            more. 0 for no tender.

    Returns:
        the files of the receipts.

    Raises:
        TooFewCopies: when fewer than `copies` have it.
        ChainUnreachable: when the node does not answer.
        OSError: when a receipt cannot be written.
    """
    kept, had, signers = [], 0, dict[str, Place]()
    left = closes - ledger.chain.now
    deadline = time.monotonic() + (left / 2 if left > 0 else _WHOLE)
    different = {each.where: each for each in places}.values()
    for place, receipt_of in [(each, _begun(each, content, digest)) for each in different]:
        try:
            receipt = receipt_of(deadline)
            if isinstance(place, Remote) and isinstance(receipt, Statement):
                check_keep(ledger, receipt, closes + READING if closes else 0)
                kept.append(Kept(receipt, place.url).save(receipts))
                first = signers.setdefault(receipt.store, place)
                if first is not place:
                    raise ReceiptError(
                        _(
                            "its receipt is signed by {account}, as that of {first} is: the two "
                            "count as one store"
                        ).format(account=receipt.store, first=first.name)
                    )
                tell(
                    _("{store} has the documents; its receipt is {path}.").format(
                        store=place.name, path=kept[-1]
                    )
                )
            had += 1
        except (StoreError, ReceiptError) as error:
            tell(
                _("{store} did not take the documents: {reason}").format(
                    store=place.name, reason=error
                )
            )
    if had < copies:
        raise TooFewCopies(
            _(
                "{had} stores have the documents, and {copies} must: nothing is sent. Name other "
                "stores by --store, or fewer by --copies."
            ).format(had=had, copies=copies)
        )
    return kept


def _begun(place: Place, content: bytes, digest: bytes) -> Callable[[float], Any]:
    """Begins to bring a document; returns what waits, until a time, for what `keep` returns.

    A served store has a thread, which is left behind where it is slow. A folder and S3 are written
    to while they are waited for: a thread that is left behind could leave half a document.
    """
    if not isinstance(place, Remote):
        return lambda _deadline: place.keep(BytesIO(content), digest, len(content))
    begun = Begun(lambda: place.keep(BytesIO(content), digest, len(content)), "store-bring")

    def waited(deadline: float) -> Any:
        try:
            return begun.until(deadline)
        except Late as error:
            raise place.failure(OSError(None, _("it does not answer in time"))) from error

    return waited


def check_keep(ledger: Ledger, keep: Statement, until: int) -> None:
    """Checks a fresh receipt: this ledger, this hour, by who may run a store, for long enough.

    Raises:
        ReceiptError: when it is worth nothing.
        ChainUnreachable: when the node does not answer.
    """
    own, now = ledger.tenders.domain, ledger.chain.now
    if (keep.domain.chain_id, keep.domain.contract) != (own.chain_id, own.contract):
        raise ReceiptError(_("its receipt is for another ledger"))
    if abs(keep.message["receivedAt"] - now) > NEAR:
        raise ReceiptError(_("its receipt's time is not that of the chain"))
    if keep.message["keptUntil"] <= max(until, now):
        raise ReceiptError(_("it would not keep them until the bids are open and read"))
    if not was_licensed(ledger, keep.store, keep.message["receivedAt"], now):
        raise ReceiptError(_("{account} is no licensed relay").format(account=keep.store))


def fetch(places: Sequence[Place], digest: bytes) -> bytes:
    """Returns a document from the first store that gives the right bytes.

    Raises:
        Unreachable: when none does, and one could not be asked: it may have the right ones.
        DocumentsChanged: when none does, all were asked, and one has other bytes under this hash.
        DocumentsMissing: when no store has it.
    """
    found: dict[type[StoreError], StoreError] = {}
    for place in places:
        into = BytesIO()
        try:
            place.fetch(digest, into)
        except (DocumentsChanged, DocumentsMissing) as error:
            found.setdefault(type(error), error)
        except StoreError as error:
            found.setdefault(Unreachable, Unreachable(str(error)))
        else:
            return into.getvalue()
    for kind in (Unreachable, DocumentsChanged, DocumentsMissing):
        if kind in found:
            raise found[kind]
    raise UsageError(_("No document store is named. Give --store."))
