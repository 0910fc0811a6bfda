"""What the reader hands on: plans of tenders to be run on chain, and what was left out and why.

Everything here is off-chain data. Only `chain_ocid`, `chain_lot`, prices and salted hashes of
party records may be sent to the chain; names and party keys (often tax numbers) may not.
"""

from dataclasses import dataclass, field

WITHDRAWN_PRICE = 2**128 - 1
"""The price that withdraws a bid (`sealing.md`, table of messages); real prices lie below it."""


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation, or a set of organisations that bid together.

    Attributes:
        key: Identity within the file: party id, else identifier, else normalised name; the keys
            of all members, sorted, for a joint bid. May be a tax number: never on chain.
        name: Name for people, cleaned for display. Never on chain.
        aliases: Everything the party can be recognised by, strongest first.
        record: Canonical JSON of the published record (see `parties.party_record`).
    """

    key: str
    name: str
    aliases: tuple[str, ...] = field(repr=False)
    record: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BidPlan:
    """One sealed message of one bidder.

    Attributes:
        bidder: Index into `ProcessPlan.bidders`.
        price: In the smallest unit of the lot's currency, 0 < price < 2**128 - 1, or
            `WITHDRAWN_PRICE`.
        nonce: 1, 2, … per bidder and lot; the highest one counts.
        responsive: What ballots say about this bid.
        withdrawn: True for the message that withdraws the bidder's earlier bids.
        status: Published status, as published; None if there is none.
        status_details: Published free-text status, "" if there is none. Never decides anything.
        date: Published date, as published; "" if there is none.
        field: Path of the bid in the document.
    """

    bidder: int
    price: int
    nonce: int
    responsive: bool
    withdrawn: bool
    status: str | None
    status_details: str
    date: str
    field: str


@dataclass(frozen=True, slots=True)
class Award:
    """The published award of one lot.

    Attributes:
        bidders: The bidders that its suppliers match, as indices into `ProcessPlan.bidders`;
            several if the lot was split among them.
        named: Whether it names any supplier.
        price: Published value in the smallest unit, None if absent, zero, refused, in another
            currency or given for several lots at once.
        other_lot: A different lot for which the supplier bid exactly this value, or None.
    """

    bidders: tuple[int, ...]
    named: bool
    price: int | None
    other_lot: str | None


@dataclass(frozen=True, slots=True)
class LotPlan:
    """One tender on chain.

    Attributes:
        lot: Lot id as published, cleaned for display; "" if the process has no lots.
        chain_lot: The same id as it may go on chain (`fields.chain_text`).
        title: Title for people.
        currency: ISO 4217 code.
        decimals: Minor units of the currency.
        ceiling: Owner's estimate in the smallest unit; 0 means none.
        estimate: Published estimate in the smallest unit even where it is no ceiling; None if it
            is absent, a placeholder or refused.
        bids: In order of submission.
        cancelled: Why the tender is cancelled before it closes, or None.
        published: The published award, or None.
        fallen: Bidders whose award is published as unsuccessful or cancelled.
        fallen_status: The status of those awards, "" if there are none.
        criteria: Published award criteria, "" if there are none.
        assumed: What the data lacks and how it was filled, one sentence each.
    """

    lot: str
    chain_lot: str
    title: str
    currency: str
    decimals: int
    ceiling: int
    estimate: int | None
    bids: tuple[BidPlan, ...]
    cancelled: str | None
    published: Award | None
    fallen: tuple[int, ...]
    fallen_status: str
    criteria: str
    assumed: tuple[str, ...]

    @property
    def published_winner(self) -> int | None:
        """The bidder of the published award, None if there is none or it is not a bidder."""
        return self.published.bidders[0] if self.published and self.published.bidders else None

    def counting(self) -> dict[int, BidPlan]:
        """The bid that counts for each bidder: the one with the highest nonce."""
        return {bid.bidder: bid for bid in sorted(self.bids, key=lambda bid: bid.nonce)}


@dataclass(frozen=True, slots=True)
class Skipped:
    """What did not become a tender.

    Attributes:
        line: Line of the file, or position in a package or array; both count from 1.
        ocid: Process, "" if unknown.
        lot: Lot, "" for the whole process.
        reason: One sentence.
    """

    line: int
    ocid: str
    lot: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """One contracting process.

    Attributes:
        line: Line of the file, or position in a package or array; both count from 1.
        ocid: As published, cleaned for display; "" if unknown.
        chain_ocid: The same id as it may go on chain.
        title: Title for people.
        buyer: The buying organisation; its key is "" if the data names none.
        bidders: Everybody who bid in a planned lot.
        lots: Planned tenders.
        skipped: Everything else of this process.
        warnings: What is odd about the process, one sentence each.
        dates: Published dates by field, as published: event data, never chain time.
    """

    line: int
    ocid: str
    chain_ocid: str
    title: str
    buyer: Party
    bidders: tuple[Party, ...]
    lots: tuple[LotPlan, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]
    dates: dict[str, str]
