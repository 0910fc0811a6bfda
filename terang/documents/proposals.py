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
from terang.replay import rules
from terang.sealing.bidding import open_bid, open_proposal
from terang.sealing.documents import (
    DocumentsChanged,
    DocumentsError,
    DocumentsMissing,
    StoreError,
    decrypt,
    unpack,
)
from terang.sealing.envelope import documents_key
from terang.vocabulary import PRICES, PROPOSALS

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.replay.state import Box, State, Tender

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
    ledger: "Ledger", state: "State", box: "Box", places: Sequence[Place], out: Path
) -> list[Proposal]:
    """Fetches, decrypts and unpacks the documents of every bid that counts.

    Args:
        ledger: where.
        state: the ledger as its events tell it.
        box: of the bids, or in two envelopes of the proposals or of their prices, which need have
            no documents.
        places: stores, tried in turn for each bid.
        out: a new folder; each organisation's files go into one of its own in it.

    Returns:
        one for each bid, in the order of opening. One that cannot be read has a `fault`: the panel
        may mark it not responsive.

    Raises:
        UsageError: when the bids are not all open yet, or the folder is there already.
        OSError: when the folder cannot be written.
    """
    tender = state.tenders[box.tender]
    _check_open(state, tender, box)
    found = []
    with new_folder(out):
        for proposal, files in _read(ledger, state, tender, box, places):
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
    _check_open(state, tender, tender.box)
    return [proposal for proposal, _files in _read(ledger, state, tender, tender.box, places)]


def _check_open(state: "State", tender: "Tender", box: "Box") -> None:
    if tender.cancelled:
        raise UsageError(
            _("Tender {tender} is cancelled: its bids stay sealed for ever.").format(
                tender=tender.id
            )
        )
    if not rules.is_opened(state, box):
        raise UsageError(
            _(
                "The bids of tender {tender} are not all open yet, and nobody can read their "
                "documents before. `tender timeline` tells what is missing."
            ).format(tender=tender.id)
        )


def _read(
    ledger: "Ledger", state: "State", tender: "Tender", box: "Box", places: Sequence[Place]
) -> Iterator[tuple[Proposal, dict[str, bytes]]]:
    """One bid after the other: the documents of one are in memory at a time."""
    of_prices = box.stage == PRICES
    where, secret = ledger.tenders.box(tender.id, box.stage), rules.secret_of(state, box)
    opener = open_proposal if box.stage == PROPOSALS else open_bid
    priced = {each.organisation: each for each in tender.priced}
    for bid in rules.standing_bids(state, tender):
        own = priced.get(bid.organisation) if of_prices else bid
        if own is None or (of_prices and not any(own.documents)):
            continue
        _message, z = opener(box.envelopes[own.envelope].content, secret, where)
        status, files, fault = _files(places, own.documents, documents_key(where.id, z))
        yield Proposal(own.organisation, own.documents, status, fault=fault), files


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
