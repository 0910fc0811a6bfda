"""The documents of a tender's opened bids, as anybody can read them once its key is released."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from terang.chain.files import write_whole
from terang.documents.place import Place
from terang.documents.places import fetch
from terang.documents.tenders import new_folder
from terang.errors import FAILED, UsageError
from terang.i18n import N_, _
from terang.ledger.tenders import BIDS
from terang.replay import rules
from terang.sealing.bidding import open_bid
from terang.sealing.documents import (
    DocumentsChanged,
    DocumentsError,
    DocumentsMissing,
    StoreError,
    decrypt,
    unpack,
)
from terang.sealing.envelope import documents_key

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.replay.state import State, Tender

STATUSES: Final = {
    "present": N_("present"),
    "missing": N_("missing"),
    "corrupt": N_("altered"),
    "unreachable": N_("not asked for: a store does not answer"),
    "undecryptable": N_("not to be decrypted"),
    "bad-archive": N_("a bad archive"),
}
"""What documents can be, in JSON and for people."""


@dataclass(frozen=True)
class Proposal:
    """The documents of one bid.

    Attributes:
        organisation: that bid.
        documents: keccak256 of the encrypted archive, as it was signed.
        status: a key of `STATUSES`.
        files: where they are now; none when they cannot be read, or were not to be written.
        fault: why they cannot be read, one sentence; "" when they can.
    """

    organisation: int
    documents: bytes
    status: str = "present"
    files: tuple[Path, ...] = ()
    fault: str = ""

    def text(self) -> str:
        """Returns it on one line."""
        return _("Organisation {organisation}: {documents}").format(
            organisation=self.organisation,
            documents=self.fault or ", ".join(map(str, self.files)) or "–",
        )

    def standing(self) -> str:
        """Returns what the documents are, on one line."""
        return _("Documents of organisation {organisation}: {status}").format(
            organisation=self.organisation, status=_(STATUSES[self.status])
        )

    def document(self) -> dict[str, Any]:
        """Returns it as JSON has it."""
        return {
            "organisation": self.organisation,
            "documents": "0x" + self.documents.hex(),
            "status": self.status,
            "files": [str(each) for each in self.files],
            "fault": self.fault or None,
        }


def proposals(
    ledger: "Ledger", state: "State", tender: "Tender", places: Sequence[Place], out: Path
) -> list[Proposal]:
    """Fetches, decrypts and unpacks the documents of every bid that counts.

    Args:
        ledger: where.
        state: the ledger as its events tell it.
        tender: whose bids are open.
        places: stores, tried in turn for each bid.
        out: a new folder; each organisation's files go into one of its own in it.

    Returns:
        one for each bid, in the order of opening. One that cannot be read has a `fault`: the panel
        may mark it not responsive.

    Raises:
        UsageError: when the bids are not all open yet, or the folder is there already.
        OSError: when the folder cannot be written.
    """
    _check_open(state, tender)
    found = []
    with new_folder(out):
        for proposal, files in _read(ledger, state, tender, places):
            folder = out / f"organisation-{proposal.organisation}"
            paths = {folder / name: content for name, content in files.items()}
            for path, content in paths.items():
                write_whole(path, content)
            found.append(replace(proposal, files=tuple(paths)))
    return found


def exit_code(found: Sequence[Proposal]) -> int:
    """Returns 1 when there are bids and the documents of none can be read, else 0."""
    return FAILED if found and all(each.fault for each in found) else 0


def standing(
    ledger: "Ledger", state: "State", tender: "Tender", places: Sequence[Place]
) -> list[Proposal]:
    """Tells which documents of the bids that count can be read, and writes nothing.

    Returns:
        one for each bid, in the order of opening.

    Raises:
        UsageError: when the bids are not all open yet.
    """
    _check_open(state, tender)
    return [proposal for proposal, _files in _read(ledger, state, tender, places)]


def _check_open(state: "State", tender: "Tender") -> None:
    if tender.cancelled:
        raise UsageError(
            _("Tender {tender} is cancelled: its bids stay sealed for ever.").format(
                tender=tender.id
            )
        )
    if not rules.is_opened(state, tender.box):
        raise UsageError(
            _(
                "The bids of tender {tender} are not all open yet, and nobody can read their "
                "documents before. `tender timeline` tells what is missing."
            ).format(tender=tender.id)
        )


def _read(
    ledger: "Ledger", state: "State", tender: "Tender", places: Sequence[Place]
) -> Iterator[tuple[Proposal, dict[str, bytes]]]:
    """One bid after the other: the documents of one are in memory at a time."""
    box, secret = ledger.tenders.box(tender.id, BIDS), rules.secret_of(state, tender.box)
    for bid in rules.standing_bids(state, tender):
        _bid, z = open_bid(tender.box.envelopes[bid.envelope].content, secret, box)
        status, files, fault = _files(places, bid.documents, documents_key(box.id, z))
        yield Proposal(bid.organisation, bid.documents, status, fault=fault), files


def _files(places: Sequence[Place], digest: bytes, key: bytes) -> tuple[str, dict[str, bytes], str]:
    """Returns status, files and fault of the documents under a hash."""
    status = "unreachable"
    try:
        ciphertext = fetch(places, digest)
        status = "undecryptable"
        archive = decrypt(key, ciphertext)
        status = "bad-archive"
        return "present", unpack(archive), ""  # which lets no name out of its folder
    except DocumentsMissing as error:
        return "missing", {}, str(error)
    except DocumentsChanged as error:
        return "corrupt", {}, str(error)
    except (StoreError, DocumentsError) as error:
        return status, {}, str(error)
