"""Whether a store keeps what it promised: it is asked for the document, or challenged."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, ClassVar, Final

from terang.chain.files import write_json
from terang.documents.client import Remote, random_challenge
from terang.documents.receipt import Kept, ReceiptError, Statement
from terang.errors import DIFFERENCE_FOUND, FAILED
from terang.i18n import N_, _
from terang.i18n.show import address, iso, when
from terang.ledger import Ledger
from terang.ledger.licences import was_licensed
from terang.sealing.documents import DocumentsChanged, DocumentsMissing, Store, StoreError

_SENTENCES: Final = {
    "kept": N_("Kept: {url} gives {document}."),
    "shown": N_("Shown: {url} has {document}, as far as its signed answer tells ({path})."),
    "ended": N_("Nothing is owed: {store} promised {document} until {until} only."),
    "unreachable": N_(
        "Not known: {url} does not give {document} now. {reason} Ask again, and bring it to "
        "another store meanwhile."
    ),
    "broken": N_(
        "Broken: {store} promised at {received} to keep {document} until {until}, and {url} does "
        "not give it. {reason} Bring it to another store; this receipt is the evidence that it was "
        "there in time."
    ),
    "unlicensed": N_(
        "{store} signed this, and was no licensed relay at {received}: it could promise nothing. "
        "Bring the documents to another store."
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What became of a receipt.

    Attributes:
        kept: the receipt.
        status: a key of the sentences: kept, shown, ended, unreachable, broken or unlicensed.
        reason: what the store said or did; "" when all is well.
        path: file of the signed answer to a challenge; None without one.
    """

    kept: Kept
    status: str
    reason: str = ""
    path: Path | None = None

    _CODES: ClassVar = {
        "unreachable": FAILED,
        "broken": DIFFERENCE_FOUND,
        "unlicensed": DIFFERENCE_FOUND,
    }

    @property
    def exit_code(self) -> int:
        """0 there or nothing owed, 1 not known, 5 broken or signed by no licensed relay."""
        return self._CODES.get(self.status, 0)

    def text(self) -> str:
        """Returns the verdict for people."""
        message = self.kept.keep.message
        return _(_SENTENCES[self.status]).format(
            url=address(self.kept.url),
            store=message["store"],
            document="0x" + message["document"].hex(),
            received=when(message["receivedAt"]),
            until=when(message["keptUntil"]),
            reason=self.reason,
            path=self.path,
        )

    def document(self) -> dict[str, Any]:
        """Returns the verdict as JSON has it."""
        message = self.kept.keep.message
        return {
            "status": self.status,
            "store": message["store"],
            "url": self.kept.url,
            "document": "0x" + message["document"].hex(),
            "size": message["size"],
            "receivedAt": iso(message["receivedAt"]),
            "keptUntil": iso(message["keptUntil"]),
            "reason": self.reason or None,
            "answer": self.path and str(self.path),
        }


def worst(found: Sequence[Verdict]) -> int:
    """Returns the exit code of several verdicts: 5 before 1 before 0."""
    return max(each.exit_code for each in found)


def check_keep(ledger: Ledger, kept: Kept) -> Verdict:
    """Asks a store for the document of its receipt.

    Raises:
        ReceiptError: when the receipt is about another ledger.
        ChainUnreachable: when the node does not answer.
    """
    if (verdict := _before(ledger, kept)) is not None:
        return verdict
    try:
        with TemporaryFile() as nowhere:
            Remote(kept.url).fetch(kept.keep.document_hash, nowhere)
    except (DocumentsMissing, DocumentsChanged) as error:
        return _lost(ledger, kept, str(error))
    except StoreError as error:
        return Verdict(kept, "unreachable", str(error))
    return Verdict(kept, "kept")


def challenge(ledger: Ledger, kept: Kept, own: Store, folder: Path) -> Verdict:
    """Challenges a store over the whole document of its receipt.

    Args:
        ledger: whose chain tells who may run a store.
        kept: the receipt.
        own: has the document too.
        folder: for the signed answer.

    Raises:
        DocumentsMissing: when the document is not here, so that no answer could be compared.
        ReceiptError: when the receipt is about another ledger.
        ChainUnreachable: when the node does not answer.
        OSError: when the answer cannot be written.
    """
    digest = kept.keep.document_hash
    content = own.get(digest)
    if (verdict := _before(ledger, kept)) is not None:
        return verdict
    asked = random_challenge(len(content))
    try:
        shown = Remote(kept.url).challenge(digest, asked)
        if (shown.store, shown.domain) != (kept.keep.store, kept.keep.domain):
            raise ReceiptError(_("another account answers than the one that promised"))
    except DocumentsMissing as error:
        return _lost(ledger, kept, str(error))
    except (StoreError, ReceiptError) as error:
        return Verdict(kept, "unreachable", str(error))
    path = _save(shown, folder)
    if shown.message["answer"] != asked.answer(content):
        return Verdict(kept, "broken", _("It answered wrongly, and signed that."), path)
    return Verdict(kept, "shown", path=path)


def _before(ledger: Ledger, kept: Kept) -> Verdict | None:
    """Says what can be said without asking the store."""
    keep, own = kept.keep, ledger.tenders.domain
    if (keep.domain.chain_id, keep.domain.contract) != (own.chain_id, own.contract):
        raise ReceiptError(
            _(
                "This receipt is for the ledger at {contract} on chain {chain}. Name the network "
                "that it is for."
            ).format(contract=keep.domain.contract, chain=keep.domain.chain_id)
        )
    if not was_licensed(ledger, keep.store, keep.message["receivedAt"]):
        return Verdict(kept, "unlicensed")
    return None


def _lost(ledger: Ledger, kept: Kept, reason: str) -> Verdict:
    ended = ledger.chain.now >= kept.keep.message["keptUntil"]
    return Verdict(kept, "ended" if ended else "broken", reason)


def _save(shown: Statement, folder: Path) -> Path:
    nonce = shown.message["nonce"].hex()[:8]
    path = folder / f"shown-{shown.document_hash.hex()}-{shown.store[2:10].lower()}-{nonce}.json"
    write_json(path, shown.document(), 0o600)
    return path
