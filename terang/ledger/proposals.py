"""The documents of a tender's opened bids, as anybody can read them once its key is released."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terang.chain.files import write_whole
from terang.errors import UsageError
from terang.i18n import _
from terang.ledger.tenders import BIDS
from terang.replay import rules
from terang.sealing.bidding import open_bid
from terang.sealing.documents import DocumentsError, Store, StoreError, decrypt, unpack
from terang.sealing.envelope import documents_key

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.replay.state import State, Tender


@dataclass(frozen=True)
class Proposal:
    """The documents of one bid.

    Attributes:
        organisation: that bid.
        documents: keccak256 of the encrypted archive, as it was signed.
        files: where they are now; none when they cannot be read.
        fault: why they cannot be read, one sentence; "" when they can.
    """

    organisation: int
    documents: bytes
    files: tuple[Path, ...] = ()
    fault: str = ""

    def text(self) -> str:
        """Returns it on one line."""
        return _("Organisation {organisation}: {documents}").format(
            organisation=self.organisation,
            documents=self.fault or ", ".join(map(str, self.files)) or "–",
        )

    def document(self) -> dict[str, Any]:
        """Returns it as JSON has it."""
        return {
            "organisation": self.organisation,
            "documents": "0x" + self.documents.hex(),
            "files": [str(each) for each in self.files],
            "fault": self.fault or None,
        }


def proposals(
    ledger: "Ledger", state: "State", tender: "Tender", store: Store, out: Path
) -> list[Proposal]:
    """Fetches, decrypts and unpacks the documents of every bid that counts.

    Args:
        ledger: where.
        state: the ledger as its events tell it.
        tender: whose bids are open.
        store: has the encrypted documents.
        out: a new folder; each organisation's files go into one of its own in it.

    Returns:
        one for each bid, in the order of opening. One that cannot be read has a `fault`: the panel
        may mark it not responsive.

    Raises:
        UsageError: when the bids are not all open yet, or the folder is there already.
        OSError: when the folder cannot be written.
    """
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
    try:
        out.mkdir(parents=True)  # a folder of our own: no link of somebody else's is followed
    except FileExistsError as error:
        raise UsageError(
            _("{path} is there already. Name another folder, or remove it first.").format(path=out)
        ) from error
    box, secret = ledger.tenders.box(tender.id, BIDS), rules.secret_of(state, tender.box)
    found = []
    for bid in rules.standing_bids(state, tender):
        _bid, z = open_bid(tender.box.envelopes[bid.envelope].content, secret, box)
        try:
            # `unpack` lets no name out of its folder
            files = unpack(decrypt(documents_key(box.id, z), store.get(bid.documents)))
        except (StoreError, DocumentsError) as error:
            found.append(Proposal(bid.organisation, bid.documents, fault=str(error)))
            continue
        paths = {out / f"organisation-{bid.organisation}" / name: files[name] for name in files}
        for path, content in paths.items():
            write_whole(path, content)
        found.append(Proposal(bid.organisation, bid.documents, tuple(paths)))
    return found
