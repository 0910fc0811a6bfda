"""Tenders: terms, publication, cancellation, bids."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from terang.chain.act import Act, Receipt, Wallet
from terang.errors import UsageError
from terang.i18n import _
from terang.identity.typed_data import TENDERS
from terang.ledger.boxes import Boxes
from terang.ledger.keys import KeyClaim
from terang.vocabulary import Category, Method, Phase, TaxBasis

BIDS = 0
"""The stage of bids with a price in one envelope."""


@dataclass(frozen=True)
class Terms:
    """The terms of a tender, in the order and under the names of the contract's struct.

    Attributes:
        documents: Merkle root of the tender documents.
        category: what is bought.
        method: how bids are compared.
        taxBasis: what prices include.
        currency: address of the token in which prices are stated and paid.
        ceiling: highest price that counts, in the token's smallest unit; 0 means none.
        minimumBids: fewer make the tender unsuccessful.
        panel: seats drawn from agencies, auditors, citizens.
        quorum: ballots that make an evaluation valid.
        evaluationPeriod: seconds for ballots, from the draw.
        standstillPeriod: seconds between ranking and award.
        signingPeriod: seconds for signing, from the award.
        plan: milestones in basis points of the price; they sum to 10,000.
    """

    documents: bytes
    category: Category
    method: Method
    taxBasis: TaxBasis
    currency: str
    ceiling: int
    minimumBids: int
    panel: tuple[int, int, int]
    quorum: int
    evaluationPeriod: int
    standstillPeriod: int
    signingPeriod: int
    plan: tuple[int, ...]

    def argument(self) -> dict[str, object]:
        """Returns what the contract takes."""
        return asdict(self)


@dataclass(frozen=True)
class Notice:
    """Public references of a tender, kept in its event only.

    Attributes:
        ocid: process id in the Open Contracting Data Standard.
        lot: id of the lot within the process; empty if it has none.
        documentsUri: where the tender documents are.
    """

    ocid: str
    lot: str
    documentsUri: str


class Tenders(Boxes):
    """Tenders and their bids; stage 0 is the box of bids."""

    segment = 32
    domain_name = TENDERS

    def publish(
        self, buyer: Wallet, terms: Terms, notice: Notice, closes_at: int, key: KeyClaim
    ) -> Act:
        """Publishes a tender.

        Args:
            buyer: an account that acts for a buyer.
            terms: its terms.
            notice: its public references.
            closes_at: first second in which nothing is sealed any more, since 1970 UTC.
            key: a ready key, for its bids.
        """
        return self._act(
            buyer,
            "publish",
            terms.argument(),
            asdict(notice),
            closes_at,
            key.argument(),
            gas=500_000,
        )

    def published(self, receipt: Receipt) -> int:
        """Returns the id that a publication gave."""
        return int(self.event(receipt, "TenderPublished").args["tenderId"])

    def cancel(self, buyer: Wallet, tender: int, reason: bytes) -> Act:
        """Cancels a tender before it closes.

        Args:
            buyer: an account that acts for its buyer.
            tender: the tender.
            reason: keccak256 of the published reasons.
        """
        return self._act(buyer, "cancel", tender, reason, gas=120_000)

    def bidders(self, tenders: Sequence[int]) -> dict[int, list[int]]:
        """Returns, per tender, the organisations with an opened bid, in the order of opening."""
        counts = self._views("bidderCount", [(tender,) for tender in tenders])
        places = [
            (tender, position)
            for tender, count in zip(tenders, counts, strict=True)
            for position in range(count)
        ]
        found: dict[int, list[int]] = {tender: [] for tender in tenders}
        for (tender, _position), bid in zip(places, self._views("bidAt", places), strict=True):
            found[tender].append(int(bid["organisation"]))
        return found

    def currency(self, tender: int) -> str:
        """Returns the address of the token in which a tender's prices are stated.

        Raises:
            UsageError: when there is no such tender.
        """
        for log in self._logs():
            if len(log.topics) < 2 or int.from_bytes(log.topics[1], "big") != tender:
                continue
            event = self.contract.decode_log(log)
            if event.name == "TenderPublished":
                return str(event.args["terms"]["currency"])
        raise UsageError(_("There is no tender {tender}. Check its number.").format(tender=tender))

    def open_tender(self, tender: int) -> tuple[int, int, int, int] | None:
        """Returns a tender's version, ceiling (0: none), buyer and closing time.

        None unless it is open for bids.
        """
        if Phase(self._view("phase", tender)) is not Phase.TENDERING:
            return None
        stored = self._view("tenderOf", tender)
        (closes_at,) = self.closing_times([(tender, BIDS)])
        return int(stored["version"]), int(stored["ceiling"]), int(stored["buyer"]), closes_at
