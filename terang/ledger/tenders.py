"""Tenders: terms, publication, amendment, cancellation, enquiries, bids."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from terang.chain.act import Act, Receipt, Wallet
from terang.chain.contract import Event
from terang.errors import UsageError
from terang.i18n import _
from terang.identity.typed_data import TENDERS
from terang.ledger.boxes import Boxes
from terang.ledger.keys import KeyClaim
from terang.vocabulary import BIDS, PRICES, PROPOSALS, Category, Method, Phase, TaxBasis


def stages(method: Method) -> tuple[int, ...]:
    """Returns the stages of a tender's boxes of bids; the first opens when the tender closes."""
    return (PROPOSALS, PRICES) if method is Method.QUALITY_PRICE else (BIDS,)


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
        minimumBids: fewer that count make the tender unsuccessful.
        bidSecurity: what must stand behind a bid, in basis points of the ceiling; 0 for nothing.
        weight: QUALITY_PRICE: of quality, in basis points; the price has the rest. Else 0.
        threshold: QUALITY_PRICE: a proposal whose mean mark is below is rejected, 0 to 100. Else 0.
        evaluationPeriod: seconds for ballots, from the draw.
        plan: milestones in basis points of the price; they sum to 10,000.
    """

    documents: bytes
    category: Category
    method: Method
    taxBasis: TaxBasis
    currency: str
    ceiling: int
    minimumBids: int
    bidSecurity: int
    weight: int
    threshold: int
    evaluationPeriod: int
    plan: tuple[int, ...]

    def argument(self) -> dict[str, object]:
        """Returns what the contract takes."""
        return asdict(self)


@dataclass(frozen=True)
class Notice:
    """Public references of a tender, kept in its event only.

    Attributes:
        ocid: process id in the Open Contracting Data Standard.
        documentsUri: where the tender documents are.
        predecessor: the tender that this one repeats; 0 for none.
    """

    ocid: str
    documentsUri: str
    predecessor: int = 0


@dataclass(frozen=True)
class Lot:
    """One lot of a procurement: a tender of its own.

    Attributes:
        id: within the process; empty if it has none.
        terms: its terms.
        keys: a ready key for each of its boxes (`stages`).
    """

    id: str
    terms: Terms
    keys: tuple[KeyClaim, ...]

    def argument(self) -> dict[str, object]:
        """Returns what the contract takes."""
        return {
            "id": self.id,
            "terms": self.terms.argument(),
            "claims": [each.argument() for each in self.keys],
        }


class Bid(NamedTuple):
    """The bid of an organisation that stands; price 0 until it is open."""

    organisation: int
    price: int


class Opened(NamedTuple):
    """A tender that is open for bids.

    Attributes:
        version: of its documents.
        ceiling: highest price that counts, in the smallest unit of its currency; 0 for none.
        buyer: organisation that published it.
        closes_at: first second in which nothing is sealed any more, since 1970 UTC.
        method: how its bids are compared.
    """

    version: int
    ceiling: int
    buyer: int
    closes_at: int
    method: Method


class Tenders(Boxes):
    """Tenders and their bids: in the box of stage 0, or in those of stages 1 and 2."""

    segment = 32
    domain_name = TENDERS

    def publish(self, buyer: Wallet, notice: Notice, closes_at: int, lots: Sequence[Lot]) -> Act:
        """Publishes a procurement: each lot is a tender of its own.

        Args:
            buyer: an account that acts for a buyer.
            notice: its public references.
            closes_at: first second in which nothing is sealed any more, since 1970 UTC.
            lots: with the same documents.
        """
        boxes = sum(len(each.keys) for each in lots)
        return self._act(
            buyer,
            "publish",
            asdict(notice),
            closes_at,
            [each.argument() for each in lots],
            gas=150_000 + 250_000 * len(lots) + 200_000 * boxes,
        )

    def published(self, receipt: Receipt) -> list[int]:
        """Returns the numbers that a publication gave, of each lot one."""
        found = (each for each in self.events([receipt]) if each.name == "TenderPublished")
        return [int(each.args["tenderId"]) for each in found]

    def amend(
        self,
        buyer: Wallet,
        tender: int,
        terms: Terms,
        documents_uri: str,
        closes_at: int,
        reason: bytes,
    ) -> Act:
        """Changes a tender before it closes; bids for the version before become void.

        Args:
            buyer: an account that acts for its buyer.
            tender: the tender.
            terms: of the new version, of the same category and method.
            documents_uri: where its documents are.
            closes_at: not before the present closing; later by itself where the rule asks for more.
            reason: keccak256 of the published reasons.
        """
        return self._act(
            buyer,
            "amend",
            tender,
            terms.argument(),
            documents_uri,
            closes_at,
            reason,
            gas=350_000,
        )

    def amended(self, receipt: Receipt) -> tuple[int, int]:
        """Returns the version that an amendment made, and when the tender closes now."""
        event = self.event(receipt, "TenderAmended")
        return int(event.args["version"]), int(event.args["closesAt"])

    def enquire(self, sender: Wallet, tender: int, question: bytes) -> Act:
        """Asks about a tender.

        Args:
            sender: an account of a supplier that could bid, or a licensed relay.
            tender: the tender.
            question: keccak256 of the question.
        """
        return self._act(sender, "enquire", tender, question, gas=150_000)

    def enquired(self, receipt: Receipt) -> int:
        """Returns the number of a question within its tender."""
        return int(self.event(receipt, "EnquiryMade").args["enquiry"])

    def answer(self, buyer: Wallet, tender: int, enquiry: int, answer: bytes) -> Act:
        """Answers a question, once.

        Args:
            buyer: an account that acts for the tender's buyer.
            tender: the tender.
            enquiry: the question's number.
            answer: keccak256 of the answer.
        """
        return self._act(buyer, "answer", tender, enquiry, answer, gas=150_000)

    def cancel(self, buyer: Wallet, tender: int, reason: bytes) -> Act:
        """Cancels a tender before it closes.

        Args:
            buyer: an account that acts for its buyer.
            tender: the tender.
            reason: keccak256 of the published reasons.
        """
        return self._act(buyer, "cancel", tender, reason, gas=120_000)

    def bids(self, tenders: Sequence[int]) -> dict[int, list[Bid]]:
        """Returns, per tender, the bid of each organisation with an opened one, as they opened."""
        counts = self._views("bidderCount", [(tender,) for tender in tenders])
        places = [
            (tender, position)
            for tender, count in zip(tenders, counts, strict=True)
            for position in range(count)
        ]
        found: dict[int, list[Bid]] = {tender: [] for tender in tenders}
        for (tender, _position), bid in zip(places, self._views("bidAt", places), strict=True):
            found[tender].append(Bid(int(bid["organisation"]), int(bid["price"])))
        return found

    def bidders(self, tenders: Sequence[int]) -> dict[int, list[int]]:
        """Returns, per tender, the organisations with an opened bid, in the order of opening."""
        found = self.bids(tenders)
        return {tender: [each.organisation for each in bids] for tender, bids in found.items()}

    def currency(self, tender: int) -> str:
        """Returns the address of the token in which a tender's prices are stated.

        Raises:
            UsageError: when there is no such tender.
        """
        for log in reversed(self._logs()):
            if len(log.topics) < 2 or int.from_bytes(log.topics[1], "big") != tender:
                continue
            event = self.contract.decode_log(log)
            if event.name in ("TenderPublished", "TenderAmended"):
                return str(event.args["terms"]["currency"])
        raise UsageError(_("There is no tender {tender}. Check its number.").format(tender=tender))

    def open_tender(self, tender: int) -> Opened | None:
        """Returns what a bid for a tender needs to know of it; None unless it is open for bids."""
        if Phase(self._view("phase", tender)) is not Phase.TENDERING:
            return None
        stored = self._view("tenderOf", tender)
        return Opened(
            version=int(stored["version"]),
            ceiling=int(stored["ceiling"]),
            buyer=int(stored["buyer"]),
            closes_at=int(self._view("closesAt", tender)),
            method=Method(stored["method"]),
        )

    def sealed(self, tender: int) -> list[Event]:
        """Returns what was put into the boxes of a tender's bids, in order."""
        return [
            event
            for event in map(self.contract.decode_log, self._logs())
            if event.name == "Sealed" and event.args["tenderId"] == tender
        ]
