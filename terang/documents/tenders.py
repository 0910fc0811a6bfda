"""The documents of a tender, in clear: published under the Merkle root that its terms have."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.files import write_whole
from terang.documents.client import Tell
from terang.documents.place import MOST, Place
from terang.documents.places import bring, fetch
from terang.errors import DIFFERENCE_FOUND, TerangError, UsageError
from terang.i18n import _
from terang.ledger.desk import read_files
from terang.sealing.documents import MAX_FILES, check_names
from terang.sealing.merkle import MerkleTree

if TYPE_CHECKING:
    from terang.ledger import Ledger
    from terang.replay.state import Tender

_SCHEME: Final = "documents:"
_MOST_LIST: Final = MAX_FILES * 1_024  # bytes


class OtherDocuments(TerangError):
    """What a store has is not what the tender's terms name."""

    exit_code = DIFFERENCE_FOUND


class Published:
    """The documents that a tender is published with.

    The root is that of a tree over the keccak256 of each document, as OpenZeppelin hashes pairs;
    the root of one document is its own hash. Names and order are in a list, JSON, that is kept
    beside the documents.

    Args:
        files: name → content, in the order of the tree.

    Raises:
        DocumentsError: when a name is unsafe, or there are too many.
        UsageError: when one is empty, or larger than stores take.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        check_names(list(files))
        for name, content in files.items():
            if not 0 < len(content) <= MOST:
                raise UsageError(
                    _("{name} has {size} bytes; a document has 1 to {most}. Split it.").format(
                        name=name, size=len(content), most=MOST
                    )
                )
        self._files = {keccak(content): content for content in files.values()}
        leaves = {name: keccak(content) for name, content in files.items()}
        self.root = MerkleTree(list(leaves.values())).root
        entries = [{"name": name, "keccak256": "0x" + leaf.hex()} for name, leaf in leaves.items()]
        self._list = (json.dumps(entries, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def read(cls, paths: Sequence[Path]) -> "Published":
        """Reads them from files.

        Raises:
            UsageError: when one cannot be read.
        """
        return cls(read_files(paths))

    @property
    def uri(self) -> str:
        """Where they are, for the tender's notice: the hash of the list."""
        return _SCHEME + keccak(self._list).hex()

    def bring(
        self,
        ledger: "Ledger",
        places: Sequence[Place],
        receipts: Path,
        tell: Tell,
        copies: int,
        closes: int,
    ) -> list[Path]:
        """Brings all of them and the list to every store; see `places.bring`."""
        kept = []
        for content in (*self._files.values(), self._list):
            kept += bring(
                ledger, places, content, keccak(content), receipts, tell,
                copies=copies, closes=closes,
            )  # fmt: skip
        return kept


def tender_documents(
    tender: "Tender", places: Sequence[Place], out: Path
) -> tuple[bytes, list[Path]]:
    """Fetches the documents of a tender, and checks them against its terms.

    Args:
        tender: the tender, as its events tell it.
        places: stores, tried in turn.
        out: a new folder for them.

    Returns:
        the root that they have and that the terms name, and the files.

    Raises:
        UsageError: when the notice names no list, or the folder is there already.
        StoreError: when no store gives a document.
        OtherDocuments: when they are not those of the terms.
        OSError: when the folder cannot be written.
    """
    uri, root = tender.notice["documentsUri"], tender.terms["documents"]
    try:
        if not uri.startswith(_SCHEME):
            raise ValueError("scheme")
        listed = answers.data("0x" + uri.removeprefix(_SCHEME), "list", 32)
    except (ValueError, BadAnswer) as error:
        raise UsageError(
            _(
                "The notice of tender {tender} names no list of documents in a store. Ask its "
                "buyer, and compare what you get with {root}."
            ).format(tender=tender.id, root="0x" + root.hex())
        ) from error
    leaves = _leaves(fetch(places, listed), root)
    paths = []
    with new_folder(out):
        for name, leaf in leaves.items():
            write_whole(out / name, fetch(places, leaf))
            paths.append(out / name)
    return root, paths


def _leaves(content: bytes, root: bytes) -> dict[str, bytes]:
    """Reads a list: its buyer wrote it, and what it says is checked against the root.

    Raises:
        OtherDocuments: when it is no list, or of other documents.
    """
    try:
        if len(content) > _MOST_LIST:
            raise ValueError("size")
        entries = [(each["name"], each["keccak256"]) for each in json.loads(content)]
        check_names([name for name, _leaf in entries])
        leaves = {name: answers.data(leaf, "leaf", 32) for name, leaf in entries}
        if MerkleTree(list(leaves.values())).root != root:
            raise ValueError("root")
    except (LookupError, TypeError, ValueError, AttributeError, BadAnswer, RecursionError) as error:
        raise OtherDocuments(
            _(
                "The list in the store is not of the documents that the tender's terms name, "
                "{root}. Ask the buyer for those, and bid on nothing else."
            ).format(root="0x" + root.hex())
        ) from error
    return leaves


@contextmanager
def new_folder(out: Path) -> Iterator[None]:
    """Makes a folder of our own: no link of somebody else's is followed.

    It is filled in the block, and gone again when the block fails: one that is half full would look
    whole, and be in the way.

    Raises:
        UsageError: when it is there already.
    """
    try:
        out.mkdir(parents=True)
    except FileExistsError as error:
        raise UsageError(
            _("{path} is there already. Name another folder, or remove it first.").format(path=out)
        ) from error
    try:
        yield
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
